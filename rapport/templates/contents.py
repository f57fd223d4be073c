"""What a template's messages are made of: its HTML, or its definition drawn, with the universal content it shows.

It is drawn when it is written, and kept. A template remembers the version of all universal content in it; whoever reads
it and finds another version there draws it anew. So a change of universal content reaches every template by itself, and
costs nothing where nobody looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rapport.kit import compute, db, log
from rapport.kit.refusals import Refused
from rapport.templates import rendering
from rapport.templates.definition.sources import ids_in, universal_ids
from rapport.templates.language import TemplateSyntaxError

# Processor time to draw a definition; a typical one takes some milliseconds.
DRAW_SECONDS = 4.0
POINTER = "/data/attributes/definition"

_logger = log.logger("templates")
_TOO_LONG = TemplateSyntaxError("It takes too long to read.")
_UNIVERSAL = "SELECT ulid, version, definition FROM universal_content WHERE account_id = %s AND ulid = ANY(%s)"


class BadTemplate(Exception):
    """A part of the template is no valid template; `part` is its name, or its place in the request."""

    def __init__(self, part: str, error: TemplateSyntaxError) -> None:
        super().__init__(f"Line {error.line}, column {error.column}: {error.message}")
        self.part, self.line, self.column = part, error.line, error.column


@dataclass(frozen=True)
class Universal:
    """Universal content at a version; `definition` is JSON."""

    version: int
    definition: bytes


@dataclass(frozen=True)
class Content:
    """What a template is made of, as it is stored; see the columns of `tables.templates`."""

    html: str | None = None
    definition: Mapping[str, Any] | None = None
    rendered: str | None = None
    universal: Mapping[str, int] = field(default_factory=dict)


async def universal_of(
    conn: db.Connection, account_id: int, html: str | None, definition: Mapping[str, Any] | None
) -> dict[str, Universal]:
    """The universal content that HTML or a definition shows, by id. Raises Refused where a definition names some that
    does not exist; in HTML such a placeholder is left empty."""
    named = list(universal_ids(definition)) if definition is not None else []
    found = await _load(conn, account_id, [id for _, id in named] or ids_in(html or ""))
    for place, id in named:
        if id not in found:
            raise Refused(f"Universal content with id {id} does not exist.", pointer=f"{POINTER}{place}")
    return found


async def _load(conn: db.Connection, account_id: int, ids: Sequence[str]) -> dict[str, Universal]:
    if not ids:
        return {}
    rows = await db.rows(conn, _UNIVERSAL, (account_id, list(ids)))
    return {id: Universal(version, msgspec.json.encode(definition)) for id, version, definition in rows}


async def prepare(
    account_id: int,
    html: str | None,
    definition: Mapping[str, Any] | None,
    universal: Mapping[str, Universal],
    ids: Sequence[str] = (),
) -> Content:
    """Draws it. Raises BadTemplate. Takes a while: not inside a transaction, unless what it shows was changed since.
    `ids`: what it showed before, which may be gone."""
    versions = {**dict.fromkeys(ids, 0), **{id: content.version for id, content in universal.items()}}
    parts = {id: content.definition for id, content in universal.items()}
    try:
        if definition is not None:
            encoded = msgspec.json.encode(definition)
            drawn = await compute.run(account_id, DRAW_SECONDS, rendering.drawn, encoded, parts, POINTER)
            if drawn.fault is not None:
                raise BadTemplate(*drawn.fault)
            return Content(None, definition, drawn.html, versions)
        if not versions:
            return Content(html)
        filled = await compute.run(account_id, DRAW_SECONDS, rendering.with_universal, html or "", parts)
        return Content(html, None, filled, versions)
    except compute.NOT_ANSWERED:
        raise BadTemplate(POINTER if definition is not None else "html", _TOO_LONG) from None


async def redrawn(conn: db.Connection, account_id: int, content: Content) -> Content | None:
    """The content with universal content as it is now; None where it shows that already."""
    if not content.universal:
        return None
    universal = await _load(conn, account_id, list(content.universal))
    now = {id: universal[id].version if id in universal else 0 for id in content.universal}
    if now == content.universal:
        return None
    try:
        return await prepare(account_id, content.html, content.definition, universal, list(content.universal))
    except BadTemplate as error:
        # What is kept is still a mail; what was changed was read when it was written.
        _logger.warning("template not drawn anew", account_id=account_id, error=str(error))
        return None
