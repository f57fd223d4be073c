"""The kinds of blocks, one file each: its shape, and how it is drawn."""

from collections.abc import Callable, Mapping
from typing import Any

from rapport.templates.definition.blocks import (
    button,
    coupon,
    drop_shadow,
    header,
    horizontal_rule,
    html,
    image,
    product,
    review,
    social,
    spacer,
    split,
    table,
    text,
    video,
)
from rapport.templates.definition.blocks.button import ButtonBlock
from rapport.templates.definition.blocks.coupon import CouponBlock
from rapport.templates.definition.blocks.drop_shadow import DropShadowBlock
from rapport.templates.definition.blocks.header import HeaderBlock
from rapport.templates.definition.blocks.horizontal_rule import HorizontalRuleBlock
from rapport.templates.definition.blocks.html import HtmlBlock
from rapport.templates.definition.blocks.image import ImageBlock
from rapport.templates.definition.blocks.product import ProductBlock
from rapport.templates.definition.blocks.review import ReviewBlock
from rapport.templates.definition.blocks.social import SocialBlock
from rapport.templates.definition.blocks.spacer import SpacerBlock
from rapport.templates.definition.blocks.split import SplitBlock
from rapport.templates.definition.blocks.table import TableBlock
from rapport.templates.definition.blocks.text import TextBlock
from rapport.templates.definition.blocks.video import VideoBlock
from rapport.templates.mjml.place import Place

Block = (
    ButtonBlock
    | CouponBlock
    | DropShadowBlock
    | HeaderBlock
    | HorizontalRuleBlock
    | HtmlBlock
    | ImageBlock
    | ProductBlock
    | ReviewBlock
    | SocialBlock
    | SpacerBlock
    | SplitBlock
    | TableBlock
    | TextBlock
    | VideoBlock
)

# A block as MJML that stands in a column.
DRAWN: Mapping[type[Block], Callable[[Any, Place], str]] = {
    ButtonBlock: button.draw,
    CouponBlock: coupon.draw,
    DropShadowBlock: drop_shadow.draw,
    HeaderBlock: header.draw,
    HorizontalRuleBlock: horizontal_rule.draw,
    HtmlBlock: html.draw,
    ImageBlock: image.draw,
    ProductBlock: product.draw,
    ReviewBlock: review.draw,
    SocialBlock: social.draw,
    SpacerBlock: spacer.draw,
    SplitBlock: split.draw,
    TableBlock: table.draw,
    TextBlock: text.draw,
    VideoBlock: video.draw,
}
