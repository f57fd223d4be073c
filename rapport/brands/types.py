"""A brand as it crosses the API (behaviour-rest 1).

Colours are hexadecimal, `#rgb` to `#rrggbbaa`; lengths are pixels. What ends up in the styles of an e-mail holds no
character that could end a style.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(max_length=255)]
# (?!\n): `$` alone would let a line break follow
Hex = Annotated[str, Meta(pattern=r"^#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$(?!\n)")]
Pixels = Annotated[int, Meta(ge=0, le=10_000)]
Css = Annotated[str, Meta(max_length=300, pattern=r"^[^<>{};\\\x00-\x1f]*$(?!\n)")]
Address = Annotated[str, Meta(max_length=2000)]
Weight = Literal[100, 200, 300, 400, 500, 600, 700, 800, 900]
Decoration = Literal["", "line-through", "line-through underline", "none", "underline", "underline line-through"]
FontStyle = Literal["italic", "normal"]


class TextStyle(msgspec.Struct, forbid_unknown_fields=True):
    """How text looks. `letter_spacing`: pixels, or as in CSS."""

    color: Hex
    font_size: Pixels
    font_style: FontStyle
    font_family: Css
    font_weight: Weight
    letter_spacing: int | Css
    text_decoration: Decoration


class LinkStyle(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How a link looks; what is missing is as in the text around it."""

    color: Hex
    font_style: FontStyle
    text_decoration: Decoration
    font_size: Pixels | None = None
    font_weight: Weight | None = None
    font_family: Css | None = None
    letter_spacing: int | Css | None = None


# ---- logos


class LogoAttributes(msgspec.Struct):
    """`link_url`: where a click on it leads."""

    width: int | None = None
    height: int | None = None
    alt_text: str | None = None
    link_url: str | None = None
    name: str | None = None


class LogoWrite(msgspec.Struct, forbid_unknown_fields=True):
    """To create and to change: what is absent stays, null clears."""

    width: Pixels | None | UnsetType = UNSET
    height: Pixels | None | UnsetType = UNSET
    alt_text: Annotated[str, Meta(max_length=1000)] | None | UnsetType = UNSET
    link_url: Address | None | UnsetType = UNSET
    name: Name | None | UnsetType = UNSET


# ---- colours


class Color(msgspec.Struct, forbid_unknown_fields=True):
    """One colour of a palette."""

    hex: Hex
    name: Name


Colors = Annotated[list[Color], Meta(max_length=200)]


class ColorAttributes(msgspec.Struct):
    """A palette, its colours in their order."""

    name: str | None = None
    colors: list[Color] | None = None


class ColorWrite(msgspec.Struct, forbid_unknown_fields=True):
    """`colors`: all of them."""

    name: Name | None | UnsetType = UNSET
    colors: Colors | None | UnsetType = UNSET


# ---- buttons


class ButtonStyle(msgspec.Struct, forbid_unknown_fields=True):
    background_color: Hex
    border_radius: Pixels
    box_shadow: Css
    is_shadow_active: bool = False


class BorderStyle(msgspec.Struct, forbid_unknown_fields=True):
    border_color: Hex
    border_style: Literal["dashed", "dotted", "solid"]
    border_width: Pixels
    is_border_active: bool = False


class Spacing(msgspec.Struct, forbid_unknown_fields=True):
    padding_top: Pixels
    padding_right: Pixels
    padding_bottom: Pixels
    padding_left: Pixels


class ButtonAttributes(msgspec.Struct):
    """`is_primary`: the one that new e-mails take. `preview_page_hex`: the background it is previewed on."""

    style: ButtonStyle
    border: BorderStyle
    spacing: Spacing
    text: TextStyle
    is_primary: bool
    name: str | None = None
    preview_page_hex: str | None = None


class ButtonCreate(msgspec.Struct, forbid_unknown_fields=True):
    style: ButtonStyle
    border: BorderStyle
    spacing: Spacing
    text: TextStyle
    name: Name | None = None
    is_primary: bool | None = None
    preview_page_hex: Hex | None = None


class ButtonUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A block that is sent is whole and replaces the stored one."""

    style: ButtonStyle | UnsetType = UNSET
    border: BorderStyle | UnsetType = UNSET
    spacing: Spacing | UnsetType = UNSET
    text: TextStyle | UnsetType = UNSET
    name: Name | None | UnsetType = UNSET
    is_primary: bool | None | UnsetType = UNSET
    preview_page_hex: Hex | None | UnsetType = UNSET


# ---- social links


class SocialLink(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`platform`: x_twitter, or custom; other networks' names are taken too. `asset_id`: the image of its icon, and
    `asset_url` where that lies; of custom ones."""

    platform: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
    link_url: Address
    asset_id: int | None = None
    asset_url: Address | None = None
    width: Pixels | None = None
    height: Pixels | None = None


SocialLinks = Annotated[list[SocialLink], Meta(max_length=100)]


class SocialGroupAttributes(msgspec.Struct):
    """Links in their order."""

    social_links: list[SocialLink]
    name: str | None = None


class SocialGroupCreate(msgspec.Struct, forbid_unknown_fields=True):
    social_links: SocialLinks
    name: Name | None = None


class SocialGroupUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`social_links`: all of them."""

    social_links: SocialLinks | UnsetType = UNSET
    name: Name | None | UnsetType = UNSET


# ---- voice


class Descriptor(msgspec.Struct, forbid_unknown_fields=True):
    """`user_modified`: whether people wrote it; whoever writes says so."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    description: Annotated[str, Meta(max_length=5000)]
    user_modified: bool = False


Descriptors = Annotated[list[Descriptor], Meta(max_length=100)]


class VoiceAttributes(msgspec.Struct):
    """How the brand speaks."""

    version: str
    tone_descriptors: list[Descriptor]
    language_patterns: list[Descriptor]


class VoiceUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A list that is sent replaces the stored one; the other stays."""

    tone_descriptors: Descriptors | UnsetType = UNSET
    language_patterns: Descriptors | UnsetType = UNSET
