"""All that is held of one person, as one file (GDPR, articles 15 and 20).

A room that keeps something of people adds to HELD what it is called and a statement that reads it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rapport.kit import db
from rapport.kit.jsonapi import Pool
from rapport.kit.refusals import NotThere
from rapport.kit.rooms import Point


@dataclass(frozen=True)
class Held:
    """A part of the file. `statement` answers one JSON object a row, of `%(account)s` and of those profiles that are
    the person: `%(profiles)s`, a bigint array, with what was folded into them. `is_one`: there is one at most."""

    name: str
    statement: str
    is_one: bool = False


HELD: Point[Held] = Point("what is held of a person")
_FIND = """
    SELECT p.id, p.ulid FROM profiles p WHERE p.account_id = %(account)s AND p.ulid = %(ulid)s
    UNION ALL
    SELECT p.id, p.ulid FROM merged_profiles m
    JOIN profiles p ON p.account_id = m.account_id AND p.id = m.into_id
    WHERE m.account_id = %(account)s AND m.source_ulid = %(ulid)s"""
_FOLDED = "SELECT source_id FROM merged_profiles WHERE account_id = %s AND into_id = %s"
OWN = (
    Held(
        "profile",
        """SELECT to_jsonb(p) - '{account_id,id,ulid}'::text[] || jsonb_build_object('id', p.ulid) FROM profiles p
           WHERE p.account_id = %(account)s AND p.id = ANY(%(profiles)s)""",
        is_one=True,
    ),
    Held(
        "identifiers",
        """SELECT jsonb_build_object('kind', (ARRAY['external_id', 'email', 'phone_number', 'anonymous_id'])[i.kind],
               'value', i.value) FROM profile_identifiers i
           WHERE i.account_id = %(account)s AND i.profile_id = ANY(%(profiles)s) ORDER BY i.kind, i.value""",
    ),
    Held(
        "merged_profiles",
        """SELECT jsonb_build_object('id', m.source_ulid) FROM merged_profiles m
           WHERE m.account_id = %(account)s AND m.into_id = ANY(%(profiles)s) ORDER BY m.source_ulid""",
    ),
    Held(
        "consent",
        """SELECT to_jsonb(c) - '{account_id,profile_id}'::text[] FROM consents c
           WHERE c.account_id = %(account)s AND c.profile_id = ANY(%(profiles)s) ORDER BY c.channel""",
    ),
    Held(
        "suppressions",
        """SELECT to_jsonb(s) - '{account_id,profile_id}'::text[] FROM suppressions s
           WHERE s.account_id = %(account)s AND s.profile_id = ANY(%(profiles)s) ORDER BY s.at""",
    ),
    Held(
        "list_suppressions",
        """SELECT to_jsonb(s) - '{account_id,profile_id}'::text[] FROM list_suppressions s
           WHERE s.account_id = %(account)s AND s.profile_id = ANY(%(profiles)s) ORDER BY s.at""",
    ),
    # sign-ups that wait for their confirmation, or have it; what opens it is nobody's to tell
    Held(
        "sign_ups",
        """SELECT to_jsonb(o) - '{account_id,token}'::text[] FROM optins o
           WHERE o.account_id = %(account)s AND (
               o.profile IN (SELECT ulid FROM profiles WHERE account_id = %(account)s AND id = ANY(%(profiles)s))
               OR lower(o.email) IN (SELECT value FROM profile_identifiers
                   WHERE account_id = %(account)s AND kind = 2 AND profile_id = ANY(%(profiles)s)))""",
    ),
    Held(
        "devices",
        """SELECT to_jsonb(t) - '{account_id,profile_id}'::text[] FROM push_tokens t
           WHERE t.account_id = %(account)s AND t.profile_id = ANY(%(profiles)s)""",
    ),
)
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_A_PART = 500


@dataclass(frozen=True)
class Person:
    """Whose file it is: the profile, and those that were folded into it."""

    ulid: str
    profiles: Sequence[int]


async def find(conn: db.Connection, account_id: int, ulid: str) -> Person:
    """By the id of the profile, or of one that was folded into it. Raises NotThere."""
    row = await db.row(conn, _FIND, {"account": account_id, "ulid": ulid})
    if row is None:
        raise NotThere("profile", ulid)
    folded = await db.rows(conn, _FOLDED, (account_id, row[0]))
    return Person(row[1], [row[0], *(source for (source,) in folded)])


async def file_of(pool: Pool, account_id: int, person: Person, now: datetime) -> AsyncGenerator[bytes, None]:
    """The file as JSON, part by part, as everything was at one moment."""
    yield b'{"profile_id":' + msgspec.json.encode(person.ulid) + b',"made":' + msgspec.json.encode(now)
    async with pool.connection() as conn, conn.transaction():
        await db.execute(conn, _ONE_MOMENT)
        for held in (*OWN, *HELD):
            yield b"," + msgspec.json.encode(held.name) + b":"
            async for part in _part(conn, account_id, person, held):
                yield part
    yield b"}\n"


async def _part(conn: db.Connection, account_id: int, person: Person, held: Held) -> AsyncGenerator[bytes, None]:
    """Row by row from the database, so a long life costs no memory."""
    parameters = {"account": account_id, "profiles": list(person.profiles)}
    before, after, between = (b"", b"", b"") if held.is_one else (b"[", b"]", b",")
    yield before
    is_first = True
    async with conn.cursor(name="held") as cursor:
        await cursor.execute(f"SELECT held::text FROM ({held.statement}) AS h (held)", parameters)
        while rows := await cursor.fetchmany(_A_PART):
            lines = between.join(text.encode() for (text,) in rows)
            yield lines if is_first else between + lines
            is_first = False
    yield b"null" if held.is_one and is_first else after
