"""phone-country-code-in and -not-in (behaviour-people 4.2): the country of a number."""

import random
from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest
from phonenumbers import SUPPORTED_REGIONS

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from rapport.segments.sql import phones
from rapport.segments.sql.statement import Statement
from tests.conftest import Shop, eventually
from tests.lengths import length
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition, did, has


def _wanted(operator: str, *countries: str, name: str = "phone_number") -> dict[str, Any]:
    return has(name, type="string", operator=f"phone-country-code-{operator}", value=list(countries))


@pytest.mark.rule("4.2")
async def test_it_tells_countries_that_share_a_calling_code(world: World) -> None:
    numbers = {
        "us": "+12025550123", "ca": "+14165550123", "do": "+18095551234", "gb": "+442071838750", "je": "+441534456789",
        "de": "+4930123456", "kz": "+77012345678", "ru": "+79161234567", "free": "+80012345678",
    }  # fmt: skip
    ids = {name: await world.number(name, number) for name, number in numbers.items()}
    ids["none"] = await world.profile("none")
    for country in ("us", "ca", "do", "gb", "je", "de", "kz", "ru"):
        assert await world.matching(definition(_wanted("in", country.upper()))) == {ids[country]}
        others = {id for name, id in ids.items() if name not in (country, "none")}
        assert await world.matching(definition(_wanted("not-in", country.upper()))) == others
    both = {ids["us"], ids["gb"]}
    assert await world.matching(definition(_wanted("in", "US", "GB"))) == both
    assert await world.matching(definition(_wanted("not-in", "US", "GB"))) == set(ids.values()) - both - {ids["none"]}


@pytest.mark.rule("4.2", "4.6")
async def test_it_reads_numbers_in_properties_too_and_nothing_else(world: World) -> None:
    for name, value in (("ada", "+12025550123"), ("ben", "2025550123"), ("cy", 12025550123), ("di", ["+12025550123"])):
        await world.profile(name, p=value)
    ada = await world.profile("ada")
    assert await world.matching(definition(_wanted("in", "US", name="properties['p']"))) == {ada}
    assert await world.matching(definition(_wanted("not-in", "DE", name="properties['p']"))) == {ada}


def _numbers() -> list[str]:
    """An example of each kind of number of each country, and others that may be anybody's, of codes that are shared."""
    chance = random.Random(7)
    examples = [
        phonenumbers.example_number_for_type(country, kind)
        for country in phonenumbers.SUPPORTED_REGIONS
        for kind in range(11)
    ]
    made = [f"+1{area}2345678" for area in range(200, 1000)]
    for code, countries in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        count = 150 if len(countries) > 1 else 2
        made += [f"+{code}{chance.randrange(10**8, 10**10)}" for _ in range(count)]
    known = [phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in examples if one]
    return sorted({*made, *known})


def _country(number: str) -> str | None:
    """The library's answer; None for what it reads as another number than was written."""
    parsed = phonenumbers.parse(number)
    code = parsed.country_code or 0
    if f"+{code}{phonenumbers.national_significant_number(parsed)}" != number:
        return None
    found = phonenumbers.region_code_for_number(parsed)
    return str(found or phonenumbers.region_code_for_country_code(code))


@pytest.mark.rule("4.2")
async def test_it_says_what_the_library_says_of_every_country(world: World) -> None:
    wanted = {number: country for number in _numbers() if (country := _country(number)) is not None}
    assert len(wanted) > 3000
    # a fourth of them in the short form
    regions = sorted(SUPPORTED_REGIONS)
    for country in length(regions[::4], regions):
        statement = Statement(datetime.now(UTC), {"numbers": list(wanted)})
        test = f"n ~ '{phones.NUMBER}' AND {phones.is_from('n', country, statement)}"
        async with world.pool.connection() as conn:
            cursor = await conn.execute(
                f"SELECT n FROM unnest(%(numbers)s::text[]) AS n WHERE {test}", statement.parameters
            )
            found = {row[0] for row in await cursor.fetchall()}
        numbers = {number for number, its in wanted.items() if its == country and len(number) > 7}
        assert found == numbers, country


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ("US", "/value"),
        ([], "/value"),
        (["US", "XX"], "/value/1"),
        (["us"], "/value/0"),
        ([1], "/value/0"),
        (None, "/value"),
    ],
)
def test_it_refuses_what_is_no_list_of_countries(value: Any, pointer: str) -> None:
    wanted = has("phone_number", type="string", operator="phone-country-code-in", value=value)
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition(wanted), pointer="")
    assert error.value.pointer == "/condition_groups/0/conditions/0/filter" + pointer


@pytest.mark.rule("4.2")
def test_it_is_no_filter_on_events() -> None:
    filter = {"type": "string", "operator": "phone-country-code-in", "value": ["US"]}
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition(did("a", filters=[{"property": "p", "filter": filter}])), pointer="")
    assert error.value.pointer.endswith("/metric_filters/0/filter/operator")


@pytest.mark.rule("4.2", "4.8")
def test_it_is_followed_through_the_api(shop: Shop) -> None:
    segment = create(shop, definition(_wanted("in", "CA")))
    built(shop, segment)
    profile = shop.profile("ada@example.com", phone_number="+14165550123")
    shop.profile("ben@example.com", phone_number="+12025550123")
    eventually(lambda: members(shop, segment) == {"ada@example.com"}, seconds=2)
    patch = {"data": {"type": "profile", "id": profile, "attributes": {"phone_number": "+12125550123"}}}
    assert shop.http.patch(f"/api/profiles/{profile}", json=patch).status_code == 200
    eventually(lambda: members(shop, segment) == set(), seconds=2)
    assert shop.http.post("/api/segments", json=body(definition(_wanted("in", "Canada")))).status_code == 400
