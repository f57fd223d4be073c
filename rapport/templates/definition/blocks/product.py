"""Products, chosen or of a feed."""

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
    Part,
    Pixels,
    Weight,
    Words,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.letters import Letters, letters
from rapport.templates.mjml.markup import cell, css, element, quoted, table
from rapport.templates.mjml.place import Place, border, link, padding, picture


class ProductSubBlock(Part, kw_only=True, tag_field="type", tag="product"):
    id: Words = UNSET
    product_id: Words = UNSET
    external_id: Words = UNSET
    autogenerate_link: Flag = UNSET
    button_text: Words = UNSET
    description: Words = UNSET
    image_url: Words = UNSET
    link: Words = UNSET
    name: Words = UNSET
    original_price: Words = UNSET
    price: Words = UNSET
    currency_code: Words = UNSET
    title: Words = UNSET
    url: Words = UNSET


class ProductBlockProperties(Part, kw_only=True):
    is_ai_generated: Flag = UNSET
    is_prebuilt_content: Flag = UNSET
    item_subtype_id: Pixels = UNSET
    show_button: Flag = UNSET
    show_original_price: Flag = UNSET
    show_price: Flag = UNSET
    show_rating: Flag = UNSET
    show_rating_count: Flag = UNSET
    show_title: Flag = UNSET
    show_title_links: Flag = UNSET
    title_placeholder: Words = UNSET
    dynamic: Flag = UNSET
    show_description: Flag = UNSET
    localize_for_recipient: Flag = UNSET
    language: Words = UNSET
    region: Words = UNSET
    button_text: Words = UNSET
    feed: Words = UNSET
    feed_offset: Count = UNSET
    is_nbp: Flag = UNSET


class ProductBlockStyles(Boxed, kw_only=True):
    button_alignment: Align = UNSET
    button_background_color: Color = UNSET
    button_border_color: Color = UNSET
    button_border_radius: Pixels = UNSET
    button_border_style: BorderStyle = UNSET
    button_border_width: Pixels = UNSET
    button_drop_shadow_color: Color = UNSET
    button_font_color: Color = UNSET
    button_font_family: Font = UNSET
    button_font_size: Pixels = UNSET
    button_font_style: FontStyle = UNSET
    button_font_weight: Weight = UNSET
    button_letter_spacing: Pixels = UNSET
    button_padding_bottom: Pixels = UNSET
    button_padding_left: Pixels = UNSET
    button_padding_right: Pixels = UNSET
    button_padding_top: Pixels = UNSET
    button_text_decoration: Decoration = UNSET
    description_font_color: Color = UNSET
    description_font_family: Font = UNSET
    description_font_size: Pixels = UNSET
    description_font_style: FontStyle = UNSET
    description_font_weight: Weight = UNSET
    description_letter_spacing: Pixels = UNSET
    description_padding_bottom: Pixels = UNSET
    description_padding_top: Pixels = UNSET
    description_text_decoration: Decoration = UNSET
    item_border_color: Color = UNSET
    item_border_style: BorderStyle = UNSET
    item_border_width: Pixels = UNSET
    item_max_height: Pixels = UNSET
    item_padding_bottom: Pixels = UNSET
    item_padding_left: Pixels = UNSET
    item_padding_right: Pixels = UNSET
    item_padding_top: Pixels = UNSET
    item_text_alignment: Align = UNSET
    layout: Literal["horizontal", "vertical-left-image", "vertical-right-image"] | None | UnsetType = UNSET
    num_columns: Count = UNSET
    num_rows: Count = UNSET
    original_price_font_color: Color = UNSET
    original_price_font_family: Font = UNSET
    original_price_font_size: Pixels = UNSET
    original_price_font_style: FontStyle = UNSET
    original_price_font_weight: Weight = UNSET
    original_price_text_decoration: Decoration = UNSET
    price_font_color: Color = UNSET
    price_font_family: Font = UNSET
    price_font_size: Pixels = UNSET
    price_font_style: FontStyle = UNSET
    price_font_weight: Weight = UNSET
    price_letter_spacing: Pixels = UNSET
    price_padding_bottom: Pixels = UNSET
    price_padding_top: Pixels = UNSET
    price_text_decoration: Decoration = UNSET
    rating_font_color: Color = UNSET
    rating_font_family: Font = UNSET
    rating_font_size: Pixels = UNSET
    rating_font_style: FontStyle = UNSET
    rating_font_weight: Weight = UNSET
    rating_letter_spacing: Pixels = UNSET
    rating_padding_bottom: Pixels = UNSET
    rating_padding_top: Pixels = UNSET
    rating_text_decoration: Decoration = UNSET
    stack_on_mobile: Flag = UNSET
    title_font_color: Color = UNSET
    title_font_family: Font = UNSET
    title_font_size: Pixels = UNSET
    title_font_style: FontStyle = UNSET
    title_font_weight: Weight = UNSET
    title_letter_spacing: Pixels = UNSET
    title_padding_bottom: Pixels = UNSET
    title_padding_top: Pixels = UNSET
    title_text_decoration: Decoration = UNSET


