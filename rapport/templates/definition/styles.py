"""How a template's text, headings, links and phones look: one record of each."""

from msgspec import UNSET

from rapport.templates.definition.fields import (
    Align,
    BackgroundFormat,
    BackgroundPosition,
    BorderStyle,
    Color,
    Decoration,
    Flag,
    Font,
    FontStyle,
    LineHeight,
    Part,
    Pixels,
    Spacing,
    Weight,
    Words,
)


class BaseProperties(Part, kw_only=True):
    currency: Words = UNSET
    currency_set_on_template: Flag = UNSET
    disable_websafe_fonts: Flag = UNSET
    is_user_draggable: Flag = UNSET
    mobile_optimizations: Flag = UNSET
    tip_tap_enabled: Flag = UNSET


class BaseLook(Part, kw_only=True):
    background_asset_id: Words = UNSET
    background_format: BackgroundFormat = UNSET
    background_position: BackgroundPosition = UNSET
    background_repeat: Flag = UNSET
    background_url: Words = UNSET
    border_color: Color = UNSET
    border_radius: Pixels = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    content_background_color: Color = UNSET
    inner_padding_bottom: Pixels = UNSET
    inner_padding_left: Pixels = UNSET
    inner_padding_right: Pixels = UNSET
    inner_padding_top: Pixels = UNSET
    margin_top: Pixels = UNSET


class BaseStyles(Part, kw_only=True, tag_field="style_type", tag="base-styles"):
    id: Words = UNSET
    properties: BaseProperties
    styles: BaseLook


class TextLook(Part, kw_only=True):
    color: Color = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    letter_spacing: Spacing = UNSET
    line_height: LineHeight = UNSET
    mobile_font_size: Pixels = UNSET
    mobile_line_height: LineHeight = UNSET
    text_align: Align = UNSET
    text_decoration: Decoration = UNSET


class TextStyles(Part, kw_only=True, tag_field="style_type", tag="text-styles"):
    id: Words = UNSET
    styles: TextLook


class HeadingLook(Part, kw_only=True):
    color: Color = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    letter_spacing: Spacing = UNSET
    line_height: LineHeight = UNSET
    margin_bottom: Pixels = UNSET
    mobile_font_size: Pixels = UNSET
    mobile_line_height: LineHeight = UNSET
    text_align: Align = UNSET
    text_decoration: Decoration = UNSET


class Heading1Styles(Part, kw_only=True, tag_field="style_type", tag="heading-1-styles"):
    id: Words = UNSET
    styles: HeadingLook


class Heading2Styles(Part, kw_only=True, tag_field="style_type", tag="heading-2-styles"):
    id: Words = UNSET
    styles: HeadingLook


class Heading3Styles(Part, kw_only=True, tag_field="style_type", tag="heading-3-styles"):
    id: Words = UNSET
    styles: HeadingLook


class Heading4Styles(Part, kw_only=True, tag_field="style_type", tag="heading-4-styles"):
    id: Words = UNSET
    styles: HeadingLook


class LinkLook(Part, kw_only=True):
    color: Color = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    text_decoration: Decoration = UNSET


class LinkStyles(Part, kw_only=True, tag_field="style_type", tag="link-styles"):
    id: Words = UNSET
    styles: LinkLook


class MobileProperties(Part, kw_only=True):
    mobile_padding_override: Flag = UNSET


class MobileLook(Part, kw_only=True):
    mobile_block_padding_left: Pixels = UNSET
    mobile_block_padding_right: Pixels = UNSET
    mobile_margin: Pixels = UNSET
    mobile_padding_bottom: Pixels = UNSET
    mobile_padding_left: Pixels = UNSET
    mobile_padding_right: Pixels = UNSET
    mobile_padding_top: Pixels = UNSET


class MobileStyles(Part, kw_only=True, tag_field="style_type", tag="mobile-styles"):
    id: Words = UNSET
    properties: MobileProperties
    styles: MobileLook


Style = (
    BaseStyles
    | TextStyles
    | Heading1Styles
    | Heading2Styles
    | Heading3Styles
    | Heading4Styles
    | LinkStyles
    | MobileStyles
)
KINDS = (
    "base-styles",
    "text-styles",
    "heading-1-styles",
    "heading-2-styles",
    "heading-3-styles",
    "heading-4-styles",
    "link-styles",
    "mobile-styles",
)
