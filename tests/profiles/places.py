"""A small file in MaxMind's format, as GeoLite2 and DB-IP make them large."""

from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

ROME = "198.51.100.7"
PARIS = "203.0.113.9"
# of this machine, which tests call from
BERN = "127.0.0.1"
IN_ROME = {
    "city": "Rome", "region": "Lazio", "country": "Italy", "zip": "00118", "latitude": 41.8919, "longitude": 12.5113,
    "timezone": "Europe/Rome",
}  # fmt: skip
IN_PARIS = {"city": "Paris", "country": "France", "timezone": "Europe/Paris"}


def write(file: Path, *, rome: str = "Rome") -> None:
    """`rome`: what the city is called. It takes the place of a file that is there in one step."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", languages=["en"])
    writer.insert_network(
        IPSet([f"{ROME}/32"]),
        _record(rome, "Italy", "Europe/Rome", region="Lazio")
        | {
            "postal": {"code": "00118"},
            "location": {"latitude": 41.8919, "longitude": 12.5113, "time_zone": "Europe/Rome"},
        },
    )
    writer.insert_network(IPSet([f"{PARIS}/32"]), _record("Paris", "France", "Europe/Paris"))
    writer.insert_network(IPSet([f"{BERN}/32"]), _record("Bern", "Switzerland", "Europe/Zurich"))
    writer.to_db_file(str(file.with_suffix(".new")))
    file.with_suffix(".new").rename(file)


def _record(city: str, country: str, zone: str, *, region: str | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "city": {"names": {"en": city, "de": "anders"}},
        "country": {"iso_code": country[:2].upper(), "names": {"en": country}},
        "location": {"time_zone": zone},
    }
    return record | ({"subdivisions": [{"names": {"en": region}}]} if region else {})
