"""A/B tests of campaign messages: a part of the audience gets the variations in turn, the rest the one that wins
(behaviour-messaging 2.7, `ab_test` of revision 2026-10-15)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from rapport.campaigns.store import CampaignMessage, Variation
from rapport.kit import db
from rapport.messages.credits import VERSION_READ

Metric = Literal["opens_unique", "clicks_unique", "placed_orders_unique"]

# Of what was delivered, the share of people who did it. Machines do not count.
_ENGAGED = """
    SELECT m.variation_id, count(DISTINCT e.profile_id) FROM engagements e
    JOIN messages m ON m.account_id = e.account_id AND m.id = e.message_id
    WHERE e.account_id = %(account)s AND m.message_id = %(message)s AND e.kind = %(kind)s
        AND NOT e.flags ?| ARRAY['machine_open', 'bot_click']
    GROUP BY 1"""
_ORDERED = f"""
    SELECT m.variation_id, count(DISTINCT a.profile_id) FROM attributions a
    JOIN messages m ON m.account_id = a.account_id AND m.id = a.message_id
    JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND m.message_id = %(message)s GROUP BY 1"""
_DELIVERED = """
    SELECT variation_id, count(*) FROM messages WHERE account_id = %(account)s AND message_id = %(message)s
        AND status IN ('sent', 'in_doubt') AND variation_id IS NOT NULL GROUP BY 1"""
_KINDS = {"opens_unique": "opened", "clicks_unique": "clicked"}


class AbTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """winner_percentage: of the audience, the share that waits for the winner; 0 = everybody gets a variation in turn.
    winner_wait_hours: from the end of the test's sending to the choice."""

    winner_metric: Metric = "opens_unique"
    winner_percentage: Annotated[int, msgspec.Meta(ge=0, le=90)] = 0
    winner_wait_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 4


class Result(msgspec.Struct, frozen=True):
    """What became of one variation: delivered messages, and people who did what is counted."""

    variation: str
    delivered: int
    people: int

    @property
    def rate(self) -> float:
        return self.people / self.delivered if self.delivered else 0.0


def of(options: Mapping[str, Any]) -> AbTest | None:
    """The test of a message by its stored options; None = there is none."""
    stored = options.get("ab_test")
    return None if stored is None else msgspec.convert(stored, AbTest)


def held_percent(message: CampaignMessage, variations: Sequence[Variation]) -> int:
    """Which share of the audience waits for a winner."""
    test = of(message.options)
    return test.winner_percentage if test is not None and len(variations) > 1 else 0


def decided_at(test: AbTest, tested: datetime) -> datetime:
    return tested + timedelta(hours=test.winner_wait_hours)


async def results(
    conn: db.Connection, account_id: int, message: CampaignMessage, variations: Sequence[Variation], metric: Metric
) -> list[Result]:
    """Of each variation, in their order."""
    scope = {"account": account_id, "message": message.ulid}
    delivered = {row[0]: row[1] for row in await db.rows(conn, _DELIVERED, scope)}
    if metric in _KINDS:
        rows = await db.rows(conn, _ENGAGED, {**scope, "kind": _KINDS[metric]})
    else:
        rows = await db.rows(conn, _ORDERED, scope)
    people = {row[0]: row[1] for row in rows}
    return [Result(one.ulid, delivered.get(one.ulid, 0), people.get(one.ulid, 0)) for one in variations]


def winner(outcomes: Sequence[Result]) -> str:
    """The variation with the highest rate; of equals the first."""
    return max(outcomes, key=lambda outcome: outcome.rate).variation
