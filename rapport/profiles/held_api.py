"""All that is held of one person: an extension."""

from rapport.accounts import roles
from rapport.kit.jsonapi import AnyCall, Streamed, operation
from rapport.kit.ratelimit import S
from rapport.profiles import held


@operation(
    "export_profile_data",
    "GET",
    "/api/profiles/{id}/everything",
    scopes="data-privacy:read profiles:read",
    permissions=roles.EXPORT,
    rate=S,
)
async def export_profile_data(call: AnyCall) -> Streamed:
    """Everything that is held of this person, as one JSON file to hand over."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        person = await held.find(conn, account_id, call.path["id"])
    parts = held.file_of(call.pool, account_id, person, call.now)
    return Streamed(parts, "application/json", f"profile-{person.ulid}.json")
