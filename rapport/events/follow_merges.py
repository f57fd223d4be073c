"""Changes of profiles that were folded into others, or deleted, while the changes waited in the inbox."""

from collections.abc import Sequence

import msgspec

from rapport.inbox.types import Change
from rapport.kit import db
from rapport.profiles import merge


async def follow_merges(conn: db.Connection, account_id: int, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes, with each merged profile replaced by the one it was merged into, and each deleted one left out. So
    joining a list just before a merge still starts the list's flow."""
    profiles = {profile for change in changes for profile in change.profiles}
    missing = await merge.missing(conn, account_id, profiles) if profiles else {}
    if not missing:
        return changes

    def there(change: Change) -> list[int]:
        return sorted({now for profile in change.profiles if (now := missing.get(profile, profile)) is not None})

    return [msgspec.structs.replace(change, profiles=there(change)) for change in changes]
