"""Templates as they cross the API (behaviour-messaging 3.1)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.templates.definition.layout import TemplateDefinition


class TemplateAttributes(msgspec.Struct):
    """A template as answered. `definition` belongs to the drag-and-drop editor and is null for coded templates; `html`
    of such a template is what it is drawn as."""

    name: str
    editor_type: str
    html: str
    text: str | None
    amp: str | None
    created: datetime
    updated: datetime
    definition: TemplateDefinition | UnsetType | None = UNSET


class TemplateCreate(msgspec.Struct, forbid_unknown_fields=True):
    """CODE and USER_DRAGGABLE need `html`, SYSTEM_DRAGGABLE a `definition`. `text` absent: derived from the HTML when a
    message is sent."""

    name: str
    editor_type: str
    html: str | None = None
    text: str | None = None
    amp: str | None = None
    definition: TemplateDefinition | None = None


class TemplateUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; absent = stays."""

    name: str | UnsetType | None = UNSET
    html: str | UnsetType | None = UNSET
    text: str | UnsetType | None = UNSET
    amp: str | UnsetType | None = UNSET
    definition: TemplateDefinition | UnsetType | None = UNSET


class TemplateRender(msgspec.Struct, forbid_unknown_fields=True):
    """`context`: what the template is filled with; nothing is looked up beside it."""

    context: dict[str, Any]
    return_fields: list[str] | None = None


class TemplateClone(msgspec.Struct, forbid_unknown_fields=True):
    """`name` absent: "Clone of " and the name of the original."""

    name: str | None = None
