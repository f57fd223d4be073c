"""An account as the rest of the program sees it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True)
class Principal:
    """Who asks: an account, through a key or a signed-in session, and what it may do."""

    account: Account
    key_id: str
    scopes: Scopes = "full"
    # makes the authenticator ask the database again: after the account was changed by this very request
    forget: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)

    @property
    def account_id(self) -> int:
        return self.account.account_id

    @property
    def public_id(self) -> str:
        return self.account.public_id

    def now(self) -> datetime:
        return self.account.now()
