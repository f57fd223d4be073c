"""Attribution models as SQL: from conversions to shares of the touches before them.

A conversion `c` has event_id, time, metric_id, profile_id, value and currency. Whatever the model, the touches that
take part are those whose own window is open at the conversion (the cooperative rule: an SMS click whose day is over
does not hide the e-mail click before it, behaviour-messaging 5.1). A model is a whole number for each of them, its
weight; shares and values follow from the weights in one way for all models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rapport.attribution.windows import AttributionSettings, Rule, rules

LAST_TOUCH, DATA_DRIVEN = "last-touch", "data-driven"
# Of more touches, the latest so many take part: somebody who opens a mail a thousand times would have a row for each of
# them under every page they look at.
MOST_TOUCHES = 200
# Currencies with other than two digits after the point (ISO 4217).
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND".split()

# What excludes a touch `e`, whenever it is looked at; null = nothing.
EXCLUSION = """
    CASE WHEN %(no_bots)s AND e.flags @> '{"bot_click": true}' THEN 'bot-click'
        WHEN %(no_machines)s AND e.flags @> '{"machine_open": true}' THEN 'machine-open'
        WHEN %(no_transactional)s AND EXISTS (
            SELECT FROM messages m
            WHERE m.account_id = %(account)s AND m.id = e.message_id AND m.options @> '{"transactional": true}')
        THEN 'transactional' END"""
# Why a touch takes part in a conversion, or doesn't: the first that applies.
VERDICT = f"""
    CASE WHEN r.length IS NULL THEN 'kind-off'
        WHEN e.time < c.time - r.length THEN 'window-closed'
        ELSE coalesce({EXCLUSION}, 'open') END"""
# The kinds of touches with what the settings say of each.
KINDS = """unnest(%(channels)s::text[], %(kinds)s::text[], %(windows)s::interval[], %(ranks)s::int[])
        WITH ORDINALITY AS r (channel, kind, length, rank, state)"""
# The index on (account, profile, time) is read backwards from the conversion and left at the longest window, so the
# cost is the person's recent touches.
OPEN = f"""
    engagements e JOIN {KINDS} ON r.channel = e.channel AND r.kind = e.kind
    WHERE e.account_id = %(account)s AND e.profile_id = c.profile_id
      AND e.time <= c.time AND e.time >= c.time - %(longest)s AND {VERDICT} = 'open'"""
# A kind's bit in the set of those that a conversion's touches are of.
BIT = "(1 << r.state::int - 1)"
_LATEST_FIRST = "e.time DESC, r.rank DESC, e.event_id DESC"
_LAST_TOUCHES = f"""
    SELECT c.event_id, c.time, c.metric_id, c.profile_id, c.value, 'last-touch' AS model, 1::numeric AS share,
        c.value AS credit, t.event_id AS touch_event_id, t.kind, t.channel, t.message_id
    FROM conversions c CROSS JOIN LATERAL (
        SELECT e.event_id, e.kind, e.channel, e.message_id FROM {OPEN} ORDER BY {_LATEST_FIRST} LIMIT 1) t"""
# `place`: 1 is the last touch. `seconds`: older than it. `mask`: the kinds of touches among them, a bit for each;
# `alike`: how many are of this one's kind.
_TOUCHED = """
    SELECT c.*, t.*, CASE WHEN c.currency = ANY(%(no_digits)s) THEN 1::numeric
        WHEN c.currency = ANY(%(three_digits)s) THEN 0.001 ELSE 0.01 END AS unit
    FROM conversions c CROSS JOIN LATERAL (
        SELECT e.event_id AS touch_event_id, e.kind, e.channel, e.message_id, e.state,
            row_number() OVER latest AS place, count(*) OVER () AS touches,
            extract(epoch FROM max(e.time) OVER () - e.time)::float8 AS seconds,
            {sets}
        FROM (
            SELECT e.event_id, e.time, e.kind, e.channel, e.message_id, r.rank, r.state
            FROM {open} ORDER BY {latest_first} LIMIT {most}) e
        WINDOW latest AS (ORDER BY e.time DESC, e.rank DESC, e.event_id DESC)) t"""
_SETS = "bit_or(1 << e.state::int - 1) OVER () AS mask, count(*) OVER (PARTITION BY e.state) AS alike"
# Each window over another part of the touches sorts them again, so these are there only where they are needed.
_NO_SETS = "0 AS mask, 1 AS alike"
# A touch's weight under each model. Weights are whole numbers, so that shares follow from them exactly.
_WEIGHTS: Mapping[str, str] = {
    LAST_TOUCH: "(place = 1)::int",
    "first-touch": "(place = touches)::int",
    "linear": "1",
    # of touches older by more than sixty half-lives nothing is left after rounding, and further down PostgreSQL refuses
    "time-decay": "round((power(2::float8, greatest(-seconds / %(half_life)s, -60)) * 1e12)::numeric)",
    "position-based": """CASE
        WHEN touches = 1 THEN 1
        WHEN touches = 2 AND %(first)s + %(last)s = 0 THEN 1
        WHEN touches = 2 THEN CASE place WHEN 1 THEN %(last)s ELSE %(first)s END
        WHEN place = 1 THEN %(last)s * (touches - 2)
        WHEN place = touches THEN %(first)s * (touches - 2)
        ELSE %(middle)s END""",
    # learned for every set of kinds (`data_driven`), for all touches of a kind together
    DATA_DRIVEN: "round(learned.weight / alike)",
}
MODELS = tuple(_WEIGHTS)
_LEARNED = """LEFT JOIN unnest(%(learned_masks)s::int[], %(learned_states)s::int[], %(learned_weights)s::numeric[])
            AS learned (of_mask, of_state, weight) ON of_mask = mask AND of_state = state"""
# Shares in millionths and credits in the currency's minor unit, each by largest remainder: so the shares of a
# conversion add up to one and its credits to its value. What is less than a minor unit of the value goes with the first
# remainder. Of equal remainders the later touch comes first.
_SHARED = """
    , touched AS MATERIALIZED ({touched}),
    weighed AS (
        SELECT touched.*, w.model, w.weight::numeric, sum(w.weight) OVER (PARTITION BY w.model, event_id) AS total,
            trunc(abs(value) / unit) AS units
        FROM touched {learned} CROSS JOIN LATERAL (VALUES {weights}) AS w (model, weight) WHERE w.weight > 0),
    divided AS (
        SELECT *, div(1000000 * weight, total) AS millionths, mod(1000000 * weight, total) AS share_rest,
            div(units * weight, total) AS whole_units, mod(units * weight, total) AS unit_rest
        FROM weighed),
    ranked AS (
        SELECT *, 1000000 - sum(millionths) OVER (PARTITION BY model, event_id) AS missing_millionths,
            units - sum(whole_units) OVER (PARTITION BY model, event_id) AS missing_units,
            row_number() OVER (PARTITION BY model, event_id ORDER BY share_rest DESC, place) AS share_rank,
            row_number() OVER (PARTITION BY model, event_id ORDER BY unit_rest DESC, place) AS unit_rank
        FROM divided),
    shares AS (
        SELECT event_id, time, metric_id, profile_id, value, model,
            trim_scale((millionths + (share_rank <= missing_millionths)::int) * 0.000001) AS share,
            sign(value) * ((whole_units + (unit_rank <= missing_units)::int) * unit
                + CASE WHEN unit_rank = 1 THEN abs(value) - units * unit ELSE 0 END) AS credit,
            touch_event_id, kind, channel, message_id
        FROM ranked)"""


@dataclass(frozen=True)
class Model:
    """An account's settings as parameters of the statements here. `version`: under which its credits are kept."""

    settings: AttributionSettings
    rules: list[Rule]
    parameters: dict[str, Any] = field(repr=False)
    version: int = 0

    @property
    def longest(self) -> timedelta:
        return longest(self.rules)

    @property
    def kinds(self) -> set[tuple[str, str]]:
        """Channel and kind of every touch that counts."""
        return {(rule.channel, rule.kind) for rule in self.rules if rule.window is not None}


