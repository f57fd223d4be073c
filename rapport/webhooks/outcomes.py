"""What a call came to, and what follows: for its deliveries, for its webhook, and what is kept of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from rapport.kit import clock, db, log
from rapport.kit.outgoing import Answer
from rapport.webhooks.claims import BATCH, Claim
from rapport.webhooks.notices import SwitchedOff
from rapport.webhooks.payloads import Body, Delivery

# How long what fails is tried again, and after how long of nothing but failures a webhook is switched off.
TRIED_FOR = timedelta(hours=24)
SWITCHED_OFF_AFTER = timedelta(days=7)
# Of each webhook: calls that are kept, deliveries that wait at most, and those that were given up and are kept.
KEPT_ATTEMPTS = 100
MOST_WAITING = 1_000_000
KEPT_FAILED = 10_000
# A delivery's next try: half a minute after the first, an hour at most. Its webhook's: a second, ten minutes at most.
_DELIVERY_PAUSE = (timedelta(seconds=30), timedelta(hours=1))
_WEBHOOK_PAUSE = (timedelta(seconds=1), timedelta(minutes=10))
_LONGEST_RETRY_AFTER = timedelta(hours=1)
_TOO_LARGE = 413
# A call that failed where others succeeded is made again in parts of this share.
_SHARE = 4
_KEPT_BODY, _KEPT_ANSWER = 2000, 500

_logger = log.logger("webhooks")
Status = Literal["delivered", "retrying", "failed"]

_DELETE = "DELETE FROM webhook_deliveries WHERE account_id = %s AND id = ANY(%s::bigint[])"
# A worker that was given up may still bring its answer: a failure counts unless another has taken the call meanwhile.
_OURS = "id = ANY(%(ids)s::bigint[]) AND in_flight AND due = %(lease)s"
_RELEASE = f"""
    UPDATE webhook_deliveries SET in_flight = false, attempts = attempts - 1, due = %(now)s
    WHERE account_id = %(account)s AND {_OURS}"""
_RETRY = f"""
    UPDATE webhook_deliveries SET in_flight = false, due = %(due)s, together = %(together)s,
        failed = CASE WHEN created <= %(long_ago)s THEN %(now)s::timestamptz END
    WHERE account_id = %(account)s AND {_OURS}"""
_FAIL = f"""
    UPDATE webhook_deliveries SET in_flight = false, failed = %(now)s
    WHERE account_id = %(account)s AND {_OURS}"""
# Everything that has waited too long for a receiver that fails, and the oldest of what has become too much; what is in
# flight sees to itself, while its worker lives.
_GIVE_UP = """
    UPDATE webhook_deliveries SET failed = %(now)s, in_flight = false
    WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NULL
      AND NOT (in_flight AND due > %(world)s)
      AND (created <= %(long_ago)s OR id <= (
          SELECT id FROM webhook_deliveries
          WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NULL
          ORDER BY id DESC OFFSET %(most)s LIMIT 1))"""
_TRIM_FAILED = """
    DELETE FROM webhook_deliveries
    WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NOT NULL AND id <= (
        SELECT id FROM webhook_deliveries
        WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NOT NULL
        ORDER BY id DESC OFFSET %(kept)s LIMIT 1)"""
_SMALLER = "UPDATE webhooks SET together = %s WHERE account_id = %s AND id = %s"
_WELL = """
    UPDATE webhooks SET failures = 0, paused_until = NULL, failing_since = NULL
    WHERE account_id = %s AND id = %s AND (failures > 0 OR failing_since IS NOT NULL)"""
_ILL = """
    UPDATE webhooks SET failing_since = coalesce(failing_since, %(now)s),
        failures = CASE WHEN %(pause)s::timestamptz IS NULL THEN 0 ELSE failures + 1 END,
        paused_until = %(pause)s
    WHERE account_id = %(account)s AND id = %(webhook)s RETURNING failing_since"""
_OFF = """
    UPDATE webhooks SET enabled = false, disabled_reason = %(reason)s, updated = %(now)s, version = version + 1
    WHERE account_id = %(account)s AND id = %(webhook)s AND enabled RETURNING name"""
_HOLD = "SELECT FROM webhooks WHERE account_id = %s AND id = %s FOR KEY SHARE"
_REMEMBER = """
    INSERT INTO webhook_attempts (account_id, webhook_id, at, status, topics, deliveries, profiles, is_test, headers,
        body, size, answer_status, answer, milliseconds, next_try)
    VALUES (%(account)s, %(webhook)s, %(now)s, %(status)s, %(topics)s, %(deliveries)s, %(profiles)s::bigint[],
        %(is_test)s, %(headers)s, %(body)s, %(size)s, %(answer_status)s, %(answer)s, %(milliseconds)s, %(next_try)s)"""
_FORGET = """
    DELETE FROM webhook_attempts WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND id <= (
        SELECT id FROM webhook_attempts WHERE account_id = %(account)s AND webhook_id = %(webhook)s
        ORDER BY id DESC OFFSET %(kept)s LIMIT 1)"""


@dataclass(frozen=True)
class Outcome:
    """One call: what was sent and what came back. `answer` None: nothing did, for this `reason`; `is_final`: trying
    again would not help; `is_ours`: nothing was sent, because it could not be composed."""

    headers: dict[str, str]
    body: Body
    milliseconds: int
    answer: Answer | None
    reason: str = ""
    is_final: bool = False
    is_ours: bool = False

    @property
    def is_too_large(self) -> bool:
        """A smaller body may be taken."""
        return self.answer is not None and self.answer.status == _TOO_LARGE and len(self.body.told) > 1

    @property
    def status(self) -> Status:
        if self.answer is None:
            return "failed" if self.is_final else "retrying"
        if 200 <= self.answer.status < 300:
            return "delivered"
        is_passing = self.answer.status == 429 or self.answer.status >= 500
        return "retrying" if is_passing or self.is_too_large else "failed"


@dataclass(frozen=True)
class Attempt:
    """A call as it is kept."""

    at: datetime
    status: Status
    outcome: Outcome
    topics: list[str]
    profiles: list[int]
    next_try: datetime | None = None
    is_test: bool = False


async def write(
    conn: db.Connection, claim: Claim, outcomes: Sequence[Outcome], left: Sequence[Delivery], now: datetime
) -> SwitchedOff | None:
    """All that follows from a claim's calls, in the open transaction. `left`: what no call was made for. `now`: the
    account's time. Returns the webhook when it was switched off."""
    # before its deliveries, as whoever claims or deletes them does: two that wait for each other would be broken off
    if not await _hold(conn, claim.caller.account_id, claim.webhook.id):
        return None
    await forget(conn, claim, _told(outcomes, "delivered"))
    await _release(conn, claim, left, now)
    await _fail(conn, claim, _told(outcomes, "failed"), now)
    next_try = await _retry(conn, claim, outcomes, now)
    switched_off = await _judge(conn, claim, outcomes, now)
    attempts = [_attempt(claim, outcome, next_try, now) for outcome in outcomes]
    await _keep(conn, claim.caller.account_id, claim.webhook.id, attempts)
    return switched_off


