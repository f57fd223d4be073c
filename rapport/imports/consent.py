"""Consent of imported people, over the API: granted as history, taken back at once (behaviour-people 2.2, 2.3)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from rapport.imports.deciding import SUBSCRIBED, UNSUBSCRIBED, decide
from rapport.imports.profiles import CHANNELS, Person, Said
from rapport.imports.sending import Api, Unreachable, first_error, problem_of
from rapport.kit import mailboxes

_JOBS = {SUBSCRIBED: "profile-subscription-bulk-create-job", UNSUBSCRIBED: "profile-subscription-bulk-delete-job"}
# People in one call (2.2, 2.3).
_MOST = {SUBSCRIBED: 1000, UNSUBSCRIBED: 100}
_SUPPRESS, _MOST_SUPPRESSED = "profile-suppression-bulk-create-job", 100
_POINTER = re.compile(r"/data/attributes/profiles/data/(\d+)")
Json = dict[str, Any]
Refuse = Callable[[Person, str], None]


@dataclass
class Granted:
    """People, by what became of the consent their rows tell of."""

    subscribed: int = 0
    unsubscribed: int = 0
    suppressed: int = 0
    # said no, or were barred, after the consent in the file
    left: int = 0
    # the server would not have it; the reason stands in the file of refused rows
    refused: int = 0


@dataclass
class _Wanted:
    """Somebody whose consent has to change in one direction; `channels` by name."""

    person: Person
    channels: dict[str, Said] = field(default_factory=dict)


async def apply(
    api: Api, job: str, people: Sequence[Person], started: datetime, source: str, counts: Granted, refuse: Refuse
) -> None:
    """Bring the consent of the people that `job` imported to what their rows say. `started` dates consent without a
    date of its own; `source` is noted with it. Calls `refuse` for whom the server refuses. Raises Unreachable."""
    with_consent = [person for person in people if person.consents]
    if not with_consent:
        return
    known = await _known(api, job)
    for consent in (SUBSCRIBED, UNSUBSCRIBED):
        wanted = [
            wanted_of_person
            for person in with_consent
            if (wanted_of_person := _wanted(person, consent, known, counts)).channels
        ]
        for at in range(0, len(wanted), _MOST[consent]):
            await _send(api, consent, wanted[at : at + _MOST[consent]], started, source, counts, refuse)


async def suppress(api: Api, people: Sequence[Person], counts: Granted) -> None:
    """Bar everybody from e-mail marketing, as by hand (2.4). Raises Unreachable."""
    emails = [str(person.attributes["email"]) for person in people if "email" in person.attributes]
    for at in range(0, len(emails), _MOST_SUPPRESSED):
        profiles = [{"type": "profile", "attributes": {"email": email}} for email in emails[at : at + _MOST_SUPPRESSED]]
        body = {"data": {"type": _SUPPRESS, "attributes": {"profiles": {"data": profiles}}}}
        answer = await api.request("POST", f"/api/{_SUPPRESS}s", json=body)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise Unreachable(problem_of(answer))
        counts.suppressed += int(answer.json()["data"]["attributes"]["completed_count"])


async def _known(api: Api, job: str) -> Mapping[str, Json]:
    """Subscriptions of the people that a job imported, by `_name` of their addresses and numbers."""
    subscriptions_by_name: dict[str, Json] = {}
    shown = "additional-fields[profile]=subscriptions&fields[profile]=email,phone_number,subscriptions&page[size]=100"
    url: str | None = f"/api/profile-bulk-import-jobs/{job}/profiles?{shown}"
    while url:
        page = (await api.request("GET", url)).json()
        for row in page["data"]:
            attributes = row["attributes"]
            names = (attributes[name] for name in ("email", "phone_number"))
            subscriptions_by_name |= {_name(name): attributes["subscriptions"] or {} for name in names if name}
        url = page["links"]["next"]
    return subscriptions_by_name


def _name(identifier: str) -> str:
    """One form of all spellings of an address; a number is written in one way only."""
    return mailboxes.identity(identifier)


def _wanted(person: Person, consent: str, known: Mapping[str, Json], counts: Granted) -> _Wanted:
    """The consents that the server doesn't have yet and that weren't withdrawn since."""
    wanted = _Wanted(person)
    for name, stated in person.consents.items():
        if stated.consent != consent:
            continue
        channel, kind, identifier = CHANNELS[name]
        current = known.get(_name(str(person.attributes[identifier])), {}).get(channel, {}).get(kind) or {}
        decision = decide(current, stated)
        counts.left += decision == "left"
        if decision == "change":
            wanted.channels[name] = stated
    return wanted


async def _send(
    api: Api, consent: str, wanted: Sequence[_Wanted], started: datetime, source: str, counts: Granted, refuse: Refuse
) -> None:
    """Send in one call; if the server refuses it without naming a profile, halve until the refused are isolated."""
    left = list(wanted)
    while left:
        answer = await _sent(api, consent, left, started, source)
        if answer.status_code == httpx.codes.ACCEPTED:
            break
        wrong = _named(answer, left)
        if not wrong and len(left) > 1:
            half = len(left) // 2
            for part in (left[:half], left[half:]):
                await _send(api, consent, part, started, source, counts, refuse)
            return
        wrong = wrong or left
        counts.refused += len(wrong)
        for refused in wrong:
            refuse(refused.person, f"consent: {first_error(answer).get('detail') or problem_of(answer)}")
        left = [wanted_person for wanted_person in left if wanted_person not in wrong]
    if consent == SUBSCRIBED:
        counts.subscribed += len(left)
    else:
        counts.unsubscribed += len(left)


async def _sent(api: Api, consent: str, wanted: Iterable[_Wanted], started: datetime, source: str) -> httpx.Response:
    kind = _JOBS[consent]
    attributes: Json = {"profiles": {"data": [_profile(wanted_person, consent, started) for wanted_person in wanted]}}
    if consent == SUBSCRIBED:
        attributes |= {"historical_import": True, "custom_source": source}
    body = {"data": {"type": kind, "attributes": attributes}}
    return await api.request("POST", f"/api/{kind}s", json=body)


def _profile(wanted_person: _Wanted, consent: str, started: datetime) -> Json:
    subscriptions: dict[str, Json] = {}
    for name, stated in wanted_person.channels.items():
        channel, kind, _ = CHANNELS[name]
        granted = {"consented_at": stated.at or started.isoformat()} if consent == SUBSCRIBED else {}
        subscriptions.setdefault(channel, {})[kind] = {"consent": consent, **granted}
    named = {CHANNELS[name][2] for name in wanted_person.channels}
    attributes = {name: wanted_person.person.attributes[name] for name in sorted(named)}
    return {"type": "profile", "attributes": {**attributes, "subscriptions": subscriptions}}


def _named(answer: httpx.Response, wanted: Sequence[_Wanted]) -> Sequence[_Wanted]:
    """Whom the error points at, if anybody."""
    match = _POINTER.match((first_error(answer).get("source") or {}).get("pointer") or "")
    return [] if match is None or int(match[1]) >= len(wanted) else [wanted[int(match[1])]]
