"""Words for tests about people: bodies, requests and what became of them."""

from typing import Any

import httpx

from tests.conftest import Shop, eventually

Json = dict[str, Any]


def profile_body(*, id: str | None = None, meta: Json | None = None, **attributes: Any) -> Json:
    data: Json = {"type": "profile", "attributes": attributes}
    data |= {} if id is None else {"id": id}
    data |= {} if meta is None else {"meta": meta}
    return {"data": data}


def create(shop: Shop, **attributes: Any) -> httpx.Response:
    return shop.http.post("/api/profiles", json=profile_body(**attributes))


def made(shop: Shop, **attributes: Any) -> str:
    """The id of a new profile."""
    answer = create(shop, **attributes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def imported(shop: Shop, **attributes: Any) -> httpx.Response:
    return shop.http.post("/api/profile-import", json=profile_body(**attributes))


def patched(shop: Shop, id: str, **attributes: Any) -> httpx.Response:
    return shop.http.patch(f"/api/profiles/{id}", json=profile_body(id=id, **attributes))


def read(shop: Shop, id: str) -> Json:
    """A profile's attributes."""
    answer = shop.http.get(f"/api/profiles/{id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def everybody(shop: Shop) -> dict[str, Json]:
    """Every profile of the account by id."""
    found: dict[str, Json] = {}
    url = "/api/profiles?page[size]=100"
    while url:
        page = shop.http.get(url).json()
        found |= {one["id"]: one["attributes"] for one in page["data"]}
        url = page["links"]["next"]
    return found


def event_body(metric: str = "Viewed Product", /, *, person: Json, **attributes: Any) -> Json:
    """`person`: attributes of the event's profile, with `id` for its id."""
    known = {key: value for key, value in person.items() if key != "id"}
    profile: Json = {"type": "profile", "attributes": known}
    profile |= {"id": person["id"]} if "id" in person else {}
    given = {
        "properties": {},
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "profile": {"data": profile},
        **attributes,
    }
    return {"data": {"type": "event", "attributes": given}}


def send(shop: Shop, metric: str = "Viewed Product", /, *, person: Json, **attributes: Any) -> httpx.Response:
    return shop.http.post("/api/events", json=event_body(metric, person=person, **attributes))


def sent(shop: Shop, metric: str = "Viewed Product", /, *, person: Json, **attributes: Any) -> None:
    """An event, recorded."""
    answer = send(shop, metric, person=person, **attributes)
    assert answer.status_code == 202, answer.text
    shop.wait_until_recorded()


def events_of(shop: Shop, id: str) -> list[Json]:
    """Attributes of a profile's events, newest first, with the name of the metric beside them."""
    answer = shop.http.get("/api/events", params={"filter": f'equals(profile_id,"{id}")', "include": "metric"}).json()
    names = {one["id"]: one["attributes"]["name"] for one in answer.get("included", [])}
    return [
        {**one["attributes"], "metric": names[one["relationships"]["metric"]["data"]["id"]]} for one in answer["data"]
    ]


def metrics_of(shop: Shop, id: str) -> list[str]:
    return sorted(one["metric"] for one in events_of(shop, id))


def gone(shop: Shop, id: str) -> bool:
    return shop.http.get(f"/api/profiles/{id}").status_code == 404


def eventually_gone(shop: Shop, id: str) -> None:
    eventually(lambda: gone(shop, id))