def _told(outcomes: Sequence[Outcome], status: Status) -> list[Delivery]:
    return [delivery for outcome in outcomes if outcome.status == status for delivery in outcome.body.told]


async def forget(conn: db.Connection, claim: Claim, deliveries: Sequence[Delivery]) -> None:
    """They were told, or what they tell of is no more."""
    if deliveries:
        ids = db.array([delivery.id for delivery in deliveries])
        await db.execute(conn, _DELETE, (claim.caller.account_id, ids))


async def _release(conn: db.Connection, claim: Claim, deliveries: Sequence[Delivery], now: datetime) -> None:
    if deliveries:
        await db.execute(conn, _RELEASE, _ours(claim, deliveries) | {"now": now})


async def _fail(conn: db.Connection, claim: Claim, deliveries: Sequence[Delivery], now: datetime) -> None:
    if deliveries:
        parameters = _ours(claim, deliveries) | {"webhook": claim.webhook.id, "now": now, "kept": KEPT_FAILED}
        await db.execute(conn, _FAIL, parameters)
        await db.execute(conn, _TRIM_FAILED, parameters)


async def _retry(conn: db.Connection, claim: Claim, outcomes: Sequence[Outcome], now: datetime) -> datetime | None:
    """Those are tried again at the time returned, unless they have waited for long enough."""
    deliveries = _told(outcomes, "retrying")
    if not deliveries:
        return None
    outcome = next(outcome for outcome in outcomes if outcome.status == "retrying")
    attempts = max(delivery.attempts for delivery in deliveries) + 1
    pause = timedelta() if outcome.is_too_large else _pause(attempts, *_DELIVERY_PAUSE)
    due = now + max(pause, _asked_for(outcomes, now))
    parameters = {
        **_ours(claim, deliveries),
        "now": now,
        "due": due,
        "together": _together(claim, outcome),
        "long_ago": now - TRIED_FOR,
    }
    await db.execute(conn, _RETRY, parameters)
    if outcome.is_too_large:
        values = (parameters["together"], claim.caller.account_id, claim.webhook.id)
        await db.execute(conn, _SMALLER, values)
    await give_up(conn, claim.caller.account_id, claim.webhook.id, now)
    return due


