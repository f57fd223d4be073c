"""How far the pipeline is (an extension): for senders of many events who want to know when all are recorded."""

from typing import Any

from rapport.events.lake import status as lake_status
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Document, Parameter, operation
from rapport.kit.ratelimit import L

# Inbox ids only grow, so who has seen `newest` knows that their own are done once `oldest` is past it,
# however much others go on sending.
_WAITING = "SELECT count(*), min(id), max(id) FROM inbox WHERE account_id = %s"
_REFUSED = """
    SELECT reason, count(*) FROM inbox_refused WHERE account_id = %s GROUP BY reason ORDER BY count(*) DESC, reason"""
_MOST_REASONS = 20
# The narrow key table has one row an event; the event log itself would be scanned in every partition.
_RECORDED = """
    SELECT count(*) FROM event_keys
    WHERE account_id = %(account)s
      AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s AND name = %(metric)s)"""


@operation(
    "get_pipeline",
    "GET",
    "/api/pipeline",
    scopes="events:read",
    rate=L,
    parameters={"metric": Parameter(description="Name of a metric: `recorded` then counts its events.")},
)
async def get_pipeline(call: AnyCall) -> Document:
    """`waiting`, `refused`: inbox rows; `oldest`, `newest`: numbers of the waiting ones, null when none waits;
    `reasons`: the commonest why rows were refused, with counts; `lake`: how far days are sealed."""
    account, metric = call.principal.account_id, call.query.get("metric")
    async with call.transaction() as conn:
        waiting, oldest, newest = (await db.rows(conn, _WAITING, (account,)))[0]
        reasons = await db.rows(conn, _REFUSED, (account,))
        attributes = {
            "waiting": waiting,
            "oldest": oldest,
            "newest": newest,
            "refused": sum(count for _, count in reasons),
            "reasons": [{"reason": reason, "count": count} for reason, count in reasons[:_MOST_REASONS]],
        }
        attributes["lake"] = _shown(await lake_status.of(conn, account))
        if metric is not None:
            attributes["recorded"] = (await db.rows(conn, _RECORDED, {"account": account, "metric": metric}))[0][0]
    return Document({"data": {"type": "pipeline", "id": call.principal.public_id, "attributes": attributes}})


def _shown(lake: lake_status.Status) -> dict[str, Any]:
    """`sealed_until`: days before it are sealed, null when none is; `changed`: events of these days that were recorded
    or changed since, and are read from the table until their file is written anew."""
    until = None if lake.until is None else lake.until.isoformat()
    return {"sealed_until": until, "files": lake.files, "events": lake.events, "changed": lake.changes}
