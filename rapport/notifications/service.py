"""Notifications: written with their cause, counted and read for one user."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from rapport.accounts.notices import Notice
from rapport.kit import clock, db
from rapport.notifications import mailing
from rapport.notifications.kinds import KINDS

KEPT = timedelta(days=90)
# Among the facts of a notification: whose doing it is.
BY = "by_user"
_INSERT = """
    INSERT INTO notifications (account_id, kind, target, once, facts, at, created)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_UNREAD = f"""
    SELECT count(*) FROM notifications n
    WHERE n.account_id = %(account)s AND n.kind = ANY(%(kinds)s)
        AND (n.facts ->> '{BY}') IS DISTINCT FROM %(user)s::text AND NOT EXISTS (
        SELECT FROM notification_reads r
        WHERE r.account_id = n.account_id AND r.user_id = %(user)s AND r.notification_id = n.id)"""
_READ = """
    INSERT INTO notification_reads (account_id, user_id, notification_id)
    SELECT account_id, %(user)s, id FROM notifications
    WHERE account_id = %(account)s AND kind = ANY(%(kinds)s) AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
    ON CONFLICT DO NOTHING"""


async def write(conn: db.Connection, account_id: int, notice: Notice) -> None:
    """Raises KeyError for a kind that the table of kinds lacks."""
    kind = KINDS[notice.kind]
    facts = notice.facts if notice.by is None else {**notice.facts, BY: notice.by}
    values = (notice.kind, notice.target, notice.once, Jsonb(facts), notice.at, clock.utcnow())
    is_new = await db.execute(conn, _INSERT, (account_id, *values))
    if is_new and kind.is_important:
        await mailing.mail(conn, account_id, kind, notice.target, notice.facts)


async def unread(conn: db.Connection, account_id: int, user_id: int, kinds: list[str]) -> int:
    """How many of these kinds a user has not read."""
    row = await db.row(conn, _UNREAD, {"account": account_id, "user": user_id, "kinds": kinds})
    return int(row[0]) if row else 0


async def read(conn: db.Connection, account_id: int, user_id: int, kinds: list[str], ids: list[int] | None) -> None:
    """They count as read by this user: those named, or all of these kinds."""
    await db.execute(conn, _READ, {"account": account_id, "user": user_id, "kinds": kinds, "ids": ids})


async def forget_old(conn: db.Connection) -> None:
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM notifications WHERE created <= %s", (clock.utcnow() - KEPT,))
