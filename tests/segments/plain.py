"""Who meets a definition, computed a second way: plain Python over raw rows, one person at a time.

Shares nothing with the product but the definition itself; days are compared as dates, not as boundaries.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda a, b: a == b,
    "not-equals": lambda a, b: a != b,
    "greater-than": lambda a, b: a > b,
    "greater-than-or-equal": lambda a, b: a >= b,
    "less-than": lambda a, b: a < b,
    "less-than-or-equal": lambda a, b: a <= b,
}
TEXT: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda a, b: a == b,
    "contains": lambda a, b: b in a,
    "starts-with": lambda a, b: a.startswith(b),
    "ends-with": lambda a, b: a.endswith(b),
}
MISSING = object()


@dataclass
class Person:
    """All raw rows of one profile. Metrics, lists and segments by their public ids."""

    id: int
    row: Json
    events: list[Json]
    groups: dict[str, datetime]
    consents: dict[str, Json]
    suppressions: dict[str, datetime]


def matching(people: list[Person], definition: Json, now: datetime) -> set[int]:
    return {person.id for person in people if meets(person, definition, now)}


def meets(person: Person, definition: Json, now: datetime) -> bool:
    return all(
        any(_condition(person, condition, now) for condition in group["conditions"])
        for group in definition["condition_groups"]
    )


def _condition(person: Person, condition: Json, now: datetime) -> bool:
    tests = {
        "profile-metric": _metric,
        "profile-property": _property,
        "profile-group-membership": _membership,
        "profile-marketing-consent": _consent,
    }
    return tests[condition["type"]](person, condition, now)


def _metric(person: Person, condition: Json, now: datetime) -> bool:
    done = [
        event
        for event in person.events
        if event["metric"] == condition["metric_id"]
        and within(condition["timeframe_filter"], event["time"], now)
        and all(
            value(one["filter"], event["properties"].get(one["property"], MISSING), now)
            for one in condition["metric_filters"] or []
        )
    ]
    measured = (
        len(done) if condition["measurement"] == "count" else sum((event["value"] or Decimal()) for event in done)
    )
    wanted = condition["measurement_filter"]
    return bool(COMPARE[wanted["operator"]](measured, Decimal(str(wanted["value"]))))


def _property(person: Person, condition: Json, now: datetime) -> bool:
    name = condition["property"]
    keyed = re.fullmatch(r"(properties|location)\['(.*)'\]", name)
    if keyed:
        found = person.row[keyed[1]].get(keyed[2], MISSING)
    else:
        found = MISSING if person.row[name] is None else person.row[name]
    return value(condition["filter"], found, now)


def _membership(person: Person, condition: Json, now: datetime) -> bool:
    joined = person.groups.get(condition["group_ids"][0])
    if not condition["is_member"]:
        return joined is None
    timeframe = condition.get("timeframe_filter")
    return joined is not None and (timeframe is None or within(timeframe, joined, now))


def _consent(person: Person, condition: Json, now: datetime) -> bool:
    wanted = condition["consent"]
    row = person.consents.get(wanted["channel"])
    status = row["status"].lower() if row else "never_subscribed"
    can = not person.suppressions if wanted["channel"] == "email" else status == "subscribed"
    subscription = wanted["consent_status"]["subscription"]
    if can != wanted["can_receive_marketing"] or subscription not in ("any", status):
        return False
    return all(_consent_filter(person, row, one, now) for one in wanted["consent_status"].get("filters") or [])


def _consent_filter(person: Person, row: Json | None, wanted: Json, now: datetime) -> bool:
    reasons = {
        "bounce_date": "HARD_BOUNCE",
        "manual_suppression_date": "USER_SUPPRESSED",
        "invalid_email_date": "INVALID_EMAIL",
    }
    if wanted["field"] in reasons:
        at = person.suppressions.get(reasons[wanted["field"]])
        return at is not None and (wanted["filter"]["type"] == "existence" or within(wanted["filter"], at, now))
    assert wanted["field"] == "status_date"
    if row is None:
        return False
    since = row["consented_at"] if row["status"] == "SUBSCRIBED" and row["consented_at"] else row["updated"]
    return within(wanted["filter"], since, now)


def value(wanted: Json, found: Any, now: datetime) -> bool:
    kind, operator = wanted["type"], wanted["operator"]
    if kind == "existence":
        return (found is not MISSING and found is not None) is (operator == "is-set")
    if found is MISSING:
        return False
    return bool(globals()[f"_{kind}"](operator, wanted, found, now))


def _string(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    if found is None or isinstance(found, list | dict):
        return False
    text = {True: "true", False: "false"}[found] if isinstance(found, bool) else str(found)
    if operator in ("in", "not-in"):
        return (text in wanted["value"]) == (operator == "in")
    positive = TEXT[operator.removeprefix("not-")](text, wanted["value"])
    return not positive if operator.startswith("not-") else positive


def _numeric(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return False
    try:
        number = Decimal(str(found).strip())
    except InvalidOperation:
        return False
    # Digits are 0 to 9, and nobody means a number of a thousand digits.
    readable = number.is_finite() and str(found).isascii() and abs(number.adjusted()) < 1000
    return readable and COMPARE[operator](number, Decimal(str(wanted["value"])))


def _boolean(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    word = {None: "false"}.get(found, str(found).lower()) if not isinstance(found, list | dict) else "?"
    if word in ("true", "1", "t", "yes", "y"):
        return wanted["value"] is True
    return word in ("false", "0", "f", "no", "n") and wanted["value"] is False


def _list(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    if not isinstance(found, list):
        return False
    if operator.startswith("length-"):
        return COMPARE[operator.removeprefix("length-")](len(found), wanted["value"])
    items = [None if item is None else str(item) for item in found if not isinstance(item, list | dict)]
    tests: dict[str, Callable[[], bool]] = {
        "contains": lambda: (None if wanted["value"] is None else str(wanted["value"])) in items,
        "contains-any": lambda: any(one in items for one in wanted["value"]),
        "contains-all": lambda: all(one in items for one in wanted["value"]),
        "contains-substring": lambda: any(item is not None and wanted["value"] in item for item in items),
    }
    positive = tests[operator.removeprefix("not-")]()
    return not positive if operator.startswith("not-") else positive


def _date(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    if isinstance(found, datetime):
        return within(wanted, found, now)
    if not isinstance(found, str):
        return False
    try:
        moment = datetime.fromisoformat(found)
    except ValueError:
        return False
    return within(wanted, moment.replace(tzinfo=moment.tzinfo or UTC), now)


def within(wanted: Json, moment: datetime, now: datetime) -> bool:
    operator = wanted["operator"]
    if operator.startswith("anniversary") or operator == "calendar-month":
        return _anniversary(wanted, moment, now)
    today, day = now.date(), moment.astimezone(UTC).date()
    if operator == "alltime":
        return True
    if operator in ("before", "after", "between-static"):
        return _static(wanted, day)
    unit = wanted["unit"]
    one = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[unit]
    if operator == "between":
        near, far = sorted(one * int(wanted[key]) for key in ("start", "end"))
        return now - far <= moment < now - near if unit == "hour" else today - far <= day <= today - near
    length = one * int(wanted["quantity"])
    if operator == "in-the-last":
        return moment <= now and (moment >= now - length if unit == "hour" else day >= today - length)
    if operator == "at-least":
        return moment < now - length if unit == "hour" else day < today - length
    return moment >= now and (moment < now + length if unit == "hour" else day <= today + length)


def _static(wanted: Json, day: date) -> bool:
    def date_of(key: str) -> date:
        return datetime.fromisoformat(wanted[key]).date()

    if wanted["operator"] == "before":
        return day < date_of("date")
    if wanted["operator"] == "after":
        return day > date_of("date")
    return date_of("start") <= day <= date_of("end")


def _anniversary(wanted: Json, moment: datetime, now: datetime) -> bool:
    operator = wanted["operator"]
    if operator == "calendar-month":
        return moment.month == int(wanted["value"])
    if operator == "anniversary-month":
        return moment.month == now.month
    for year in range(now.year - 2, now.year + 3):
        try:
            then = moment.replace(year=year)
        except ValueError:
            continue
        if operator == "anniversary" and then.date() == now.date():
            return True
        plain = {"anniversary-last": "in-the-last", "anniversary-next": "in-the-next"}.get(operator)
        if plain and within({**wanted, "operator": plain}, then, now):
            return True
    return False
