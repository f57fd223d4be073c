"""Which deliveries are called next, and taking them.

A claim holds its webhook's row, so two workers never choose for one webhook at once. It looks at the oldest deliveries
in their order and takes those that are due; what waits behind an earlier delivery of the same profile stays, so a
profile's deliveries reach a webhook in the order of their causes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts import service as accounts
from rapport.kit import clock, db
from rapport.webhooks import topics
from rapport.webhooks.payloads import Caller, Delivery
from rapport.webhooks.tables import IS_CALLED

# The most deliveries of one call about events, and the most calls about happenings that are claimed together.
BATCH, SINGLES = 1000, 50
# Deliveries that are looked at: as many as most calls can hold; then as many as may have been tried and wait for their
# next try before nothing new goes out.
WINDOWS = (BATCH, 4 * BATCH)

# tenant-scope: a worker looks for work of every account
_DUE = f"""
    SELECT w.account_id, w.id FROM webhooks w JOIN accounts a ON a.account_id = w.account_id
    WHERE {IS_CALLED} AND (w.paused_until IS NULL OR w.paused_until <= %(now)s + a.clock_offset)
      AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.account_id = w.account_id AND d.webhook_id = w.id
                  AND d.failed IS NULL
                  AND d.due <= CASE WHEN d.in_flight THEN %(now)s ELSE %(now)s + a.clock_offset END)
    ORDER BY w.account_id, w.id"""
_HOLD = f"""
    SELECT w.ulid, w.endpoint_url, w.secret_key, w.failures, coalesce(w.together, %(batch)s) FROM webhooks w
    WHERE w.account_id = %(account)s AND w.id = %(webhook)s AND {IS_CALLED}
      AND (w.paused_until IS NULL OR w.paused_until <= %(now)s)
    FOR NO KEY UPDATE OF w SKIP LOCKED"""
_OLDEST = """
    SELECT id, topic, profile_id, event_id, detail, created, attempts, together, due, in_flight
    FROM webhook_deliveries WHERE account_id = %s AND webhook_id = %s AND failed IS NULL ORDER BY id LIMIT %s"""
_TAKE = """
    UPDATE webhook_deliveries SET in_flight = true, due = %s, attempts = attempts + 1
    WHERE account_id = %s AND id = ANY(%s::bigint[])"""


@dataclass(frozen=True)
class Webhook:
    """Where a claim's call goes. `failures`: calls in a row that failed before it. `together`: events it takes in one
    call."""

    id: int
    ulid: str
    url: str
    secret_key: str
    failures: int
    together: int


@dataclass(frozen=True)
class Claim:
    """Deliveries that are this worker's until `lease`, by the world's clock: a test clock that is moved ahead makes no
    worker dead. They are of one call about events, or of a call each. `together`: at most so many were to be in one
    call."""

    caller: Caller
    webhook: Webhook
    deliveries: Sequence[Delivery]
    together: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery with what decides when it is taken. `is_due`: now; `is_called`: a worker that lives calls for it."""

    delivery: Delivery
    together: int
    is_due: bool
    is_called: bool = False


@dataclass
class _Choice:
    """What is chosen so far, and whose deliveries have to wait."""

    waiting: list[Waiting] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return bool(self.waiting) and len(self.waiting) >= _most(self.waiting[0])

    def offer(self, row: Waiting) -> None:
        profile = row.delivery.profile_id
        if profile in self.held:
            return
        is_taken = row.is_due and self._fits(row)
        if is_taken:
            self.waiting.append(row)
        # calls that are claimed together may be made at once, so each is of somebody else
        if not is_taken or not topics.is_batched(row.delivery.topic):
            self.held.add(profile)

    def _fits(self, row: Waiting) -> bool:
        """What a call with others failed for goes with its like."""
        if not self.waiting:
            return True
        first, is_batched = self.waiting[0], topics.is_batched(row.delivery.topic)
        if is_batched != topics.is_batched(first.delivery.topic):
            return False
        return not is_batched or row.together == first.together


def _most(first: Waiting) -> int:
    """How many are claimed together with this one."""
    return first.together if topics.is_batched(first.delivery.topic) else SINGLES


def _enough(first: Waiting) -> int:
    """How many make it needless to look at more."""
    return min(first.together, BATCH // 2) if topics.is_batched(first.delivery.topic) else 1


def choose(rows: Sequence[Waiting], *, alone: bool) -> list[Waiting]:
    """Those of the oldest deliveries, in their order, that are claimed together. `alone`: none while another is
    called."""
    if alone and any(row.is_called for row in rows):
        return []
    choice = _Choice()
    for row in rows:
        if choice.is_full:
            break
        choice.offer(row)
    return choice.waiting


async def due(conn: db.Connection, now: datetime) -> list[tuple[int, int]]:
    """Webhooks (account, webhook) with something to call for. `now`: the world's time."""
    return [(row[0], row[1]) for row in await db.rows(conn, _DUE, {"now": now})]


async def take(conn: db.Connection, account_id: int, webhook_id: int, base_url: str, lease: timedelta) -> Claim | None:
    """Claim what one call is to hold; None where there is nothing, or another worker chooses."""
    account = await accounts.load(conn, account_id)
    now, world = account.now(), clock.utcnow()
    held = await db.row(conn, _HOLD, {"account": account_id, "webhook": webhook_id, "now": now, "batch": BATCH})
    if held is None:
        return None
    webhook = Webhook(webhook_id, *held)
    chosen: Sequence[Waiting] = []
    for window in WINDOWS:
        rows = await db.rows(conn, _OLDEST, (account_id, webhook_id, window))
        waiting = [_waiting(row, webhook, now, world) for row in rows]
        chosen = choose(waiting, alone=webhook.failures > 0)
        if len(rows) < window or (chosen and len(chosen) >= _enough(chosen[0])):
            break
    if not chosen:
        return None
    until = world + lease
    await db.execute(conn, _TAKE, (until, account_id, db.array([row.delivery.id for row in chosen])))
    caller = Caller(account_id, account.public_id, webhook.ulid, base_url)
    return Claim(caller, webhook, [row.delivery for row in chosen], chosen[0].together, until)


def _waiting(row: tuple[Any, ...], webhook: Webhook, now: datetime, world: datetime) -> Waiting:
    *delivery, together, due, in_flight = row
    is_due = due <= (world if in_flight else now)
    return Waiting(Delivery(*delivery), min(together or BATCH, webhook.together), is_due, in_flight and not is_due)
