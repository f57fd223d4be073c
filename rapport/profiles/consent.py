"""Reading consent and suppression: the `subscriptions` object of a profile (behaviour-people 2.1).

They are changed by the room `subscriptions`.
"""

from collections.abc import Collection
from typing import Any

from rapport.kit import db

EMAIL, SMS, SMS_TRANSACTIONAL, PUSH = "email", "sms", "sms_transactional", "push"
SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"

_CONSENTS = """
    SELECT profile_id, channel, status, consented_at, updated, method, method_detail, custom_method_detail, double_optin
    FROM consents WHERE account_id = %s AND profile_id = ANY(%s)"""
_SUPPRESSIONS = """
    SELECT profile_id, reason, at FROM suppressions WHERE account_id = %s AND profile_id = ANY(%s)
    ORDER BY at, reason"""
_LIST_SUPPRESSIONS = """
    SELECT s.profile_id, l.public_id, s.reason, s.at FROM list_suppressions s
    JOIN lists l ON l.account_id = s.account_id AND l.id = s.list_id
    WHERE s.account_id = %s AND s.profile_id = ANY(%s) ORDER BY s.at, l.public_id"""
_NEVER: dict[str, Any] = {
    "status": "NEVER_SUBSCRIBED", "consented_at": None, "updated": None, "method": None, "method_detail": "",
    "custom_method_detail": None, "double_optin": None,
}  # fmt: skip


async def subscriptions_of(
    conn: db.Connection, account_id: int, profile_ids: Collection[int]
) -> dict[int, dict[str, Any]]:
    """The `subscriptions` object of each profile, in the shape of 2.1."""
    parameters = (account_id, list(profile_ids))
    consents: dict[tuple[int, str], dict[str, Any]] = {
        (row["profile_id"], row["channel"]): row for row in await db.dicts(conn, _CONSENTS, parameters)
    }
    suppressions: dict[int, list[dict[str, Any]]] = {}
    for profile, reason, at in await db.rows(conn, _SUPPRESSIONS, parameters):
        suppressions.setdefault(profile, []).append({"reason": reason, "timestamp": at})
    lists: dict[int, list[dict[str, Any]]] = {}
    for profile, public_id, reason, at in await db.rows(conn, _LIST_SUPPRESSIONS, parameters):
        lists.setdefault(profile, []).append({"list_id": public_id, "reason": reason, "timestamp": at})
    return {
        id: _subscriptions(
            {channel: consents.get((id, channel), _NEVER) for channel in (EMAIL, SMS, SMS_TRANSACTIONAL, PUSH)},
            suppressions.get(id, []), lists.get(id, []),
        )
        for id in profile_ids
    }  # fmt: skip


def _subscriptions(
    by_channel: dict[str, dict[str, Any]], suppressions: list[dict[str, Any]], lists: list[dict[str, Any]]
) -> dict[str, Any]:
    email, push = by_channel[EMAIL], by_channel[PUSH]
    return {
        "email": {
            "marketing": {
                # a suppression bars; a consent taken back always comes with one
                "can_receive_email_marketing": not suppressions,
                **_plain(email),
                "custom_method_detail": email["custom_method_detail"],
                "double_optin": email["double_optin"],
                "suppression": suppressions,
                "list_suppressions": lists,
            }
        },
        "sms": {
            "marketing": _explicit("can_receive_sms_marketing", by_channel[SMS]),
            "transactional": _explicit("can_receive_sms_transactional", by_channel[SMS_TRANSACTIONAL]),
        },
        "mobile_push": {
            "marketing": {
                "can_receive_push_marketing": push["status"] == SUBSCRIBED,
                "consent": push["status"],
                "consent_timestamp": push["consented_at"],
            }
        },
        "whatsapp": None,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "consent": row["status"], "consent_timestamp": row["consented_at"], "last_updated": row["updated"],
        "method": row["method"], "method_detail": row["method_detail"],
    }  # fmt: skip


def _explicit(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row["status"] == SUBSCRIBED, **_plain(row)}
