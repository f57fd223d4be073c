"""Who meets a definition, computed a second way: plain Python over raw rows, one person at a time.

Shares nothing with the product but the definition itself; days are compared as dates, not as boundaries.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from hashlib import md5
from itertools import combinations, pairwise
from math import asin, cos, dist, radians, sin
from typing import Any

import phonenumbers

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
    # enrolments of flows, `flow` being the public id
    runs: list[Json] = field(default_factory=list)
    # the metric that serves the purpose
    revenue: str | None = None


def matching(people: list[Person], definition: Json, now: datetime) -> set[int]:
    return {person.id for person in people if meets(person, definition, now)}


def meets(person: Person, definition: Json, now: datetime) -> bool:
    return all(
        any(
            _condition(person, {**condition, "place": f"/{number}/{place}"}, now)
            for place, condition in enumerate(group["conditions"])
        )
        for number, group in enumerate(definition["condition_groups"])
    )


def _condition(person: Person, condition: Json, now: datetime) -> bool:
    tests = {
        "profile-metric": _metric,
        "profile-property": _property,
        "profile-group-membership": _membership,
        "profile-marketing-consent": _consent,
        "profile-predictive-analytics": _orders,
        "profile-sample": _sample,
        "profile-in-flow": _in_flow,
        "profile-completed-flow": _completed_flow,
        "profile-metric-funnel": _funnel,
        "profile-permissions": _permissions,
        "profile-region": _region,
        "profile-postal-code-distance": _distance,
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


def _orders(person: Person, condition: Json, now: datetime) -> bool:
    placed = sorted((event for event in person.events if event["metric"] == person.revenue), key=lambda e: e["time"])
    worth = sum((Fraction(event["value"] or 0) for event in placed), Fraction())
    days = [Fraction(int((later["time"] - one["time"]).total_seconds()), 86400) for one, later in pairwise(placed)]
    known = {
        "historic_number_of_orders": len(placed),
        "historic_clv": worth,
        "average_order_value": worth / len(placed) if placed else None,
        "average_days_between_orders": sum(days) / len(days) if days else None,
    }
    found, wanted = known[condition["dimension"]], condition["filter"]
    return found is not None and COMPARE[wanted["operator"]](found, Fraction(str(wanted["value"])))


def _sample(person: Person, condition: Json, now: datetime) -> bool:
    drawn = int(md5(f"{person.id}/{condition['place']}".encode()).hexdigest()[:8], 16)
    return drawn % 10000 < condition["percentage"] * 100


def _in_flow(person: Person, condition: Json, now: datetime) -> bool:
    inside = any(run["flow"] == condition["flow_id"] and run["finished"] is None for run in person.runs)
    return inside is condition["is_in_flow"]


def _completed_flow(person: Person, condition: Json, now: datetime) -> bool:
    timeframe = condition.get("timeframe_filter")
    ends = [run["finished"] for run in person.runs if run["flow"] == condition["flow_id"] and not run["left_early"]]
    done = any(end is not None and (timeframe is None or within(timeframe, end, now)) for end in ends)
    return done is condition["has_completed"]


WINDOWS = {
    None: None,
    "HOURS_1": timedelta(hours=1),
    "DAYS_1": timedelta(days=1),
    "DAYS_3": timedelta(days=3),
    "DAYS_5": timedelta(days=5),
    "WEEKS_1": timedelta(days=7),
    "DAYS_30": timedelta(days=30),
    "DAYS_90": timedelta(days=90),
    "DAYS_180": timedelta(days=180),
    "YEARS_1": timedelta(days=365),
}


def _funnel(person: Person, condition: Json, now: datetime) -> bool:
    """Every way to pick an event for each step that was done, until one leaves nothing in between that must not be."""
    log = sorted(person.events, key=lambda event: (event["time"], event["id"]))
    log = [event for event in log if within(condition["timeframe_filter"], event["time"], now)]
    steps, window = condition["steps"], WINDOWS[condition.get("completion_window_seconds")]
    done = [place for place, step in enumerate(steps) if step["metric_exists"]]
    if not done:
        return not any(_is_step(event, step, now) for event in log for step in steps)
    return any(
        _holds(log, steps, dict(zip(done, picked, strict=True)), window, now)
        for picked in combinations(range(len(log)), len(done))
    )


def _holds(log: list[Json], steps: list[Json], picked: dict[int, int], window: timedelta | None, now: datetime) -> bool:
    first, last = log[min(picked.values())]["time"], log[max(picked.values())]["time"]
    if window is not None and last - first > window:
        return False
    if not all(_is_step(log[at], steps[place], now) for place, at in picked.items()):
        return False
    for place, step in enumerate(steps):
        if step["metric_exists"]:
            continue
        after = max((at for other, at in picked.items() if other < place), default=-1)
        before = min((at for other, at in picked.items() if other > place), default=len(log))
        for event in log[after + 1 : before]:
            near = window is None or (event["time"] <= first + window and event["time"] >= last - window)
            if near and _is_step(event, step, now):
                return False
    return True


def _is_step(event: Json, step: Json, now: datetime) -> bool:
    return event["metric"] == step["metric_id"] and all(
        value(one["filter"], event["properties"].get(one["property"], MISSING), now)
        for one in step.get("metric_filters") or []
    )


def _permissions(person: Person, condition: Json, now: datetime) -> bool:
    row = person.consents.get({"whatsapp_marketing": "whatsapp"}.get(condition["channel"], "whatsapp_transactional"))
    status = condition["permission"]["reachable_status"]
    found = {
        "explicitly_reachable": row is not None and row["status"] == "SUBSCRIBED",
        "explicitly_unreachable": row is not None and row["status"] == "UNSUBSCRIBED",
        "implicitly_reachable": False,
        "implicitly_unreachable": row is None,
    }
    if "_or_" in status:
        kind = status.removeprefix("implicitly_or_explicitly_")
        return found[f"explicitly_{kind}"] or found[f"implicitly_{kind}"]
    return found[status] and all(_said(row or {}, one, now) for one in condition["permission"].get("filters", []))


def _said(row: Json, wanted: Json, now: datetime) -> bool:
    if wanted["field"] == "effective_date":
        return within(wanted["filter"], row["consented_at"] or row["updated"], now)
    if wanted["field"] == "recorded_date":
        return within(wanted["filter"], row["updated"], now)
    return (row["method"] or "").lower() == wanted["method"] and (
        "filter" not in wanted or row["method_detail"] in wanted["filter"]["value"]
    )


REGIONS = {"united_states": ("US", "USA", "united states"), "european_union": ("DE", "germany", "Deutschland", "FRA")}


def _region(person: Person, condition: Json, now: datetime) -> bool:
    """Knows only the countries that the histories use."""
    country = (person.row["location"].get("country") or "").strip().lower()
    inside = country in {name.lower() for name in REGIONS[condition["region"]]}
    return country != "" and inside is condition["in_region"]


HOMES = {("US", "10001"): (40.7484, -73.9967), ("Germany", "10115"): (52.5333, 13.3856)}
CODES = {"USA": "US", "DEU": "Germany"}


def _distance(person: Person, condition: Json, now: datetime) -> bool:
    """Knows only the places of the grammar's people. Chords of a ball, where the product has haversines."""
    home = HOMES.get((person.row["location"].get("country"), person.row["location"].get("zip")))
    if home is None:
        return False
    centre = HOMES[CODES[condition["country_code"]], condition["postal_code"]]
    one, other = (
        (cos(radians(north)) * cos(radians(east)), cos(radians(north)) * sin(radians(east)), sin(radians(north)))
        for north, east in (home, centre)
    )
    kilometers = 2 * 6371.0088 * asin(dist(one, other) / 2)
    length = kilometers / {"kilometers": 1, "miles": 1.609344}[condition["unit"]]
    return COMPARE[condition["filter"]["operator"]](length, condition["filter"]["value"])


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
    if row is None:
        return wanted["field"] == "is_double_opt_in" and wanted["filter"]["value"] is False
    if wanted["field"] == "is_double_opt_in":
        return bool(row["double_optin"]) is wanted["filter"]["value"]
    if wanted["field"] == "custom_source":
        return value(wanted["filter"], row["custom_method_detail"], now)
    if wanted["field"] == "method":
        same = (row["method"] or "").lower() == wanted["method"]
        return same and (wanted.get("filter") is None or value(wanted["filter"], row["method_detail"], now))
    assert wanted["field"] == "status_date"
    since = row["consented_at"] if row["status"] == "SUBSCRIBED" and row["consented_at"] else row["updated"]
    return within(wanted["filter"], since, now)


def value(wanted: Json, found: Any, now: datetime) -> bool:
    kind, operator = wanted["type"], wanted["operator"]
    if kind == "existence":
        return (found is not MISSING and found is not None) is (operator == "is-set")
    if kind == "string" and wanted["value"] is None:
        return (found is MISSING or found is None) is (operator == "equals")
    if found is MISSING:
        return False
    return bool(globals()[f"_{kind}"](operator, wanted, found, now))


def _string(operator: str, wanted: Json, found: Any, now: datetime) -> bool:
    if found is None or isinstance(found, list | dict):
        return False
    text = {True: "true", False: "false"}[found] if isinstance(found, bool) else str(found)
    if operator.startswith("phone-country-code"):
        country = phonenumbers.region_code_for_number(phonenumbers.parse(text))
        return (country in wanted["value"]) == operator.endswith("-code-in")
    if operator in ("regex", "nregex"):
        return (re.fullmatch(wanted["value"], text, re.ASCII) is not None) == (operator == "regex")
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
