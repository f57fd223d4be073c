"""Images through the API: taken, shown, named, listed, hidden (behaviour-rest 12)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.images import pictures
from tests.parity.world import resource

Json = dict[str, Any]


def imported(shop: Shop, content: bytes | None = None, **attributes: Any) -> httpx.Response:
    """By a data URI."""
    url = pictures.uri(pictures.png() if content is None else content)
    return shop.http.post("/api/images", json=resource("image", **{"import_from_url": url} | attributes))


def uploaded(shop: Shop, content: bytes, filename: str = "file", **fields: str) -> httpx.Response:
    """By a form."""
    return shop.http.post("/api/image-upload", files={"file": (filename, content)}, data=fields)


def image(answer: httpx.Response, status: int = 201) -> Json:
    assert answer.status_code == status, answer.text
    return dict(answer.json()["data"])


def listed(shop: Shop, **query: str) -> list[str]:
    answer = shop.http.get("/api/images", params=query)
    assert answer.status_code == 200, answer.text
    return [one["attributes"]["name"] for one in answer.json()["data"]]


def test_an_image_is_shown_under_its_address_to_everybody(shop: Shop) -> None:
    made = image(uploaded(shop, pictures.jpeg(), "beach.jpg"))
    assert made["attributes"].items() >= {"name": "beach.jpg", "format": "jpeg", "hidden": False}.items()
    shown = httpx.get(made["attributes"]["image_url"])
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in shown.headers["cache-control"]
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert len(shown.content) == made["attributes"]["size"]
    assert pictures.opened(shown.content).size == (40, 20)
    again = httpx.get(made["attributes"]["image_url"], headers={"if-none-match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    company, file = made["attributes"]["image_url"].rsplit("/", 2)[1:]
    assert company == shop.public_id
    small = httpx.get(f"{shop.server.url}/images/{company}/thumbnails/{file}")
    assert small.headers["content-type"] == "image/jpeg"


def test_a_name_that_is_taken_gets_a_suffix(shop: Shop) -> None:
    """R49"""
    names = [image(imported(shop, name="logo"))["attributes"]["name"] for _ in range(3)]
    assert names == ["logo", "logo (1)", "logo (2)"]
    other = image(imported(shop))
    renamed = shop.http.patch(f"/api/images/{other['id']}", json=resource("image", other["id"], name="logo (1)"))
    assert image(renamed, 200)["attributes"]["name"] == "logo (1) (1)"


@pytest.mark.parametrize("name", ["Screenshot 1.02\u202fPM", "👩\u200d👧", "Größe 100 %", "x" * 255])
def test_a_name_may_be_written_in_any_script(shop: Shop, name: str) -> None:
    assert image(imported(shop, name=name))["attributes"]["name"] == name
    assert image(uploaded(shop, pictures.png(), name=name))["attributes"]["name"].endswith(" (1)")


def test_who_takes_one_name_at_once_gets_one_each(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: imported(shop, name="logo"), range(8)))
    names = {image(answer)["attributes"]["name"] for answer in answers}
    assert names == {"logo", *(f"logo ({number})" for number in range(1, 8))}


def test_hidden_images_are_listed_only_for_who_asks_for_them(shop: Shop) -> None:
    """R50"""
    image(imported(shop, name="shown"))
    image(uploaded(shop, pictures.png(), name="away", hidden="true"))
    assert listed(shop) == ["shown"]
    assert listed(shop, filter="equals(hidden,true)") == ["away"]
    assert listed(shop, filter="any(hidden,[true,false])") == ["shown", "away"]


def test_they_are_filtered_sorted_and_read_page_by_page(shop: Shop) -> None:
    files = {"beach": pictures.jpeg(), "logo": pictures.png(), "wave": pictures.gif()}
    made = {name: image(imported(shop, content, name=name)) for name, content in files.items()}
    size = made["beach"]["attributes"]["size"]
    day = "2020-01-01T00:00:00Z"
    for filter, expected in (
        ('equals(format,"png")', ["logo"]),
        ('any(format,["gif","jpeg"])', ["beach", "wave"]),
        (f'equals(id,"{made["wave"]["id"]}")', ["wave"]),
        (f'any(id,["{made["wave"]["id"]}","7","none"])', ["wave"]),
        ('contains(name,"a")', ["beach", "wave"]),
        ('starts-with(name,"lo")', ["logo"]),
        ('ends-with(name,"e")', ["wave"]),
        ("greater-than(size,0)", ["beach", "logo", "wave"]),
        (f"greater-or-equal(size,{size})", ["beach"]),
        (f"less-than(size,{size})", ["logo", "wave"]),
        (f"greater-than(updated_at,{day})", ["beach", "logo", "wave"]),
        (f"less-than(updated_at,{day})", []),
    ):
        assert listed(shop, filter=filter) == expected, filter
    assert listed(shop, sort="-name") == ["wave", "logo", "beach"]
    assert listed(shop, sort="format") == ["wave", "beach", "logo"]
    assert listed(shop, sort="-size")[0] == "beach"
    assert listed(shop, sort="updated_at") == listed(shop, sort="id") == ["beach", "logo", "wave"]
    first = shop.http.get("/api/images", params={"page[size]": 2, "sort": "name"}).json()
    second = shop.http.get(first["links"]["next"]).json()
    assert [one["attributes"]["name"] for one in (*first["data"], *second["data"])] == ["beach", "logo", "wave"]
    assert second["links"]["next"] is None


def test_an_update_changes_what_it_names_alone(shop: Shop) -> None:
    made = image(imported(shop, name="logo"))
    path = f"/api/images/{made['id']}"
    hidden = image(shop.http.patch(path, json=resource("image", made["id"], hidden=True)), 200)["attributes"]
    assert (hidden["name"], hidden["hidden"], hidden["image_url"]) == ("logo", True, made["attributes"]["image_url"])
    named = image(shop.http.patch(path, json=resource("image", made["id"], name="mark")), 200)["attributes"]
    assert (named["name"], named["hidden"]) == ("mark", True)
    same = image(shop.http.patch(path, json=resource("image", made["id"], name="mark", hidden=None)), 200)
    assert (same["attributes"]["name"], same["attributes"]["hidden"]) == ("mark", True)
    assert image(shop.http.get(path), 200)["attributes"] == same["attributes"]


@pytest.mark.parametrize("name", [" ", "x" * 256, "two\nlines"])
def test_a_name_that_is_none_is_refused(shop: Shop, name: str) -> None:
    assert imported(shop, name=name).status_code == 400
