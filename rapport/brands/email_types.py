"""What new e-mails look like, as it crosses the API (behaviour-rest 1)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.brands.types import Address, Hex, LinkStyle, Name, Pixels, TextStyle

IconColor = Literal["black", "default", "grey", "white"]


class HeaderLink(msgspec.Struct, forbid_unknown_fields=True):
    """A link above the body."""

    text: Name
    url: Address


HeaderLinks = Annotated[list[HeaderLink], Meta(max_length=20)]


class EmailBody(msgspec.Struct):
    """`body_background_color`: of the canvas around the body."""

    background_color: str
    body_background_color: str
    text: TextStyle
    h1_text: TextStyle
    h2_text: TextStyle
    h3_text: TextStyle
    h4_text: TextStyle
    link_text: LinkStyle


class EmailHeader(msgspec.Struct):
    """`logo_max_width`: pixels; null = as wide as the logo is."""

    background_color: str
    links: list[HeaderLink]
    link_text: LinkStyle
    logo_max_width: int | None


class EmailFooter(msgspec.Struct):
    """`social_group_color`: of the icons."""

    background_color: str
    text: TextStyle
    link_text: LinkStyle
    social_group_color: IconColor


class EmailDefaultAttributes(msgspec.Struct):
    body: EmailBody
    header: EmailHeader
    footer: EmailFooter


class BodyUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; a style is replaced whole."""

    background_color: Hex | UnsetType = UNSET
    body_background_color: Hex | UnsetType = UNSET
    text: TextStyle | UnsetType = UNSET
    h1_text: TextStyle | UnsetType = UNSET
    h2_text: TextStyle | UnsetType = UNSET
    h3_text: TextStyle | UnsetType = UNSET
    h4_text: TextStyle | UnsetType = UNSET
    link_text: LinkStyle | UnsetType = UNSET


class HeaderUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; null clears the logo's width."""

    background_color: Hex | UnsetType = UNSET
    links: HeaderLinks | UnsetType = UNSET
    link_text: LinkStyle | UnsetType = UNSET
    logo_max_width: Pixels | None | UnsetType = UNSET


class FooterUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; a style is replaced whole."""

    background_color: Hex | UnsetType = UNSET
    text: TextStyle | UnsetType = UNSET
    link_text: LinkStyle | UnsetType = UNSET
    social_group_color: IconColor | UnsetType = UNSET


class EmailDefaultUpdate(msgspec.Struct, forbid_unknown_fields=True):
    body: BodyUpdate | UnsetType = UNSET
    header: HeaderUpdate | UnsetType = UNSET
    footer: FooterUpdate | UnsetType = UNSET
