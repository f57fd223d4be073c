"""The gate: whether a message may be sent, decided right before delivery. There is no other way to a provider: senders
accept only `Passed`, and only this file can make one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts.types import Account
from rapport.kit import db, mailboxes
from rapport.kit.rooms import Point
from rapport.messages.types import Candidate
from rapport.subscriptions.settings import settings_of

Check = Callable[[db.Connection, Account, Sequence[Candidate]], Awaitable[Mapping[int, str]]]
# What rooms above ask of a message before it goes.
CHECKS: Point[Check] = Point("checks of messages")

# Hours within which a profile gets no second smart-sent message of a channel (behaviour-messaging 1.14).
SMART_SENDING_HOURS = {"email": 16, "sms": 24, "push": 24}
# A transactional message still does not go to those (1.17).
UNDELIVERABLE = frozenset({"HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT"})

# What the rules need to know of each candidate, in one statement. A confirmation goes to an address that has no
# profile yet, or has one that bounced; a notice to the account's own; a test to any. Who left a list gets what was sent
# to it only where another list or segment of the same message speaks for it (behaviour-people 2.6).
_FACTS = """
    SELECT m.id, m.source, p.id IS NOT NULL OR m.source IN ('confirmation', 'notice', 'test') AS exists,
        p.phone_number,
        CASE WHEN m.source = 'test' OR m.source = 'notice' AND m.context ? 'to' THEN m.context ->> 'to'
             WHEN m.source IN ('confirmation', 'notice') THEN m.context #>> '{event,email}'
             ELSE p.email END AS email,
        ARRAY(SELECT s.reason FROM suppressions s
              WHERE s.account_id = %(account)s AND s.profile_id = p.id) AS suppressions,
        (SELECT c.status FROM consents c WHERE c.account_id = %(account)s AND c.profile_id = m.profile_id
            AND c.channel = CASE WHEN m.channel IN ('sms', 'whatsapp') AND m.options @> '{"transactional": true}'
                                 THEN m.channel || '_transactional' ELSE m.channel END) AS consent,
        NOT m.options ? 'still_in'
            OR EXISTS (SELECT FROM list_members l WHERE l.account_id = %(account)s AND l.profile_id = m.profile_id
                       AND m.options -> 'still_in' ? ('list:' || l.list_id))
            OR EXISTS (SELECT FROM segment_members g WHERE g.account_id = %(account)s AND g.profile_id = m.profile_id
                       AND m.options -> 'still_in' ? ('segment:' || g.segment_id)) AS still_in,
        (SELECT max(e.sent) FROM messages e WHERE e.account_id = %(account)s AND e.profile_id = m.profile_id
            AND e.channel = m.channel AND e.sent > %(now)s - %(longest)s::interval AND e.id <> m.id
            AND NOT e.options @> '{"transactional": true}'
            AND (e.channel <> 'sms' OR e.source = m.source)) AS last_sent,
        CASE WHEN m.channel = 'push' THEN (SELECT t.token FROM push_tokens t WHERE t.account_id = %(account)s
            AND t.profile_id = m.profile_id AND t.enablement_status IN ('AUTHORIZED', 'PROVISIONAL')
            ORDER BY t.recorded DESC LIMIT 1) END AS device,
        EXISTS (SELECT FROM messages d WHERE d.account_id = %(account)s AND d.message_id = m.message_id
            AND lower(d.to_address) = lower(p.email) AND d.source = 'campaign' AND m.source = 'campaign'
            AND d.id <> m.id AND d.status NOT IN ('queued', 'skipped')) AS duplicate,
        EXISTS (SELECT FROM list_suppressions x JOIN lists y ON y.account_id = x.account_id AND y.id = x.list_id
                WHERE x.account_id = %(account)s AND x.profile_id = m.profile_id
                AND m.options -> 'groups' ? y.public_id)
            AND NOT EXISTS (SELECT FROM list_members l JOIN lists y ON y.account_id = l.account_id AND y.id = l.list_id
                WHERE l.account_id = %(account)s AND l.profile_id = m.profile_id
                AND m.options -> 'groups' ? y.public_id AND NOT EXISTS (SELECT FROM list_suppressions x
                    WHERE x.account_id = %(account)s AND x.profile_id = m.profile_id AND x.list_id = l.list_id))
            AND NOT EXISTS (SELECT FROM segment_members g JOIN segments s ON s.account_id = g.account_id
                AND s.id = g.segment_id WHERE g.account_id = %(account)s AND g.profile_id = m.profile_id
                AND m.options -> 'groups' ? s.public_id) AS left_list
    FROM messages m LEFT JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
    WHERE m.account_id = %(account)s AND m.id = ANY(%(ids)s)"""

# Why nothing is sent to whoever has one of these addresses (normalised).
_SUPPRESSED = """
    SELECT i.value, s.reason FROM profile_identifiers i
    JOIN suppressions s ON s.account_id = i.account_id AND s.profile_id = i.profile_id
    WHERE i.account_id = %(account)s AND i.kind = 2 AND i.value = ANY(%(emails)s)
    UNION ALL
    SELECT i.value, c.status FROM profile_identifiers i
    JOIN consents c ON c.account_id = i.account_id AND c.profile_id = i.profile_id AND c.channel = 'email'
    WHERE i.account_id = %(account)s AND i.kind = 2 AND i.value = ANY(%(emails)s) AND c.status = 'UNSUBSCRIBED'"""
# What is sent to an address, whoever has it.
_ADDRESSED = ("confirmation", "notice", "test")
# Which of these messages went out already to one of the addresses given for each.
_DUPLICATES = """
    SELECT DISTINCT m.id FROM unnest(%(ids)s::bigint[], %(addresses)s::text[]) AS given (id, address)
    JOIN messages m ON m.account_id = %(account)s AND m.id = given.id AND m.source = 'campaign'
    JOIN messages d ON d.account_id = %(account)s AND d.message_id = m.message_id
        AND lower(d.to_address) = given.address AND d.source = 'campaign'
        AND d.id <> m.id AND d.status NOT IN ('queued', 'skipped')"""

_SEAL = object()


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that may be sent now, to this address. Only the gate makes one."""

    id: int
    profile_id: int
    address: str
    seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("only the gate lets messages pass")


