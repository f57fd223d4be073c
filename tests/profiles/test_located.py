"""Where visitors are, by the address they come from (behaviour-people 1.8)."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server, Shop, eventually, new_shop, serving, start
from tests.onsite.world import accepted, tracked
from tests.people import Json, imported, made, patched, read, sent
from tests.profiles.places import BERN, IN_PARIS, IN_ROME, PARIS, ROME, write

EMAIL = "ann@example.com"
ANN = {"email": EMAIL}


@pytest.fixture(scope="module")
def located() -> Iterator[Server]:
    """A server whose operator brought a file, and then another folder's worth of nothing else."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-"))
    write(folder / "city.mmdb")
    with serving(RAPPORT_GEOIP=str(folder / "city.mmdb")) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shop(located: Server) -> Iterator[Shop]:
    with new_shop(located) as one:
        yield one


def location(shop: Shop, id: str) -> Json:
    return {name: value for name, value in read(shop, id)["location"].items() if value is not None}


def comes_from(shop: Shop, address: str) -> None:
    sent(shop, person=ANN | {"location": {"ip": address}})


@pytest.mark.rule("1.8")
def test_an_address_of_the_network_tells_where_somebody_is_and_a_newer_one_replaces_it(shop: Shop) -> None:
    id = made(shop, **ANN, location={"ip": ROME})
    assert location(shop, id) == {**IN_ROME, "ip": ROME}
    comes_from(shop, PARIS)
    assert location(shop, id) == {**IN_PARIS, "ip": PARIS}
    for unknown in ("192.0.2.1", "2001:db8::1", "nowhere"):
        comes_from(shop, unknown)
        assert location(shop, id) == {**IN_PARIS, "ip": unknown}


@pytest.mark.rule("1.8")
def test_an_address_that_was_given_is_never_overwritten_by_where_an_ip_address_is(shop: Shop) -> None:
    """Neither a key of it nor the gaps between; a time zone that nobody gave is no part of it."""
    id = made(shop, **ANN, location={"city": "Oslo"})
    comes_from(shop, ROME)
    assert location(shop, id) == {"city": "Oslo", "ip": ROME, "timezone": "Europe/Rome"}
    patched(shop, id, location={"timezone": "Europe/Oslo"})
    comes_from(shop, PARIS)
    assert location(shop, id) == {"city": "Oslo", "ip": PARIS, "timezone": "Europe/Oslo"}


@pytest.mark.rule("1.8")
@pytest.mark.parametrize("write_address", [patched, lambda shop, _id, **said: imported(shop, **ANN, **said)])
def test_an_address_takes_the_place_of_what_an_ip_address_told(shop: Shop, write_address: object) -> None:
    id = made(shop, **ANN, location={"ip": ROME})
    write_address(shop, id, location={"city": "Oslo", "country": "Norway"})  # type: ignore[operator]
    oslo = {"city": "Oslo", "country": "Norway", "ip": ROME, "timezone": "Europe/Rome"}
    assert location(shop, id) == oslo
    comes_from(shop, PARIS)
    assert location(shop, id) == oslo | {"ip": PARIS, "timezone": "Europe/Paris"}
    patched(shop, id, location=None)
    comes_from(shop, ROME)
    assert location(shop, id) == {**IN_ROME, "ip": ROME}


@pytest.mark.rule("1.8")
def test_an_address_in_the_same_request_counts_for_more(shop: Shop) -> None:
    id = made(shop, **ANN, location={"ip": ROME, "city": "Oslo"})
    assert location(shop, id) == {"city": "Oslo", "ip": ROME, "timezone": "Europe/Rome"}


@pytest.mark.rule("1.8")
def test_the_old_name_of_an_address_of_the_network_counts_too(shop: Shop) -> None:
    id = made(shop, **ANN, properties={"$ip": PARIS, "tier": 1})
    assert (location(shop, id), read(shop, id)["properties"]) == ({**IN_PARIS, "ip": PARIS}, {"tier": 1})


@pytest.mark.rule("1.8")
def test_an_event_from_a_page_locates_who_did_it_by_the_address_of_the_request(shop: Shop) -> None:
    id = made(shop, **ANN)
    accepted(shop, "events", tracked(person=ANN))
    sent(shop, person=ANN, properties={"$use_ip": True})
    assert location(shop, id) == {}
    accepted(shop, "events", tracked("Opened App", person=ANN, properties={"$use_ip": True}))
    shop.wait_until_recorded()
    assert location(shop, id) == {"ip": BERN, "city": "Bern", "country": "Switzerland", "timezone": "Europe/Zurich"}


