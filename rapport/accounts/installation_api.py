"""The installation over the API, for who administers it: every account there is. `create_account` adds one."""

from datetime import datetime
from typing import Any

import msgspec

from rapport.accounts import roles
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Page, Record, Resource, operation, page_of
from rapport.kit.ratelimit import S

# tenant-scope: of the installation, for who administers it
_EVERY = """
    SELECT a.public_id, a.name, a.created, a.is_test, count(m.user_id) AS members,
        array_agg(u.name ORDER BY m.created, m.user_id) FILTER (WHERE m.role = %(owner)s) AS owners
    FROM accounts a LEFT JOIN members m ON m.account_id = a.account_id LEFT JOIN users u ON u.user_id = m.user_id
    GROUP BY a.account_id ORDER BY lower(a.name), a.account_id"""


class InstalledAccount(msgspec.Struct):
    """`owners`: names; `members`: how many work in it."""

    name: str
    created: datetime
    test_account: bool
    owners: list[str]
    members: int


INSTALLED = Resource("installation-account", "/api/installation-accounts", InstalledAccount, self_link=False)


def _record(row: dict[str, Any]) -> Record:
    attributes = InstalledAccount(row["name"], row["created"], row["is_test"], row["owners"] or [], row["members"])
    return Record(row["public_id"], attributes)


@operation(
    "get_installation_accounts",
    "GET",
    "/api/installation-accounts",
    rate=S,
    personal=True,
    permissions=roles.INSTALLATION,
    answers=INSTALLED,
    many=True,
)
async def get_installation_accounts(call: AnyCall) -> Page:
    """Every account of this installation, by name."""
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _EVERY, {"owner": roles.OWNER})
    return page_of(call, [_record(row) for row in rows])
