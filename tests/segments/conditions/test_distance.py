"""profile-postal-code-distance (behaviour-people 4.2, 4.6), and the postal codes it needs."""

import math
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from rapport.segments.places import load
from rapport.segments.places.load import PlacesError
from tests.command import rapport
from tests.conftest import Server, Shop, eventually
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition

# A few true ones in the format: country, code, place, three divisions with their codes, latitude, longitude, accuracy.
ROWS = """\
US\t10001\tNew York\tNew York\tNY\tNew York\t061\t\t\t40.7484\t-73.9967\t4
US\t07030\tHoboken\tNew Jersey\tNJ\tHudson\t017\t\t\t40.7453\t-74.0279\t4
US\t94103\tSan Francisco\tCalifornia\tCA\tSan Francisco\t075\t\t\t37.7725\t-122.4147\t4
GB\tSW1A\tLondon\tEngland\tENG\t\t\t\t\t51.501\t-0.1416\t4
GB\tM1\tManchester\tEngland\tENG\t\t\t\t\t53.4776\t-2.2312\t4
CA\tM5V\tToronto\tOntario\tON\t\t\t\t\t43.6404\t-79.3995\t6
CA\tK1A\tOttawa\tOntario\tON\t\t\t\t\t45.4207\t-75.7023\t6
DE\t10115\tBerlin\tBerlin\tBE\t\t\t\t\t52.5323\t13.3846\t4
DE\t10115\tBerlin Mitte\tBerlin\tBE\t\t\t\t\t52.5343\t13.3866\t4
DE\t80331\tMünchen\tBayern\tBY\t\t\t\t\t48.1345\t11.571\t4
NL\t1011\tAmsterdam\tNoord-Holland\t07\t\t\t\t\t52.3738\t4.9042\t4
IE\tD02\tDublin 2\tLeinster\tL\t\t\t\t\t53.3389\t-6.2526\t4
AU\t2000\tSydney\tNew South Wales\tNSW\t\t\t\t\t-33.8688\t151.2093\t4
NZ\t6011\tWellington\tWellington\tG2\t\t\t\t\t-41.2924\t174.7787\t4
SE\t111 22\tStockholm\tStockholm\tAB\t\t\t\t\t59.3326\t18.0649\t5
PT\t1000-001\tLisboa\tLisboa\t11\t\t\t\t\t38.7167\t-9.1333\t4
"""
# As conditions write a country, and as the file does.
COUNTRIES = {
    "USA": "US", "GBR": "GB", "CAN": "CA", "DEU": "DE", "NLD": "NL", "IRL": "IE", "AUS": "AU", "NZL": "NZ",
    "SWE": "SE", "PRT": "PT",
}  # fmt: skip


def _far(country: str, code: str, operator: str, value: float, unit: str = "kilometers") -> dict[str, Any]:
    return {
        "type": "profile-postal-code-distance",
        "country_code": country,
        "postal_code": code,
        "unit": unit,
        "filter": {"type": "numeric", "operator": operator, "value": value},
    }


async def _known(world: World, country: str = "USA") -> None:
    async with world.pool.connection() as conn:
        code = COUNTRIES[country]
        await load.load(conn, code, load.read(ROWS.splitlines(), code))


async def _found(world: World, wanted: dict[str, Any]) -> set[int]:
    return await world.matching(definition(wanted))


@pytest.mark.rule("4.2")
async def test_it_measures_from_code_to_code(world: World) -> None:
    """New York and Hoboken are 2.65 km apart, San Francisco 4,129 km away."""
    await _known(world)
    york = await world.place("york", country="United States", zip="10001")
    hoboken = await world.place("hoboken", country="US", zip="07030")
    francisco = await world.place("francisco", country="USA", zip="94103-1234")
    await world.place("nowhere", country="US", zip="99999")
    await world.profile("nobody")
    assert await _found(world, _far("USA", "10001", "less-than", 2.6)) == {york}
    assert await _found(world, _far("USA", "10001", "less-than", 2.7)) == {york, hoboken}
    assert await _found(world, _far("USA", "10001", "greater-than", 2.7)) == {francisco}
    assert await _found(world, _far("USA", "10001", "greater-than", 4120)) == {francisco}
    assert await _found(world, _far("USA", "10001", "greater-than", 4140)) == set()


