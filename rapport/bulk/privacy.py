"""What happens to bulk imports when a person is deleted."""

from rapport.kit import db
from rapport.profiles.privacy import Erased, NotYet

# What was handed over before is brought in first, and goes with the person.
_WAITING = """
    SELECT EXISTS (SELECT FROM import_jobs WHERE account_id = %s AND status IN ('queued', 'processing')
                   AND created <= %s)"""
_STEPS = (
    "DELETE FROM import_profiles WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])",
    """UPDATE import_errors SET payload = NULL
       WHERE account_id = %(account)s AND payload IS NOT NULL AND (
           lower(payload::text) LIKE ANY (%(named)s::text[]) OR payload ->> 'id' = ANY(%(ulids)s::text[])
           OR payload #>> '{attributes,external_id}' = ANY(%(external_ids)s::text[])
           OR payload #>> '{attributes,anonymous_id}' = ANY(%(anonymous_ids)s::text[]))""",
)


async def erase(conn: db.Connection, erased: Erased) -> None:
    """Raises NotYet while a job that was accepted before has something left to bring in."""
    row = await db.row(conn, _WAITING, (erased.account.account_id, erased.requested_at))
    if row and row[0]:
        raise NotYet
    for statement in _STEPS:
        await db.execute(conn, statement, erased.parameters)
