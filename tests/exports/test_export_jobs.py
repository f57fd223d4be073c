"""Exports made in the background, and downloaded (behaviour-rest 17.10)."""

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.people import made

Json = dict[str, Any]


def begin(shop: Shop, kind: str, relationships: dict[str, str], **attributes: Any) -> httpx.Response:
    body = resource(f"{kind}-bulk-export-job", **attributes)
    body["data"]["relationships"] = {type: {"data": {"type": type, "id": id}} for type, id in relationships.items()}
    return shop.http.post(f"/api/{kind}-bulk-export-jobs", json=body)


def begun(shop: Shop, kind: str, relationships: dict[str, str], **attributes: Any) -> str:
    answer = begin(shop, kind, relationships, **attributes)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert data["attributes"]["status"] == "processing"
    assert "result" not in data["attributes"] and "error" not in data["attributes"]
    return str(data["id"])


def read(shop: Shop, kind: str, id: str, **query: str) -> Json:
    answer = shop.http.get(f"/api/{kind}-bulk-export-jobs/{id}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def complete(shop: Shop, kind: str, id: str) -> Json:
    """Its attributes, once it came to an end."""
    eventually(lambda: read(shop, kind, id)["attributes"]["status"] != "processing")
    return dict(read(shop, kind, id)["attributes"])


def download(shop: Shop, kind: str, id: str) -> httpx.Response:
    return shop.http.get(f"/api/{kind}-bulk-export-jobs/{id}/download")


def rows(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(gzip.decompress(answer.content).decode(), newline="")))


def exported(shop: Shop, kind: str, relationships: dict[str, str], **attributes: Any) -> list[Json]:
    id = begun(shop, kind, relationships, **attributes)
    assert complete(shop, kind, id)["status"] == "complete"
    return rows(download(shop, kind, id))


def pointer(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["errors"][0]["source"]["pointer"])


def files(shop: Shop) -> list[Path]:
    return [
        file for file in (shop.server.data / "exports").rglob("*") if shop.public_id in str(file) and file.is_file()
    ]


@pytest.fixture
def friends(shop: Shop) -> str:
    """A list of two, and a stranger beside it."""
    made(shop, email="ann@example.com", first_name="Ann", location={"city": "Bern"}, properties={"tier": 3, "x": "=1"})
    made(shop, email="bea@example.com", first_name="Bea")
    made(shop, email="stranger@example.com")
    return stories.list_of(shop, ["ann@example.com", "bea@example.com"])


def days(shop: Shop, *, ago: float = 30) -> Json:
    """Dates from some days ago until now."""
    now = datetime.now(UTC)
    return {"start_date": (now - timedelta(days=ago)).isoformat(), "end_date": now.isoformat()}


