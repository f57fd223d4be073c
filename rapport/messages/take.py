"""Take: due messages from the outbox, through the gate, into flight. One short transaction a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import clock, db, locks
from rapport.kit.settings import Settings
from rapport.messages import compose, gate, pauses
from rapport.messages.composed import Composed, Message
from rapport.messages.content import Contents
from rapport.messages.limits import Limits
from rapport.messages.mail import RecipientUrls
from rapport.messages.presence import Presence
from rapport.messages.types import Candidate, Options

BATCH = 500


class Urgency(StrEnum):
    """What a sender takes. Mail that somebody waits for does not stand behind a campaign of a million: it has senders
    of its own. The value is a condition of SQL."""

    ANY = "true"
    BULK = "source = 'campaign'"
    PROMPT = "source <> 'campaign'"


# One probe for each account; `due` is in the account's time, which a test clock moves. And what limits held back.
_DUE = """
    SELECT a.account_id, held.is_held FROM accounts a CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM messages WHERE account_id = a.account_id AND status = 'queued' AND {urgency}
                       AND due <= %(now)s + a.clock_offset) AS is_due,
               EXISTS (SELECT FROM messages WHERE account_id = a.account_id AND status = 'queued' AND {urgency}
                       AND due = ANY(%(held)s::timestamptz[])) AS is_held) AS held
    WHERE is_due OR is_held"""
# Batches of one account are judged one after the other; see gate.judge.
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s, %s)"
_LOCK = "SELECT true FROM (SELECT pg_advisory_xact_lock(%s, %s)) AS locked"
_CLAIM = """
    SELECT id, profile_id, channel, source, campaign_id, flow_id, message_id, cause, options::text AS options
    FROM messages WHERE account_id = %s AND status = 'queued' AND due {due} %s AND {urgency}
    ORDER BY due, id LIMIT %s FOR UPDATE SKIP LOCKED"""
_SKIP = """
    UPDATE messages m SET status = 'skipped', skip_reason = s.reason, sent = NULL
    FROM unnest(%s::bigint[], %s::text[]) AS s (id, reason)
    WHERE m.account_id = %s AND m.id = s.id AND m.status IN ('queued', 'in_flight')"""
# The person is written into the message as it is at this moment, and the message is rendered from what is written:
# so it can be rendered again, the same, for as long as it is kept. A test, and a notice about
# somebody, is written as somebody else sees it.
_TAKE = """
    UPDATE messages m SET status = 'in_flight', taken_by = %(worker)s, attempts = m.attempts + 1, sent = %(now)s,
        to_address = t.address, context = m.context || jsonb_build_object(
            'now', %(stamp)s::text, 'organization', %(organization)s::bigint,
            'untracked', (SELECT jsonb_agg(c.channel) FROM consents c WHERE c.account_id = %(account)s
                AND c.profile_id = t.profile_id AND c.channel IN ('open_tracking', 'click_tracking')
                AND c.status = 'UNSUBSCRIBED'),
            'person', CASE WHEN m.source = 'test' OR m.source = 'notice' AND m.context ? 'person'
                           THEN m.context -> 'person' ELSE jsonb_build_object(
                'id', p.ulid, 'email', coalesce(p.email, t.address), 'phone_number', p.phone_number,
                'external_id', p.external_id,
                'first_name', p.first_name, 'last_name', p.last_name, 'organization', p.organization,
                'locale', p.locale, 'title', p.title, 'image', p.image,
                'location', p.location, 'properties', p.properties) END)
    FROM unnest(%(ids)s::bigint[], %(addresses)s::text[], %(profiles)s::bigint[]) AS t (id, address, profile_id)
    LEFT JOIN profiles p ON p.account_id = %(account)s AND p.id = t.profile_id
    WHERE m.account_id = %(account)s AND m.id = t.id
    RETURNING m.id, m.ulid, m.channel, m.profile_id, m.source, m.campaign_id, m.flow_id, m.message_id, m.variation_id,
        m.content_id, m.context::text AS context, m.options::text AS options, m.to_address, m.sent, m.status,
        m.subject"""


@dataclass(frozen=True)
class Taken:
    """One batch in flight. `claimed`: its messages, skipped ones included."""

    account: Account
    claimed: int
    messages: Sequence[Composed]


class Taker:
    """Takes batches for one sender. `checks`: those that rooms above add to the gate."""

    def __init__(
        self,
        pool: db.Pool,
        settings: Settings,
        contents: Contents,
        presence: Presence,
        checks: Sequence[gate.Check],
        urgency: Urgency = Urgency.ANY,
    ) -> None:
        # something was held back, or may be
        self.holding = False
        self._urgency = urgency
        self._limits = Limits(settings.send_limits)
        self._pool = pool
        self._settings = settings
        self._contents = contents
        self._presence = presence
        self._checks = checks

    async def take(self, account_id: int) -> Taken | None:
        """The next batch of an account; None when nothing is due or another sender is taking from it right now."""
        async with self._pool.connection() as conn:
            if not await self._locked(conn, account_id):
                return None
            account = await accounts.load(conn, account_id)
            due = await self._claim(conn, account)
            if not due:
                return None
            candidates = await _without_paused(conn, account_id, due)
            if not candidates:
                return Taken(account, len(due), [])
            verdicts = await gate.judge(conn, account, candidates, self._checks)
            await skip(conn, account_id, verdicts.skipped)
            passed = await self._paid(conn, account_id, candidates, verdicts.passed)
            return Taken(account, len(due), await self._take(conn, account, passed))

    async def release(self) -> None:
        """Let go what was held back by limits that are set no longer."""
        async with self._pool.connection() as conn:
            await self._limits.release(conn)

    async def due_accounts(self) -> list[int]:
        """Accounts with something to send now, by their own clocks."""
        async with self._pool.connection() as conn:
            moments = [moment for prompt in self._kinds for moment in await self._limits.paying(conn, prompt=prompt)]
            rows = await db.rows(conn, _DUE.format(urgency=self._urgency), {"now": clock.utcnow(), "held": moments})
        # a bucket that is empty is looked at again soon
        self.holding = bool(self._limits) and (
            any(row[1] for row in rows) or len(moments) < self._limits.count(self._kinds)
        )
        return [row[0] for row in rows]

    @property
    def _kinds(self) -> Sequence[bool]:
        """Of what this urgency takes: whether somebody waits for it."""
        return {Urgency.PROMPT: (True,), Urgency.BULK: (False,)}.get(self._urgency, (True, False))

    async def _locked(self, conn: db.Connection, account_id: int) -> bool:
        """What is waited for waits for its turn; a campaign is taken on by whoever has it."""
        query = _LOCK if self._urgency is Urgency.PROMPT else _TRY_LOCK
        row = await db.row(conn, query, (locks.GATE, account_id))
        return bool(row and row[0])

    async def _claim(self, conn: db.Connection, account: Account) -> list[Candidate]:
        """First what limits held back, as much of it as they pay for now."""
        rows: list[dict[str, Any]] = []
        for prompt in self._kinds:
            for moment, number in (await self._limits.paying(conn, prompt=prompt)).items():
                limit = min(number, BATCH - len(rows))
                rows += await self._claimed(conn, account.account_id, "=", moment, limit) if limit else []
        rows += await self._claimed(conn, account.account_id, "<=", account.now(), BATCH - len(rows))
        return [Candidate(**{**row, "options": _options.decode(row["options"])}) for row in rows]

    async def _claimed(
        self, conn: db.Connection, account_id: int, due: LiteralString, moment: datetime, limit: int
    ) -> list[dict[str, Any]]:
        return await db.dicts(conn, _CLAIM.format(due=due, urgency=self._urgency), (account_id, moment, limit))

    async def _paid(
        self, conn: db.Connection, account_id: int, candidates: Sequence[Candidate], passed: Sequence[gate.Passed]
    ) -> Sequence[gate.Passed]:
        """Those that the limits on mail let go now; the others are held back."""
        if not self._limits:
            return passed
        mail = {
            candidate.id: candidate.source != "campaign" for candidate in candidates if candidate.channel == "email"
        }
        addressed = [message for message in passed if message.id in mail]
        held = await self._limits.pay(conn, account_id, addressed, {id for id, prompt in mail.items() if prompt})
        self.holding |= bool(held)
        return [message for message in passed if message.id not in held]

    async def _take(self, conn: db.Connection, account: Account, passed: Sequence[gate.Passed]) -> list[Composed]:
        if not passed:
            return []
        now = account.now()
        parameters = {
            "account": account.account_id,
            "worker": self._presence.name,
            "now": now,
            "stamp": now.isoformat(),
            "organization": await compose.store_organization(conn, account),
            "ids": db.array([passed_message.id for passed_message in passed]),
            "addresses": db.array([passed_message.address for passed_message in passed]),
            "profiles": db.array([passed_message.profile_id for passed_message in passed]),
        }
        messages = [_message(row) for row in await db.dicts(conn, _TAKE, parameters)]
        return [
            await compose.composed(conn, self._contents, account.account_id, message, self._urls(account, message))
            for message in messages
        ]

    def _urls(self, account: Account, message: Message) -> RecipientUrls:
        return compose.urls_of(self._settings, account.account_id, message.id, message.untracked)


async def skip(conn: db.Connection, account_id: int, reasons: dict[int, str]) -> None:
    """Mark messages as not sent, each with its reason (behaviour-messaging 1.16)."""
    if reasons:
        await db.execute(conn, _SKIP, (list(reasons), list(reasons.values()), account_id))


async def _without_paused(conn: db.Connection, account_id: int, due: Sequence[Candidate]) -> list[Candidate]:
    """Those of messages that are not paused; the others are put off."""
    held = await pauses.paused(conn, account_id, {candidate.message_id for candidate in due})
    await pauses.put_off(conn, account_id, [candidate.id for candidate in due if candidate.message_id in held])
    return [candidate for candidate in due if candidate.message_id not in held]


_options = msgspec.json.Decoder(Options)
_context = msgspec.json.Decoder(dict[str, Any])


def _message(row: dict[str, Any]) -> Message:
    row |= {"context": _context.decode(row["context"]), "options": _options.decode(row["options"])}
    return Message(**row)
