"""Where an address of the network is, from a file in MaxMind's format that the operator brings (`RAPPORT_GEOIP`).

The file is opened once in each process and again when it was replaced; one that can't be read finds nothing and is
logged, so that nothing else fails for it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import maxminddb

from rapport.kit import clock, log

# To ask the system for each event whether the file is another one would cost as much as a lookup.
_SECONDS = 1.0
_LANGUAGE = "en"
_logger = log.logger("geoip")
_open: list["_File"] = []


def use(path: Path | None) -> None:
    """Name the file, or none. Called once in each process, at the composition root."""
    _open[:] = [_File(path)] if path else []


def lookup(address: str) -> dict[str, Any]:
    """What the file knows of an address: some of city, region, country (English names), zip, latitude, longitude
    (degrees) and timezone (IANA); {} for an address that is private, malformed or unknown, and without a file."""
    return _open[0].find(address) if _open else {}


def describe(path: Path) -> str:
    """The kind of a file and its date. Raises OSError or maxminddb.InvalidDatabaseError where it can't be read."""
    with maxminddb.open_database(path) as reader:
        about = reader.metadata()
        return f"{about.database_type}, {datetime.fromtimestamp(about.build_epoch, UTC).date()}"


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: maxminddb.Reader | None = None
        self._seen: tuple[int, int] | None = None
        self._again = 0.0
        self._look(clock.monotonic())

    def find(self, address: str) -> dict[str, Any]:
        if (now := clock.monotonic()) >= self._again:
            self._look(now)
        if self._reader is None:
            return {}
        try:
            return _read(self._reader.get(address))
        except (ValueError, maxminddb.InvalidDatabaseError):
            return {}

    def _look(self, now: float) -> None:
        """Open the file when it is another than before."""
        self._again = now + _SECONDS
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            stamp = (0, 0)
        if stamp != self._seen:
            self._seen = stamp
            self._reader = self._opened()

    def _opened(self) -> maxminddb.Reader | None:
        try:
            return maxminddb.open_database(self._path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            _logger.warning("RAPPORT_GEOIP can't be read: nobody is located", path=str(self._path), reason=str(error))
            return None


def _read(record: Any) -> dict[str, Any]:
    """A record of a city or country file, in the words of a profile's location."""
    if not isinstance(record, dict):
        return {}
    where = _part(record, "location")
    regions = record.get("subdivisions")
    location = {
        "city": _name(_part(record, "city")),
        "region": _name(regions[0]) if isinstance(regions, list) and regions else None,
        "country": _name(_part(record, "country")),
        "zip": _part(record, "postal").get("code"),
        "latitude": where.get("latitude"),
        "longitude": where.get("longitude"),
        "timezone": where.get("time_zone"),
    }
    return {name: value for name, value in location.items() if value is not None and value != ""}


def _part(record: dict[str, Any], name: str) -> dict[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def _name(place: Any) -> Any:
    if not isinstance(place, dict):
        return None
    return _part(place, "names").get(_LANGUAGE) or place.get("iso_code")
