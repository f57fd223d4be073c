"""The whole of an account computed another way: to the people of `model`, what they allow, what bars them, which lists
they are on, and merging and deleting them."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.profiles.model import KINDS, Json, Model, Person, Refused, _say

TEXTS = ("sms", "sms_transactional")
SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"
# What a new subscription to e-mail lifts (2.5).
LIFTED = {"UNSUBSCRIBE", "USER_SUPPRESSED"}
_TOLD = {"email": "Email Marketing", "sms": "SMS Marketing"}


@dataclass
class Somebody(Person):
    """Consents by channel as (status, when it last changed), in steps."""

    consents: dict[str, tuple[str, int]] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    # names of the platform's metrics; how often is left open, because two within a second are one
    told: set[str] = field(default_factory=set)
    # who they were folded into
    became: "Somebody | None" = None

    def now(self) -> "Somebody":
        """Themselves, or who they are by now."""
        return self.became.now() if self.became else self

    def shown(self) -> Any:
        statuses = {channel: status for channel, (status, _) in self.consents.items()}
        told, barred, lists, left = (sorted(one) for one in (self.told, self.barred, self.lists, self.left))
        return [*super().shown(), statuses, barred, lists, left, told]

    def drop_texts(self) -> None:
        """Consent to texts belongs to the number (2.10)."""
        for channel in TEXTS:
            self.consents.pop(channel, None)


class Whole(Model):
    """An account with its lists. Each verb is all or nothing."""

    people: list[Somebody]  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self._steps = count(1)

    def named(self, kind: str, value: str) -> Somebody | None:
        return self.owner(kind, value)  # type: ignore[return-value]

    def import_row(self, ids: Json, said: Json, group: str | None) -> bool:
        """A row of a bulk import: null says nothing, an identifier of somebody else is an error of the row (1.3)."""
        kept = {name: value for name, value in said.items() if value is not None}
        if "properties" in kept:
            kept["properties"] = {key: value for key, value in kept["properties"].items() if value is not None}
        try:
            self.import_(ids, kept)
        except Refused:
            return False
        person = next(filter(None, (self.named(*one) for one in ids.items())))
        person.lists |= {group} if group else set()
        return True

    def subscribe(self, ids: Json, channels: list[str], group: str | None) -> None:
        """2.2, 2.7, 2.11: marketing by text implies transactional; a list named is told of when it is new."""
        person = self._write(None, ids, {})
        lifted = person.barred & LIFTED if "email" in channels else set()
        back = group in person.left and "email" in channels
        for channel in channels:
            if person.consents.get(channel, ("", 0))[0] != SUBSCRIBED or (channel == "email" and lifted):
                person.told.add(f"Subscribed to {_TOLD[channel]}")
        for channel in (*channels, *(["sms_transactional"] if "sms" in channels else [])):
            person.consents[channel] = (SUBSCRIBED, next(self._steps))
        person.barred -= lifted
        if group and (group not in person.lists or lifted or back):
            person.told.add("Subscribed to List")
        if group:
            person.lists.add(group)
        if group and "email" in channels:
            person.left.discard(group)

    def unsubscribe(self, ids: Json, channels: list[str], group: str | None) -> None:
        """From the list for its members, else altogether (2.3). Leaving either kind of text leaves both (2.11)."""
        person = self._write(None, ids, {})
        altogether = set(channels)
        if group and group in person.lists and "email" in channels:
            person.lists.discard(group)
            person.left.add(group)
            person.told.add("Unsubscribed from List")
            altogether.discard("email")
        for channel in sorted(altogether | ({*TEXTS} if "sms" in altogether else set())):
            if person.consents.get(channel, ("", 0))[0] != UNSUBSCRIBED:
                person.consents[channel] = (UNSUBSCRIBED, next(self._steps))
                if channel in _TOLD:
                    person.told.add(f"Unsubscribed from {_TOLD[channel]}")
        if "email" in altogether:
            person.barred.add("UNSUBSCRIBE")

    def suppress(self, email: str) -> None:
        """Who is not there yet is made (2.4)."""
        person = self._write(None, {"email": email}, {})
        if "USER_SUPPRESSED" not in person.barred:
            person.barred.add("USER_SUPPRESSED")
            person.told.add("Manually Suppressed from Email Marketing")

    def unsuppress(self, email: str) -> None:
        person = self.named("email", email)
        if person is not None and "USER_SUPPRESSED" in person.barred:
            person.barred.discard("USER_SUPPRESSED")
            person.told.add("Manually Unsuppressed from Email Marketing")

    def merge(self, source: Somebody, into: Somebody) -> None:
        """Of who was folded by something that was accepted before, the one that is left is meant."""
        source, into = source.now(), into.now()
        if source is not into:
            self._fold(source, into)

    def delete(self, person: Somebody) -> None:
        self.people = [one for one in self.people if one is not person]

    def _new(self) -> Somebody:
        return Somebody()

    def _write(self, person: Person | None, ids: Json, said: Json) -> Somebody:
        given = [(kind, ids[kind]) for kind in KINDS if kind in ids]
        found: Any = person or self._meant(given)
        if found is None:
            found = self._new()
            self.people.append(found)
        for kind, value in given:
            self._claim(found, kind, value)
        if "phone_number" in said:
            found.drop_texts()
        _say(found, said)
        return found  # type: ignore[no-any-return]

    def _claim(self, person: Person, kind: str, value: str) -> None:
        """A number that takes the place of another leaves the other's consent behind (1.5)."""
        assert isinstance(person, Somebody)
        before = person.ids.get(kind)
        holder = self.owner(kind, value)
        theirs = holder is not None and any(holder.ids.get(higher) for higher in KINDS[: KINDS.index(kind)])
        if kind == "phone_number" and before not in (None, value) and not theirs:
            person.drop_texts()
        super()._claim(person, kind, value)

    def _fold(self, source: Person, into: Person) -> None:
        """1.6: the newer consent stays, and the source's on a tie; bars and lists of both."""
        assert isinstance(source, Somebody) and isinstance(into, Somebody)
        phones = source.ids.get("phone_number"), into.ids.get("phone_number")
        if all(phones) and phones[0] != phones[1]:
            source.drop_texts()
        super()._fold(source, into)
        for channel, theirs in source.consents.items():
            own = into.consents.get(channel)
            if own is None or (theirs[0] != own[0] and theirs[1] >= own[1]):
                into.consents[channel] = theirs
        into.barred |= source.barred
        into.lists |= source.lists
        into.left |= source.left
        into.told |= source.told | {"Merged Profile"}
        source.became = into
