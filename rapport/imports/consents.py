"""Consent of the people of a chunk: what the file's columns say of each, or what was said of all of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from rapport.accounts.types import Account
from rapport.imports.deciding import SUBSCRIBED, UNSUBSCRIBED, decide
from rapport.imports.profiles import CHANNELS, Person, Said
from rapport.imports.types import ConsentOf, Counts, Options
from rapport.kit import db
from rapport.profiles.consent import EMAIL, SMS, SMS_TRANSACTIONAL, subscriptions_of
from rapport.subscriptions import service
from rapport.subscriptions.service import Grant, How

# The channel of the room `subscriptions` that each target of consent is about.
_CHANNEL_OF = {"email_consent": EMAIL, "sms_consent": SMS, "sms_transactional_consent": SMS_TRANSACTIONAL}
_TARGET_OF = {"email": "email_consent", "sms": "sms_consent"}
_METHOD = "API"
# Consent without a date is dated now, and now has to lie in the past.
_A_MOMENT = timedelta(seconds=5)


def said_of(person: Person, consent: ConsentOf) -> Mapping[str, Said]:
    """What is said of one person, by target; of channels for which there is an address or number."""
    if consent.status in ("unchanged", "suppressed"):
        return {}
    if consent.status == "from_columns":
        return person.consents
    word = SUBSCRIBED if consent.status == "subscribed" else UNSUBSCRIBED
    at = None if consent.consented_at is None or word == UNSUBSCRIBED else consent.consented_at.isoformat()
    targets = [_TARGET_OF[channel] for channel in consent.channels]
    return {target: Said(word, at) for target in targets if CHANNELS[target][2] in person.attributes}


def rehearse(people: Iterable[Person], options: Options, counts: Counts) -> None:
    """Count what the file says; some of it may hold already, or may have been taken back since."""
    for person in people:
        words = {said.consent for said in said_of(person, options.consent).values()}
        counts.subscribed += SUBSCRIBED in words
        counts.unsubscribed += UNSUBSCRIBED in words
        counts.suppressed += options.consent.status == "suppressed" and "email" in person.attributes


async def apply(
    conn: db.Connection, account: Account, people: Mapping[int, Person], options: Options, counts: Counts, source: str
) -> None:
    """Bring the consent of these profiles to what is said of them, in the open transaction. Nobody is written to, and
    no flow begins: it is history."""
    if options.consent.status == "suppressed":
        barred = [profile for profile, person in people.items() if "email" in person.attributes]
        counts.suppressed += len(await service.suppress(conn, account, barred)) if barred else 0
        return
    said = {profile: of for profile, person in people.items() if (of := said_of(person, options.consent))}
    if not said:
        return
    grants, withdrawn = await _changes(conn, account, said, counts)
    if grants:
        how = How(_METHOD, custom=(options.consent.source or "").strip() or source, double_optin=False)
        fresh = await service.subscribe(conn, account, grants, how, quiet=True)
        counts.subscribed += len({profile for profile, _ in fresh.grants})
    for channel, profiles in withdrawn.items():
        done = await service.unsubscribe(conn, account, profiles, How(_METHOD), channels=(channel,))
        counts.unsubscribed += len(done)


async def _changes(
    conn: db.Connection, account: Account, said: Mapping[int, Mapping[str, Said]], counts: Counts
) -> tuple[list[Grant], dict[str, list[int]]]:
    """Consents that are new, and per channel the profiles that leave it."""
    known = await subscriptions_of(conn, account.account_id, said)
    grants: list[Grant] = []
    withdrawn: dict[str, list[int]] = {}
    now = account.now() - _A_MOMENT
    for profile, of_profile in said.items():
        for target, stated in of_profile.items():
            channel, kind, _ = CHANNELS[target]
            decision = decide(known[profile][channel][kind], stated)
            counts.left += decision == "left"
            if decision != "change":
                continue
            if stated.consent == SUBSCRIBED:
                grants.append(Grant(profile, _CHANNEL_OF[target], _dated(stated, now)))
            else:
                withdrawn.setdefault(_CHANNEL_OF[target], []).append(profile)
    return grants, withdrawn


def _dated(stated: Said, now: datetime) -> datetime:
    """A date that lies ahead is taken for now."""
    return now if stated.at is None else min(datetime.fromisoformat(stated.at), now)
