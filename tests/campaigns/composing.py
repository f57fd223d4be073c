"""What the composer does with a campaign, over HTTP."""

from typing import Any

import httpx

from tests.conftest import REVISION, Shop

Json = dict[str, Any]
_HEADERS = {"revision": REVISION}


def new(shop: Shop, name: str = "Spring letter") -> str:
    """A draft with nothing but a name."""
    attributes = {"definition": {"name": name}}
    answer = shop.http.post(
        "/api/campaigns", json={"data": {"type": "campaign", "attributes": attributes}}, headers=_HEADERS
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def write(shop: Shop, campaign: str, version: str | None = None, /, **changes: Any) -> httpx.Response:
    headers = _HEADERS if version is None else {**_HEADERS, "If-Match": version}
    body = {"data": {"type": "campaign-draft", "id": campaign, "attributes": changes}}
    return shop.http.patch(f"/api/campaigns/{campaign}/draft", json=body, headers=headers)


def written(shop: Shop, campaign: str, **changes: Any) -> Json:
    """The draft as it is after a change that is taken."""
    answer = write(shop, campaign, **changes)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def read(shop: Shop, campaign: str, part: str) -> Json:
    """`part`: draft, readiness, preview or overview."""
    answer = shop.http.get(f"/api/campaigns/{campaign}/{part}", headers=_HEADERS)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def send(shop: Shop, campaign: str, hold_seconds: int = 0) -> httpx.Response:
    attributes = {"hold_seconds": hold_seconds}
    body = {"data": {"type": "campaign-send-job", "id": campaign, "attributes": attributes}}
    return shop.http.post("/api/campaign-send-jobs", json=body, headers=_HEADERS)
