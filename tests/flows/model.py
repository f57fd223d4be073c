"""What flows do, told again by a plain interpreter: one person at a time, one step at a time, all in memory. It reads a
definition as it is sent, and shares no code with what it is compared with."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ACTING = ("live", "manual")
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
MAILS = ("send-email", "ab-test")
DELAYS = ("time-delay", "target-date", "countdown-delay")
# Who gets alerts and has said yes to them; others have not.
CONFIRMED = ("boss@example.com", "chief@example.com")
SPLITS = ("conditional-split", "trigger-split", "multi-branch-split")


@dataclass
class Someone:
    name: str
    zone: str = "UTC"
    properties: dict[str, Any] = field(default_factory=dict)
    member: bool = False
    # times of orders
    orders: list[datetime] = field(default_factory=list)
    # lists they were put on by a flow
    marks: set[str] = field(default_factory=set)


@dataclass
class Mail:
    who: str
    action: str
    due: datetime
    outcome: str


@dataclass
class Walk:
    """One way through the flow. `due`: when it comes to `at`, or leaves it where it `waits`; `at` None: it is over."""

    who: Someone
    entered: datetime
    since: datetime
    at: str | None
    due: datetime
    event: Mapping[str, Any] | None
    waits: bool = False
    # the date that a flow of dates is about
    anchor: date | None = None


class Interpreter:
    """`sent`: the definition, with temporary ids; the list is called LIST, the segment SEGMENT, the metrics TRIGGER and
    ORDER. In the segment is whoever's tier is gold."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self.trigger = sent["triggers"][0]
        self.filter = sent["profile_filter"]
        self.entry = sent["entry_action_id"]
        self.again = sent["reentry_criteria"]
        self.actions = {action["temporary_id"]: action for action in sent["actions"]}
        self.target = next((name for name, each in self.actions.items() if each["type"] == "target-date"), None)
        self.behind_target = self._behind(self.target)
        # until when dates have come
        self.time: datetime | None = None
        self.people: dict[str, Someone] = {}
        self.walks: list[Walk] = []
        self.mails: list[Mail] = []
        # who, and the body
        self.calls: list[tuple[str, str]] = []

    # ---- what happens

    def joins(self, who: str, now: datetime) -> None:
        someone = self.people[who]
        was_member, someone.member = someone.member, True
        if self.trigger["type"] == "list" and not was_member:
            self._enter(someone, now, now, now.replace(microsecond=0), None)
        self.passes(now)

    def leaves(self, who: str) -> None:
        self.people[who].member = False

    def sets(self, who: str, key: str, value: str | None, now: datetime) -> None:
        someone = self.people[who]
        was_member = _in_segment(someone)
        someone.properties.pop(key, None)
        if value is not None:
            someone.properties[key] = value
        if self.trigger["type"] == "segment" and _in_segment(someone) and not was_member:
            self._enter(someone, now, now, now.replace(microsecond=0), None)
        self.passes(now)

    def orders(self, who: str, now: datetime) -> None:
        self.people[who].orders.append(now.replace(microsecond=0))

    def does(self, who: str, event: Mapping[str, Any], when: datetime, now: datetime) -> None:
        if self.trigger["type"] == "metric" and now - when < self._oldest() and self._fits(event):
            moment = when.replace(microsecond=0)
            self._enter(self.people[who], now, moment, moment + timedelta(seconds=1), event)
        self.passes(now)

    def passes(self, now: datetime) -> None:
        """Time has come to `now`."""
        if self.trigger["type"] == "date":
            self._dates_come(self.time or now, now)
            self.time = now
        for walk in self.walks:
            while walk.at is not None and walk.due <= now:
                self._step(walk, now)
                if walk.waits and walk.due > now:
                    break

    # ---- dates

    def _dates_come(self, after: datetime, now: datetime) -> None:
        """Those whose time to begin is later than `after` and not later than `now`, the first one first."""
        coming = []
        for someone in self.people.values():
            day = someone.properties.get("Day")
            stored = date.fromisoformat(day) if day else None
            for number in range(20) if stored else ():
                anchor = _occurrence(stored, self.trigger["recurrence_frequency"], number)
                begins = self._begins(someone, anchor) if anchor else None
                if begins is not None and after < begins <= now:
                    coming.append((begins, someone.name, anchor))
        for begins, name, anchor in sorted(coming):
            same = [walk for walk in self.walks if walk.who.name == name and walk.anchor == anchor]
            if not same:
                self._enter(self.people[name], begins, begins, begins.replace(microsecond=0), None, anchor)

    def _begins(self, someone: Someone, anchor: date) -> datetime:
        trigger = self.trigger
        day = _before(anchor, trigger["timedelta_unit_before_date"], trigger["timedelta_value_before_date"])
        return self._moment(someone, day, trigger["trigger_time"], trigger["trigger_days"], trigger["timezone"])

    def _moment(self, someone: Someone, day: date, at: str, weekdays: Any, zone: str) -> datetime:
        while weekdays and DAYS[day.weekday()] not in weekdays:
            day += timedelta(days=1)
        local = ZoneInfo(someone.zone if zone == "profile" else zone)
        return datetime.combine(day, time.fromisoformat(at), local).astimezone(UTC)

    def _behind(self, name: str | None) -> set[str]:
        """An action and all that it leads to."""
        if name is None:
            return set()
        return {name}.union(*(self._behind(way) for way in _ways(self.actions[name])))

    def _onward(self, name: str, way: str | None) -> str | None:
        """What ends before the target date goes on there."""
        return way if way is not None or name in self.behind_target else self.target

    # ---- entering

    def _oldest(self) -> timedelta:
        first, least = self.actions.get(self.entry or ""), timedelta(hours=4)
        if first is not None and first["type"] == "time-delay":
            return max(least, timedelta(**{first["data"]["unit"]: first["data"]["value"]}))
        return least

    def _fits(self, event: Mapping[str, Any]) -> bool:
        return _all(self.trigger["trigger_filter"], lambda condition: _of_event(condition, event))

    def _enter(
        self,
        someone: Someone,
        now: datetime,
        arrival: datetime,
        since: datetime,
        event: Mapping[str, Any] | None,
        anchor: date | None = None,
    ) -> None:
        if self.entry is None or not any(_status(action) in ACTING for action in self.actions.values()):
            return
        walk = Walk(someone, now, since, self.entry, arrival, event, anchor=anchor)
        if self._meets(self.filter, walk) and self._may_enter(someone, now):
            self.walks.append(walk)

    def _may_enter(self, someone: Someone, now: datetime) -> bool:
        earlier = [walk.entered for walk in self.walks if walk.who is someone]
        if self.again is None:
            return self.trigger["type"] in ("metric", "date") or not earlier
        if self.again["unit"] == "alltime":
            return not self.again["duration"] or not earlier
        pause = SPANS[self.again["unit"]] * self.again["duration"]
        return not pause or all(time <= now - pause for time in earlier)

    # ---- walking

    def _step(self, walk: Walk, now: datetime) -> None:
        action = self.actions[walk.at or ""]
        kind, data = action["type"], action["data"]
        if kind in DELAYS:
            self._wait(walk, action)
        elif kind in SPLITS:
            walk.at = self._onward(action["temporary_id"], self._side(walk, action))
        else:
            status = _status(action)
            if kind in MAILS and status in ACTING:
                message = (data["main_action"]["data"] if kind == "ab-test" else data)["message"]
                outcome = self._outcome(walk, message, status)
                self.mails.append(Mail(walk.who.name, walk.at or "", walk.due, outcome))
            if kind == "send-internal-alert" and status in ACTING and self._meets(self.filter, walk):
                self._alert(walk, data["message"], status)
            elif kind not in MAILS and status == "live" and self._meets(self.filter, walk):
                if kind == "send-webhook":
                    size = str((walk.event or {}).get("Size", ""))
                    self.calls.append((walk.who.name, data["message"]["body"].replace("{{ event.Size }}", size)))
                else:
                    self._change(walk.who, kind, data)
            walk.at = self._onward(action["temporary_id"], action["links"]["next"])

    def _alert(self, walk: Walk, message: Mapping[str, Any], status: str) -> None:
        reached = [address for address in message["to_emails"] if address in CONFIRMED]
        outcomes = ["queued" if status == "manual" else "sent"] * len(reached) or ["No Confirmed Recipients"]
        self.mails += [Mail(walk.who.name, walk.at or "", walk.due, outcome) for outcome in outcomes]

    def _wait(self, walk: Walk, action: Mapping[str, Any]) -> None:
        if walk.waits:
            walk.at, walk.waits = self._onward(action["temporary_id"], action["links"]["next"]), False
        elif not self._leads_on(action):
            walk.at = None
        else:
            walk.due, walk.waits = max(walk.due, self._until(walk, action["type"], action["data"])), True

    def _until(self, walk: Walk, kind: str, data: Mapping[str, Any]) -> datetime:
        if kind == "time-delay":
            return _end(data, walk.due, walk.who.zone)
        assert walk.anchor is not None
        own, zone = self.trigger["trigger_time"], data["timezone"]
        if kind == "target-date":
            wanted = data["target_time"] or own
            return self._moment(walk.who, walk.anchor, wanted, data["target_days"], zone)
        day = _before(walk.anchor, data["unit"], data["value"])
        wanted = data["delay_until_time"] or own
        return self._moment(walk.who, day, wanted, data["delay_until_weekdays"], zone)

    def _leads_on(self, action: Mapping[str, Any]) -> bool:
        for way in _ways(action):
            name = self._onward(action["temporary_id"], way)
            if name is not None:
                following = self.actions[name]
                if _status(following) in ACTING or self._leads_on(following):
                    return True
        return False

    def _side(self, walk: Walk, action: Mapping[str, Any]) -> str | None:
        kind, data = action["type"], action["data"]
        if kind == "multi-branch-split":
            rest = None
            for branch in sorted(data["branches"], key=lambda each: each["order"]):
                if branch["is_else"]:
                    rest = branch["links"]["next"]
                elif self._meets(branch["branch_filter"], walk):
                    found: str | None = branch["links"]["next"]
                    return found
            return rest
        asked = data["profile_filter" if kind == "conditional-split" else "trigger_filter"]
        side: str | None = action["links"]["next_if_true" if self._meets(asked, walk) else "next_if_false"]
        return side

    def _outcome(self, walk: Walk, message: Mapping[str, Any], status: str) -> str:
        if status == "manual":
            return "queued"
        if self.trigger["type"] == "list" and not walk.who.member:
            return "Person No Longer in List"
        if self.trigger["type"] == "segment" and not _in_segment(walk.who):
            return "Person No Longer in List"
        if not self._meets(self.filter, walk):
            return "Fails Flow Filters"
        return "sent" if self._meets(message["additional_filters"], walk) else "Fails Additional Filters"

    def _change(self, who: Someone, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "list-update":
            (who.marks.add if data["on_execution"] else who.marks.discard)(data["list_id"])
            return
        for operation in data["profile_operations"]:
            key = operation["property_key"]
            if operation["operator"] == "delete":
                who.properties.pop(key, None)
            elif operation["property_type"] != "list":
                who.properties[key] = operation["property_value"]
            elif operation["property_operation"] == "remove":
                if isinstance(held := who.properties.get(key), list):
                    who.properties[key] = [item for item in held if item != operation["property_value"]]
            else:
                held = who.properties.get(key)
                items = held if isinstance(held, list) else [] if held is None else [held]
                there = operation["property_value"] in items
                who.properties[key] = items if there else [*items, operation["property_value"]]

    # ---- asking

    def _meets(self, definition: Mapping[str, Any] | None, walk: Walk) -> bool:
        return _all(definition, lambda condition: _of_walk(condition, walk))


def _in_segment(someone: Someone) -> bool:
    return someone.properties.get("tier") == "gold"


def _occurrence(stored: date, frequency: str, number: int) -> date | None:
    """The date when it comes again for this time."""
    if frequency == "weekly":
        return stored + timedelta(weeks=number)
    if frequency == "never":
        return stored if number == 0 else None
    return _months_on(stored, number if frequency == "monthly" else 12 * number)


def _before(day: date, unit: str, value: int) -> date:
    return _months_on(day, -value) if unit == "months" else day - timedelta(**{unit: value})


def _months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last of a month that has no such day."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _status(action: Mapping[str, Any]) -> str:
    return str(action["data"].get("status", ""))


def _ways(action: Mapping[str, Any]) -> list[str | None]:
    if action["type"] == "multi-branch-split":
        return [branch["links"]["next"] for branch in action["data"]["branches"]]
    return list(action["links"].values())


def _all(definition: Mapping[str, Any] | None, holds: Any) -> bool:
    groups = [] if definition is None else definition["condition_groups"]
    return all(any(holds(condition) for condition in group["conditions"]) for group in groups)


def _of_event(condition: Mapping[str, Any], event: Mapping[str, Any] | None) -> bool:
    value = (event or {}).get(condition["field"])
    return _filtered(condition["filter"], value)


def _filtered(filter: Mapping[str, Any], value: Any) -> bool:
    if filter["type"] == "existence":
        return (value is not None) == (filter["operator"] == "is-set")
    if filter["type"] == "numeric":
        return isinstance(value, int) and value > filter["value"]
    return isinstance(value, str) and value == filter["value"]


def _of_walk(condition: Mapping[str, Any], walk: Walk) -> bool:
    kind = condition["type"]
    if kind == "metric-property":
        return _of_event(condition, walk.event)
    if kind == "profile-property":
        return _filtered(condition["filter"], walk.who.properties.get(condition["property"][12:-2]))
    if kind == "profile-group-membership":
        return walk.who.member == condition["is_member"]
    number = sum(time >= walk.since for time in walk.who.orders)
    return number == 0 if condition["measurement_filter"]["operator"] == "equals" else number > 0


def _end(data: Mapping[str, Any], arrival: datetime, own_zone: str) -> datetime:
    """When a delay is over."""
    length = timedelta(**{data["unit"]: data["value"]}) + timedelta(minutes=data["secondary_value"] or 0)
    wanted, weekdays = data["delay_until_time"], data["delay_until_weekdays"]
    if wanted is None and not weekdays:
        return arrival + length
    zone = ZoneInfo(own_zone if data["timezone"] == "profile" else data["timezone"])
    local = (arrival + length).astimezone(zone)
    if wanted is not None:
        day = arrival.astimezone(zone).date() + length if data["unit"] == "days" else local.date()
        at = datetime.combine(day, time.fromisoformat(wanted), zone)
        earliest = arrival if data["unit"] == "days" else arrival + length
        local = at if at.astimezone(UTC) >= earliest else at + timedelta(days=1)
    while weekdays and DAYS[local.weekday()] not in weekdays:
        local += timedelta(days=1)
    return local.astimezone(UTC)