@pytest.mark.rule("4.2")
async def test_a_mile_is_longer_than_a_kilometre(world: World) -> None:
    await _known(world)
    francisco = await world.place("francisco", country="US", zip="94103")
    assert await _found(world, _far("USA", "10001", "less-than", 2575, "miles")) == {francisco}
    assert await _found(world, _far("USA", "10001", "less-than", 2555, "miles")) == set()
    assert await _found(world, _far("USA", "10001", "less-than", 2575, "kilometers")) == set()


def _kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """By the law of cosines, where the product takes haversines."""
    (one, east), (two, west) = [tuple(map(math.radians, place)) for place in (a, b)]
    cosine = math.sin(one) * math.sin(two) + math.cos(one) * math.cos(two) * math.cos(east - west)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


@pytest.mark.rule("4.2")
async def test_it_is_the_distance_along_a_great_circle(world: World) -> None:
    await _known(world)
    centre = (40.7484, -73.9967)
    places = [
        (latitude, longitude) for latitude in (-89.5, -33, 0, 40.7, 66) for longitude in (-179.9, -74, 0, 106, 180)
    ]
    ids = {place: await world.place(f"p{n}", latitude=place[0], longitude=place[1]) for n, place in enumerate(places)}
    for limit in (5, 1000, 5000, 9000, 14000, 19000):
        near = {ids[place] for place in places if _kilometres(centre, place) < limit}
        assert await _found(world, _far("USA", "10001", "less-than", limit)) == near
        assert await _found(world, _far("USA", "10001", "greater-than", limit)) == set(ids.values()) - near


@pytest.mark.rule("4.2")
async def test_a_profiles_own_coordinates_win_over_its_code(world: World) -> None:
    await _known(world)
    moved = await world.place("moved", country="US", zip="10001", latitude="37.7725", longitude="-122.4147")
    half = await world.place("half", country="US", zip="10001", latitude=37.7725)
    odd = await world.place("odd", country="US", zip="10001", latitude="1e999", longitude="north")
    assert await _found(world, _far("USA", "94103", "less-than", 1)) == {moved}
    assert await _found(world, _far("USA", "10001", "less-than", 1)) == {half, odd}


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    ("country", "code", "said", "written"),
    [
        ("GBR", "SW1A 1AA", "United Kingdom", "sw1a2ab"),
        ("GBR", "M1", "GB", "M1 1AE"),
        ("GBR", "SW1A", "UK", "SW1A"),
        ("CAN", "M5V 3L9", "Canada", "m5v-2t6"),
        ("DEU", "10115", "Deutschland", "D-10115"),
        ("NLD", "1011AB", "The Netherlands", "1011 xz"),
        ("IRL", "D02 X285", "Ireland", "D02"),
        ("AUS", "2000", "australia", "2000"),
        ("NZL", "6011", "New Zealand", "6011"),
        ("SWE", "11122", "SE", "SE-111 22"),
        ("PRT", "1000", "Portugal", "1000-001"),
    ],
)
async def test_it_reads_codes_as_people_write_them(
    world: World, country: str, code: str, said: str, written: str
) -> None:
    """Of the United Kingdom the outward half counts alone."""
    await _known(world)
    await _known(world, country)
    near = await world.place("near", country=said, zip=written)
    await world.place("far", country="US", zip="94103")
    assert await _found(world, _far(country, code, "less-than", 50)) == {near}


async def test_a_code_of_several_places_is_in_their_middle(world: World) -> None:
    await _known(world, "DEU")
    found = await world.rows("SELECT latitude, longitude FROM places WHERE country = 'DE' AND code = '10115'")
    assert found == [(pytest.approx(52.5333), pytest.approx(13.3856))]


@pytest.mark.rule("4.8")
async def test_segments_follow_where_people_say_they_are_and_what_is_imported(world: World) -> None:
    await _known(world)
    row = await world.segment(definition(_far("USA", "10001", "less-than", 10)))
    ada = await world.place("ada", country="US", zip="07030")
    await world.tick()
    assert await world.members(row) == {ada}
    ada = await world.place("ada", zip="94103")
    await world.tick()
    assert await world.members(row) == set()
    moved = ROWS.replace("40.7484\t-73.9967", "37.77\t-122.41")
    async with world.pool.connection() as conn:
        await load.load(conn, "US", load.read(moved.splitlines(), "US"))
    await world.builder.run_once()
    assert await world.members(row) == {ada}


