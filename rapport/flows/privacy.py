"""What happens to runs through flows and their webhook calls when a person is deleted."""

from rapport.kit import db
from rapport.profiles.privacy import Erased, NotYet

_OF_PERSON = """enrolment_id IN
        (SELECT id FROM enrolments WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[]))"""
# The answer may repeat what was sent. A call that was never made never will be.
_CALLS = f"""
    UPDATE webhook_calls SET body = 'redacted', answer = CASE WHEN status = 'done' THEN 'redacted' ELSE 'deleted' END,
        status = CASE WHEN status = 'queued' THEN 'failed' ELSE status END
    WHERE account_id = %(account)s AND {_OF_PERSON}"""
_UNDER_WAY = f"""
    SELECT EXISTS (SELECT FROM webhook_calls
                   WHERE account_id = %(account)s AND status = 'in_flight' AND {_OF_PERSON})"""
# The runs stay, as numbers that were counted; those that go on end here.
_END = """
    UPDATE enrolments SET action_id = NULL, waiting = false, due = NULL, finished = coalesce(finished, %(now)s),
        left_early = true
    WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[]) AND action_id IS NOT NULL"""
_FORGET = """
    DELETE FROM flow_appointments WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])"""
# Their examples may be the person, and are soon made again.
_REHEARSALS = "DELETE FROM flow_rehearsals WHERE account_id = %(account)s"


async def erase(conn: db.Connection, erased: Erased) -> None:
    """Raises NotYet while a webhook call about the person is being made."""
    await db.execute(conn, _FORGET, erased.parameters)
    await db.execute(conn, _REHEARSALS, erased.parameters)
    await db.execute(conn, _END, erased.parameters)
    await db.execute(conn, _CALLS, erased.parameters)
    # Asked after the rows are ours: whoever was about to take one has taken it by now.
    row = await db.row(conn, _UNDER_WAY, erased.parameters)
    if row and row[0]:
        raise NotYet
