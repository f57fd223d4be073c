"""What a customer said of a product."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.fields import (
    Align,
    BorderStyle,
    Color,
    Count,
    Decoration,
    Flag,
    Font,
    FontStyle,
    LineHeight,
    Part,
    Pixels,
    Size,
    Weight,
    Words,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.letters import Letters, letters
from rapport.templates.mjml.markup import css, element
from rapport.templates.mjml.place import Place, border


class ReviewBlockProperties(Part, kw_only=True):
    show_rating: Flag = UNSET
    show_reviewer_name: Flag = UNSET
    show_product_name: Flag = UNSET
    show_variant_name: Flag = UNSET
    show_verified_badge: Flag = UNSET
    author_placeholder: Words = UNSET
    quote_placeholder: Words = UNSET
    product_name_placeholder: Words = UNSET
    product_variant_name_placeholder: Words = UNSET
    verified_badge_language: (
        Literal[
            "dutch",
            "english",
            "french",
            "german",
            "hungarian",
            "italian",
            "japanese",
            "korean",
            "portuguese",
            "spanish",
        ]
        | None
        | UnsetType
    ) = UNSET
    dynamic: Flag = UNSET
    author: Words = UNSET
    product_name: Words = UNSET
    product_variant_name: Words = UNSET
    quote: Words = UNSET
    stars: Count = UNSET
    verified: Flag = UNSET
    fallback_options: (
        Literal["high-quality-review", "high-quality-review-or-static", "no-review", "recent", "static-only"]
        | None
        | UnsetType
    ) = UNSET
    fallback_content_type: Literal["full", "quote"] | None | UnsetType = UNSET
    fallback_review_id: Words = UNSET
    product_selection_mode: Literal["automatic", "manual"] | None | UnsetType = UNSET
    product_id: Words = UNSET
    product_event_variable: Words = UNSET


class ReviewBlockStyles(Boxed, kw_only=True):
    author_align: Align = UNSET
    author_color: Color = UNSET
    author_font_family: Font = UNSET
    author_font_size: Pixels = UNSET
    author_font_style: FontStyle = UNSET
    author_font_weight: Weight = UNSET
    author_letter_spacing: Pixels = UNSET
    author_text_decoration: Decoration = UNSET
    border_radius: Pixels = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    empty_star_color: Color = UNSET
    layout: (
        Literal[
            "big-quotes",
            "centered-in-quote-bubble",
            "centered-rating-first",
            "centered-review-first",
            "clean",
            "left-aligned",
            "message-bubble",
            "rating-highlight",
            "right-aligned-with-quotation-icon",
            "square",
            "stacked-card",
            "subtle-background",
        ]
        | None
        | UnsetType
    ) = UNSET
    product_name_align: Align = UNSET
    product_name_color: Color = UNSET
    product_name_font_family: Font = UNSET
    product_name_font_size: Pixels = UNSET
    product_name_font_style: FontStyle = UNSET
    product_name_font_weight: Weight = UNSET
    product_name_letter_spacing: Pixels = UNSET
    product_name_text_decoration: Decoration = UNSET
    quote_align: Align = UNSET
    quote_color: Color = UNSET
    quote_font_family: Font = UNSET
    quote_font_size: Pixels = UNSET
    quote_font_style: FontStyle = UNSET
    quote_font_weight: Weight = UNSET
    quote_letter_spacing: Pixels = UNSET
    quote_line_height: LineHeight = UNSET
    quote_style: Literal["line", "square", "standard"] | None | UnsetType = UNSET
    quote_text_decoration: Decoration = UNSET
    shadow_color: Color = UNSET
    star_color: Color = UNSET
    star_size: Size = UNSET
    star_rating_shape: Literal["circle", "heart", "star"] | None | UnsetType = UNSET
    star_icon_spacing: Pixels = UNSET
    star_alignment: Align = UNSET
    text_area_bg_color: Color = UNSET
    text_area_border_color: Color = UNSET
    verified_color: Color = UNSET
    verified_font_family: Font = UNSET
    verified_font_size: Pixels = UNSET
    verified_font_style: FontStyle = UNSET
    verified_font_weight: Weight = UNSET
    verified_letter_spacing: Pixels = UNSET
    verified_text_decoration: Decoration = UNSET
    verified_badge_color: Literal["dark", "default", "light"] | None | UnsetType = UNSET
    verified_badge_size: Pixels = UNSET
    verified_badge_style: Literal["badge-and-text", "badge-only", "text-only"] | None | UnsetType = UNSET


class ReviewBlockData(Part, kw_only=True):
    properties: ReviewBlockProperties
    display_options: DisplayOptions
    styles: ReviewBlockStyles


class ReviewBlock(BlockBase, kw_only=True, tag_field="type", tag="review"):
    data: ReviewBlockData


_STARS = 5
_SHAPES = {"star": ("★", "☆"), "heart": ("♥", "♡"), "circle": ("●", "○")}
_SIZES = {"small": 16, "medium": 20, "large": 28}
_VERIFIED = {
    "dutch": "Geverifieerde koper",
    "english": "Verified buyer",
    "french": "Acheteur vérifié",
    "german": "Verifizierter Kauf",
    "hungarian": "Ellenőrzött vásárló",
    "italian": "Acquirente verificato",
    "japanese": "購入確認済み",
    "korean": "구매 인증",
    "portuguese": "Compra verificada",
    "spanish": "Comprador verificado",
}
# A review that is looked up for the recipient is the `review` that the message is rendered with.
_LOOKED_UP = ReviewBlockProperties(
    quote="{{ review.quote }}", author="{{ review.author }}", product_name="{{ review.product_name }}"
)


class _Inside:
    """Space inside a review that has a ground or a border."""

    inner_padding_top = inner_padding_right = inner_padding_bottom = inner_padding_left = 20


def draw(block: ReviewBlock, place: Place) -> str:
    """A written review, or the one of the message; where that has none, nothing is shown."""
    styles, is_looked_up = block.data.styles, chosen(block.data.properties.dynamic, False)
    html = "".join(_lines(_LOOKED_UP if is_looked_up else block.data.properties, block, place))
    ground, edge = chosen(styles.text_area_bg_color, ""), border(styles)
    if ground or edge:
        html = place.framed(html, _Inside, ground=ground, edge=edge, radius=chosen(styles.border_radius, 0))
    if is_looked_up:
        html = f"{{% if review %}}{html}{{% endif %}}"
    return place.row(styles, html, on=ground)


def _lines(review: ReviewBlockProperties, block: ReviewBlock, place: Place) -> Iterator[str]:
    styles, shows = block.data.styles, block.data.properties
    if chosen(shows.show_rating, True) and chosen(review.stars, 0):
        yield _rating(min(chosen(review.stars, 0), _STARS), styles)
    quote = chosen(review.quote, "") or chosen(review.quote_placeholder, "")
    yield _line(f"“{quote}”" if quote else "", styles, "quote_", replace(place.text, style="italic"))
    if chosen(shows.show_reviewer_name, True):
        author = chosen(review.author, "") or chosen(review.author_placeholder, "")
        yield _line(author, styles, "author_", replace(place.text, weight="bold"))
    if chosen(shows.show_verified_badge, False) and chosen(review.verified, False):
        badge = _VERIFIED[chosen(shows.verified_badge_language, "english")]
        yield _line(f"✓ {badge}", styles, "verified_", place.text)
    if chosen(shows.show_product_name, False):
        yield _line(chosen(review.product_name, ""), styles, "product_name_", place.text)
    if chosen(shows.show_variant_name, False):
        yield _line(chosen(review.product_variant_name, ""), styles, "product_name_", place.text)


def _line(words: str, styles: ReviewBlockStyles, prefix: str, base: Letters) -> str:
    if not words:
        return ""
    look = letters(styles, prefix, base)
    align = chosen(getattr(styles, f"{prefix}align", None), look.align or "left")
    return element("div", {"style": css({**look.declarations(), "text-align": align, "padding-bottom": "8px"})}, words)


def _rating(count: int, styles: ReviewBlockStyles) -> str:
    full, empty = _SHAPES[chosen(styles.star_rating_shape, "star")]
    color, rest = chosen(styles.star_color, "") or "#b36b00", chosen(styles.empty_star_color, "") or "#767676"
    style = {
        "display": "block",
        "font-size": f"{_SIZES[chosen(styles.star_size, 'medium')]}px",
        "letter-spacing": f"{chosen(styles.star_icon_spacing, 2)}px",
        "text-align": chosen(styles.star_alignment, ""),
        "color": color,
        "padding-bottom": "8px",
    }
    others = element("span", {"style": css({"color": rest})}, empty * (_STARS - count)) if count < _STARS else ""
    attributes = {"role": "img", "aria-label": f"{count} of {_STARS}", "style": css(style)}
    # A span, because stars keep their color in the dark.
    return element("span", attributes, full * count, others)
