"""What a call came to, and what follows: for its deliveries, for its webhook, and what is kept of it."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from rapport.kit import db, log
from rapport.kit.outgoing import Answer
from rapport.webhooks.claims import BATCH, Claim
from rapport.webhooks.notices import SwitchedOff
from rapport.webhooks.payloads import Body

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
# A call that failed where others succeeded is made again in parts of this share.
_SHARE = 4
_KEPT_BODY, _KEPT_ANSWER = 2000, 500

_logger = log.logger("webhooks")
Status = Literal["delivered", "retrying", "failed"]

_DELIVERED = "DELETE FROM webhook_deliveries WHERE account_id = %s AND id = ANY(%s::bigint[])"
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
# flight sees to itself.
_GIVE_UP = """
    UPDATE webhook_deliveries SET failed = %(now)s
    WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NULL AND NOT in_flight
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
_WELL = """
    UPDATE webhooks SET failures = 0, paused_until = NULL, failing_since = NULL
    WHERE account_id = %s AND id = %s AND (failures > 0 OR failing_since IS NOT NULL)"""
_ILL = """
    UPDATE webhooks SET failing_since = coalesce(failing_since, %(now)s),
        failures = CASE WHEN %(pause)s::timestamptz IS NULL THEN 0 ELSE failures + 1 END,
        paused_until = %(pause)s
    WHERE account_id = %(account)s AND id = %(webhook)s RETURNING failing_since"""
_OFF = """
    UPDATE webhooks SET enabled = false, disabled_reason = %(reason)s, updated = %(now)s
    WHERE account_id = %(account)s AND id = %(webhook)s AND enabled RETURNING name"""
_REMEMBER = """
    INSERT INTO webhook_attempts (account_id, webhook_id, at, status, topics, deliveries, profiles, is_test, headers,
        body, size, answer_status, answer, milliseconds, next_try)
    VALUES (%(account)s, %(webhook)s, %(now)s, %(status)s, %(topics)s, %(deliveries)s, %(profiles)s::bigint[],
        %(is_test)s, %(headers)s, %(body)s, %(size)s, %(answer_status)s, %(answer)s, %(milliseconds)s, %(next_try)s)
    RETURNING id"""
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
    def status(self) -> Status:
        if self.answer is None:
            return "failed" if self.is_final else "retrying"
        if 200 <= self.answer.status < 300:
            return "delivered"
        return "retrying" if self.answer.status == 429 or self.answer.status >= 500 else "failed"


@dataclass(frozen=True)
class Attempt:
    """A call as it is kept."""

    webhook_id: int
    at: datetime
    status: Status
    outcome: Outcome
    topics: list[str]
    profiles: list[int]
    next_try: datetime | None = None
    is_test: bool = False


async def write(conn: db.Connection, claim: Claim, outcome: Outcome, now: datetime) -> SwitchedOff | None:
    """All that follows from a call, in the open transaction. `now`: the account's time. Returns the webhook
    when it was switched off."""
    account_id, body = claim.caller.account_id, outcome.body
    told = [delivery.id for delivery in body.told]
    await _release(conn, claim, body, now)
    next_try, switched_off = None, None
    if outcome.status == "delivered":
        await db.execute(conn, _DELIVERED, (account_id, db.array(told)))
        await db.execute(conn, _WELL, (account_id, claim.webhook.id))
    else:
        next_try = await _failed(conn, claim, outcome, now)
        if not outcome.is_ours:
            switched_off = await _judged(conn, claim, outcome, next_try, now)
    topics = sorted({delivery.topic for delivery in body.told})
    profiles = sorted({delivery.profile_id for delivery in body.told})
    await remember(
        conn, account_id, Attempt(claim.webhook.id, now, outcome.status, outcome, topics, profiles, next_try)
    )
    return switched_off


async def _release(conn: db.Connection, claim: Claim, body: Body, now: datetime) -> None:
    """What did not fit into the call goes with the next; what is no more goes."""
    if body.gone:
        gone = db.array([delivery.id for delivery in body.gone])
        await db.execute(conn, _DELIVERED, (claim.caller.account_id, gone))
    if body.left:
        await db.execute(conn, _RELEASE, _ours(claim, [one.id for one in body.left]) | {"now": now})