def _ours(claim: Claim, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    ids = db.array([delivery.id for delivery in deliveries])
    return {"account": claim.caller.account_id, "ids": ids, "lease": claim.lease}


def _attempt(claim: Claim, outcome: Outcome, next_try: datetime | None, now: datetime) -> Attempt:
    topics = sorted({delivery.topic for delivery in outcome.body.told})
    profiles = sorted({delivery.profile_id for delivery in outcome.body.told})
    return Attempt(now, outcome.status, outcome, topics, profiles, next_try if outcome.status == "retrying" else None)


async def give_up(conn: db.Connection, account_id: int, webhook_id: int, now: datetime) -> None:
    """Of what waits for a webhook, give up what is too old or too much. `now`: the account's time."""
    parameters = {
        "account": account_id,
        "webhook": webhook_id,
        "now": now,
        "world": clock.utcnow(),
        "long_ago": now - TRIED_FOR,
        "most": MOST_WAITING,
        "kept": KEPT_FAILED,
    }
    given_up = await db.execute(conn, _GIVE_UP, parameters)
    if given_up:
        await db.execute(conn, _TRIM_FAILED, parameters)
        _logger.warning(
            "deliveries to a webhook were given up", account_id=account_id, webhook_id=webhook_id, deliveries=given_up
        )


def _together(claim: Claim, outcome: Outcome) -> int | None:
    """Where the receiver took what came before, it may be one of these that it can't take: smaller parts find it."""
    is_receivers = not (outcome.is_ours or outcome.is_too_large)
    if is_receivers and (claim.webhook.failures or outcome.answer is None):
        return None if claim.together == BATCH else claim.together
    return max(1, len(outcome.body.told) // _SHARE)


async def _judge(conn: db.Connection, claim: Claim, outcomes: Sequence[Outcome], now: datetime) -> SwitchedOff | None:
    """How the webhook stands: it rests after a failure that may be mended, and is switched off when it has failed for
    long."""
    account_id, webhook = claim.caller.account_id, claim.webhook
    sent = [outcome for outcome in outcomes if not (outcome.is_ours or outcome.is_too_large)]
    delivered = any(outcome.status == "delivered" for outcome in sent)
    retrying = any(outcome.status == "retrying" for outcome in sent)
    if delivered:
        await db.execute(conn, _WELL, (account_id, webhook.id))
    if not sent or (delivered and not retrying):
        return None
    failures = 1 if delivered else webhook.failures + 1
    pause = now + max(_pause(failures, *_WEBHOOK_PAUSE), _asked_for(sent, now)) if retrying else None
    parameters = {"account": account_id, "webhook": webhook.id, "now": now, "pause": pause}
    row = await db.row(conn, _ILL, parameters)
    if row is None or now - row[0] < SWITCHED_OFF_AFTER:
        return None
    reason = f"Every call since {row[0]:%Y-%m-%d %H:%M} UTC has failed. {_said(sent[-1])}"
    switched_off = await db.row(conn, _OFF, parameters | {"reason": reason})
    return SwitchedOff(webhook.ulid, switched_off[0], webhook.url, reason) if switched_off else None


def _said(outcome: Outcome) -> str:
    return outcome.reason if outcome.answer is None else f"The last was answered with {outcome.answer.status}."


def _pause(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """Twice as long after each failure, give or take a quarter, so that many do not come back at one moment."""
    doubled: timedelta = first * (1 << min(failures - 1, 30))
    return min(longest, doubled) * random.uniform(0.75, 1.25)


def _asked_for(outcomes: Sequence[Outcome], now: datetime) -> timedelta:
    """The longest time that the receiver asks to be left alone, in seconds or by a date, within an hour."""
    asked = [_seconds(outcome.answer.retry_after.strip(), now) for outcome in outcomes if outcome.answer]
    return min(max(asked, default=timedelta()), _LONGEST_RETRY_AFTER)


def _seconds(text: str, now: datetime) -> timedelta:
    try:
        return timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return timedelta()


async def remember(conn: db.Connection, account_id: int, webhook_id: int, attempts: Sequence[Attempt]) -> None:
    """Keep calls among the last ones of their webhook; of one that was deleted meanwhile nothing is kept."""
    if await _hold(conn, account_id, webhook_id):
        await _keep(conn, account_id, webhook_id, attempts)


async def _hold(conn: db.Connection, account_id: int, webhook_id: int) -> bool:
    """False where it was deleted, with all that waited for it."""
    return await db.row(conn, _HOLD, (account_id, webhook_id)) is not None


async def _keep(conn: db.Connection, account_id: int, webhook_id: int, attempts: Sequence[Attempt]) -> None:
    parameters = {"account": account_id, "webhook": webhook_id, "kept": KEPT_ATTEMPTS}
    async with conn.cursor() as cursor:
        await cursor.executemany(_REMEMBER, [_row(attempt) | parameters for attempt in attempts])
    await db.execute(conn, _FORGET, parameters)


def _row(attempt: Attempt) -> dict[str, Any]:
    outcome = attempt.outcome
    return {
        "now": attempt.at,
        "status": attempt.status,
        "topics": attempt.topics,
        "deliveries": len(outcome.body.told),
        "profiles": db.array(attempt.profiles),
        "is_test": attempt.is_test,
        "headers": Jsonb(outcome.headers),
        "body": _beginning(outcome.body.content),
        "size": len(outcome.body.content),
        "answer_status": outcome.answer.status if outcome.answer else None,
        "answer": (outcome.answer.text if outcome.answer else outcome.reason).replace("\0", "")[:_KEPT_ANSWER],
        "milliseconds": outcome.milliseconds,
        "next_try": attempt.next_try,
    }


def _beginning(content: bytes) -> str:
    return content[: _KEPT_BODY * 4].decode("utf-8", "ignore").replace("\0", "")[:_KEPT_BODY]
