"""Every type of condition × every operator × every date filter it takes: met, not met, and asked of everybody as of a
few (behaviour-people 4.2 to 4.7)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import psycopg
import pytest

from rapport.kit import db
from tests.conftest import Shop, run
from tests.flows.test_api import list_of
from tests.flows.test_conditions import draw
from tests.segments import plain
from tests.segments.cells import NOW, Cell, Json, cells, in_group
from tests.segments.cells_people import ROWS, cells_people, consent
from tests.segments.crowd import NAMES, Crowd, know_places
from tests.segments.test_api import body, built, create
from tests.segments.world import definition, did, has, relative

CELLS = [*cells(), *cells_people()]


@dataclass(frozen=True)
class Answer:
    """Names of those who meet a condition: of everybody, asked about `FEW` only, and by `plain`."""

    everybody: set[str]
    few: set[str]
    plain: set[str]


FEW = set(NAMES[::2])


async def _ask(url: str) -> dict[str, Answer]:
    async with db.new_pool(url, size=2) as pool:
        crowd = await Crowd.gather(pool)
        world, names = crowd.world, {profile: name for name, profile in crowd.ids.items()}
        people, few = await world.people(), [crowd.ids[name] for name in FEW]
        found = {}
        for cell in CELLS:
            asked = definition(cell.filled(crowd.names))
            everybody, some = await world.matching(asked, now=NOW), await world.matching(asked, now=NOW, among=few)
            sets = (everybody, some, plain.matching(people, asked, NOW))
            found[cell.id] = Answer(*({names[profile] for profile in one} for one in sets))
        return found


@pytest.fixture(scope="module")
def answers(database: str) -> dict[str, Answer]:
    return asyncio.run(_ask(database))


def _parameters() -> Iterator[Any]:
    for cell in CELLS:
        marks = [pytest.mark.rule(*cell.rules)] if cell.rules else []
        yield pytest.param(cell, id=cell.id, marks=marks)


@pytest.mark.parametrize("cell", list(_parameters()))
def test_it_takes_in_and_leaves_out(answers: dict[str, Answer], cell: Cell) -> None:
    answer = answers[cell.id]
    assert {*cell.meets} <= answer.everybody
    assert not {*cell.fails} & answer.everybody
    assert 0 < len(answer.everybody) < len(NAMES)
    assert answer.few == answer.everybody & FEW
    assert answer.everybody == answer.plain


@pytest.mark.rule("4.1", "4.2")
def test_the_official_sdk_writes_and_reads_every_one_of_them(shop: Shop) -> None:
    """At most 100 conditions in a segment."""
    names = _names(shop)
    run(_places(shop))
    conditions = [cell.filled(names) for cell in CELLS]
    for start in range(0, len(conditions), 100):
        wanted = {"condition_groups": [{"conditions": conditions[start : start + 100]}]}
        made = shop.sdk.Segments.create_segment(body(wanted, f"From {start}")).data.id
        built(shop, made)
        read = shop.sdk.Segments.get_segment(made).data.attributes.definition
        assert [one for group in read.condition_groups for one in group.conditions] == conditions[start : start + 100]


async def _places(shop: Shop) -> None:
    async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
        await know_places(conn)


def _names(shop: Shop) -> dict[str, str]:
    shop.event("Placed Order", "ada@example.com")
    shop.event("Viewed Product", "ada@example.com")
    joined = list_of(shop)
    everybody = create(shop, definition(has("email", type="existence", operator="is-set")))
    return {
        "ORDERED": shop.metric_id("Placed Order"),
        "METRIC": shop.metric_id("Viewed Product"),
        "LIST": joined,
        "SEGMENT": everybody,
        "FLOW": shop.sdk.Flows.create_flow(draw(shop, joined)).data.id,
    }


ALLTIME = {"type": "date", "operator": "alltime"}
NUMERIC = {"type": "numeric", "operator": "equals", "value": 1}


def _of_property(wanted: Json, **more: Any) -> Json:
    return {"type": "profile-property", "property": "properties['x']", "filter": wanted, **more}


def _of_event(wanted: Json) -> Json:
    return did("METRIC", filters=[{"property": "x", "filter": wanted}])


def _forecast(dimension: str, wanted: Json, **more: Any) -> Json:
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": wanted, **more}


GENDER = {"type": "string", "operator": "equals", "value": "uncertain"}
# (rule, condition, where it is refused inside the condition)
REFUSED: tuple[tuple[str, Json, str], ...] = (
    ("4.2", {"type": "profile-attribute"}, "/type"),
    ("4.2", _of_property(ALLTIME), "/filter/operator"),
    ("4.2", _of_property({"type": "numeric", "operator": "between", "start": 1, "end": 2}), "/filter/start"),
    ("4.2", _of_property({"type": "boolean", "operator": "not-equals", "value": True}), "/filter/operator"),
    ("4.2", _of_property({"type": "list", "operator": "contains-any", "value": ["a"]}), "/filter/operator"),
    ("4.2", _of_property({"type": "list", "operator": "contains", "value": 1.5}), "/filter/value"),
    ("4.2", _of_property({"type": "numeric", "operator": "equals", "value": "1"}), "/filter/value"),
    ("4.2", _of_property({"type": "string", "operator": "in", "value": "a"}), "/filter/value"),
    ("4.2", _of_property(relative("in-the-last", 1, "month")), "/filter/unit"),
    ("4.2", _of_property({"type": "date", "operator": "calendar-month", "value": 13}), "/filter/value"),
    ("4.2", _of_property(NUMERIC, field="x"), "/field"),
    ("4.2", _of_event(relative("in-the-last", 1)), "/metric_filters/0/filter/type"),
    ("4.2", _of_event({"type": "list", "operator": "contains", "value": "a"}), "/metric_filters/0/filter/operator"),
    ("4.2", did("METRIC", timeframe={"type": "date", "operator": "anniversary"}), "/timeframe_filter/operator"),
    ("4.2", did("METRIC", timeframe={"type": "date", "operator": "flow-start"}), "/timeframe_filter/operator"),
    ("4.2", did("METRIC", measurement="average"), "/measurement"),
    ("4.2", did("Unknwn"), "/metric_id"),
    ("4.2", did("METRIC", filters=[{"property": "x", "filter": NUMERIC}] * 11), "/metric_filters"),
    ("4.2", in_group("Unknwn"), "/group_ids/0"),
    ("4.2", in_group("LIST") | {"group_ids": ["LIST", "SEGMENT"]}, "/group_ids"),
    ("4.2", in_group("LIST", timeframe_filter=ALLTIME), "/timeframe_filter/operator"),
    ("4.2", in_group("LIST", timeframe_filter=relative("anniversary-last", 1)), "/timeframe_filter/operator"),
    ("4.2", in_group("LIST", timeframe_filter=relative("at-least", 1)) | {"is_member": False}, "/timeframe_filter"),
    ("4.2", {"type": "profile-sample", "percentage": 101}, "/percentage"),
    (
        "4.2",
        {
            "type": "profile-has-custom-object",
            "object_type_id": "1",
            "object_type_relationship_id": "2",
            "filter": NUMERIC,
            "filters": [],
        },
        "/object_type_id",
    ),
    ("4.5", _forecast("predicted_clv", NUMERIC), "/dimension"),
    ("4.5", _forecast("total_clv", NUMERIC), "/dimension"),
    ("4.5", _forecast("predicted_number_of_orders", NUMERIC), "/dimension"),
    ("4.5", _forecast("churn_probability", NUMERIC), "/dimension"),
    ("4.5", _forecast("expected_date_of_next_purchase", relative("in-the-next", 7)), "/dimension"),
    ("4.5", _forecast("predicted_gender", GENDER), "/dimension"),
    ("4.5", _forecast("channel_affinity", NUMERIC, measurement="priority", predicted_channel="sms"), "/dimension"),
    ("4.5", _forecast("shoe_size", NUMERIC), "/dimension"),
    ("4.5", _forecast("historic_clv", GENDER), "/filter/type"),
    ("4.5", _forecast("average_order_value", NUMERIC, measurement="rank"), "/measurement"),
)


@pytest.mark.rule("4.2", "4.3", "4.5")
def test_it_refuses_what_the_table_does_not_have_at_the_place(shop: Shop) -> None:
    names = _names(shop)
    for rule, condition, pointer in (*REFUSED, *_rows_that_are_none()):
        cell = Cell("", (rule,), condition, (), ())
        answer = shop.http.post("/api/segments", json=body(definition(cell.filled(names))))
        assert answer.status_code == 400, condition
        (error,) = answer.json()["errors"]
        place = f"/data/attributes/definition/condition_groups/0/conditions/0{pointer}"
        assert error["source"]["pointer"] == place, condition


def _rows_that_are_none() -> Iterator[tuple[str, Json, str]]:
    """Combinations of channel, reach and status that 4.3 does not have, and two that it has with a filter only."""
    known = {row[:3] for row in ROWS}
    for row in product(("email", "sms", "push"), (True, False), STATUSES):
        if row in known:
            continue
        needed = row in (("email", False, "subscribed"), ("email", False, "never_subscribed"))
        yield "4.3", consent(*row), f"/consent/consent_status/{'filters' if needed else 'subscription'}"


STATUSES = ("any", "subscribed", "unsubscribed", "never_subscribed")


@pytest.mark.rule("4.5")
def test_what_can_not_be_told_yet_is_said_plainly(shop: Shop) -> None:
    names = _names(shop)
    for condition, said in (
        (_forecast("churn_probability", NUMERIC), "forecast"),
        ({"type": "profile-has-custom-object", "object_type_id": "1"}, "no custom objects in this installation"),
    ):
        wanted = definition(Cell("", (), condition, (), ()).filled(names))
        assert said in shop.http.post("/api/segments", json=body(wanted)).json()["errors"][0]["detail"]


def test_every_cell_has_a_name_of_its_own() -> None:
    assert len({cell.id for cell in CELLS}) == len(CELLS) > 600
