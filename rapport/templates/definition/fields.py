"""Kinds of values in a drag-and-drop definition. A key that was not sent stays unsent, so that what is read is written
back as it was."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

T = TypeVar("T")


class Part(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of everything in a definition."""


# Colors, fonts and the like are written into CSS, so each holds what CSS allows there and nothing more.
_COLOR = r"^(#[0-9a-fA-F]{3,8}|[a-zA-Z]*|(rgb|rgba|hsl|hsla)\([0-9.,%/\s]*\))$"
Color = Annotated[str, Meta(pattern=_COLOR, max_length=60, description="CSS color")] | None | UnsetType
Font = Annotated[str, Meta(pattern=r"^[^;:{}<>\\]*$", max_length=300, description="CSS font family")] | None | UnsetType
Weight = Annotated[str, Meta(pattern="^(normal|bold|bolder|lighter|[1-9]00)?$")] | None | UnsetType
Decoration = Annotated[str, Meta(pattern="^[a-z -]*$", max_length=60)] | None | UnsetType
CssClass = Annotated[str, Meta(pattern=r"^[\w -]*$", max_length=200)] | None | UnsetType
Pixels = Annotated[int, Meta(ge=0, le=20_000)] | None | UnsetType
Spacing = Annotated[int, Meta(ge=-100, le=1000)] | None | UnsetType
Count = Annotated[int, Meta(ge=0, le=100)] | None | UnsetType
LineHeight = Annotated[float, Meta(ge=0, le=20)] | None | UnsetType
Flag = bool | None | UnsetType
Words = str | None | UnsetType
"""A text; where it is shown or leads somewhere it may hold tags of the template language."""

Align = Literal["center", "left", "right"] | None | UnsetType
VerticalAlign = Literal["baseline", "bottom", "middle", "top"] | None | UnsetType
BorderStyle = Literal["dashed", "dotted", "groove", "inset", "none", "outset", "ridge", "solid"] | None | UnsetType
FontStyle = Literal["italic", "normal"] | None | UnsetType
ShowOn = Literal["all", "desktop", "mobile"] | None | UnsetType
StackOrder = Literal["ltr", "no-stack", "rtl"] | None | UnsetType
Size = Literal["large", "medium", "small"] | None | UnsetType
BackgroundFormat = Literal["auto", "contain", "cover", "initial", "repeat"] | None | UnsetType
BackgroundPosition = (
    Literal[
        "center-bottom",
        "center-center",
        "center-top",
        "left-bottom",
        "left-center",
        "left-top",
        "right-bottom",
        "right-center",
        "right-top",
    ]
    | None
    | UnsetType
)


def chosen(value: T | UnsetType | None, default: T) -> T:
    """What was sent, or the default for what was not."""
    return default if value is UNSET or value is None else value
