"""The report: what was played, by step, with a few people as examples and the e-mails they would have had."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rapport.accounts.types import Account
from rapport.flows.gate import FAILS_FLOW
from rapport.flows.plan import Action
from rapport.flows.rehearsal.casting import Cast
from rapport.flows.rehearsal.playing import Played, Still, Visit, Walk
from rapport.flows.rehearsal.stage import FIRST_ID, Stage
from rapport.flows.rehearsal.types import RehearsalExample, RehearsedStep
from rapport.kit import db
from rapport.messages import compose
from rapport.messages.outbox import NOT_YET
from rapport.previews import service as previews
from rapport.previews import sources
from rapport.previews.sources import Seer, Written
from rapport.profiles.tables import profiles
from rapport.templates.language import TemplateError

EXAMPLES = 5
# Of those, so many with the e-mail.
_SHOWN = 3
_MESSAGES = """
    SELECT id, cause, profile_id, status, skip_reason, due, sent, content_id, context, options, variation_id
    FROM past_messages WHERE account_id = %s AND id >= %s ORDER BY id"""
_CONTENT = "SELECT body FROM contents WHERE account_id = %s AND id = %s"
_CALLS = "SELECT action_id, enrolment_id, status, answer FROM webhook_calls WHERE account_id = %s"
_PEOPLE = f"""
    SELECT id, ulid, coalesce(email, phone_number, first_name, external_id) FROM {profiles.name}
    WHERE account_id = %s AND id = ANY(%s)"""
_FAILED_CALL = "Unable to Call"


@dataclass(frozen=True)
class Sending:
    """A message of a run at an action. `reason`: why it is not sent; None = it is, or will be."""

    run_id: int
    profile_id: int
    status: str
    reason: str | None
    due: datetime
    sent: datetime | None
    content_id: int
    context: Mapping[str, Any]
    options: Mapping[str, Any]
    variation: str | None

    @property
    def outcome(self) -> str:
        if self.reason is not None:
            return self.reason
        if self.sent is not None:
            return "sent"
        return "for review" if self.due == NOT_YET else "queued"


@dataclass
class Facts:
    """What lies on the stage after the play. `sendings`: by action; `calls`: by action and run, why it fails."""

    sendings: dict[int, list[Sending]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[int, dict[int, str | None]] = field(default_factory=lambda: defaultdict(dict))


async def facts(stage: Stage, account_id: int) -> Facts:
    found = Facts()
    for row in await db.dicts(stage.conn, _MESSAGES, (account_id, FIRST_ID)):
        kind, run, action, *_ = row["cause"].split(":")
        if kind == "flow":
            sending = Sending(
                int(run),
                row["profile_id"],
                row["status"],
                row["skip_reason"],
                row["due"],
                row["sent"],
                row["content_id"],
                row["context"],
                row["options"],
                row["variation_id"],
            )
            found.sendings[int(action)].append(sending)
    for action_id, run_id, status, answer in await db.rows(stage.conn, _CALLS, (account_id,)):
        found.calls[action_id][run_id] = (answer or _FAILED_CALL) if status == "failed" else None
    return found


@dataclass
class Reporter:
    stage: Stage
    account: Account
    cast: Cast
    played: Played
    facts: Facts
    base_url: str
    _people: dict[int, tuple[str, str | None]] = field(default_factory=dict)

    async def steps(self) -> list[RehearsedStep]:
        visits: dict[int, list[tuple[Walk, Visit]]] = defaultdict(list)
        for walk in self.played.walks.values():
            for visit in walk.visits:
                visits[visit.action_id].append((walk, visit))
        return [await self._step(action, visits[action.id]) for action in self.cast.flow.actions.values()]

    async def _step(self, action: Action, visits: Sequence[tuple[Walk, Visit]]) -> RehearsedStep:
        left = [visit for _, visit in visits if visit.left is not None]
        step = RehearsedStep(
            action_id=self.cast.names[action.id],
            type=action.type,
            entered=len(visits),
            passed=len(left),
            waiting=len(visits) - len(left),
            ways=dict(Counter(visit.way or "" for visit in left)) if action.kind.is_split else {},
            done=0,
            queued=0,
            for_review=0,
            skipped={},
            people=[],
        )
        if action.messages:
            await self._sent(action, step)
        elif action.acts:
            self._acted(action, step, visits)
        if not step.people:
            step.people = await self._examples(
                (walk.profile_id, visit.came, _outcome(action, visit)) for walk, visit in visits
            )
        return step

    async def _sent(self, action: Action, step: RehearsedStep) -> None:
        sendings = self.facts.sendings[action.id]
        outcomes = Counter(sending.outcome for sending in sendings)
        step.done, step.queued, step.for_review = outcomes["sent"], outcomes["queued"], outcomes["for review"]
        step.skipped = dict(Counter(sending.reason for sending in sendings if sending.reason is not None))
        if refused := self.played.refused.get(action.id):
            step.skipped[FAILS_FLOW] = step.skipped.get(FAILS_FLOW, 0) + len(refused)
        shown = [sending for sending in sendings if sending.sent is not None][:_SHOWN]
        others = [sending for sending in sendings if sending.reason is not None][: EXAMPLES - len(shown)]
        people = {walk.run_id: walk.profile_id for walk in self.played.walks.values()}
        for sending in (*shown, *others):
            who = (people.get(sending.run_id, sending.profile_id), sending.sent or sending.due, sending.outcome)
            example = (await self._examples([who]))[0]
            if sending.sent is not None:
                example.subject, example.html = await self._rendered(example.profile_id, sending)
            step.people.append(example)

    def _acted(self, action: Action, step: RehearsedStep, visits: Sequence[tuple[Walk, Visit]]) -> None:
        refused = self.played.refused.get(action.id, set())
        step.done = len(visits) - len(refused)
        step.skipped = {FAILS_FLOW: len(refused)} if refused else {}
        if action.type == "send-webhook":
            calls = self.facts.calls[action.id]
            step.done = sum(reason is None for reason in calls.values())
            step.skipped |= Counter(reason for reason in calls.values() if reason is not None)

    async def _examples(self, of: Iterable[tuple[int, datetime, str]]) -> list[RehearsalExample]:
        """The first few people, each once and of each outcome some."""
        chosen: dict[str, dict[int, datetime]] = defaultdict(dict)
        for profile, at, outcome in of:
            if len(chosen[outcome]) < EXAMPLES:
                chosen[outcome].setdefault(profile, at)
        each = max(1, EXAMPLES // max(1, len(chosen)))
        some = [(profile, at, outcome) for outcome, of in chosen.items() for profile, at in list(of.items())[:each]]
        await self._name([profile for profile, _, _ in some])
        return [
            RehearsalExample(*self._person(profile), at, outcome)
            for profile, at, outcome in sorted(some[:EXAMPLES], key=lambda one: one[1])
        ]

    async def _name(self, wanted: Iterable[int]) -> None:
        missing = sorted(set(wanted) - self._people.keys())
        if missing:
            rows = await db.rows(self.stage.conn, _PEOPLE, (self.account.account_id, missing))
            self._people |= {id: (ulid, name) for id, ulid, name in rows}

    def _person(self, profile: int) -> tuple[str | None, str | None]:
        return self._people.get(profile, (None, None))

    async def not_entered(self) -> list[RehearsalExample]:
        return await self._examples(
            (entrant.profile_id, entrant.arrival, reason)
            for reason, entrants in self.played.not_entered.items()
            for entrant in entrants
        )

    async def _rendered(self, ulid: str | None, sending: Sending) -> tuple[str | None, str | None]:
        """Subject and HTML, as they would have been. A template that fails for somebody says so."""
        account = replace(self.account, clock=Still(moment=sending.sent or sending.due))
        content = await db.row(self.stage.conn, _CONTENT, (account.account_id, sending.content_id))
        person = sending.context.get("person")
        if person is None and ulid is not None:
            person = await sources.person(self.stage.conn, account.account_id, ulid)
        if content is None or person is None:
            return None, None
        organization = await compose.shown_organization(self.stage.conn, account)
        seer = Seer(person, sending.context.get("event"), organization)
        is_transactional = bool(sending.options.get("transactional"))
        try:
            mail, _ = await previews.preview(
                account, Written(content[0], True), seer, self.base_url, transactional=is_transactional
            )
        except TemplateError as error:
            return None, f"<p>It could not be filled in for this person: {error}</p>"
        return mail.subject, mail.html


def _outcome(action: Action, visit: Visit) -> str:
    if visit.left is None:
        return "waiting"
    return (visit.way or "no way") if action.kind.is_split else "done"
