"""Two who change one message at once: neither's change is lost, in either revision."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import stories
from tests.conftest import Shop

_NEW, _OLD = {"revision": "2026-10-15"}, {"revision": "2026-07-15"}
_WANTED = {"subject": "New", "preview_text": "Look", "from_label": "Us", "cc_email": "us@example.com"}


def _patched(shop: Shop, path: str, kind: str, attributes: dict[str, Any], headers: dict[str, str]) -> int:
    body = {"data": {"type": kind, "id": path.rpartition("/")[2], "attributes": attributes}}
    return shop.http.patch(path, json=body, headers=headers).status_code


def test_of_a_variation(shop: Shop) -> None:
    _, message = stories.campaign(shop, included=[])
    variation = str(shop.sdk.Campaigns.get_variations_for_campaign_message(message).data[0].id)
    path = f"/api/campaign-variations/{variation}"

    def change(field: str) -> int:
        details = {"channel": "email", field: _WANTED[field]}
        return _patched(shop, path, "campaign-variation", {"definition": {"details": details}}, _NEW)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(change, _WANTED)) == [200] * 4
    details = shop.http.get(path, headers=_NEW).json()["data"]["attributes"]["definition"]["details"]
    assert _WANTED.items() <= details.items()


def test_of_a_message_in_the_older_shape(shop: Shop) -> None:
    _, message = stories.campaign(shop, included=[])
    path = f"/api/campaign-messages/{message}"

    def change(field: str) -> int:
        definition = {"channel": "email", "content": {field: _WANTED[field]}}
        return _patched(shop, path, "campaign-message", {"definition": definition}, _OLD)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(change, _WANTED)) == [200] * 4
    content = shop.http.get(path, headers=_OLD).json()["data"]["attributes"]["definition"]["content"]
    assert _WANTED.items() <= content.items()


def test_of_the_options_of_a_message(shop: Shop) -> None:
    _, message = stories.campaign(shop, included=[])
    path = f"/api/campaign-messages/{message}"
    wanted = [
        {"ab_test": {"winner_percentage": 40}},
        {"tracking_options": {"is_tracking_opens": False}},
        {"tracking_options": {"is_tracking_clicks": False}},
        {"send_options": {"throttling_type": "none"}},
    ]

    def change(definition: dict[str, Any]) -> int:
        return _patched(shop, path, "campaign-message", {"definition": definition}, _NEW)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(change, wanted)) == [200] * 4
    shown = shop.http.get(path, headers=_NEW).json()["data"]["attributes"]["definition"]
    tracking, sending = shown["tracking_options"], shown["send_options"]
    assert (tracking["is_tracking_opens"], tracking["is_tracking_clicks"]) == (False, False)
    assert (shown["ab_test"]["winner_percentage"], sending["throttling_type"]) == (40, "none")
