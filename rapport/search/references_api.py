"""What names a list or segment, so that whoever deletes it knows what that touches."""

from typing import Any

import msgspec

from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Operation, Page, Record, Resource, not_found, operation, page_of
from rapport.kit.ratelimit import M
from rapport.lists.api import LIST
from rapport.search.api import may_read
from rapport.segments.api import SEGMENT

# Ids stand in JSON as texts of their own. A campaign names them in its audiences, a flow as its trigger, in its filter
# and in the conditions of its steps.
_NAMES = "jsonb_path_exists({json}, '$.** ? (@ == $id)', jsonb_build_object('id', %(id)s::text))"
_SEGMENTS = f"""
    SELECT s.public_id AS record, s.name, NULL AS status FROM segments s
    WHERE s.account_id = %(account)s AND {_NAMES.format(json="s.definition")} ORDER BY lower(s.name), s.id"""
_FLOWS = f"""
    SELECT f.public_id AS record, f.name, f.status FROM flows f
    WHERE f.account_id = %(account)s AND NOT f.archived AND (
        {_NAMES.format(json="f.trigger")} OR {_NAMES.format(json="coalesce(f.profile_filter, '{}')")}
        OR EXISTS (SELECT FROM flow_actions a WHERE a.account_id = %(account)s AND a.flow_id = f.id
                   AND {_NAMES.format(json="a.data")}))
    ORDER BY lower(f.name), f.id"""
_CAMPAIGNS = """
    SELECT c.ulid AS record, c.name, c.status FROM campaigns c
    WHERE c.account_id = %(account)s AND NOT c.archived AND EXISTS (
        SELECT FROM campaign_audiences a WHERE a.account_id = %(account)s AND a.campaign_id = c.id
        AND (a.included ? %(id)s OR a.excluded ? %(id)s))
    ORDER BY c.created DESC, c.id"""
_BY_KIND = (
    ("flow", "flows:read", _FLOWS),
    ("segment", "segments:read", _SEGMENTS),
    ("campaign", "campaigns:read", _CAMPAIGNS),
)
_THERE = {
    "list": "SELECT 1 FROM lists WHERE account_id = %s AND public_id = %s",
    "segment": "SELECT 1 FROM segments WHERE account_id = %s AND public_id = %s",
}


class ReferenceAttributes(msgspec.Struct):
    """`kind`: flow, segment or campaign; `record`: its id. `status`: of a flow or campaign, as it says it."""

    kind: str
    record: str
    name: str
    status: str | None = None


REFERENCE = Resource("reference", "/api/references", ReferenceAttributes, self_link=False)


def _references(group: Resource) -> Operation:
    scope = f"{group.type}s:read"

    @operation(
        f"get_references_for_{group.type}",
        "GET",
        f"{group.path}/{{id}}/references",
        scopes=scope,
        rate=M,
        answers=REFERENCE,
        many=True,
    )
    async def references(call: AnyCall) -> Page:
        """Flows, segments and campaigns that name it, of those kinds that the caller may read."""
        account_id, id = call.principal.account_id, call.path["id"]
        async with call.transaction() as conn:
            if await db.row(conn, _THERE[group.type], (account_id, id)) is None:
                raise not_found(group.type, id)
            records = [
                _record(kind, row)
                for kind, needed, statement in _BY_KIND
                if may_read(call.principal.scopes, needed)
                for row in await db.dicts(conn, statement, {"account": account_id, "id": id})
            ]
        return page_of(call, records)

    return references


def _record(kind: str, row: dict[str, Any]) -> Record:
    return Record(f"{kind}:{row['record']}", ReferenceAttributes(kind, **row))


get_references_for_list = _references(LIST)
get_references_for_segment = _references(SEGMENT)