def longest(of: Sequence[Rule]) -> timedelta:
    return max((rule.window for rule in of if rule.window is not None), default=timedelta())


def model_of(settings: AttributionSettings, account_id: int, version: int = 0) -> Model:
    kinds = rules(settings)
    weights = settings.position_weights
    parameters = {
        "account": account_id,
        "channels": [rule.channel for rule in kinds],
        "kinds": [rule.kind for rule in kinds],
        "windows": [rule.window for rule in kinds],
        "ranks": [rule.rank for rule in kinds],
        "longest": longest(kinds),
        "no_bots": settings.exclude_bot_clicks,
        "no_machines": settings.exclude_machine_opens,
        "no_transactional": settings.exclude_transactional,
        "half_life": settings.time_decay_half_life.length().total_seconds(),
        "first": weights.first,
        "middle": weights.middle,
        "last": weights.last,
        "no_digits": _NO_DIGITS,
        "three_digits": _THREE_DIGITS,
    }
    return Model(settings, kinds, parameters, version)


def shares(models: Sequence[str]) -> str:
    """SQL to follow `WITH …, conversions AS (…)`: adds `shares`, a row for each model, conversion and touch of a share
    (event_id, time, metric_id, profile_id, value, model, share, credit, touch_event_id, kind, channel, message_id).
    The data-driven model needs the parameters of `data_driven.Learned`."""
    if [*models] == [LAST_TOUCH]:
        return f", shares AS ({_LAST_TOUCHES})"
    weights = ", ".join(f"('{name}', ({_WEIGHTS[name]})::numeric)" for name in models)
    is_learned = DATA_DRIVEN in models
    sets = _SETS if is_learned else _NO_SETS
    touched = _TOUCHED.format(open=OPEN, latest_first=_LATEST_FIRST, most=MOST_TOUCHES, sets=sets)
    return _SHARED.format(touched=touched, learned=_LEARNED if is_learned else "", weights=weights)
