"""Addresses that are barred from e-mail marketing, as a file that an import takes again."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from rapport.imports.api import CSV
from rapport.kit import db, sheets_csv
from rapport.kit.jsonapi import AnyCall, Streamed, operation
from rapport.kit.ratelimit import S

_A_PART = 5000
# By the key, so that the last part costs what the first one costs.
_SUPPRESSED = """
    SELECT s.profile_id, s.reason, p.email, s.at FROM suppressions s
    JOIN profiles p ON p.account_id = s.account_id AND p.id = s.profile_id
    WHERE s.account_id = %s AND (s.profile_id, s.reason) > (%s, %s) AND p.email IS NOT NULL
    ORDER BY s.profile_id, s.reason LIMIT %s"""


@operation(
    "export_suppressed_addresses",
    "GET",
    "/api/suppressed-addresses",
    scopes="profiles:read subscriptions:read",
    rate=S,
)
async def export_suppressed_addresses(call: AnyCall) -> Streamed:
    """Every barred address as CSV, with the reason and since when; once for each reason."""
    return Streamed(_lines(call), CSV, "suppressed-addresses.csv")


async def _lines(call: AnyCall) -> AsyncGenerator[bytes, None]:
    yield sheets_csv.line(["email", "reason", "suppressed_at"])
    last: tuple[int, str] = (0, "")
    while True:
        async with call.transaction() as conn:
            rows = await db.rows(conn, _SUPPRESSED, (call.principal.account_id, *last, _A_PART))
        for profile, reason, email, at in rows:
            last = profile, reason
            yield sheets_csv.line([email, reason, _written(at)])
        if len(rows) < _A_PART:
            return


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
