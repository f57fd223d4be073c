"""What was exported is imported as it was: the same texts, numbers and types."""

from pathlib import Path
from typing import Any

import pytest

from tests import stories
from tests.conftest import Server, Shop, new_shop
from tests.exports.test_exporting import export
from tests.imports.served_file import brought
from tests.people import Json, everybody, made, sent

# Texts that look like something else, and what they look like.
TEXTS = [
    "12", "-5", "+7", "1.50", "true", "False", "09/30/2014", "9/30/2014 13:34", "2014-09-30 10:00:00", "[1]", '{"a":1}',
    "[", "-Ann", "=1+1", "@sum", "+", "'", "''", "'12", "''=x", "'tis", " edged ", "\u00a0edged", "tab\t", "a\nb", "\n",
    "12345678901234567890", "1e5", "12e0", "12345678901234567e0", 'with "quotes", commas', "null", "None", "0012", "x",
    "１２", "é", "",
]  # fmt: skip
VALUES: list[Any] = [
    12, -5, 0.1, 0.30000000000000004, 12345678901234567, True, False, [1, "12", None],
    {"a": {"b": "12"}}, [], {},
]  # fmt: skip
# Beyond 64 bits the event lake keeps what a double does.
LONG = [-12345678901234567890, 1e21]
NAMES = ["-Ann", "=x", "+1", "12", "'12", "'-Ann", " Ann ", "'tis", "Ann"]


def properties(*more: Any) -> Json:
    return {f"v{at:02}": value for at, value in enumerate([*TEXTS, *VALUES, *more])}


def shown(person: Json) -> Json:
    """What a person is, but for what the server itself knows."""
    return {name: value for name, value in person.items() if name not in ("created", "updated", "last_event_date")}


def test_people_come_back_as_they_were(shop: Shop, server: Server, tmp_path: Path) -> None:
    for at, name in enumerate(NAMES):
        location = {"city": name, "latitude": 46.5 if at % 2 else "46.5", "zip": "01010"}
        said = properties(*LONG) if at == 0 else {"first": at}
        made(shop, email=f"p{at}@x.example", first_name=name, external_id=f"'{at}", location=location, properties=said)
    group = stories.list_of(shop, [f"p{at}@x.example" for at in range(len(NAMES))])
    file = tmp_path / "list.csv"
    export(shop, "list", group, "--to", str(file))
    before = everybody(shop)
    again = brought(shop, file, "profiles")
    assert (again.counts.added + again.counts.updated, again.refused) == (len(NAMES), 0)
    assert {id: shown(person) for id, person in everybody(shop).items()} == {
        id: shown(person) for id, person in before.items()
    }
    with new_shop(server) as other:
        brought(other, file, "profiles", map="id=skip")
        found = {person["email"]: shown(person) for person in everybody(other).values()}
    assert found == {person["email"]: shown(person) for person in before.values()}


@pytest.mark.parametrize("one_metric", [True, False], ids=["properties as columns", "properties as JSON"])
def test_events_come_back_as_they_were(shop: Shop, server: Server, tmp_path: Path, one_metric: bool) -> None:
    sent(
        shop,
        "-Call",
        person={"email": "a@x.example"},
        properties=properties(),
        value=12.5,
        value_currency="EUR",
        time="2024-03-01T10:00:00Z",
        unique_id="-1",
    )
    sent(shop, "-Call", person={"email": "b@x.example"}, properties={"v00": 12}, time="2024-03-02T10:00:00Z")
    file = tmp_path / "events.csv"
    export(shop, "events", *(["--metric", "-Call"] if one_metric else []), "--to", str(file))
    before = of(shop)
    again = brought(shop, file, "events")
    assert (again.rows, again.recorded, again.refused) == (2, 0, 0)
    assert of(shop) == before
    with new_shop(server) as other:
        brought(other, file, "events")
        assert of(other) == before


def of(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.query(
        """SELECT m.name, p.email, e.time, e.value, e.value_currency, e.unique_id, e.properties FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s ORDER BY e.time""",
        shop.account_id,
    )
