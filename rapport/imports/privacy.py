"""What happens to imports when a person is deleted."""

from rapport.kit import db
from rapport.profiles.privacy import Erased, NotYet

# What was started before is brought in first, and goes with the person.
_UNDER_WAY = """
    SELECT EXISTS (SELECT FROM file_imports WHERE account_id = %s AND status = 'running' AND started <= %s)"""
_STEPS = (
    """UPDATE file_import_refusals SET cells = '[]', reason = 'The person was deleted.'
       WHERE account_id = %(account)s AND (
           lower(cells::text) LIKE ANY (%(named)s::text[]) OR lower(reason) LIKE ANY (%(named)s::text[])
           OR cells ?| %(external_ids)s::text[] OR cells ?| %(ulids)s::text[])""",
    """UPDATE file_imports SET samples = '[]'
       WHERE account_id = %(account)s AND samples <> '[]' AND (
           lower(samples::text) LIKE ANY (%(named)s::text[])
           OR jsonb_path_query_array(samples, '$[*][*]') ?| %(external_ids)s::text[])""",
)


async def erase(conn: db.Connection, erased: Erased) -> None:
    """Raises NotYet while an import that was started before has something left to bring in."""
    row = await db.row(conn, _UNDER_WAY, (erased.account.account_id, erased.requested_at))
    if row and row[0]:
        raise NotYet
    for statement in _STEPS:
        await db.execute(conn, statement, erased.parameters)
