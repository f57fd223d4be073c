"""Scopes in plain words, for the page on which a person allows them."""

from collections.abc import Iterable

_NAMES = {
    "accounts": "the account's details",
    "coupon-codes": "codes of coupons",
    "credentials": "credentials for other services",
    "lists": "lists and who is on them",
    "profiles": "profiles of people",
    "push-tokens": "push tokens of devices",
    "segments": "segments and who is in them",
    "sender-config": "sender settings",
    "subscriptions": "who is subscribed",
    "usage": "how much is used",
    "applications": "connected applications",
}
_WHOLE = {
    "data-privacy:read": "Read which people were deleted",
    "data-privacy:write": "Delete people and what is known of them",
}


def in_words(scopes: Iterable[str]) -> list[str]:
    """One line a noun: `profiles:read`, `profiles:write` → "Read and change profiles of people"."""
    accesses: dict[str, set[str]] = {}
    full_access_lines = [_WHOLE[scope] for scope in scopes if scope in _WHOLE]
    for scope in scopes:
        if scope not in _WHOLE:
            noun, _, access = scope.partition(":")
            accesses.setdefault(noun, set()).add(access)
    return [*(f"{_verb(access)} {_name(noun)}" for noun, access in accesses.items()), *full_access_lines]


def _verb(access: set[str]) -> str:
    if "write" not in access:
        return "Read"
    return "Read and change" if "read" in access else "Change"


def _name(noun: str) -> str:
    return _NAMES.get(noun, noun.replace("-", " "))
