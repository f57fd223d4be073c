"""Ten reference segments over the shop of `benchmarks/shop.py`: each as the API takes it, and as DuckDB would be asked.

`bare` is written by hand over the views that `duck` makes: `events` (metric, profile, time, value, properties: the
lake's own files and the open rows as one more), `profiles` (id, properties as JSON), `members` (profile, joined) of the
list, `consents` (profile, channel, status) and `suppressed` (profile). It gives one column, profile ids, each once.
Placeholders, for `filled`: {order}, {opened} and {viewed}, metrics by the API's ids in a definition and by their
numbers in SQL; {list}; {midnight}, the account's today at 00:00 UTC, and {now}, both as SQL timestamps.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reference:
    name: str
    definition: Json
    bare: str

    def filled(self, names: Mapping[str, str]) -> Json:
        """The definition with the ids of an account in the place of `{name}`."""
        text = json.dumps(self.definition)
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return dict(json.loads(text))

    def asked(self, values: Mapping[str, object]) -> str:
        return self.bare.format(**values)


def _all(*groups: list[Json]) -> Json:
    return {"condition_groups": [{"conditions": group} for group in groups]}


def _did(
    metric: str,
    operator: str,
    value: float,
    *,
    days: int | None = None,
    measurement: str = "count",
    filters: list[Json] | None = None,
) -> Json:
    timeframe: Json = {"type": "date", "operator": "alltime"}
    if days is not None:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    return {
        "type": "profile-metric",
        "metric_id": f"{{{metric}}}",
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": filters,
    }


def _where(property: str, kind: str, operator: str, value: Any) -> Json:
    return {"property": property, "filter": {"type": kind, "operator": operator, "value": value}}


_LEAST = "greater-than-or-equal"
_SUBSCRIBED: Json = {
    "type": "profile-marketing-consent",
    "consent": {
        "channel": "email",
        "can_receive_marketing": True,
        "consent_status": {"subscription": "subscribed", "filters": None},
    },
}
_ON_LIST: Json = {
    "type": "profile-group-membership",
    "is_member": True,
    "group_ids": ["{list}"],
    "timeframe_filter": None,
}
_VIP: Json = {
    "type": "profile-property",
    "property": "properties['VIP']",
    "filter": {"type": "boolean", "operator": "equals", "value": True},
}
_SINCE = "time >= TIMESTAMP '{{midnight}}' - INTERVAL {days} DAY AND time <= TIMESTAMP '{{now}}'"


def _events(metric: str, days: int | None, having: str, more: str = "") -> str:
    window = "" if days is None else " AND " + _SINCE.format(days=days)
    return f"SELECT profile FROM events WHERE metric = {{{metric}}}{window}{more} GROUP BY profile HAVING {having}"


_CONSENTED = (
    "SELECT profile FROM consents WHERE channel = 'email' AND status = 'SUBSCRIBED' "
    "AND profile NOT IN (SELECT profile FROM suppressed)"
)
_VIPS = "SELECT id FROM profiles WHERE properties ->> 'VIP' = 'true'"

REFERENCES = (
    Reference(
        "ordered at least twice in 90 days",
        _all([_did("order", _LEAST, 2, days=90)]),
        _events("order", 90, "count(*) >= 2"),
    ),
    Reference(
        "opened at least twice ever",
        _all([_did("opened", _LEAST, 2)]),
        _events("opened", None, "count(*) >= 2"),
    ),
    Reference(
        "viewed coats at least 3 times in 180 days",
        _all([_did("viewed", _LEAST, 3, days=180, filters=[_where("Category", "string", "equals", "Coats")])]),
        _events("viewed", 180, "count(*) >= 3", " AND properties['Category']::VARCHAR = 'Coats'"),
    ),
    Reference(
        "spent more than 200 in 365 days",
        _all([_did("order", "greater-than", 200, days=365, measurement="sum")]),
        _events("order", 365, "sum(value) > 200"),
    ),
    Reference(
        "spent at least 500 ever",
        _all([_did("order", _LEAST, 500, measurement="sum")]),
        _events("order", None, "sum(value) >= 500"),
    ),
    Reference(
        "opened nothing in 60 days",
        _all([_did("opened", "equals", 0, days=60)]),
        "SELECT id FROM profiles EXCEPT " + _events("opened", 60, "true"),
    ),
    Reference(
        "viewed something of more than 80 items in the last 30 days",
        _all([_did("viewed", _LEAST, 1, days=30, filters=[_where("Items", "numeric", "greater-than", 80)])]),
        _events("viewed", 30, "true", " AND properties['Items']::DOUBLE > 80"),
    ),
    Reference(
        "lapsed: bought twice ever and not in 90 days, and can be written to",
        _all([_did("order", _LEAST, 2)], [_did("order", "equals", 0, days=90)], [_SUBSCRIBED]),
        f"""{_events("order", None, "count(*) >= 2")} INTERSECT (SELECT id FROM profiles EXCEPT
            {_events("order", 90, "true")}) INTERSECT {_CONSENTED}""",
    ),
    Reference(
        "VIP or on the list, and opened in 30 days",
        _all([_VIP, _ON_LIST], [_did("opened", _LEAST, 1, days=30)]),
        f"(({_VIPS}) UNION (SELECT profile FROM members)) INTERSECT {_events('opened', 30, 'true')}",
    ),
    Reference(
        "opened 5 times in 90 days, looked at shoes with no order in 30 days, and on the list",
        _all(
            [_did("opened", _LEAST, 5, days=90)],
            [_did("viewed", _LEAST, 1, days=30, filters=[_where("Category", "string", "contains", "Shoe")])],
            [_did("order", "equals", 0, days=30), _ON_LIST],
        ),
        f"""{_events("opened", 90, "count(*) >= 5")} INTERSECT
            {_events("viewed", 30, "true", " AND contains((properties['Category'])::VARCHAR, 'Shoe')")}
            INTERSECT ((SELECT id FROM profiles EXCEPT {_events("order", 30, "true")})
                       UNION SELECT profile FROM members)""",
    ),
)
