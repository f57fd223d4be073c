"""profile-postal-code-distance: how far from a postal code somebody lives (behaviour-people 4.2, 4.6).

A profile's own latitude and longitude count before those of its postal code. The distance is that along a great circle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments.conditions.condition import Condition, OfProfile, Timeless
from rapport.segments.grammar import countries, filters
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.errors import DefinitionError
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql import countries as country_sql
from rapport.segments.sql import predicates, values
from rapport.segments.sql.postal_codes import code
from rapport.segments.sql.scope import Scope

# What changes for everybody when postal codes are imported.
PLACES = "places"
# Kilometres of a mile, and of the earth's mean diameter.
_UNITS = {"kilometers": Decimal(1), "miles": Decimal("1.609344")}
_DIAMETER = 12742.0176
_COUNTRY, _ZIP = "(p.location ->> 'country')", "(p.location ->> 'zip')"
# More than once round the earth in either unit.
_MOST = 100_000
# tenant-scope: places are the same for every account; profiles have the condition
_NEAR = """
    SELECT p.id FROM profiles p
    CROSS JOIN (SELECT latitude, longitude FROM places WHERE country = {country} AND code = {code}) AS centre
    CROSS JOIN LATERAL (SELECT {own_latitude} AS latitude, {own_longitude} AS longitude) AS own
    LEFT JOIN places AS z ON z.country = {own_country} AND z.code = {own_code}
    CROSS JOIN LATERAL (
        SELECT CASE WHEN own.latitude + own.longitude IS NULL THEN z.latitude ELSE own.latitude END AS latitude,
            CASE WHEN own.latitude + own.longitude IS NULL THEN z.longitude ELSE own.longitude END AS longitude
    ) AS home
    WHERE p.account_id = %(account)s{among} AND home.latitude IS NOT NULL AND {diameter} * asin(sqrt(least(1,
        power(sin(radians(home.latitude - centre.latitude) / 2), 2)
        + cos(radians(centre.latitude)) * cos(radians(home.latitude))
        * power(sin(radians(home.longitude - centre.longitude) / 2), 2)))) {comparison} {limit}"""
# tenant-scope: places are the same for every account
_KNOWN = f"""
    SELECT EXISTS (SELECT FROM places WHERE country = %(country)s),
        EXISTS (SELECT FROM places WHERE country = %(country)s AND code = {code("%(code)s", "%(country)s::text")})"""


@dataclass(frozen=True)
class DistanceCondition(Timeless, OfProfile):
    # ISO code of two letters
    country: str
    postal_code: str
    unit: str
    comparison: str
    limit: Decimal

    @property
    def depends(self) -> Dependencies:
        return Dependencies(changes=frozenset({"profile", PLACES}))

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        country = statement.add(self.country, "text")
        own_country = country_sql.code(_COUNTRY, statement)
        query = _NEAR.format(
            country=country,
            code=code(statement.add(self.postal_code, "text"), country),
            own_country=own_country,
            own_code=code(_ZIP, own_country),
            own_latitude=_degrees("latitude", 90),
            own_longitude=_degrees("longitude", 180),
            among=scope.restricted("p.id", statement),
            diameter=_DIAMETER,
            comparison=predicates.OPERATORS[self.comparison],
            limit=statement.add(float(self.limit * _UNITS[self.unit]), "float8"),
        )
        return await scope.ids(query, statement)


def _degrees(name: str, most: int) -> str:
    """SQL; null for what is no such angle. Rounded first, because not every numeric is a double."""
    number = f"({values.member('p.location', repr(name)).number})"
    return f"CASE WHEN {number} BETWEEN -{most} AND {most} THEN round({number}, 9)::float8 END"


def read(node: Node) -> DistanceCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "country_code", "postal_code", "unit", "filter")
    wanted = filters.number(node["filter"])
    if wanted.operator not in ("greater-than", "less-than"):
        raise node["filter"]["operator"].error("One of greater-than, less-than is needed here.")
    if wanted.wanted <= 0:
        raise node["filter"]["value"].error("A distance greater than 0 is needed here.")
    if wanted.wanted > _MOST:
        raise node["filter"]["value"].error("No place is so far away.")
    country = _country(node["country_code"])
    return DistanceCondition(
        country, node["postal_code"].text(), node["unit"].choice(tuple(_UNITS)), wanted.operator, wanted.wanted
    )


def _country(node: Node) -> str:
    written = node.text()
    country = countries.BY_THREE_LETTERS.get(written, written)
    if country not in countries.KNOWN:
        raise node.error(
            "Distances are known in the United States, Canada, Australia, New Zealand, the United Kingdom and the "
            "European Union; their codes have three letters, such as USA."
        )
    return country


async def check(conn: db.Connection, groups: Iterable[Iterable[Condition]], pointer: str) -> None:
    """Raises DefinitionError at a country or postal code that nobody can be compared with."""
    for number, group in enumerate(groups):
        for place, condition in enumerate(group):
            if isinstance(condition, DistanceCondition):
                await _check(conn, condition, f"{pointer}/condition_groups/{number}/conditions/{place}")


async def _check(conn: db.Connection, condition: DistanceCondition, pointer: str) -> None:
    country = condition.country
    row = await db.row(conn, _KNOWN, {"country": country, "code": condition.postal_code})
    assert row is not None
    if not row[0]:
        raise DefinitionError(
            f"{pointer}/country_code",
            f"No postal codes of {country} are known here yet. Whoever runs this installation can add them: download "
            f"{country}.zip from GeoNames' postal codes and run: rapport places import {country}.zip "
            f"--country {country}",
        )
    if not row[1]:
        raise DefinitionError(f"{pointer}/postal_code", f"There is no postal code '{condition.postal_code}' there.")
