"""What a developer is shown of their own calls."""

from rapport.developers import api
from rapport.kit.rooms import Room
from rapport.profiles.privacy import ERASURES

# What was refused may quote what was sent, and a path names a profile or a device.
_ERASES = (
    """UPDATE api_calls SET detail = NULL, source = NULL
       WHERE account_id = %(account)s AND lower(detail) LIKE ANY (%(named)s::text[])""",
    """DELETE FROM api_calls c WHERE c.account_id = %(account)s AND (
           EXISTS (SELECT FROM unnest(%(ulids)s::text[]) AS ulid WHERE position(ulid IN c.path) > 0)
           OR EXISTS (SELECT FROM push_tokens t WHERE t.account_id = %(account)s
                AND t.profile_id = ANY(%(profiles)s::bigint[]) AND position(t.token IN c.path) > 0))""",
)

ROOM = Room(name="developers", operations=(api,), adds=(ERASURES.add(_ERASES),))