@dataclass
class Verdicts:
    """The result for a batch: the messages that passed, and the reason for each other (names of 1.16)."""

    passed: list[Passed] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)


@dataclass
class _Round:
    """One batch at the gate: facts from the database, and what the batch itself already lets out."""

    account: Account
    now: datetime
    facts: Mapping[int, Mapping[str, Any]]
    checked: Mapping[int, str]
    # nothing goes to whom did not subscribe (`ConsentSettings.subscribed_only`)
    subscribed_only: bool = False
    # timers and addresses of messages let out by this very batch
    started: set[tuple[int, str, str]] = field(default_factory=set)
    addresses: set[tuple[str, str]] = field(default_factory=set)


async def judge(
    conn: db.Connection, account: Account, candidates: Sequence[Candidate], checks: Sequence[Check] = ()
) -> Verdicts:
    """Decide for each candidate, in order: passed, or skipped with a reason. The caller holds the rows and the
    account's delivery lock.

    The lock matters: two batches judged at one time could both let a message of the same profile pass.
    """
    facts = await _facts(conn, account, candidates)
    judged = _Round(account, account.now(), facts, {}, settings_of(account).subscribed_only)
    judged.checked = await _checked(conn, account, candidates, checks)
    verdicts = Verdicts()
    for candidate in candidates:
        reason = _reason(candidate, judged)
        if reason is None:
            verdicts.passed.append(Passed(candidate.id, candidate.profile_id, _let_out(candidate, judged), _SEAL))
        else:
            verdicts.skipped[candidate.id] = reason
    return verdicts


async def _facts(
    conn: db.Connection, account: Account, candidates: Sequence[Candidate]
) -> dict[int, Mapping[str, Any]]:
    parameters = {
        "account": account.account_id,
        "ids": [candidate.id for candidate in candidates],
        "now": account.now(),
        "longest": timedelta(hours=max(window_hours(account, candidate.channel) for candidate in candidates)),
    }
    facts = {row["id"]: row for row in await db.dicts(conn, _FACTS, parameters)}
    await _look_up_suppressed(conn, account.account_id, list(facts.values()))
    await _look_up_duplicates(conn, account.account_id, list(facts.values()))
    return dict(facts)


async def _look_up_suppressed(conn: db.Connection, account_id: int, facts: Sequence[dict[str, Any]]) -> None:
    """Suppressed addresses."""
    addressed = [row for row in facts if row["source"] in _ADDRESSED and row["email"]]
    if addressed:
        reasons = await refused_addresses(conn, account_id, [row["email"] for row in addressed])
        for row in addressed:
            row["suppressions"] = reasons.get(row["email"], [])


async def refused_addresses(conn: db.Connection, account_id: int, addresses: Sequence[str]) -> dict[str, list[str]]:
    """Why nothing, or nothing but what was asked for, is sent to an address: reasons of suppressions and UNSUBSCRIBED,
    by those of the addresses that have any."""
    names = {address: mailboxes.identity(address) for address in addresses}
    reasons: dict[str, list[str]] = {}
    for email, reason in await db.rows(conn, _SUPPRESSED, {"account": account_id, "emails": list(set(names.values()))}):
        reasons.setdefault(email, []).append(reason)
    return {address: reasons[name] for address, name in names.items() if name in reasons}


async def _look_up_duplicates(conn: db.Connection, account_id: int, facts: Sequence[dict[str, Any]]) -> None:
    """Addresses already sent to. SQL compares without regard to case; the few addresses with several spellings are
    looked up here."""
    addressed = [row for row in facts if row["source"] == "campaign" and row["email"]]
    spelled = [(row["id"], form) for row in addressed for form in mailboxes.spellings(row["email"])[1:]]
    if spelled:
        ids, addresses = zip(*spelled, strict=True)
        parameters = {"account": account_id, "ids": list(ids), "addresses": list(addresses)}
        duplicates = {row[0] for row in await db.rows(conn, _DUPLICATES, parameters)}
        for row in addressed:
            row["duplicate"] = row["duplicate"] or row["id"] in duplicates


