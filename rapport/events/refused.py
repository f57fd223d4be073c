"""Inbox rows that could not be taken: kept with their reasons, listed, and put back when the cause is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from rapport.kit import db

Reasons = Sequence[tuple[int, str]]
_MAX_REASON = 500
# A row that was put back keeps its number, so what it is refused for now takes the place of what it was before.
_REFUSE = """
    WITH given AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS g (id, reason)),
    taken AS (DELETE FROM inbox i USING given g WHERE i.account_id = %s AND i.id = g.id
              RETURNING i.account_id, i.id, i.kind, i.body)
    INSERT INTO inbox_refused (account_id, id, kind, body, reason, refused)
    SELECT account_id, id, kind, body, reason, %s FROM taken JOIN given USING (id)
    ON CONFLICT (account_id, id) DO UPDATE SET reason = excluded.reason, refused = excluded.refused"""
_REPLAY = """
    WITH back AS (
        DELETE FROM inbox_refused r USING accounts a
        WHERE a.account_id = r.account_id AND (%(account)s::text IS NULL OR a.public_id = %(account)s)
          AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
        RETURNING r.account_id, r.id, r.kind, r.body)
    INSERT INTO inbox (account_id, id, kind, body) SELECT account_id, id, kind, body FROM back
    RETURNING account_id, id"""
# What is refused, by account and reason, the most first: public id, reason, count, the number of one of them.
SUMMARY = """
    SELECT a.public_id, r.reason, count(*), min(r.id)
    FROM inbox_refused r LEFT JOIN accounts a ON a.account_id = r.account_id
    GROUP BY a.public_id, r.reason ORDER BY count(*) DESC, a.public_id, r.reason LIMIT %s"""
_AGAIN = """
    SELECT a.public_id, r.id, r.reason FROM inbox_refused r
    JOIN unnest(%s::int[], %s::bigint[]) AS g (account_id, id) USING (account_id, id)
    JOIN accounts a ON a.account_id = r.account_id ORDER BY r.id"""
# By the end of its text: a body that holds a NUL can't be looked into as JSON.
_OF_IMPORT = """
    SELECT count(*) FROM inbox_refused
    WHERE account_id = %s AND kind = 'event' AND body::text LIKE concat('%%,"file_import":', %s::bigint, '}')"""
_refused = Counter("rapport_inbox_refused_total", "Inbox rows set aside with a reason")


@dataclass(frozen=True)
class Refusal:
    """One row that was refused."""

    account: str
    id: int
    reason: str


async def set_aside(conn: db.Connection, account_id: int, reasons: Reasons, now: datetime) -> None:
    """Move inbox rows (number, reason) to the refused ones."""
    if not reasons:
        return
    numbers, texts = zip(*reasons, strict=True)
    # no NUL: a reason may quote the text that PostgreSQL could not store
    shown = [text.replace("\0", "")[:_MAX_REASON] for text in texts]
    await db.execute(conn, _REFUSE, (list(numbers), shown, account_id, now))
    _refused.inc(len(reasons))


async def put_back(conn: db.Connection, *, account: str | None = None, id: int | None = None) -> list[tuple[int, int]]:
    """Move refused rows back into the inbox under their old numbers: those of an account (public id), one number, or
    all.

    Returns (account id, number) of each.
    """
    rows = await db.rows(conn, _REPLAY, {"account": account, "id": id})
    return [(row[0], row[1]) for row in rows]


async def among(conn: db.Connection, rows: Sequence[tuple[int, int]]) -> list[Refusal]:
    """Which of these rows, (account id, number) each, are refused now."""
    refused_rows = await db.rows(conn, _AGAIN, ([account_id for account_id, _ in rows], [number for _, number in rows]))
    return [Refusal(*row) for row in refused_rows]


async def of_import(conn: db.Connection, account_id: int, import_id: int) -> int:
    """How many events of the import of a file are set aside."""
    row = await db.row(conn, _OF_IMPORT, (account_id, import_id))
    return 0 if row is None else int(row[0])
