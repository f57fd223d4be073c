"""Templates: make, find, change, copy, render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.kit import compute, db, ids
from rapport.kit.refusals import Refused
from rapport.templates import contents, rendering
from rapport.templates.contents import BadTemplate, Content
from rapport.templates.language import TemplateRenderError, TemplateSyntaxError
from rapport.templates.rendering import Part

# Behaviour-messaging 3.1: create and clone fail from here on.
LIMIT = 1000
# Processor time to read or to fill in a template; a typical one takes milliseconds.
RENDER_SECONDS = 4.0
CODED = ("CODE", "USER_DRAGGABLE")

DRAGGED = "SYSTEM_DRAGGABLE"

_COLUMNS = (
    "id, public_id, name, editor_type, html, text, amp, reusable, created, updated, version, definition, rendered, "
    "universal"
)
_FIND = f"SELECT {_COLUMNS} FROM templates WHERE account_id = %s AND public_id = %s"
_BY_ID = f"SELECT {_COLUMNS} FROM templates WHERE account_id = %s AND id = %s"
_INSERT = f"""
    INSERT INTO templates (account_id, public_id, name, editor_type, html, text, amp, reusable, created, updated,
        definition, rendered, universal)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"""
_UPDATE = f"""
    UPDATE templates SET name = %s, html = %s, text = %s, amp = %s, definition = %s, rendered = %s, universal = %s,
        updated = %s, version = version + 1
    WHERE account_id = %s AND id = %s RETURNING {_COLUMNS}"""
_REDRAWN = "UPDATE templates SET rendered = %s, universal = %s WHERE account_id = %s AND id = %s"
_DELETE = "DELETE FROM templates WHERE account_id = %s AND id = %s"
_COUNT = "SELECT count(*) FROM templates WHERE account_id = %s AND reusable"
# A message's own copy goes with its message; a copy that a flow message holds can't be taken from it (3.1).
_HOLDER = "SELECT public_id FROM flow_messages WHERE account_id = %s AND template_id = %s LIMIT 1"


@dataclass(frozen=True)
class Template:
    id: int
    public_id: str
    name: str
    editor_type: str
    html: str | None
    text: str | None
    amp: str | None
    reusable: bool
    created: datetime
    updated: datetime
    version: int
    definition: dict[str, Any] | None
    rendered: str | None
    universal: Mapping[str, int]

    @property
    def mail_html(self) -> str | None:
        """The HTML that messages are made of."""
        return self.html if self.rendered is None else self.rendered


async def find(conn: db.Connection, account_id: int, public_id: str) -> Template | None:
    template = _template(await db.row(conn, _FIND, (account_id, public_id)))
    return await current(conn, account_id, template) if template else None


async def by_id(conn: db.Connection, account_id: int, id: int) -> Template | None:
    """By the internal id, as campaign variations and flow messages refer to it."""
    template = _template(await db.row(conn, _BY_ID, (account_id, id)))
    return await current(conn, account_id, template) if template else None


async def current(conn: db.Connection, account_id: int, template: Template) -> Template:
    """The template with the universal content in it as that is now."""
    content = Content(template.html, template.definition, template.rendered, template.universal)
    anew = await contents.redrawn(conn, account_id, content)
    if anew is None:
        return template
    await db.execute(conn, _REDRAWN, (anew.rendered, Jsonb(anew.universal), account_id, template.id))
    return replace(template, rendered=anew.rendered, universal=anew.universal)


async def create(
    conn: db.Connection,
    account_id: int,
    now: datetime,
    *,
    name: str,
    editor_type: str = "CODE",
    html: str | None = None,
    content: Content | None = None,
    text: str | None = None,
    amp: str | None = None,
    reusable: bool = True,
) -> Template:
    """Of parts that passed `check`: `html` that shows no universal content, or a `content` that was drawn. Raises
    Refused where the library is full."""
    content = content or Content(html)
    if reusable:
        await _check_room(conn, account_id)
    values = (account_id, ids.short_id(), name, editor_type, content.html, text, amp, reusable, now, now)
    return _known(await db.row(conn, _INSERT, (*values, *_stored(content))))


def _stored(content: Content | Template) -> tuple[Any, ...]:
    definition = None if content.definition is None else Jsonb(content.definition)
    return definition, content.rendered, Jsonb(content.universal)


async def update(
    conn: db.Connection,
    account_id: int,
    template: Template,
    now: datetime,
    changes: Mapping[str, Any],
    content: Content | None = None,
) -> Template:
    """Apply `changes` (name, and text and amp that passed `check`), and another content. Copies held by messages stay
    as they are."""
    new = {part: changes.get(part, getattr(template, part)) for part in ("name", "text", "amp")}
    made_of = content or template
    values = (new["name"], made_of.html, new["text"], new["amp"], *_stored(made_of))
    return _known(await db.row(conn, _UPDATE, (*values, now, account_id, template.id)))


async def delete(conn: db.Connection, account_id: int, public_id: str) -> bool:
    """False when there is no such template. Raises Refused while a flow's message holds it."""
    template = await find(conn, account_id, public_id)
    if template is None:
        return False
    holder = await db.row(conn, _HOLDER, (account_id, template.id))
    if holder:
        detail = f"The template is used by FlowMessage {holder[0]}. Remove it there first."
        raise Refused(detail, status=409)
    return bool(await db.execute(conn, _DELETE, (account_id, template.id)))


