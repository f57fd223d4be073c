"""Tags and tag groups as they cross the API (behaviour-messaging 8.8)."""

import msgspec
from msgspec import UNSET, UnsetType


class TagAttributes(msgspec.Struct):
    name: str | None = None


class TagWrite(msgspec.Struct, forbid_unknown_fields=True):
    """A tag's only attribute."""

    name: str


class GroupAttributes(msgspec.Struct):
    name: str | None = None
    exclusive: bool | None = None
    default: bool | None = None


class GroupCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`exclusive`: a thing can hold one tag of the group at most."""

    name: str
    exclusive: bool | None = None


class GroupUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Only the name can change. `return_fields` is taken and has no effect, for the answer is empty."""

    name: str
    return_fields: list[str] | None | UnsetType = UNSET