def test_members_of_a_list_are_exported_with_all_that_is_known_of_them(shop: Shop, friends: str) -> None:
    id = begun(shop, "profile", {"list": friends})
    attributes = complete(shop, "profile", id)
    left = datetime.fromisoformat(attributes["result"]["expires_at"]) - datetime.fromisoformat(attributes["created_at"])
    assert timedelta(days=7) <= left < timedelta(days=7, minutes=1)
    answer = download(shop, "profile", id)
    assert answer.headers["content-type"] == "application/gzip"
    assert f'filename="profiles-{id}.csv.gz"' in answer.headers["content-disposition"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    by_email = {row["email"]: row for row in rows(answer)}
    assert by_email.keys() == {"ann@example.com", "bea@example.com"}
    ann = by_email["ann@example.com"]
    assert (ann["first_name"], ann["location.city"], ann["properties.tier"]) == ("Ann", "Bern", "3")
    relations = read(shop, "profile", id)["relationships"]
    assert relations["list"]["data"] == {"type": "list", "id": friends}
    assert relations["segment"]["data"] is None
    progress = {"additional-fields[profile-bulk-export-job]": "progress"}
    assert read(shop, "profile", id, **progress)["attributes"]["progress"] == {
        "completed_count": 2,
        "total_count": 2,
        "size": len(answer.content),
    }


def test_members_of_a_segment_are_exported_with_what_is_asked_for(shop: Shop, friends: str) -> None:
    condition = {
        "type": "profile-property",
        "property": "first_name",
        "filter": {"type": "string", "operator": "equals", "value": "Ann"},
    }
    segment = stories.segment(shop, "Anns", [condition])
    wanted = ["email", "tier", "nobody has this", "location.city"]
    [row] = exported(shop, "profile", {"segment": segment}, properties=wanted)
    assert {name: value for name, value in row.items() if name != "id"} == {
        "email": "ann@example.com",
        "location.city": "Bern",
        "properties.tier": "3",
        "properties.nobody has this": "",
    }
    assert len(row["id"]) == 26
    [bare] = exported(shop, "profile", {"segment": segment}, properties=[])
    assert [*bare] == ["id"]


def test_events_of_a_metric_are_exported_between_two_moments(shop: Shop) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    moments = [now - timedelta(days=ago) for ago in (40, 10, 5)]
    for at, moment in enumerate(moments):
        properties = {"Item": f"i{at}", "Size": at}
        shop.event("Bought", "ann@example.com", value=5.5, time=moment.isoformat(), properties=properties)
    shop.event("Looked", "ann@example.com", time=moments[1].isoformat())
    shop.wait_until_recorded()
    metric = {"metric": shop.metric_id("Bought")}
    between = {"start_date": moments[1].isoformat(), "end_date": moments[2].isoformat()}
    found = {row["properties.Item"]: row for row in exported(shop, "event", metric, **between)}
    assert found.keys() == {"i1", "i2"}
    assert (found["i1"]["email"], found["i1"]["value"], found["i1"]["metric"]) == ("ann@example.com", "5.5", "Bought")
    assert datetime.fromisoformat(found["i1"]["time"]) == moments[1]
    narrow = exported(shop, "event", metric, **days(shop, ago=90), properties=["Size", "$value"])
    assert sorted(row["properties.Size"] for row in narrow) == ["0", "1", "2"]
    assert "properties.Item" not in narrow[0]
    assert "properties" not in exported(shop, "event", metric, **between, properties=[])[0]


def test_nothing_is_exported_without_exactly_one_source(shop: Shop, friends: str) -> None:
    """R57"""
    segment = stories.segment(shop, "All", [{**stories.count(shop_metric(shop), "greater-than-or-equal", 0)}])
    assert pointer(begin(shop, "profile", {"list": friends, "segment": segment})) == "/data/relationships"
    assert pointer(begin(shop, "profile", {})) == "/data/relationships"
    assert pointer(begin(shop, "event", {}, **days(shop))) == "/data/relationships"
    assert pointer(begin(shop, "profile", {"list": "NOPE01"})) == "/data/relationships/list/data/id"
    assert pointer(begin(shop, "event", {"metric": "NOPE01"}, **days(shop))) == "/data/relationships/metric/data/id"
    assert shop.http.get("/api/profile-bulk-export-jobs").json()["data"] == []


def shop_metric(shop: Shop) -> str:
    shop.event("Bought", "ann@example.com")
    return shop.metric_id("Bought")


@pytest.mark.parametrize(
    ("start", "end"), [(-1, -2), (-1, -1), (-1, 1), (-91, 0)], ids=["backwards", "nothing", "future", "too long"]
)
def test_dates_that_can_not_be_are_refused(shop: Shop, start: int, end: int) -> None:
    metric, now = {"metric": shop_metric(shop)}, datetime.now(UTC) - timedelta(seconds=5)
    dates = {"start_date": now + timedelta(days=start), "end_date": now + timedelta(days=end)}
    answer = begin(shop, "event", metric, **{name: date.isoformat() for name, date in dates.items()})
    assert pointer(answer) == "/data/attributes/end_date"
    naive = begin(shop, "event", metric, start_date="2026-01-01T00:00:00", end_date="2026-01-02T00:00:00Z")
    assert pointer(naive) == "/data/attributes/start_date"


def test_a_file_can_be_downloaded_for_seven_days_and_is_deleted_then(shop: Shop, friends: str) -> None:
    id = begun(shop, "profile", {"list": friends})
    complete(shop, "profile", id)
    assert len(files(shop)) == 1
    shop.advance(days=6, hours=23)
    assert download(shop, "profile", id).status_code == 200
    shop.advance(hours=2)
    gone = download(shop, "profile", id)
    assert (gone.status_code, gone.json()["errors"][0]["code"]) == (410, "gone")
    assert read(shop, "profile", id)["attributes"].items() >= {"status": "expired"}.items()
    assert "result" not in read(shop, "profile", id)["attributes"]
    eventually(lambda: not files(shop))
    shop.advance(days=31)
    eventually(lambda: download(shop, "profile", id).status_code == 404)


def test_there_is_nothing_to_download_before_it_is_complete(shop: Shop, friends: str) -> None:
    [(number,)] = shop.query("SELECT nextval(pg_get_serial_sequence('export_jobs', 'id'))")
    [(id,)] = shop.query(
        """INSERT INTO export_jobs (account_id, id, ulid, kind, source, source_id, status, created, error)
           OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'J' || %s, 'profile', 'list', %s, 'failed', now(), 'It broke.')
           RETURNING ulid""",
        shop.account_id,
        number,
        number,
        friends,
    )
    failed = download(shop, "profile", id)
    assert (failed.status_code, "It broke." in failed.text) == (409, True)
    assert read(shop, "profile", id)["attributes"]["error"] == "It broke."
    assert download(shop, "profile", "NOPE01").status_code == 404
    # an export of profiles is none of events
    assert download(shop, "event", id).status_code == 404


@pytest.mark.long
def test_what_is_gone_when_the_file_is_made_fails_with_a_reason(shop: Shop, friends: str) -> None:
    shop.query(
        """INSERT INTO export_jobs (account_id, ulid, kind, source, source_id, status, created)
           VALUES (%s, 'GONE' || %s, 'profile', 'list', 'NOPE01', 'processing', now()) RETURNING 1""",
        shop.account_id,
        shop.account_id,
    )
    attributes = complete(shop, "profile", f"GONE{shop.account_id}")
    assert (attributes["status"], attributes["error"]) == ("failed", "There is no list with the id NOPE01.")


def test_whoever_is_deleted_is_in_no_file_any_more(shop: Shop, friends: str) -> None:
    id = begun(shop, "profile", {"list": friends})
    complete(shop, "profile", id)
    person = resource("profile", email="ann@example.com")
    job = resource("data-privacy-deletion-job", profile=person)
    assert shop.http.post("/api/data-privacy-deletion-jobs", json=job).status_code == 202
    eventually(lambda: download(shop, "profile", id).status_code == 410)
    eventually(lambda: not files(shop))
    assert [row["email"] for row in exported(shop, "profile", {"list": friends})] == ["bea@example.com"]


def test_exports_are_listed_the_newest_first(shop: Shop, friends: str) -> None:
    ids = [begun(shop, "profile", {"list": friends}) for _ in range(3)]
    listed = shop.http.get("/api/profile-bulk-export-jobs", params={"page[size]": 2}).json()
    assert [one["id"] for one in listed["data"]] == ids[:0:-1]
    assert listed["links"]["next"]
    assert shop.http.get("/api/event-bulk-export-jobs").json()["data"] == []