class ProductBlockData(Part, kw_only=True):
    properties: ProductBlockProperties
    display_options: DisplayOptions
    styles: ProductBlockStyles


class ProductBlock(BlockBase, kw_only=True, tag_field="type", tag="product"):
    data: ProductBlockData
    subblocks: list[ProductSubBlock] | None | UnsetType = UNSET


# Pixels of a column that its picture leaves free.
_GAP = 8


def draw(block: ProductBlock, place: Place) -> str:
    """A grid of products: those that were chosen, or those of a feed."""
    columns = max(1, chosen(block.data.styles.num_columns, 1))
    draw_grid = _of_feed if chosen(block.data.properties.dynamic, False) else _chosen
    return place.row(block.data.styles, draw_grid(block, place, columns))


def _chosen(block: ProductBlock, place: Place, columns: int) -> str:
    products = chosen(block.subblocks, [])
    rows = (products[start : start + columns] for start in range(0, len(products), columns))
    return table("".join(element("tr", {}, *(_item(one, block, place, columns) for one in row)) for row in rows))


def _of_feed(block: ProductBlock, place: Place, columns: int) -> str:
    """Products of `feeds`, which the message is rendered with; nothing where it has none of that name."""
    properties = block.data.properties
    first, rows = chosen(properties.feed_offset, 0), max(1, chosen(block.data.styles.num_rows, 1))
    product = ProductSubBlock(
        title="{{ item.title }}",
        url="{{ item.url }}",
        image_url="{{ item.image_url }}",
        price="{% currency_format item.price %}",
        description="{{ item.description }}",
        button_text=properties.button_text,
    )
    name = quoted(chosen(properties.feed, ""))
    each = f"{{% for item in feeds|lookup:{name}|slice:'{first}:{first + columns * rows}' %}}"
    broken = f"{{% if not forloop.last and forloop.counter|divisibleby:{columns} %}}</tr><tr>{{% endif %}}"
    return table(element("tr", {}, each, _item(product, block, place, columns), broken, "{% endfor %}"))


def _item(product: ProductSubBlock, block: ProductBlock, place: Place, columns: int) -> str:
    styles = block.data.styles
    width = place.inner_width(styles) // columns - _GAP
    align = chosen(styles.item_text_alignment, "center")
    href = chosen(product.link, "") or chosen(product.url, "")
    shown = _picture(product, href, width) + "".join(_lines(product, block, place, href))
    style = {"padding": padding(styles, "item_padding_"), "border": border(styles, "item_border_")}
    stack = "stack" if chosen(styles.stack_on_mobile, False) else ""
    share = f"{100 / columns:.2f}%"
    return cell(shown, css({**style, "text-align": align}), align=align, valign="top", width=share, css_class=stack)


def _picture(product: ProductSubBlock, href: str, width: int) -> str:
    src = chosen(product.image_url, "")
    return link(href, picture(src, _title(product), width)) if src else ""


def _title(product: ProductSubBlock) -> str:
    return chosen(product.title, "") or chosen(product.name, "")


def _lines(product: ProductSubBlock, block: ProductBlock, place: Place, href: str) -> Iterator[str]:
    properties, styles = block.data.properties, block.data.styles
    title = _title(product) or chosen(properties.title_placeholder, "")
    if title and chosen(properties.show_title, True):
        look = letters(styles, "title_", replace(place.text, weight="bold", decoration="none"))
        linked = href if chosen(properties.show_title_links, True) else ""
        yield _line(link(linked, title, css({"color": look.color, "text-decoration": look.decoration})), look)
    if chosen(properties.show_description, False):
        yield _line(chosen(product.description, ""), letters(styles, "description_", place.text))
    original, price = chosen(product.original_price, ""), chosen(product.price, "")
    if original != price and chosen(properties.show_original_price, False):
        yield _line(original, letters(styles, "original_price_", replace(place.text, decoration="line-through")))
    if chosen(properties.show_price, True):
        yield _line(price, letters(styles, "price_", place.text))
    words = chosen(product.button_text, "") or chosen(properties.button_text, "")
    if href and words and chosen(properties.show_button, False):
        yield _button(words, href, styles, place)


def _line(html: str, look: Letters) -> str:
    style = css({**look.declarations(), "text-align": None, "padding-top": "4px"})
    return element("div", {"style": style}, html) if html else ""


def _button(words: str, href: str, styles: ProductBlockStyles, place: Place) -> str:
    look = letters(styles, "button_", replace(place.text, color="#ffffff", weight="bold", decoration="none"))
    style = {
        **look.declarations(),
        "text-align": None,
        "display": "inline-block",
        "padding": padding(styles, "button_padding_"),
        "background-color": chosen(styles.button_background_color, "") or "#222222",
        "border": border(styles, "button_border_"),
        "border-radius": f"{chosen(styles.button_border_radius, 0)}px",
    }
    return element("div", {"style": "padding-top:8px"}, link(href, words, css(style), **{"class": "own"}))
