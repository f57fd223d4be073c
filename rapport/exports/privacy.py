"""What happens to exports when a person is deleted: the files may hold them, so all of them go."""

from rapport.kit import db
from rapport.profiles.privacy import Erased

_STEPS = (
    """UPDATE export_jobs SET expires = least(expires, %(now)s)
       WHERE account_id = %(account)s AND status = 'complete' AND file IS NOT NULL""",
    "UPDATE export_jobs SET outdated = outdated + 1 WHERE account_id = %(account)s AND status = 'processing'",
)


async def erase(conn: db.Connection, erased: Erased) -> None:
    parameters = {"account": erased.account.account_id, "now": erased.account.now()}
    for statement in _STEPS:
        await db.execute(conn, statement, parameters)
