"""One profile folded into another: everything that hangs on the source moves to the destination."""

from datetime import datetime

from psycopg.types.json import Jsonb

from rapport.kit import db

# What each room does with its rows: statements with the parameters account, source, into. Higher rooms add theirs
# through `moves` at the composition root; they run in this order, before the source's own rows go.
_MOVES: list[str] = [
    # the destination's own record of a channel stays unless the source's is newer; ties go to the source (1.6)
    """DELETE FROM consents c USING consents s
       WHERE c.account_id = %(account)s AND c.profile_id = %(into)s AND s.account_id = %(account)s
         AND s.profile_id = %(source)s AND s.channel = c.channel
         AND CASE WHEN s.status = c.status THEN s.consented_at < c.consented_at ELSE s.updated >= c.updated END""",
    """DELETE FROM consents s USING consents c
       WHERE s.account_id = %(account)s AND s.profile_id = %(source)s AND c.account_id = %(account)s
         AND c.profile_id = %(into)s AND s.channel = c.channel""",
    "UPDATE consents SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    """INSERT INTO suppressions AS kept (account_id, profile_id, reason, at)
       SELECT account_id, %(into)s, reason, at FROM suppressions
       WHERE account_id = %(account)s AND profile_id = %(source)s
       ON CONFLICT (account_id, profile_id, reason) DO UPDATE SET at = least(kept.at, excluded.at)""",
    "DELETE FROM suppressions WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE profile_identifiers SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
]
_FILL = """
    UPDATE profiles d SET
        email = coalesce(d.email, s.email), phone_number = coalesce(d.phone_number, s.phone_number),
        external_id = coalesce(d.external_id, s.external_id), anonymous_id = coalesce(d.anonymous_id, s.anonymous_id),
        first_name = coalesce(d.first_name, s.first_name), last_name = coalesce(d.last_name, s.last_name),
        organization = coalesce(d.organization, s.organization), locale = coalesce(d.locale, s.locale),
        title = coalesce(d.title, s.title), image = coalesce(d.image, s.image),
        location = s.location || d.location, properties = s.properties || d.properties,
        last_event_date = greatest(d.last_event_date, s.last_event_date), updated = %(now)s
    FROM profiles s
    WHERE d.account_id = %(account)s AND d.id = %(into)s AND s.account_id = %(account)s AND s.id = %(source)s"""
_GONE = "DELETE FROM profiles WHERE account_id = %(account)s AND id = %(source)s"
# Reactions look at the destination again once this is committed.
_TELL = "INSERT INTO inbox (account_id, kind, body) VALUES (%(account)s, 'change', %(body)s)"


def moves(*statements: str) -> None:
    """Add what a higher room does with its rows when profiles are folded."""
    _MOVES.extend(statement for statement in statements if statement not in _MOVES)


async def fold(conn: db.Connection, account_id: int, source: int, into: int, now: datetime) -> None:
    """Fold `source` into `into` in the open transaction: the destination's values win, the source fills the gaps."""
    parameters = {"account": account_id, "source": source, "into": into, "now": now}
    await db.execute(conn, _FILL, parameters)
    for statement in _MOVES:
        await db.execute(conn, statement, parameters)
    await db.execute(conn, _GONE, parameters)
    body = Jsonb({"profiles": [into], "what": ["profile", "consent", "list", "event"]})
    await db.execute(conn, _TELL, {**parameters, "body": body})
