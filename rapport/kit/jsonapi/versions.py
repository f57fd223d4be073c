"""Versions of records that people edit: the header ETag tells a record's version, If-Match asks for it (RFC 9110).

A version is a counter beside the record, moved by whatever changes what its page edits. Two who edit at once can't
overwrite each other unknowingly: the second, who names the version they read, is refused with 412.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from .call import AnyCall, Connection
from .documents import iso
from .errors import ApiError, invalid, precondition_failed

HEADER = "if-match"
_ANY = "*"
# Proxies that compress an answer make its tag a weak one.
_TAG = re.compile(r'(?:W/)?"(\d{1,18})"|(\d{1,18})')


@dataclass(frozen=True)
class Versions:
    """Where the versions of a kind of record lie.

    kind: as a sentence names it. table: has account_id, version and updated. id: its column that the path's `{id}`
    names, or that has the fixed `key` where an account has one record of the kind. starts: nothing but a first change
    makes a row; its other columns have defaults. of_installation: the table has no account_id.
    """

    kind: str
    table: str
    id: str
    key: str | None = None
    starts: bool = False
    of_installation: bool = False

    @property
    def statement(self) -> str:
        whose = "" if self.of_installation else "account_id = %(account)s AND "
        return f"SELECT version, updated FROM {self.table} WHERE {whose}{self.id} = %(key)s FOR NO KEY UPDATE"

    @property
    def start(self) -> str:
        return f"""INSERT INTO {self.table} (account_id, {self.id}, updated)
            VALUES (%(account)s, %(key)s, %(now)s) ON CONFLICT DO NOTHING"""


def etag(version: int) -> str:
    return f'"{version}"'


def expected(call: AnyCall) -> frozenset[int] | None:
    """The versions that the request would change; None = whatever it is. Raises ApiError 400."""
    sent = call.headers.get(HEADER, _ANY).strip()
    if sent == _ANY:
        return None
    tags = [_TAG.fullmatch(tag.strip()) for tag in sent.split(",")]
    if not all(tags):
        raise invalid('If-Match must be the ETag of a record as it was answered, such as "3", or *.')
    return frozenset(int(tag[1] or tag[2]) for tag in tags if tag)


async def hold_version(call: AnyCall, conn: Connection) -> None:
    """Keep the record of the path as it is until the transaction ends, where the request names its version.

    Raises ApiError 412 when it has another one by now. A record that is not there is the caller's to tell of. One that
    `starts` with its first change is kept in any case: whoever changes it finds its row, and waits for others who do.
    """
    versions, wanted = call.operation.versions, expected(call)
    if versions is None or (wanted is None and not versions.starts):
        return
    named = {"account": call.principal.account_id, "key": versions.key or call.path["id"], "now": call.now}
    if versions.starts:
        await conn.execute(versions.start, named)
    cursor = await conn.execute(versions.statement, named)
    row = await cursor.fetchone()
    if row is not None and wanted is not None and row[0] not in wanted:
        raise _changed(versions.kind, row[0], row[1])


def _changed(kind: str, version: int, updated: datetime) -> ApiError:
    when = iso(updated.replace(microsecond=0))
    return precondition_failed(
        f"The {kind} changed at {when}, after the version that you name. Read again and say what to change of that.",
        meta={"version": version, "updated": iso(updated)},
    )
