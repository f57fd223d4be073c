"""The account an installation starts with, and the ways in to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from rapport.accounts import first_key, service, sessions
from rapport.accounts.service import Key
from rapport.accounts.types import Account
from rapport.accounts.users import people
from rapport.kit import clock, db, log
from rapport.kit.fatal import Fatal
from rapport.kit.settings import Settings

_logger = log.logger("account")


class NoAccount(Fatal):
    """Nothing was ever started on these data."""


@dataclass(frozen=True)
class Founding:
    """What the account of an empty installation is made as. `is_test`: its clock can be moved. `behind`: how far in
    the past that clock begins."""

    name: str
    is_test: bool
    website: str | None = None
    sender_email: str = "hello@example.com"
    behind: timedelta = timedelta()
    # parts of the postal address by name
    address: Mapping[str, str] = field(default_factory=dict)


DEMO = Founding(
    "Juniper & Pine",
    True,
    "https://juniper-and-pine.example",
    "hello@juniper-and-pine.example",
    behind=timedelta(days=90),
    address={"address1": "12 Orchard Lane", "city": "Portland", "zip": "97201", "country": "United States"},
)


@dataclass(frozen=True)
class Access:
    """What a person needs to begin. `private_key` is None when it was made elsewhere and is not known here."""

    account: Account
    private_key: str | None
    new: bool


async def ensure(settings: Settings, database_url: str, founding: Founding | None = None) -> Access:
    """The first account, made when there is none: as `founding` says, or else as the settings do.

    A key given by RAPPORT_PRIVATE_KEY opens it, also where the account was there before the setting; otherwise one is
    made with the account and kept in the data folder, readable by its owner only, so that it can be shown again. Keys
    that were revoked stay so, and are not shown.
    """
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        existing = await service.all_ids(conn)
        if existing:
            account = await service.load(conn, existing[0])
            key = await _known_key(conn, settings, account)
        else:
            founding = founding or Founding(settings.account_name, settings.test_account)
            account = await service.create(
                conn,
                name=founding.name,
                public_id=settings.public_key,
                is_test=founding.is_test,
                website=founding.website,
                sender_email=founding.sender_email,
                behind=founding.behind,
            )
            account = await service.change(conn, account.account_id, {**founding.address})
            key = await service.create_key(conn, account.account_id, name="first key", private_key=settings.private_key)
            first_key.keep(settings.data, key)
    return Access(account, key, new=not existing)


async def _known_key(conn: db.Connection, settings: Settings, account: Account) -> str | None:
    """A key that opens an account that was there already."""
    if settings.public_key not in (None, account.public_id):
        _logger.warning("RAPPORT_PUBLIC_KEY is not this account's, which was made before", account=account.public_id)
    configured_key = settings.private_key
    if configured_key is not None and not await service.was_key(conn, configured_key):
        return await service.create_key(
            conn, account.account_id, name="RAPPORT_PRIVATE_KEY", private_key=configured_key
        )
    known = configured_key or first_key.kept(settings.data)
    if known is None or await service.find_key(conn, known):
        return known
    _logger.warning("the key of RAPPORT_PRIVATE_KEY or the data folder was revoked", ends_in=known[-4:])
    return None


async def sign_in_link(settings: Settings, database_url: str) -> str:
    """A link that signs one browser in as the first owner, once, within seven days. Raises NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        account_id, now = await _first(conn), clock.utcnow()
        owner = await people.first_owner(conn, account_id, now)
        token = await sessions.new_link(conn, account_id, owner.user_id, now)
    return f"{settings.base_url}/sign-in?token={token}"


async def sign_out(database_url: str) -> int:
    """End every session, and every link that was not used. Returns the number of sessions. Raises NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await sessions.end_all(conn, await _first(conn))


async def new_key(database_url: str, name: str, scopes: list[str] | None) -> str:
    """Raises NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await service.create_key(conn, await _first(conn), name=name, scopes=scopes)


async def keys(database_url: str) -> list[Key]:
    """Raises NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await service.keys(conn, await _first(conn))


async def revoke_key(database_url: str, id: int) -> bool:
    """False when there is no such key in use. Raises NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await service.revoke_key(conn, await _first(conn), id)


async def change(database_url: str, changes: dict[str, str]) -> Account:
    """The account, changed; no changes: as it is. Raises ValueError for a bad value, NoAccount."""
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        return await service.change(conn, await _first(conn), changes)


async def _first(conn: db.Connection) -> int:
    try:
        existing = await service.all_ids(conn)
    except psycopg.errors.UndefinedTable:
        existing = []
    if not existing:
        raise NoAccount("There is no account yet: start `rapport serve` once.")
    return existing[0]
