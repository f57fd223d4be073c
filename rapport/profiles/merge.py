"""One profile folded into another: everything that hangs on the source moves to the destination."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.inbox.person import Person
from rapport.inbox.types import Accepted
from rapport.kit import db, locks
from rapport.kit.rooms import Point
from rapport.profiles.location import Place, joined

# The event that tells of a merge; its unique id is MERGED_KEY and the number of the profile that is gone.
MERGED_PROFILE = "Merged Profile"
MERGED_KEY = "merged:"
# What rooms above do with their rows: statements with the parameters account, source, into. They run in the order of
# the rooms, after those of this one and before the source's own rows go.
MOVES: Point[str] = Point("what happens to rows when profiles are folded")
_MOVES: list[str] = [
    # consent to texts belongs to a number: that of one which is given up must not become that of another
    """DELETE FROM consents c USING profiles s, profiles d
       WHERE c.account_id = %(account)s AND c.profile_id = %(source)s
         AND (c.channel IN ('sms', 'sms_transactional') OR c.channel LIKE 'whatsapp%%')
         AND s.account_id = %(account)s AND s.id = %(source)s AND d.account_id = %(account)s AND d.id = %(into)s
         AND s.phone_number <> d.phone_number""",
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
    """INSERT INTO list_suppressions AS kept (account_id, profile_id, list_id, reason, at)
       SELECT account_id, %(into)s, list_id, reason, at FROM list_suppressions
       WHERE account_id = %(account)s AND profile_id = %(source)s
       ON CONFLICT (account_id, profile_id, list_id) DO UPDATE SET at = least(kept.at, excluded.at)""",
    "DELETE FROM list_suppressions WHERE account_id = %(account)s AND profile_id = %(source)s",
    "UPDATE push_tokens SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    # an address or number of the source that the destination does not take is no alias: it is free again (1.5);
    # kind 4 is an anonymous id, of which somebody may have many
    """DELETE FROM profile_identifiers s USING profile_identifiers d
       WHERE s.account_id = %(account)s AND s.profile_id = %(source)s AND d.account_id = %(account)s
         AND d.profile_id = %(into)s AND d.kind = s.kind AND s.kind < 4""",
    "UPDATE profile_identifiers SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
]
_PLACES = """
    SELECT id, location, located FROM profiles
    WHERE account_id = %(account)s AND id IN (%(source)s, %(into)s) ORDER BY id FOR NO KEY UPDATE"""
_FILL = """
    UPDATE profiles d SET
        email = coalesce(d.email, s.email), phone_number = coalesce(d.phone_number, s.phone_number),
        external_id = coalesce(d.external_id, s.external_id), anonymous_id = coalesce(d.anonymous_id, s.anonymous_id),
        first_name = coalesce(d.first_name, s.first_name), last_name = coalesce(d.last_name, s.last_name),
        organization = coalesce(d.organization, s.organization), locale = coalesce(d.locale, s.locale),
        title = coalesce(d.title, s.title), image = coalesce(d.image, s.image),
        location = %(location)s, located = %(located)s,
        properties = s.properties || d.properties,
        last_event_date = greatest(d.last_event_date, s.last_event_date), updated = %(now)s,
        version = d.version + 1
    FROM profiles s
    WHERE d.account_id = %(account)s AND d.id = %(into)s AND s.account_id = %(account)s AND s.id = %(source)s"""
_GONE = "DELETE FROM profiles WHERE account_id = %(account)s AND id = %(source)s"
# What is on its way to the source still finds the destination.
_REDIRECT = """
    WITH moved AS (
        UPDATE merged_profiles SET into_id = %(into)s WHERE account_id = %(account)s AND into_id = %(source)s)
    INSERT INTO merged_profiles (account_id, source_id, source_ulid, into_id, merged)
    SELECT account_id, id, ulid, %(into)s, %(now)s FROM profiles WHERE account_id = %(account)s AND id = %(source)s"""
_MISSING = """
    SELECT given.id, other.id FROM unnest(%(ids)s::bigint[]) AS given (id)
    LEFT JOIN profiles p ON p.account_id = %(account)s AND p.id = given.id
    LEFT JOIN merged_profiles m ON m.account_id = %(account)s AND m.source_id = given.id
    LEFT JOIN profiles other ON other.account_id = %(account)s AND other.id = m.into_id
    WHERE p.id IS NULL"""
# Whoever records an account's events holds this lock. A fold takes it too, so that no event is written for the source
# while its events move; a batch that folds has it already.
RECORDING_LOCK = locks.RECORDING
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"


async def lock(conn: db.Connection, account_id: int) -> None:
    """Keep everybody else from recording the account's events until the transaction ends; may be taken again."""
    await db.execute(conn, _LOCK, (RECORDING_LOCK, account_id))


async def missing(conn: db.Connection, account_id: int, profiles: Collection[int]) -> dict[int, int | None]:
    """Those of these profiles (bigint ids) that no longer exist: the id each was merged into, None for deleted ones."""
    rows = await db.rows(conn, _MISSING, {"account": account_id, "ids": db.array([*profiles])})
    return dict(rows)


async def _place(conn: db.Connection, parameters: dict[str, Any]) -> dict[str, Any]:
    """Where the two are together, as parameters of `_FILL`."""
    place_by_profile = {id: Place(*place) for id, *place in await db.rows(conn, _PLACES, parameters)}
    here = Place({}, [])
    place = joined(place_by_profile.get(parameters["into"], here), place_by_profile.get(parameters["source"], here))
    return {"location": Jsonb(place.location), "located": place.located}


async def fold(conn: db.Connection, account_id: int, source: int, into: int, now: datetime) -> None:
    """Fold `source` into `into` (bigint ids) in the open transaction, by the rules of behaviour-people 1.6: the
    destination's values win, the source fills the gaps."""
    parameters = {"account": account_id, "source": source, "into": into, "now": now}
    await lock(conn, account_id)
    await db.execute(conn, _REDIRECT, parameters)
    await db.execute(conn, _FILL, parameters | await _place(conn, parameters))
    for statement in (*_MOVES, *MOVES):
        await db.execute(conn, statement, parameters)
    await db.execute(conn, _GONE, parameters)
    # Reactions look at the destination again once this is committed.
    await inbox.append_changed(conn, account_id, [into], "profile", "consent", "list", "event")
    await inbox.append(conn, account_id, [_merged_profile(source, into, now)])


def _merged_profile(source: int, into: int, now: datetime) -> Accepted:
    """The event that a merge leaves on the surviving profile (behaviour-people 1.5, 1.6)."""
    return Accepted(
        Person(pk=into),
        MERGED_PROFILE,
        time=int(now.timestamp()),
        received=now,
        service="klaviyo",
        unique_id=f"{MERGED_KEY}{source}",
    )
