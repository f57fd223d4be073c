"""What each role of a person allows: the one table that operations, pages and tests read.

A role holds scopes, which are those of keys, and permissions, which only people have. An operation names the scopes
that it needs of anybody, and the permissions that it needs of a person besides.
"""

from collections.abc import Mapping

from rapport.accounts.scopes import SCOPES

OWNER, ADMIN, MANAGER, ANALYST = "owner", "admin", "manager", "analyst"
COORDINATOR, CREATOR, SUPPORT = "campaign-coordinator", "content-creator", "support"

# What a person is told of each, in the order in which they are offered.
DESCRIPTIONS: Mapping[str, str] = {
    OWNER: "Everything, and who owns the account.",
    ADMIN: "Everything but who owns the account.",
    MANAGER: "Audiences, messages and settings, but neither the team nor keys.",
    COORDINATOR: "Makes and sends campaigns, and sees audiences and results.",
    CREATOR: "Writes templates and drafts of campaigns; sees no person and sends nothing.",
    ANALYST: "Sees everything that was sent, who got it and what it earned; changes nothing.",
    SUPPORT: "Sees and changes single people and what they agreed to.",
}

# A campaign leaves, or a flow begins to write to people.
SEND = "campaigns:send"
# Files of people, or of all that is held of one, leave the system.
EXPORT = "people:export"
# The team: who is in it, and as what.
READ_USERS, WRITE_USERS = "users:read", "users:write"
OWNERSHIP = "ownership:write"
READ_AUDIT = "audit:read"
# One's own name, ways to sign in and sessions.
SELF = "self"
# What is of the installation and no account's: its accounts, the applications registered in it. No role holds it, but
# who administers the installation does, whatever they are in an account.
INSTALLATION = "installation:write"
PERMISSIONS = frozenset({SEND, EXPORT, READ_USERS, WRITE_USERS, OWNERSHIP, READ_AUDIT, SELF})

_READS = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
_KEYS = frozenset({"credentials:read", "credentials:write"})


def _read(*nouns: str) -> frozenset[str]:
    return frozenset(f"{noun}:read" for noun in nouns)


def _change(*nouns: str) -> frozenset[str]:
    return frozenset(f"{noun}:{access}" for noun in nouns for access in ("read", "write"))


def held_by(role: str, *, is_administrator: bool) -> frozenset[str]:
    """What somebody may do in an account."""
    return ROLES[role] | ({INSTALLATION} if is_administrator else frozenset())


_EVERYTHING = SCOPES | PERMISSIONS
ROLES: Mapping[str, frozenset[str]] = {
    OWNER: _EVERYTHING,
    ADMIN: _EVERYTHING - {OWNERSHIP},
    MANAGER: _EVERYTHING - {OWNERSHIP, WRITE_USERS} - _KEYS,
    COORDINATOR: _change("campaigns", "templates", "images", "segments", "lists", "tags", "translations", "coupons")
    | _read("accounts", "brands", "catalogs", "coupon-codes", "events", "flows", "forms", "metrics", "profiles")
    | _read("subscriptions", "tracking-settings", "usage")
    | {SEND, EXPORT, SELF, READ_USERS},
    CREATOR: _change("campaigns", "templates", "images", "translations")
    | _read("accounts", "brands", "catalogs", "coupons", "flows", "forms", "lists", "metrics", "segments", "tags")
    | _read("tracking-settings")
    | {SELF},
    ANALYST: (_READS - _KEYS) | {SELF, READ_USERS},
    SUPPORT: _change("profiles", "subscriptions", "conversations", "reviews", "push-tokens", "data-privacy")
    | _read("accounts", "campaigns", "coupon-codes", "coupons", "events", "flows", "lists", "metrics", "segments")
    | _read("tags", "templates", "images")
    | {EXPORT, SELF},
}