async def clone(conn: db.Connection, account_id: int, template: Template, now: datetime, name: str | None) -> Template:
    """A new library template with the same content. Raises Refused where the library is full."""
    await _check_room(conn, account_id)
    return await _copy(conn, account_id, template, now, name or f"Clone of {template.name}", reusable=True)


async def copy_of(conn: db.Connection, account_id: int, public_id: str, now: datetime) -> Template | None:
    """A message's own copy of a template: not in the library, and untouched by later edits of the original (3.1)."""
    template = await find(conn, account_id, public_id)
    return await _copy(conn, account_id, template, now, template.name, reusable=False) if template else None


def parts_of(sources: Mapping[str, Any]) -> list[Part]:
    """html, text and amp, those that are in `sources`."""
    return [Part(name, sources[name], html=name != "text") for name in ("html", "text", "amp") if name in sources]


async def check(account_id: int, parts: Sequence[Part]) -> None:
    """Raises BadTemplate naming the first part that does not compile. Takes a while: not inside a transaction."""
    parts = [part for part in parts if part.source and "{" in part.source]
    if not parts:
        return
    try:
        fault = await compute.run(account_id, RENDER_SECONDS, rendering.fault, parts)
    except compute.NOT_ANSWERED:
        fault = parts[0].name, TemplateSyntaxError("It takes too long to read.")
    if fault is not None:
        raise BadTemplate(*fault)


async def render(account_id: int, template: Template, context: Mapping[str, Any]) -> dict[str, str | None]:
    """html, text and amp filled with `context`. Raises TemplateError."""
    try:
        parts = parts_of({**vars(template), "html": template.mail_html})
        return await compute.run(account_id, RENDER_SECONDS, rendering.filled, parts, context)
    except compute.NOT_ANSWERED:
        raise TemplateRenderError("It takes too long.") from None


async def _copy(
    conn: db.Connection, account_id: int, template: Template, now: datetime, name: str, *, reusable: bool
) -> Template:
    content = (template.editor_type, template.html, template.text, template.amp)
    values = (account_id, ids.short_id(), name, *content, reusable, now, now)
    return _known(await db.row(conn, _INSERT, (*values, *_stored(template))))


async def _check_room(conn: db.Connection, account_id: int) -> None:
    row = await db.row(conn, _COUNT, (account_id,))
    if row and row[0] >= LIMIT:
        raise Refused(f"The account has {LIMIT} templates, which is the limit. Delete one that is no longer used.")


def _template(row: tuple[Any, ...] | None) -> Template | None:
    return Template(*row) if row else None


def _known(row: tuple[Any, ...] | None) -> Template:
    assert row is not None
    return Template(*row)
