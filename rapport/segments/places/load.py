"""Reading a file of postal codes in the format of GeoNames into the table."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from rapport.accounts import service as accounts
from rapport.kit import db
from rapport.segments import service as segments
from rapport.segments.conditions.distance import PLACES
from rapport.segments.sql.postal_codes import code

# Columns of the format, tab-separated: country, postal code, place, three divisions with their codes, then these.
_LATITUDE, _LONGITUDE = 9, 10
_RAW = "CREATE TEMP TABLE raw_places (code text, latitude float8, longitude float8)"
_DROP = "DROP TABLE raw_places"
_COPY = "COPY raw_places (code, latitude, longitude) FROM STDIN"
# tenant-scope: places are the same for every account
_CLEAR = "DELETE FROM places WHERE country = %s"
# tenant-scope: places are the same for every account
_FILL = f"""
    INSERT INTO places (country, code, latitude, longitude)
    SELECT %(country)s, {code("code", "%(country)s::text")}, avg(latitude), avg(longitude) FROM raw_places
    WHERE {code("code", "%(country)s::text")} IS NOT NULL GROUP BY 2 RETURNING 1"""


class PlacesError(Exception):
    """What is wrong with a file, and in which line."""


@dataclass(frozen=True)
class Row:
    code: str
    latitude: float
    longitude: float


async def load(conn: db.Connection, country: str, rows: Iterable[Row]) -> int:
    """Replace a country's postal codes; returns how many there are now. Segments with distances are rebuilt. Raises
    PlacesError."""
    async with conn.transaction():
        await db.execute(conn, _RAW)
        async with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                await copy.write_row((row.code, row.latitude, row.longitude))
        await db.execute(conn, _CLEAR, (country,))
        count = len(await db.rows(conn, _FILL, {"country": country}))
        await db.execute(conn, _DROP)
        if not count:
            raise PlacesError(f"There is no postal code of {country} in this file.")
        for account_id in await accounts.all_ids(conn):
            await segments.build_anew(conn, account_id, lambda depends: PLACES in depends.changes)
    await db.execute(conn, "ANALYZE places")
    return count


def read(lines: Iterable[str], country: str) -> Iterator[Row]:
    """The rows of one country. Raises PlacesError."""
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) <= _LONGITUDE:
            raise PlacesError(f"Line {number} has {len(cells)} columns, tab-separated; at least 11 are needed.")
        if cells[0] == country:
            yield _row(cells, number)


def _row(cells: list[str], number: int) -> Row:
    try:
        row = Row(cells[1], float(cells[_LATITUDE]), float(cells[_LONGITUDE]))
    except ValueError:
        raise PlacesError(f"Line {number} has no latitude and longitude in its columns 10 and 11.") from None
    if not (-90 <= row.latitude <= 90 and -180 <= row.longitude <= 180):
        raise PlacesError(f"The latitude or longitude in line {number} is not on this planet.")
    return row


@contextmanager
def opened(file: Path, country: str) -> Iterator[TextIO]:
    """The lines of a text file, or of the country's file in an archive as GeoNames offers it. Raises PlacesError."""
    if not zipfile.is_zipfile(file):
        with file.open(encoding="utf-8") as lines:
            yield lines
        return
    with zipfile.ZipFile(file) as archive:
        inside = f"{country}.txt"
        if inside not in archive.namelist():
            raise PlacesError(f"There is no {inside} in this archive.")
        with archive.open(inside) as raw, TextIOWrapper(raw, encoding="utf-8") as lines:
            yield lines
