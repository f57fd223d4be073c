"""Attribution models as SQL: from conversions to the touch that is credited.

A model is a `LATERAL` over one conversion `c` (event_id, time, metric_id, profile_id, value) that answers the touch
`t` (event_id, kind, channel, message_id), so that every model runs over the same conversions, however they were
found. This is the seam for further models.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport.attribution.windows import AttributionSettings, Rule, rules

# The index on (account, profile, time) is read backwards from the conversion and left at the longest window, so the
# cost is the person's recent touches. Each touch is tested with its own window: an SMS click whose day is over does
# not hide the e-mail click before it (the cooperative rule, behaviour-messaging 5.1).
_LAST_TOUCH = """
    SELECT e.event_id, e.kind, e.channel, e.message_id
    FROM engagements e
    JOIN unnest(%(channels)s::text[], %(kinds)s::text[], %(windows)s::interval[], %(ranks)s::int[])
         AS r (channel, kind, length, rank) ON r.channel = e.channel AND r.kind = e.kind
    WHERE e.account_id = %(account)s AND e.profile_id = c.profile_id
      AND e.time <= c.time AND e.time >= c.time - %(longest)s AND e.time >= c.time - r.length
      AND NOT (%(no_bots)s AND e.flags @> '{"bot_click": true}')
      AND NOT (%(no_machines)s AND e.flags @> '{"machine_open": true}')
      AND NOT (%(no_transactional)s AND EXISTS (
          SELECT FROM messages m
          WHERE m.account_id = %(account)s AND m.id = e.message_id AND m.options @> '{"transactional": true}'))
    ORDER BY e.time DESC, r.rank DESC, e.event_id DESC LIMIT 1"""
MODELS = {"last-touch": _LAST_TOUCH}


@dataclass(frozen=True)
class Model:
    """A model with an account's settings filled in."""

    sql: str
    rules: list[Rule]
    parameters: dict[str, Any]

    @property
    def longest(self) -> timedelta:
        return max((rule.window for rule in self.rules), default=timedelta())

    @property
    def kinds(self) -> set[tuple[str, str]]:
        """Channel and kind of every touch that counts."""
        return {(rule.channel, rule.kind) for rule in self.rules}


def model_of(settings: AttributionSettings, account_id: int) -> Model:
    model_rules = rules(settings)
    parameters = {
        "account": account_id,
        "channels": [rule.channel for rule in model_rules],
        "kinds": [rule.kind for rule in model_rules],
        "windows": [rule.window for rule in model_rules],
        "ranks": [rule.rank for rule in model_rules],
        "longest": max((rule.window for rule in model_rules), default=timedelta()),
        "no_bots": settings.exclude_bot_clicks,
        "no_machines": settings.exclude_machine_opens,
        "no_transactional": settings.exclude_transactional,
    }
    return Model(MODELS[settings.model], model_rules, parameters)
