"""Webhooks: make, read, change, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.kit import db, ids, outgoing
from rapport.kit.outgoing import Unsendable
from rapport.kit.refusals import NotThere, Refused
from rapport.webhooks import secret_keys, topics
from rapport.webhooks.types import WebhookCreate, WebhookUpdate

KIND = "webhook"
MAXIMUM = 100
RELATIONSHIP = "webhook-topics"
_URL = "/data/attributes/endpoint_url"

_COLUMNS = """w.id, w.ulid, w.name, w.description, w.endpoint_url, w.secret_key, w.enabled, w.disabled_reason,
    w.failures, w.paused_until, w.failing_since, w.created, w.updated, w.version,
    ARRAY(SELECT s.topic FROM webhook_subscriptions s
          WHERE s.account_id = w.account_id AND s.webhook_id = w.id ORDER BY s.topic) AS topics"""
_ALL = f"SELECT {_COLUMNS} FROM webhooks w WHERE w.account_id = %s ORDER BY w.id"
_BY_ULID = f"SELECT {_COLUMNS} FROM webhooks w WHERE w.account_id = %s AND w.ulid = %s"
_COUNT = "SELECT count(*) FROM webhooks WHERE account_id = %s"
_INSERT = """
    INSERT INTO webhooks (account_id, ulid, name, description, endpoint_url, secret_key, app_id, created, updated)
    VALUES (%(account)s, %(ulid)s, %(name)s, %(description)s, %(url)s, %(secret)s, %(app)s, %(now)s, %(now)s)
    RETURNING id"""
# Switched on again, or led to another address, it begins anew.
_UPDATE = """
    UPDATE webhooks SET name = coalesce(%(name)s, name), description = coalesce(%(description)s, description),
        endpoint_url = coalesce(%(url)s, endpoint_url), secret_key = coalesce(%(secret)s, secret_key),
        enabled = coalesce(%(enabled)s, enabled), updated = %(now)s, version = version + 1,
        disabled_reason = CASE WHEN %(anew)s THEN NULL ELSE disabled_reason END,
        failures = CASE WHEN %(anew)s THEN 0 ELSE failures END,
        paused_until = CASE WHEN %(anew)s THEN NULL ELSE paused_until END,
        failing_since = CASE WHEN %(anew)s THEN NULL ELSE failing_since END,
        together = CASE WHEN %(anew)s THEN NULL ELSE together END
    WHERE account_id = %(account)s AND id = %(id)s"""
_SUBSCRIBE = """
    INSERT INTO webhook_subscriptions (account_id, webhook_id, topic) SELECT %s, %s, unnest(%s::text[])"""
_UNSUBSCRIBE = "DELETE FROM webhook_subscriptions WHERE account_id = %s AND webhook_id = %s"
# Itself first: a worker that remembers a call holds it (`outcomes.remember`), and is waited for.
_DELETES = (
    "DELETE FROM webhooks WHERE account_id = %s AND id = %s",
    _UNSUBSCRIBE,
    "DELETE FROM webhook_deliveries WHERE account_id = %s AND webhook_id = %s",
    "DELETE FROM webhook_attempts WHERE account_id = %s AND webhook_id = %s",
)


@dataclass(frozen=True)
class Topics:
    """Topics as a request names them, and where each stands in it."""

    names: Sequence[str]
    pointer: str

    async def checked(self, conn: db.Connection, account_id: int) -> list[str]:
        """Each once. Raises Refused where there is none, or one that the account can't ask for."""
        if not self.names:
            raise Refused("A webhook needs at least one topic.", pointer=self.pointer)
        unknown = await topics.unknown(conn, account_id, self.names)
        if unknown:
            at = f"{self.pointer}/{list(self.names).index(unknown[0])}"
            raise Refused(
                f"There is no topic '{unknown[0]}'. GET /api/webhook-topics lists those of this account.", pointer=at
            )
        return list(dict.fromkeys(self.names))


async def all_of(conn: db.Connection, account_id: int) -> list[dict[str, Any]]:
    return await db.dicts(conn, _ALL, (account_id,))


async def by_ulid(conn: db.Connection, account_id: int, ulid: str) -> dict[str, Any]:
    """A row with its `topics`. Raises NotThere."""
    row = await db.one(conn, _BY_ULID, (account_id, ulid))
    if row is None:
        raise NotThere(KIND, ulid)
    return row


async def create(
    conn: db.Connection,
    account_id: int,
    webhook: WebhookCreate,
    asked: Topics,
    now: datetime,
    *,
    app_id: int | None = None,
) -> dict[str, Any]:
    """A new webhook, enabled. `app_id`: of the application that makes it. Raises Refused."""
    _check_url(webhook.endpoint_url)
    names = await asked.checked(conn, account_id)
    count = await db.row(conn, _COUNT, (account_id,))
    if count and count[0] >= MAXIMUM:
        raise Refused(f"An account has at most {MAXIMUM} webhooks. Delete one that is not needed any more.", status=409)
    ulid = ids.ulid(now)
    parameters = {
        "account": account_id,
        "ulid": ulid,
        "name": webhook.name,
        "description": webhook.description,
        "url": webhook.endpoint_url,
        "secret": secret_keys.seal(account_id, webhook.secret_key),
        "app": app_id,
        "now": now,
    }
    made = await db.row(conn, _INSERT, parameters)
    assert made is not None
    await db.execute(conn, _SUBSCRIBE, (account_id, made[0], names))
    return await by_ulid(conn, account_id, ulid)


async def update(
    conn: db.Connection, account_id: int, ulid: str, changes: WebhookUpdate, asked: Topics | None, now: datetime
) -> dict[str, Any]:
    """Raises NotThere, Refused."""
    row = await by_ulid(conn, account_id, ulid)
    if changes.endpoint_url is not None:
        _check_url(changes.endpoint_url)
    parameters = {
        "account": account_id,
        "id": row["id"],
        "name": changes.name,
        "description": changes.description,
        "url": changes.endpoint_url,
        "secret": None if changes.secret_key is None else secret_keys.seal(account_id, changes.secret_key),
        "enabled": changes.enabled,
        "anew": bool(changes.enabled) or changes.endpoint_url is not None,
        "now": now,
    }
    await db.execute(conn, _UPDATE, parameters)
    if asked is not None:
        names = await asked.checked(conn, account_id)
        await db.execute(conn, _UNSUBSCRIBE, (account_id, row["id"]))
        await db.execute(conn, _SUBSCRIBE, (account_id, row["id"], names))
    return await by_ulid(conn, account_id, ulid)


async def delete(conn: db.Connection, account_id: int, ulid: str) -> None:
    """With what waits for it, and its last calls. Raises NotThere."""
    row = await by_ulid(conn, account_id, ulid)
    for statement in _DELETES:
        await db.execute(conn, statement, (account_id, row["id"]))


def _check_url(url: str) -> None:
    try:
        outgoing.check_url(url)
    except Unsendable as error:
        raise Refused(str(error), pointer=_URL) from error
