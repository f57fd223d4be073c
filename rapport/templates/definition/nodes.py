"""What sections and blocks have in common."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from rapport.templates.definition.fields import Color, Flag, Part, Pixels, ShowOn, Words

# An expression as it stands inside {% if … %} and {% for … %}.
Expression = Annotated[str, Meta(pattern=r"^[^{}\n]*$", max_length=2000)]


class ContentRepeat(Part, kw_only=True):
    """Shows the part once for each item of a list: `event.items`, with each one under the name of `item_alias`."""

    repeat_for: Expression
    item_alias: Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]


class Visibility(Part, kw_only=True):
    """`check`: shows the part only where the expression is true. `definition`: how an editor had it built."""

    check: Expression | None | UnsetType = UNSET
    definition: Words = UNSET
    is_code_only: Flag = UNSET


class DisplayOptions(Part, kw_only=True):
    """When a part is shown. `visible_check` is the name that universal content has for `visibility.check`."""

    show_on: ShowOn = UNSET
    content_repeat: ContentRepeat | None | UnsetType = UNSET
    visibility: Visibility | None | UnsetType = UNSET
    visible_check: Expression | None | UnsetType = UNSET
    layout_type: Words = UNSET
    layout_config: dict[str, Any] | None | UnsetType = UNSET


class Node(Part, kw_only=True):
    """`universal_id`: the universal content that is shown here instead of the part's own."""

    id: Words = UNSET
    data_id: Words = UNSET
    universal_id: Words = UNSET


class BlockBase(Node, kw_only=True):
    content_type: Literal["block"]


class Boxed(Part, kw_only=True):
    """Space and color around a block."""

    block_background_color: Color = UNSET
    block_padding_bottom: Pixels = UNSET
    block_padding_left: Pixels = UNSET
    block_padding_right: Pixels = UNSET
    block_padding_top: Pixels = UNSET


class Padded(Boxed, kw_only=True):
    """Space inside a block, too."""

    inner_padding_bottom: Pixels = UNSET
    inner_padding_left: Pixels = UNSET
    inner_padding_right: Pixels = UNSET
    inner_padding_top: Pixels = UNSET
