"""Revisions: the date in the `revision` header chooses which shape of the API answers (behaviour-people 7.5)."""

import re
from bisect import bisect_right
from datetime import date

from .errors import gone, invalid

RELEASES = (
    *("2023-02-22", "2023-06-15", "2023-07-15", "2023-08-15", "2023-09-15", "2023-10-15", "2023-12-15"),
    *("2024-02-15", "2024-05-15", "2024-06-15", "2024-07-15", "2024-10-15"),
    *("2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15"),
    *("2026-01-15", "2026-04-15", "2026-07-15", "2026-10-15"),
)
OLDEST, NEWEST = RELEASES[0], RELEASES[-1]
_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})(\.pre|\.[a-z]+)?")


def resolve_revision(header: str | None, *, opt_out: bool = False) -> str:
    """The newest release not later than the date; none given means the newest of all.

    A date before the oldest release falls forward to it, or is a 410 with `opt_out`. Raises ApiError 400 when
    malformed.
    """
    if header is None or header in RELEASES:
        return header or NEWEST
    match = _FORM.fullmatch(header.strip())
    if match is None or not _is_date(match[1]):
        raise invalid(f"'{header[:40]}' is not a revision; write a date such as {NEWEST}.", parameter="revision")
    wanted = match[1]
    if wanted < OLDEST and opt_out:
        raise gone(f"Revision {wanted} has been retired. The oldest revision served is {OLDEST}.")
    return RELEASES[max(0, bisect_right(RELEASES, wanted) - 1)]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def retirement_date(revision: str, today: date) -> str | None:
    """Two years after its release, named once the revision is deprecated: older than a year (behaviour-people 7.2)."""
    released = date.fromisoformat(revision)
    if (today - released).days <= 365:
        return None
    return f"{released.year + 2}-{revision[5:]}"
