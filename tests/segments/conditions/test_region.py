"""profile-region (behaviour-people 4.2, 4.6)."""

from typing import Any

import pytest

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from tests.conftest import Shop, eventually
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition

MEMBERS = (
    "Austria", "Belgium", "Bulgaria", "Croatia", "Cyprus", "Czechia", "Denmark", "Estonia", "Finland", "France",
    "Germany",
    "Greece", "Hungary", "Ireland", "Italy", "Latvia", "Lithuania", "Luxembourg", "Malta", "Netherlands", "Poland",
    "Portugal", "Romania", "Slovakia", "Slovenia", "Spain", "Sweden",
)  # fmt: skip
TWO = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
THREE = (
    "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE"
).split()
OUTSIDE = ("Brazil", "Switzerland", "NO", "GB", "UK", "United Kingdom", "Great Britain", "ROW", "X")
AMERICAN = ("US", "usa", "United States", "united states of america", "U.S.", " U.S.A. ")


def _region(region: str, inside: bool) -> dict[str, Any]:
    return {"type": "profile-region", "in_region": inside, "region": region}


async def _people(world: World) -> dict[str, int]:
    said = {
        *MEMBERS,
        *TWO,
        *THREE,
        *OUTSIDE,
        *AMERICAN,
        "ÖSTERREICH",
        "deutschland",
        "The Netherlands",
        "Czech Republic",
    }
    return {country: await world.place(f"p{n}", country=country) for n, country in enumerate(sorted(said))}


@pytest.mark.rule("4.2", "4.6")
async def test_it_knows_the_european_union_which_leaves_out_the_united_kingdom(world: World) -> None:
    people = await _people(world)
    outside = {people[country] for country in (*OUTSIDE, *AMERICAN)}
    assert await world.matching(definition(_region("european_union", True))) == set(people.values()) - outside
    assert await world.matching(definition(_region("european_union", False))) == outside


@pytest.mark.rule("4.2")
async def test_it_knows_the_united_states_however_they_are_written(world: World) -> None:
    people = await _people(world)
    inside = {people[country] for country in AMERICAN}
    assert await world.matching(definition(_region("united_states", True))) == inside
    assert await world.matching(definition(_region("united_states", False))) == set(people.values()) - inside


@pytest.mark.rule("4.6")
async def test_who_has_no_country_is_neither_inside_nor_outside(world: World) -> None:
    await world.profile("ada")
    await world.place("ben", city="Berlin")
    await world.place("cy", country="  ")
    for inside in (True, False):
        assert await world.matching(definition(_region("european_union", inside))) == set()


@pytest.mark.rule("4.2")
def test_it_takes_the_older_name_of_the_field() -> None:
    old = {"type": "profile-region", "in_region": True, "region_id": "european_union"}
    assert conditions.parse(definition(old)) == conditions.parse(definition(_region("european_union", True)))


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"region": "asia"}, "/region"),
        ({"region": None}, "/region"),
        ({"in_region": "yes"}, "/in_region"),
        ({"region_id": "united_states"}, "/region_id"),
        ({"x": 1}, "/x"),
    ],
)
def test_it_refuses_at_the_part_that_is_wrong(part: dict[str, Any], pointer: str) -> None:
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition({**_region("united_states", True), **part}), pointer="")
    assert error.value.pointer == "/condition_groups/0/conditions/0" + pointer


@pytest.mark.rule("4.2", "4.8")
def test_it_is_followed_through_the_api(shop: Shop) -> None:
    segment = create(shop, definition(_region("european_union", True)))
    built(shop, segment)
    profile = shop.profile("ada@example.com", location={"country": "Germany"})
    eventually(lambda: members(shop, segment) == {"ada@example.com"}, seconds=2)
    patch = {"data": {"type": "profile", "id": profile, "attributes": {"location": {"country": "GB"}}}}
    assert shop.http.patch(f"/api/profiles/{profile}", json=patch).status_code == 200
    eventually(lambda: members(shop, segment) == set(), seconds=2)
    wrong = shop.http.post("/api/segments", json=body(definition(_region("mars", True))))
    assert wrong.json()["errors"][0]["source"]["pointer"].endswith("/conditions/0/region")