@pytest.mark.rule("1.8")
def test_opening_and_clicking_locate_nobody(shop: Shop) -> None:
    id = made(shop, **ANN, location={"ip": PARIS})
    for metric in ("Opened Email", "Clicked Email"):
        shop.event(metric, EMAIL, service="klaviyo", properties={"IP": ROME, "$ip": ROME, "$use_ip": True})
    shop.wait_until_recorded()
    assert location(shop, id) == {**IN_PARIS, "ip": PARIS}


@pytest.mark.rule("1.8")
def test_coming_from_the_same_place_again_changes_nothing(shop: Shop) -> None:
    id = made(shop, **ANN, location={"ip": ROME})
    before = shop.query("SELECT updated FROM profiles WHERE account_id = %s", shop.account_id)
    imported(shop, **ANN, location={"ip": ROME})
    assert shop.query("SELECT updated FROM profiles WHERE account_id = %s", shop.account_id) == before
    assert location(shop, id) == {**IN_ROME, "ip": ROME}


@pytest.mark.rule("1.8", "4.2")
def test_a_segment_by_region_holds_who_is_located_there(shop: Shop) -> None:
    rome, _ = made(shop, **ANN, location={"ip": ROME}), made(shop, email="bea@example.com")
    condition = {"type": "profile-region", "in_region": True, "region": "european_union"}
    body = {"name": "EU", "definition": {"condition_groups": [{"conditions": [condition]}]}}
    segment = shop.http.post("/api/segments", json={"data": {"type": "segment", "attributes": body}}).json()["data"]

    def members() -> list[str]:
        return [one["id"] for one in shop.http.get(f"/api/segments/{segment['id']}/profiles").json()["data"]]

    eventually(lambda: members() == [rome])


@pytest.mark.rule("1.6", "1.8")
@pytest.mark.parametrize(
    ("into", "source", "becomes"),
    [
        ({"city": "Oslo"}, {"ip": ROME}, {"city": "Oslo", "timezone": "Europe/Rome"}),
        ({"ip": ROME}, {"city": "Oslo"}, {"city": "Oslo", "timezone": "Europe/Rome"}),
        ({"ip": ROME}, {"ip": PARIS}, {**IN_ROME, "ip": ROME, "timezone": "Europe/Paris"}),
        ({"city": "Oslo", "timezone": "Europe/Oslo"}, {"ip": ROME}, {"city": "Oslo", "timezone": "Europe/Oslo"}),
    ],
)
def test_of_two_that_become_one_an_address_counts_for_more(shop: Shop, into: Json, source: Json, becomes: Json) -> None:
    ann, other = made(shop, **ANN, location=into), made(shop, email="ann@example.org", location=source)
    relation = {"profiles": {"data": [{"type": "profile", "id": other}]}}
    body = {"data": {"type": "profile-merge", "id": ann, "relationships": relation}}
    assert shop.http.post("/api/profile-merge", json=body).status_code in (201, 202)
    assert location(shop, ann) == becomes
    comes_from(shop, PARIS)
    assert location(shop, ann).get("city") == becomes["city"].replace("Rome", "Paris")


@pytest.mark.rule("1.8")
def test_a_file_that_is_replaced_is_read_again(shop: Shop, located: Server) -> None:
    file = Path(located.environment["RAPPORT_GEOIP"])
    write(file, rome="Roma")

    def city() -> str:
        id = imported(shop, **ANN, location={"ip": ROME}).json()["data"]["id"]
        return str(location(shop, id)["city"])

    eventually(lambda: city() == "Roma", every=0.1)
    write(file)
    eventually(lambda: city() == "Rome", every=0.1)


def _doctor(server: Server, file: Path) -> str:
    return server.command("doctor", RAPPORT_GEOIP=str(file)).stdout


@pytest.mark.rule("1.8")
def test_the_doctor_tells_what_is_wrong_with_the_file(located: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_text("nothing")
    assert "Test-City" in _doctor(located, Path(located.environment["RAPPORT_GEOIP"]))
    for wrong in (broken, tmp_path / "missing.mmdb"):
        assert "Nobody is located" in _doctor(located, wrong)


@pytest.mark.rule("1.8")
def test_nothing_fails_for_a_file_that_is_missing(tmp_path: Path) -> None:
    running = start(tmp_path / "data", RAPPORT_GEOIP=str(tmp_path / "missing.mmdb"))
    try:
        with new_shop(running) as one:
            assert location(one, made(one, **ANN, location={"ip": ROME})) == {"ip": ROME}
        assert "RAPPORT_GEOIP" in (tmp_path / "data.log").read_text()
    finally:
        running.stop()
