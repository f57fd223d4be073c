"""Contents: what messages are rendered from. Each is stored once; a process caches those it uses often."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.kit import db
from rapport.messages.composed import CACHED, Content

_STORE = """
    INSERT INTO contents (account_id, digest, body) VALUES (%s, %s, %s::jsonb)
    ON CONFLICT (account_id, digest) DO NOTHING RETURNING id"""
_FIND = "SELECT id FROM contents WHERE account_id = %s AND digest = %s"
_LOAD = "SELECT body FROM contents WHERE account_id = %s AND id = %s"


async def store(conn: db.Connection, account_id: int, body: Mapping[str, Any]) -> int:
    """Id of the content `body`; the same body is stored once. Nothing is rendered or checked here.

    E-mail: subject, preview_text, from_email, from_label, reply_to, cc, bcc, html, text, track_opens, track_clicks,
    utm (parameter name -> template of its value). SMS: body.
    """
    text = msgspec.json.encode(body, order="deterministic").decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    stored_row = await db.row(conn, _STORE, (account_id, digest, text))
    # A row that was there already is not returned, and an update just to return it would bloat the table.
    row = stored_row or await db.row(conn, _FIND, (account_id, digest))
    assert row is not None
    return int(row[0])


class Contents:
    """Contents by id, the most recently used kept. They never change, so nothing has to be invalidated."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], Content] = OrderedDict()

    async def get(self, conn: db.Connection, account_id: int, content_id: int) -> Content:
        """Raises LookupError when there is no such content."""
        key = (account_id, content_id)
        content = self._kept.get(key)
        if content is None:
            content = self._kept[key] = await _load(conn, account_id, content_id)
        self._kept.move_to_end(key)
        while len(self._kept) > CACHED:
            self._kept.popitem(last=False)
        return content


async def _load(conn: db.Connection, account_id: int, content_id: int) -> Content:
    row = await db.row(conn, _LOAD, (account_id, content_id))
    if row is None:
        raise LookupError(f"no content {content_id}")
    return Content(row[0])
