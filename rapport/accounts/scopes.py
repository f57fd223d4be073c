"""The scopes a key can have: the reference's names (behaviour-people 7.3), also those no operation asks for, and
`data-privacy:read`, which is our own, for who was deleted."""

from rapport.kit.jsonapi import Scopes

READ_ONLY = "read-only"
_READ_ALONE = ("usage", "applications")
_BOTH = (
    "accounts", "agents", "brands", "campaigns", "catalogs", "conversations", "coupon-codes", "coupons", "credentials",
    "custom-objects", "events", "flows", "forms", "images", "lists", "metrics", "profiles", "push-tokens", "reviews",
    "segments", "sender-config", "subscriptions", "tags", "templates", "tracking-settings", "translations",
    "web-feeds", "webhooks",
)  # fmt: skip
SCOPES = frozenset(
    {f"{name}:{access}" for name in _BOTH for access in ("read", "write")}
    | {f"{name}:read" for name in _READ_ALONE}
    | {"data-privacy:read", "data-privacy:write"}
)


def unknown(scopes: list[str]) -> list[str]:
    """Those that are no scope; the one word read-only may stand alone."""
    return [] if scopes == [READ_ONLY] else sorted({*scopes} - SCOPES)


def scopes_of(held: Scopes) -> frozenset[str]:
    """What "full" and "read-only" stand for, spelled out."""
    if held == "full":
        return SCOPES
    return frozenset(scope for scope in SCOPES if scope.endswith(":read")) if held == "read-only" else held