async def _checked(
    conn: db.Connection, account: Account, candidates: Sequence[Candidate], checks: Sequence[Check]
) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for check in checks:
        reasons = {**await check(conn, account, candidates), **reasons}
    return reasons


def _reason(candidate: Candidate, judged: _Round) -> str | None:
    """The first rule that forbids sending, in the order of 4.1: audience, smart sending, filters, consent."""
    facts = judged.facts[candidate.id]
    if not facts["exists"]:
        return "Person Deleted"
    if not facts["still_in"]:
        return "Person No Longer in List"
    if _sent_lately(candidate, judged):
        return "Smart Sending"
    if candidate.id in judged.checked:
        return judged.checked[candidate.id]
    return (
        _CHANNELS[candidate.channel](candidate, facts) or _unasked(candidate, judged) or _duplicate(candidate, judged)
    )


def _unasked(candidate: Candidate, judged: _Round) -> str | None:
    """Marketing mail to somebody who never subscribed, where the account writes to subscribers alone."""
    if not judged.subscribed_only or candidate.channel != "email" or candidate.options.transactional:
        return None
    return None if judged.facts[candidate.id]["consent"] == "SUBSCRIBED" else "Missing Email Consent"


def _sent_lately(candidate: Candidate, judged: _Round) -> bool:
    if candidate.options.transactional or not candidate.options.smart_sending:
        return False
    if _timer(candidate) in judged.started:
        return True
    last = judged.facts[candidate.id]["last_sent"]
    return last is not None and last > judged.now - timedelta(hours=window_hours(judged.account, candidate.channel))


def window_hours(account: Account, channel: str) -> float:
    configured = account.settings.get("smart_sending_hours") or {}
    return float(configured.get(channel, SMART_SENDING_HOURS.get(channel, 24)))


def _timer(candidate: Candidate) -> tuple[int, str, str]:
    """Texts of campaigns and of flows have timers of their own (1.14)."""
    return (candidate.profile_id, candidate.channel, candidate.source if candidate.channel == "sms" else "")


def _duplicate(candidate: Candidate, judged: _Round) -> str | None:
    if candidate.channel != "email" or candidate.source != "campaign":
        return None
    facts = judged.facts[candidate.id]
    seen = facts["duplicate"] or (candidate.message_id, mailboxes.identity(facts["email"])) in judged.addresses
    return "Duplicate email" if seen else None


_ADDRESSES = {"email": "email", "sms": "phone_number", "whatsapp": "phone_number", "push": "device"}


def _let_out(candidate: Candidate, judged: _Round) -> str:
    """Note what later candidates must respect (smart sending, duplicate addresses). Returns the address to send to."""
    facts = judged.facts[candidate.id]
    if not candidate.options.transactional:
        judged.started.add(_timer(candidate))
    address: str = facts[_ADDRESSES[candidate.channel]]
    judged.addresses.add((candidate.message_id, mailboxes.identity(address)))
    return address


def _email(candidate: Candidate, facts: Mapping[str, Any]) -> str | None:
    """4.1: no consent is needed for e-mail, but no refusal either."""
    if not facts["email"]:
        return "Missing Email"
    suppressions = set(facts["suppressions"])
    if candidate.source == "test":
        return "Person Suppressed" if suppressions else None
    if candidate.options.transactional:
        return "Person Suppressed" if suppressions & UNDELIVERABLE else None
    refused = suppressions or facts["consent"] == "UNSUBSCRIBED" or facts["left_list"]
    return "Person Suppressed" if refused else None


def _sms(candidate: Candidate, facts: Mapping[str, Any]) -> str | None:
    """4.1: texts need explicit consent."""
    if not facts["phone_number"]:
        return "Missing Phone Number"
    return None if facts["consent"] == "SUBSCRIBED" else "Missing SMS Consent"


def _whatsapp(candidate: Candidate, facts: Mapping[str, Any]) -> str | None:
    """4.1: each kind of message needs its own consent."""
    if not facts["phone_number"]:
        return "Missing Phone Number"
    return None if facts["consent"] == "SUBSCRIBED" else "Missing WhatsApp Consent"


def _push(candidate: Candidate, facts: Mapping[str, Any]) -> str | None:
    """4.1: to a device that allows it; consent lives with its token (behaviour-people 2.11)."""
    return None if facts["consent"] == "SUBSCRIBED" and facts["device"] else "Missing Push Consent"


_CHANNELS: Mapping[str, Callable[[Candidate, Mapping[str, Any]], str | None]] = {
    "email": _email,
    "sms": _sms,
    "whatsapp": _whatsapp,
    "push": _push,
}
