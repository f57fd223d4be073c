"""Reading consent and suppression: the `subscriptions` object of a profile (behaviour-people 2.1).

They are changed by the room `subscriptions`.
"""

from collections.abc import Collection
from typing import Any

from rapport.kit import db

EMAIL, SMS, SMS_TRANSACTIONAL, PUSH = "email", "sms", "sms_transactional", "push"
OPEN_TRACKING, CLICK_TRACKING = "open_tracking", "click_tracking"
WHATSAPP, WHATSAPP_TRANSACTIONAL = "whatsapp", "whatsapp_transactional"
WHATSAPP_CONVERSATIONAL = "whatsapp_conversational"
TRACKING = frozenset({OPEN_TRACKING, CLICK_TRACKING})
TEXTS = frozenset({SMS, SMS_TRANSACTIONAL})
WHATSAPPS = (WHATSAPP, WHATSAPP_TRANSACTIONAL, WHATSAPP_CONVERSATIONAL)
# Consent that belongs to a number, and goes when the number does (2.10).
BY_NUMBER = TEXTS | {*WHATSAPPS}
CHANNELS = (EMAIL, OPEN_TRACKING, CLICK_TRACKING, SMS, SMS_TRANSACTIONAL, PUSH, *WHATSAPPS)
SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"
# Reasons of deliverability are shown before those that somebody gave by hand (2.5).
REASONS = ("HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED")

_CONSENTS = """
    SELECT profile_id, channel, status, consented_at, updated, method, method_detail, custom_method_detail,
        double_optin, phone_number, coalesce(created, least(consented_at, updated)) AS created
    FROM consents WHERE account_id = %s AND profile_id = ANY(%s)"""
_SUPPRESSIONS = "SELECT profile_id, reason, at FROM suppressions WHERE account_id = %s AND profile_id = ANY(%s)"
_LIST_SUPPRESSIONS = """
    SELECT s.profile_id, l.public_id, s.reason, s.at FROM list_suppressions s
    JOIN lists l ON l.account_id = s.account_id AND l.id = s.list_id
    WHERE s.account_id = %s AND s.profile_id = ANY(%s) ORDER BY s.at, l.public_id"""
_NEVER: dict[str, Any] = {
    "status": "NEVER_SUBSCRIBED", "consented_at": None, "updated": None, "created": None, "method": None,
    "method_detail": "", "custom_method_detail": None, "double_optin": None, "phone_number": None,
}  # fmt: skip
_Rows = dict[str, dict[str, Any]]


async def subscriptions_of(
    conn: db.Connection, account_id: int, profile_ids: Collection[int]
) -> dict[int, dict[str, Any]]:
    """The `subscriptions` object of each profile, in the shape of 2.1."""
    parameters = (account_id, list(profile_ids))
    consents: dict[int, _Rows] = {}
    for row in await db.dicts(conn, _CONSENTS, parameters):
        consents.setdefault(row["profile_id"], {})[row["channel"]] = row
    suppressions: dict[int, list[dict[str, Any]]] = {}
    for profile, reason, at in await db.rows(conn, _SUPPRESSIONS, parameters):
        suppressions.setdefault(profile, []).append({"reason": reason, "timestamp": at})
    lists: dict[int, list[dict[str, Any]]] = {}
    for profile, public_id, reason, at in await db.rows(conn, _LIST_SUPPRESSIONS, parameters):
        lists.setdefault(profile, []).append({"list_id": public_id, "reason": reason, "timestamp": at})
    return {id: _subscriptions(consents.get(id, {}), suppressions.get(id, []), lists.get(id, [])) for id in profile_ids}


def _subscriptions(rows: _Rows, suppressions: list[dict[str, Any]], lists: list[dict[str, Any]]) -> dict[str, Any]:
    push = rows.get(PUSH, _NEVER)
    suppressions.sort(key=lambda suppression: REASONS.index(suppression["reason"]))
    return {
        "email": {
            "marketing": _email(rows.get(EMAIL, _NEVER), suppressions, lists),
            # what is not refused is allowed
            "open_tracking": _permission(rows.get(OPEN_TRACKING, _NEVER), implied=True),
            "click_tracking": _permission(rows.get(CLICK_TRACKING, _NEVER), implied=True),
        },
        "sms": {
            "marketing": _explicit("can_receive_sms_marketing", rows.get(SMS, _NEVER)),
            "transactional": _explicit("can_receive_sms_transactional", rows.get(SMS_TRANSACTIONAL, _NEVER)),
        },
        "mobile_push": {
            "marketing": {
                "can_receive_push_marketing": push["status"] == SUBSCRIBED,
                "consent": push["status"],
                "consent_timestamp": push["consented_at"],
            }
        },
        "whatsapp": _whatsapp(rows),
    }


def _email(row: dict[str, Any], suppressions: list[dict[str, Any]], lists: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        # a suppression bars; a consent taken back always comes with one
        "can_receive_email_marketing": not suppressions,
        **_plain(row),
        "custom_method_detail": row["custom_method_detail"],
        "double_optin": row["double_optin"],
        "suppression": suppressions,
        "list_suppressions": lists,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "consent": row["status"],
        "consent_timestamp": row["consented_at"],
        "last_updated": row["updated"],
        "method": row["method"],
        "method_detail": row["method_detail"],
    }


def _explicit(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row["status"] == SUBSCRIBED, **_plain(row)}


def _whatsapp(rows: _Rows) -> dict[str, Any] | None:
    """Null for who never heard of it."""
    if not rows.keys() & {*WHATSAPPS}:
        return None
    names = ("marketing", "transactional", "conversational")
    rows_by_purpose = {name: rows.get(channel, _NEVER) for name, channel in zip(names, WHATSAPPS, strict=True)}
    return {name: _permission(row) | {"phone_number": row["phone_number"]} for name, row in rows_by_purpose.items()}


def _permission(row: dict[str, Any], *, implied: bool = False) -> dict[str, Any]:
    """`implied`: allowed as long as nobody refused it. Nothing sets an end, so `valid_until` is null."""
    method = {name: row[name] for name in ("method", "method_detail", "custom_method_detail")}
    return {
        "consent": row["status"],
        "consent_timestamp": row["consented_at"],
        "last_updated": row["updated"],
        "created_timestamp": row["created"],
        "metadata": method if row["updated"] else None,
        "can_receive": row["status"] != UNSUBSCRIBED if implied else row["status"] == SUBSCRIBED,
        "valid_until": None,
    }
