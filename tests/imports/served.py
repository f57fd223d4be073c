"""Imports as the server does them: a file handed over, corrected, checked, started."""

import csv
import io
from typing import Any

import httpx

from tests.conftest import Shop
from tests.parity.world import resource

Json = dict[str, Any]
_WAIT = {"prefer": "wait=20"}
OVER = ("complete", "failed", "cancelled")


def uploaded(shop: Shop, text: str | bytes, kind: str = "profiles", name: str = "people.csv") -> httpx.Response:
    content = text.encode() if isinstance(text, str) else text
    return shop.http.post("/api/imports", files={"file": (name, content)}, data={"kind": kind})


def handed_over(shop: Shop, text: str | bytes, kind: str = "profiles", name: str = "people.csv") -> Json:
    """The draft: its id and attributes together."""
    return _attributes(uploaded(shop, text, kind, name), 201)


def _attributes(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    data = answer.json()["data"]
    return {"id": data["id"], **data["attributes"]}


def shown(shop: Shop, id: str) -> Json:
    return _attributes(shop.http.get(f"/api/imports/{id}"))


def changing(shop: Shop, id: str, **attributes: Any) -> httpx.Response:
    return shop.http.patch(f"/api/imports/{id}", json=resource("file-import", id, **attributes))


def changed(shop: Shop, id: str, **attributes: Any) -> Json:
    return _attributes(changing(shop, id, **attributes))


def checked(shop: Shop, id: str) -> Json:
    """After a dry run."""
    _attributes(shop.http.post(f"/api/imports/{id}/check", headers=_WAIT), 202)
    found = shown(shop, id)
    assert found["status"] == "checked"
    return found


def brought_in(shop: Shop, id: str) -> Json:
    """After the import, and after what follows from it."""
    _attributes(shop.http.post(f"/api/imports/{id}/start", headers=_WAIT), 202)
    done = shown(shop, id)
    assert done["status"] in OVER
    return done


def refused(shop: Shop, id: str) -> list[dict[str, str]]:
    answer = shop.http.get(f"/api/imports/{id}/refused-rows")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return [*csv.DictReader(io.StringIO(answer.text))]
