"""An account as the rest of the program sees it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from rapport.kit.clock import Clock
from rapport.kit.jsonapi import Scopes


@dataclass(frozen=True)
class Account:
    """One company: the tenant every row belongs to."""

    account_id: int
    public_id: str
    name: str
    timezone: str
    currency: str
    locale: str
    industry: str | None
    website: str | None
    sender_name: str
    sender_email: str
    address: dict[str, Any]
    is_test: bool
    clock: Clock
    settings: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        """The account's time: the world's, or ahead of it on a test account."""
        return self.clock.now()

    def is_own_site(self, url: str) -> bool:
        """Whether an address is of the shop: its website's host, with or without www, or one below it."""
        own, host = _host(self.website or "").removeprefix("www."), _host(url)
        return bool(own) and (host == own or host.endswith(f".{own}"))


@dataclass(frozen=True)
class Principal:
    """Who asks: an account, through a key, an application or a signed-in session, and what it may do.

    `actor`: what whoever asks is called in the audit log. Of a person: `user_id`, their `role` and `session_id`.
    """

    account: Account
    key_id: str
    scopes: Scopes = "full"
    # makes the authenticator ask the database again: after the account was changed by this very request
    forget: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)
    app_id: int | None = None
    actor: str = ""
    user_id: int | None = None
    role: str | None = None
    session_id: int | None = None

    @property
    def account_id(self) -> int:
        return self.account.account_id

    @property
    def public_id(self) -> str:
        return self.account.public_id

    @property
    def counted_as(self) -> Hashable:
        """An application has rate limits of its own in each account, apart from the keys' (behaviour-people 7.4)."""
        return self.account_id if self.app_id is None else (self.account_id, self.app_id)

    def now(self) -> datetime:
        return self.account.now()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
