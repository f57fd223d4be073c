"""A bar of links, pictures and a logo."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.fields import (
    Align,
    BorderStyle,
    Color,
    Decoration,
    Flag,
    Font,
    FontStyle,
    Part,
    Pixels,
    ShowOn,
    Spacing,
    VerticalAlign,
    Weight,
    Words,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, DisplayOptions, Padded
from rapport.templates.mjml.letters import Letters, letters
from rapport.templates.mjml.markup import cell, css, element, table
from rapport.templates.mjml.place import Place, link, picture, screen_class


class HeaderLinkSubBlock(Part, kw_only=True, tag_field="type", tag="header_link_bar_button"):
    id: Words = UNSET
    background_color: Color = UNSET
    content: Words = UNSET
    drop_shadow_color: Color = UNSET
    href: Words = UNSET
    show_on: ShowOn = UNSET


class HeaderImageSubBlock(Part, kw_only=True, tag_field="type", tag="header_link_bar_image"):
    id: Words = UNSET
    alt_text: Words = UNSET
    asset_id: Words = UNSET
    background_color: Color = UNSET
    height: Pixels = UNSET
    href: Words = UNSET
    max_width: Pixels = UNSET
    show_on: ShowOn = UNSET
    src: Words = UNSET
    width: Pixels = UNSET


class HeaderLogoSubBlock(Part, kw_only=True, tag_field="type", tag="header_link_bar_logo"):
    id: Words = UNSET
    alt_text: Words = UNSET
    asset_id: Words = UNSET
    height: Pixels = UNSET
    href: Words = UNSET
    max_width: Pixels = UNSET
    show_on: ShowOn = UNSET
    src: Words = UNSET
    width: Pixels = UNSET


HeaderItem = HeaderLinkSubBlock | HeaderImageSubBlock | HeaderLogoSubBlock


class HeaderBlockStyles(Padded, kw_only=True):
    border_color: Color = UNSET
    border_radius: Pixels = UNSET
    border_style: BorderStyle = UNSET
    border_width: Pixels = UNSET
    color: Color = UNSET
    desktop_layout: Literal["centered", "inline", "links", "stacked"] | None | UnsetType = UNSET
    font_family: Font = UNSET
    font_size: Pixels = UNSET
    font_style: FontStyle = UNSET
    font_weight: Weight = UNSET
    item_align: Align = UNSET
    item_spacing: Pixels = UNSET
    item_spacing_type: Literal["auto", "manual"] | None | UnsetType = UNSET
    letter_spacing: Spacing = UNSET
    logo_align: Align = UNSET
    logo_link_spacing: Pixels = UNSET
    mobile_layout: Literal["inline", "links", "links-stacked", "logo-stacked", "stacked"] | None | UnsetType = UNSET
    mobile_spacing: Pixels = UNSET
    mobile_wrap: Flag = UNSET
    text_decoration: Decoration = UNSET
    vertical_align: VerticalAlign = UNSET


class HeaderBlockData(Part, kw_only=True):
    display_options: DisplayOptions
    styles: HeaderBlockStyles


class HeaderBlock(BlockBase, kw_only=True, tag_field="type", tag="header"):
    data: HeaderBlockData
    subblocks: list[HeaderItem] | None | UnsetType = UNSET


def draw(block: HeaderBlock, place: Place) -> str:
    """The logo beside the links, or above them; or links alone."""
    styles, items = block.data.styles, chosen(block.subblocks, [])
    look = letters(styles, base=replace(place.text, decoration="none"))
    logos = [item for item in items if isinstance(item, HeaderLogoSubBlock)]
    others = [item for item in items if not isinstance(item, HeaderLogoSubBlock)]
    layout = chosen(styles.desktop_layout, "stacked")
    logo_side, link_side = chosen(styles.logo_align, "center"), chosen(styles.item_align, "center")
    bar = _bar(others, look, styles, place)
    if layout == "links" or not logos:
        html = table(element("tr", {}, cell(bar, align=link_side)))
    elif layout == "inline":
        stack = "stack" if chosen(styles.mobile_layout, "stacked") != "inline" else ""
        logo = cell(_logo(logos, place), align=logo_side, css_class=stack, valign="middle")
        html = table(element("tr", {}, logo, cell(bar, align=link_side, css_class=stack, valign="middle")))
    else:
        gap = css({"padding-top": f"{chosen(styles.logo_link_spacing, 12)}px"})
        logo = element("tr", {}, cell(_logo(logos, place), align=logo_side))
        html = table(logo + (element("tr", {}, cell(bar, gap, align=link_side)) if others else ""))
    return place.row(styles, place.framed(html, styles), look)


def _logo(logos: Sequence[HeaderLogoSubBlock], place: Place) -> str:
    return "".join(_picture(logo, place) for logo in logos)


def _picture(item: HeaderLogoSubBlock | HeaderImageSubBlock, place: Place) -> str:
    if not chosen(item.src, ""):
        return ""
    width = min(chosen(item.width, 0) or 160, chosen(item.max_width, 0) or place.width, place.width)
    shown = picture(chosen(item.src, ""), chosen(item.alt_text, ""), width)
    return link(chosen(item.href, ""), shown, css({"display": "inline-block", "width": f"{width}px"}))


def _bar(items: Sequence[HeaderItem], look: Letters, styles: HeaderBlockStyles, place: Place) -> str:
    """Links in a row; they wrap where it is narrow."""
    gap = chosen(styles.item_spacing, 16)
    return "".join(_item(item, look, gap, place) for item in items)


def _item(item: HeaderItem, look: Letters, gap: int, place: Place) -> str:
    style = {"display": "inline-block", "padding": f"4px {gap / 2:g}px"}
    if isinstance(item, HeaderLinkSubBlock):
        words, ground = chosen(item.content, ""), chosen(item.background_color, "")
        shown = {**style, "color": look.color, "text-decoration": look.decoration, "background-color": ground}
        html = link(chosen(item.href, ""), words, css(shown))
    else:
        html = _picture(item, place)
    return element("span", {"class": screen_class(item)}, html) if screen_class(item) else html