def _ours(claim: Claim, ids: list[int]) -> dict[str, Any]:
    return {"account": claim.caller.account_id, "ids": db.array(ids), "lease": claim.lease}


async def _failed(conn: db.Connection, claim: Claim, outcome: Outcome, now: datetime) -> datetime | None:
    """The deliveries of a call that failed: tried again at the time returned, or given up."""
    parameters = {**_ours(claim, [one.id for one in outcome.body.told]), "webhook": claim.webhook.id, "now": now}
    if outcome.status == "failed":
        await db.execute(conn, _FAIL, parameters)
        await db.execute(conn, _TRIM_FAILED, parameters | {"kept": KEPT_FAILED})
        return None
    attempts = max(delivery.attempts for delivery in claim.deliveries) + 1
    due = now + _retry_after(outcome, now, _pause(attempts, *_DELIVERY_PAUSE))
    parameters |= {"due": due, "together": _together(claim, outcome), "long_ago": now - TRIED_FOR}
    await db.execute(conn, _RETRY, parameters)
    await give_up(conn, claim.caller.account_id, claim.webhook.id, now)
    return due


async def give_up(conn: db.Connection, account_id: int, webhook_id: int, now: datetime) -> None:
    """Of what waits for a webhook, give up what is too old or too much. `now`: the account's time."""
    parameters = {
        "account": account_id,
        "webhook": webhook_id,
        "now": now,
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
    if not outcome.is_ours and (claim.webhook.failures or outcome.answer is None):
        return None if claim.together == BATCH else claim.together
    return max(1, len(outcome.body.told) // _SHARE)


async def _judged(
    conn: db.Connection, claim: Claim, outcome: Outcome, next_try: datetime | None, now: datetime
) -> SwitchedOff | None:
    """The webhook rests after a failure that may be mended, and is switched off when it has failed for long."""
    pause = None
    if next_try is not None:
        pause = now + _retry_after(outcome, now, _pause(claim.webhook.failures + 1, *_WEBHOOK_PAUSE))
    parameters = {"account": claim.caller.account_id, "webhook": claim.webhook.id, "now": now, "pause": pause}
    row = await db.row(conn, _ILL, parameters)
    if row is None or now - row[0] < SWITCHED_OFF_AFTER:
        return None
    reason = f"Every call since {row[0]:%Y-%m-%d %H:%M} UTC has failed. {_told(outcome)}"
    switched_off = await db.row(conn, _OFF, parameters | {"reason": reason})
    return SwitchedOff(claim.webhook.ulid, switched_off[0], claim.webhook.url, reason) if switched_off else None


def _told(outcome: Outcome) -> str:
    return outcome.reason if outcome.answer is None else f"The last was answered with {outcome.answer.status}."


def _pause(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """Twice as long after each failure, give or take a quarter, so that many do not come back at one moment."""
    doubled: timedelta = first * (1 << min(failures - 1, 30))
    return min(longest, doubled) * random.uniform(0.75, 1.25)


def _retry_after(outcome: Outcome, now: datetime, least: timedelta) -> timedelta:
    """As long as the receiver asks for, in seconds or by a date, within an hour."""
    text = outcome.answer.retry_after.strip() if outcome.answer else ""
    try:
        wanted = timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return least
    return max(least, min(wanted, _LONGEST_RETRY_AFTER))


async def remember(conn: db.Connection, account_id: int, attempt: Attempt) -> int:
    """Keep a call among the last ones of its webhook. Returns its id."""
    outcome = attempt.outcome
    parameters = {
        "account": account_id,
        "webhook": attempt.webhook_id,
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
        "kept": KEPT_ATTEMPTS,
    }
    row = await db.row(conn, _REMEMBER, parameters)
    await db.execute(conn, _FORGET, parameters)
    return int(row[0]) if row else 0


def _beginning(content: bytes) -> str:
    return content[: _KEPT_BODY * 4].decode("utf-8", "ignore").replace("\0", "")[:_KEPT_BODY]
