"""Links to pages in social networks."""

from html import escape
from typing import Literal

from msgspec import UNSET, UnsetType

from rapport.templates.definition.fields import (
    Align,
    Color,
    Decoration,
    Flag,
    Font,
    FontStyle,
    Part,
    Pixels,
    Size,
    Weight,
    Words,
    chosen,
)
from rapport.templates.definition.nodes import BlockBase, Boxed, DisplayOptions
from rapport.templates.mjml.letters import letters
from rapport.templates.mjml.markup import attribute_value, cell, css, element, table
from rapport.templates.mjml.place import Place, link, picture


class SocialIconSubBlock(Part, kw_only=True, tag_field="type", tag="social_link_icon"):
    id: Words = UNSET
    custom_asset_id: Words = UNSET
    custom_src: Words = UNSET
    custom_size: Pixels = UNSET
    label: Words = UNSET
    link_type: (
        Literal[
            "android",
            "apple",
            "custom",
            "discord",
            "email",
            "facebook",
            "google-plus",
            "instagram",
            "linkedin",
            "pinterest",
            "rss",
            "snapchat",
            "threads",
            "tiktok",
            "twitch",
            "twitter",
            "whatsapp",
            "x-twitter",
            "yelp",
            "youtube",
        ]
        | None
        | UnsetType
    ) = UNSET
    link_url: Words = UNSET


class SocialSpacerSubBlock(Part, kw_only=True, tag_field="type", tag="social_link_spacer"):
    id: Words = UNSET
    width: Pixels = UNSET


SocialItem = SocialIconSubBlock | SocialSpacerSubBlock


class SocialBlockProperties(Part, kw_only=True):
    show_labels: Flag = UNSET


class SocialBlockStyles(Boxed, kw_only=True):
    icon_align: Align = UNSET
    icon_color: Literal["black", "default", "grey", "white"] | None | UnsetType = UNSET
    icon_size: Size = UNSET
    icon_spacing: Pixels = UNSET
    label_color: Color = UNSET
    label_font_family: Font = UNSET
    label_font_size: Pixels = UNSET
    label_font_style: FontStyle = UNSET
    label_text_decoration: Decoration = UNSET
    label_font_weight: Weight = UNSET
    stack_on_mobile: Flag = UNSET


class SocialBlockData(Part, kw_only=True):
    properties: SocialBlockProperties
    display_options: DisplayOptions
    styles: SocialBlockStyles


class SocialBlock(BlockBase, kw_only=True, tag_field="type", tag="social"):
    data: SocialBlockData
    subblocks: list[SocialItem] | None | UnsetType = UNSET


# Name, color and sign of each. Signs are letters: a picture would be missing wherever pictures are not loaded.
_NETWORKS = {
    "android": ("Google Play", "#01875f", "▶"),
    "apple": ("App Store", "#000000", "A"),
    "custom": ("Link", "#555555", "•"),
    "discord": ("Discord", "#5865f2", "D"),
    "email": ("E-mail", "#555555", "@"),
    "facebook": ("Facebook", "#1877f2", "f"),
    "google-plus": ("Google", "#4285f4", "G"),
    "instagram": ("Instagram", "#c13584", "Ig"),
    "linkedin": ("LinkedIn", "#0a66c2", "in"),
    "pinterest": ("Pinterest", "#bd081c", "P"),
    "rss": ("RSS", "#b35900", "))"),
    "snapchat": ("Snapchat", "#000000", "S"),
    "threads": ("Threads", "#000000", "@"),
    "tiktok": ("TikTok", "#000000", "Tk"),
    "twitch": ("Twitch", "#6441a5", "T"),
    "twitter": ("X", "#000000", "X"),
    "whatsapp": ("WhatsApp", "#0b7a4b", "W"),
    "x-twitter": ("X", "#000000", "X"),
    "yelp": ("Yelp", "#c41200", "y"),
    "youtube": ("YouTube", "#c4302b", "▶"),
}
_SIZES = {"small": 24, "medium": 32, "large": 44}
_GROUNDS = {"black": "#000000", "grey": "#6b6b6b", "white": "#ffffff"}


def draw(block: SocialBlock, place: Place) -> str:
    """A round sign for each network, with its label beside it where labels are wanted."""
    styles = block.data.styles
    gap = chosen(styles.icon_spacing, 8)
    cells = [_item(item, block, place, gap) for item in chosen(block.subblocks, [])]
    align = chosen(styles.icon_align, "center")
    row = table(element("tr", {}, *cells), width="", align=align)
    return place.row(styles, table(element("tr", {}, cell(row, align=align))))


def _item(item: SocialItem, block: SocialBlock, place: Place, gap: int) -> str:
    if isinstance(item, SocialSpacerSubBlock):
        return cell("&nbsp;", css({"width": f"{chosen(item.width, 8)}px"}))
    name, color, sign = _NETWORKS[chosen(item.link_type, "custom")]
    label, href = chosen(item.label, "") or name, chosen(item.link_url, "")
    size = _SIZES[chosen(block.data.styles.icon_size, "medium")]
    icon = link(
        href, _icon(item, label, block, (color, sign), size), "text-decoration:none", title=label, **{"class": "own"}
    )
    parts = cell(icon, f"padding:0 {gap / 2:g}px", align="center")
    if not chosen(block.data.properties.show_labels, False):
        return parts
    look = letters(block.data.styles, "label_", place.text)
    return parts + cell(link(href, attribute_value(label), look.css()), f"padding-right:{gap}px")


def _icon(item: SocialIconSubBlock, label: str, block: SocialBlock, sign: tuple[str, str], size: int) -> str:
    own = chosen(item.custom_src, "")
    if own:
        return picture(own, label, chosen(item.custom_size, 0) or size)
    ground = _GROUNDS.get(chosen(block.data.styles.icon_color, "default"), sign[0])
    look = {
        "display": "inline-block",
        "width": f"{size}px",
        "height": f"{size}px",
        "line-height": f"{size}px",
        "border-radius": f"{size // 2}px",
        "background-color": ground,
        "color": "#000000" if ground == "#ffffff" else "#ffffff",
        "font-family": "Arial, sans-serif",
        "font-size": f"{size * 9 // 20}px",
        "font-weight": "bold",
        "text-align": "center",
    }
    return element("span", {"role": "img", "aria-label": label, "style": css(look)}, escape(sign[1]))