GOOD = _far("USA", "10001", "less-than", 10)
WRONG = [
    ({"country_code": "JPN"}, "/country_code"), ({"country_code": None}, "/country_code"),
    ({"postal_code": 10001}, "/postal_code"), ({"unit": "yards"}, "/unit"), ({"x": 1}, "/x"),
    ({"filter": {"type": "numeric", "operator": "equals", "value": 5}}, "/filter/operator"),
    ({"filter": {"type": "numeric", "operator": "less-than", "value": 0}}, "/filter/value"),
    ({"filter": {"type": "numeric", "operator": "less-than", "value": -1}}, "/filter/value"),
    ({"filter": {"type": "numeric", "operator": "less-than", "value": 1e9}}, "/filter/value"),
    ({"filter": None}, "/filter"),
]  # fmt: skip


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(("part", "pointer"), WRONG)
def test_it_refuses_at_the_part_that_is_wrong(part: dict[str, Any], pointer: str) -> None:
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition({**GOOD, **part}), pointer="")
    assert error.value.pointer == "/condition_groups/0/conditions/0" + pointer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no postal code"),
        ("FR\t1\tx", "Line 1 has 3 columns"),
        (ROWS.replace("40.7484", "north"), "Line 1 has no"),
        (ROWS.replace("40.7484", "97"), "line 1 is not on this planet"),
        ("\n".join(ROWS.splitlines()[3:]), "no postal code of US"),
    ],
)
async def test_a_file_that_is_no_such_file_changes_nothing(world: World, text: str, said: str) -> None:
    await _known(world)
    before = await world.rows("SELECT count(*) FROM places WHERE country = 'US'")
    with pytest.raises(PlacesError, match=said):
        async with world.pool.connection() as conn:
            await load.load(conn, "US", load.read(text.splitlines(), "US"))
    assert await world.rows("SELECT count(*) FROM places WHERE country = 'US'") == before


def _import(server: Server, file: Path, country: str) -> subprocess.CompletedProcess[str]:
    environment = {"RAPPORT_DATABASE_URL": server.database_url}
    return rapport("places", "import", str(file), "--country", country, env=environment)


@pytest.mark.rule("4.2")
def test_a_country_is_imported_and_asked_for(shop: Shop, tmp_path: Path) -> None:
    """Without its postal codes a definition is refused with what to run; both forms of file are taken."""
    wanted = definition(_far("NZL", "6011", "less-than", 5))
    refused = shop.http.post("/api/segments", json=body(wanted))
    error = refused.json()["errors"][0]
    assert refused.status_code == 400
    assert error["source"]["pointer"].endswith("/condition_groups/0/conditions/0/country_code")
    assert "rapport places import NZ.zip --country NZ" in error["detail"]
    with zipfile.ZipFile(tmp_path / "NZ.zip", "w") as archive:
        archive.writestr("readme.txt", "words")
        archive.writestr("NZ.txt", ROWS)
    done = _import(shop.server, tmp_path / "NZ.zip", "NZ")
    assert (done.returncode, done.stdout.strip()) == (0, "NZ: 1 postal codes."), done.stderr
    segment = create(shop, wanted)
    built(shop, segment)
    shop.profile("ada@example.com", location={"country": "New Zealand", "zip": "6011"})
    eventually(lambda: members(shop, segment) == {"ada@example.com"}, seconds=2)
    unknown = shop.http.post("/api/segments", json=body(definition(_far("NZL", "9999", "less-than", 5))))
    assert unknown.json()["errors"][0]["source"]["pointer"].endswith("/conditions/0/postal_code")
    (tmp_path / "AU.txt").write_text("no table")
    failed = _import(shop.server, tmp_path / "AU.txt", "AU")
    assert failed.returncode == 1
    assert "Line 1 has 1 columns" in failed.stdout
    assert _import(shop.server, tmp_path / "AU.txt", "JP").returncode == 2
