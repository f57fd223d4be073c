"""Versions of an account's credits: the one that is read, and the one that is being worked out beside it.

Credits are kept under a version, with its settings. Both the version that is read and its settings are one value of
the account's settings, so a single update moves every reader from all the old rows to all the new ones. While a new
version is worked out, what arrives is credited under both.
"""

from datetime import datetime
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts import setting_versions
from rapport.accounts.types import Account
from rapport.attribution.models import Model, model_of
from rapport.attribution.windows import AttributionSettings, settings_of
from rapport.kit import db
from rapport.messages.credits import SETTING

# Of what people set, whatever version of the credits follows it.
VERSIONS = setting_versions.versions_of("attribution", "attribution settings")
_BUILD = "attribution_build"
_LOCK = "SELECT FROM accounts WHERE account_id = %s FOR NO KEY UPDATE"


class Build(msgspec.Struct, frozen=True):
    """A version that is being worked out, person by person in the order of their ids. Those up to `after` are done;
    `first` and `last` are the first and last id when it began."""

    version: int
    settings: AttributionSettings
    started: datetime
    first: int = 0
    last: int = 0
    after: int = 0

    @property
    def progress(self) -> float:
        """About how much of it is done, from 0 to 1."""
        everybody = self.last - self.first
        return round(min(1.0, max(0.0, (self.after - self.first) / everybody)), 3) if everybody > 0 else 0.0


def current_version(account: Account) -> int:
    return int(account.settings.get(SETTING, {}).get("version", 0))


def build_of(account: Account) -> Build | None:
    saved = account.settings.get(_BUILD)
    return msgspec.convert(saved, Build) if saved else None


def saved_settings(account: Account) -> AttributionSettings:
    """The settings as they were saved last; until their version is worked out, credits follow those before."""
    build = build_of(account)
    return build.settings if build else settings_of(account)


def models_of(account: Account) -> list[Model]:
    """The model under which the account's credits are read, and the one of the version that is being worked out."""
    current = model_of(settings_of(account), account.account_id, current_version(account))
    build = build_of(account)
    return [current, model_of(build.settings, account.account_id, build.version)] if build else [current]


async def locked(conn: db.Connection, account_id: int) -> Account:
    """The account as it is, and no settings of it change before the transaction ends."""
    await db.execute(conn, _LOCK, (account_id,))
    return await accounts.load(conn, account_id)


async def save_build(conn: db.Connection, account_id: int, build: Build) -> None:
    await accounts.change_settings(conn, account_id, {_BUILD: msgspec.to_builtins(build)})


async def read_from_now_on(conn: db.Connection, account_id: int, build: Build) -> None:
    """Every reader sees the version that was built, and its settings."""
    current: dict[str, Any] = {**msgspec.to_builtins(build.settings), "version": build.version}
    await accounts.change_settings(conn, account_id, {SETTING: current, _BUILD: None})
