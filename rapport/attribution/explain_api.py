"""Why an order was credited as it was, touch by touch: an extension."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.attribution import explaining, refunds, versions
from rapport.attribution.explaining import Explanation, Refund, Touch
from rapport.attribution.models import DATA_DRIVEN, MODELS, MOST_TOUCHES, Model
from rapport.kit import ids
from rapport.kit.jsonapi import AnyCall, Document, not_found, operation
from rapport.kit.ratelimit import M


@operation("explain_attribution", "GET", "/api/attributions/{id}/explain", scopes="events:read", rate=M)
async def explain_attribution(call: AnyCall) -> Document:
    """The path holds an event's id. Answers every touch that was looked at, up to 90 days before the event, the latest
    first: channel, age, window, verdict, and its share and value under each model."""
    id = call.path["id"]
    try:
        number = ids.event_number(id)
    except ValueError:
        raise not_found("event", id) from None
    async with call.transaction() as conn:
        account = await accounts.load(conn, call.principal.account_id)
        model = versions.models_of(account)[0]
        explanation = await explaining.explain(conn, account, model, number)
    if explanation is None:
        raise not_found("event", id)
    attributes = _attributes(explanation, account, model)
    return Document({"data": {"type": "attribution-explanation", "id": id, "attributes": attributes}})


def _attributes(explanation: Explanation, account: Account, model: Model) -> dict[str, Any]:
    event = explanation.event
    return {
        "metric": event["metric"],
        "profile_id": event["profile"],
        "datetime": event["time"],
        "value": _number(event["value"]),
        "value_currency": event["currency"] or account.currency,
        "model": model.settings.model,
        "is_conversion": explanation.is_conversion,
        # nothing is credited of what was wholly taken back
        "is_taken_back": explanation.is_conversion and not explanation.is_left,
        "value_left": _number(explanation.left) if explanation.is_left else 0.0 if event["value"] is not None else None,
        "touches": [_touch(touch, explanation, model) for touch in explanation.touches],
        "has_earlier_touches": len(explanation.touches) == MOST_TOUCHES,
        **_refunds(explanation),
        DATA_DRIVEN.replace("-", "_"): explanation.learned.shown,
    }


def _touch(touch: Touch, explanation: Explanation, model: Model) -> dict[str, Any]:
    row, rule = touch.row, model.rules[touch.row["state"] - 1]
    window = getattr(model.settings.windows, rule.name)
    return {
        "event_id": ids.event_text(row["event_id"]),
        "channel": row["channel"],
        "kind": row["kind"],
        "datetime": row["time"],
        "age_seconds": int((explanation.event["time"] - row["time"]).total_seconds()),
        "window": msgspec.to_builtins(window),
        "window_closes": row["time"] + rule.window if rule.window else None,
        "verdict": row["verdict"],
        "message_id": row["message"],
        "campaign": _named(row["campaign"], row["campaign_name"]),
        "flow": _named(row["flow"], row["flow_name"]),
        "models": {name: _share(touch, name, explanation) for name in MODELS},
    }


def _share(touch: Touch, model: str, explanation: Explanation) -> dict[str, Any] | None:
    """Null under a model that could not be learned."""
    if model == DATA_DRIVEN and not explanation.learned.is_enough:
        return None
    share, value = touch.shares.get(model, (Decimal(0), None if explanation.left is None else Decimal(0)))
    return {"share": float(share), "value": _number(value)}


def _refunds(explanation: Explanation) -> dict[str, Any]:
    """Of an order, what took it back; of a refund, the order it belongs to, null when it belongs to none."""
    event = explanation.event
    if event["metric"] in refunds.REFUNDS:
        order = next((refund.order for refund in explanation.refunds if refund.id == event["id"]), None)
        return {"refunds": [], "refund_of": {"matched": order is not None, "event_id": order and ids.event_text(order)}}
    return {"refunds": [_refund(refund) for refund in explanation.refunds], "refund_of": None}


def _refund(refund: Refund) -> dict[str, Any]:
    return {"event_id": ids.event_text(refund.id), "datetime": refund.time, "value": _number(refund.value)}


def _named(id: str | None, name: str | None) -> Mapping[str, str | None] | None:
    return {"id": id, "name": name} if id else None


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
