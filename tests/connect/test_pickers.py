"""The five pickers, by key and by OAuth token: sorted, searched and in pages."""

from typing import Any

import pytest

from rapport.connect import connection as connections
from rapport.connect import pickers
from rapport.connect.connection import Connection
from rapport.connect.shapes import paths
from tests import stories
from tests.accounts import dance
from tests.conftest import Shop
from tests.connect.scene import EMAIL_MESSAGE
from tests.connect.strange import Asked, Host, Reply, in_json
from tests.connect.world import acted, connected, paths_of

SCOPES = tuple(sorted({scope for action in pickers.ACTIONS for scope in action.scopes}))


@pytest.fixture(params=["key", "token"])
def connection(request: pytest.FixtureRequest, shop: Shop) -> Connection:
    if request.param == "key":
        return connected(shop)
    token = dance.registered(shop.server, scopes=SCOPES).tokens(shop, scope=" ".join(SCOPES))["access_token"]
    return connected(shop, connections.access_token(token))


def labels(connection: Connection, name: str, **values: Any) -> list[str]:
    return [choice["label"] for choice in acted(connection, name, **values)["result"]]


def test_select_account(connection: Connection, shop: Shop) -> None:
    """selectAccount"""
    page = acted(connection, "selectAccount")
    assert page == {"result": [{"key": shop.public_id, "label": "Test shop"}], "next": None}
    assert set(paths(pickers.OUTPUT)) == paths_of(page)
    assert labels(connection, "selectAccount", search="TEST") == ["Test shop"]
    assert labels(connection, "selectAccount", search="other") == []


def test_select_campaign(connection: Connection, shop: Shop) -> None:
    """selectCampaign: of every channel."""
    audience = stories.list_of(shop, [])
    sms = {"channel": "sms", "label": "T", "content": {"body": "Hi"}}
    for name, message in (("beta", EMAIL_MESSAGE), ("Alpha", sms), ("gamma 1", EMAIL_MESSAGE)):
        values = {"campaignName": name, "includedAudiences": audience, "campaignMessages": [message]}
        acted(connected(shop), "component.createCampaign", **values)
    assert labels(connection, "selectCampaign") == ["Alpha", "beta", "gamma 1"]
    assert labels(connection, "selectCampaign", search="A 1") == ["gamma 1"]


def test_select_event(connection: Connection, shop: Shop) -> None:
    """selectEvent: by its metric."""
    for metric in ("Viewed Product", "Added to Cart"):
        shop.event(metric, "ann@example.com", time="2026-01-01T00:00:00+00:00")
    shop.wait_until_recorded()
    time = "2026-01-01T00:00:00+00:00"
    assert labels(connection, "selectEvent") == [f"Added to Cart, {time}", f"Viewed Product, {time}"]
    assert labels(connection, "selectEvent", search="cart") == [f"Added to Cart, {time}"]


def test_select_profile(connection: Connection, shop: Shop) -> None:
    """selectProfile: by address, in pages."""
    for name in ("cid", "ann", "bob"):
        shop.profile(f"{name}@example.com", first_name=name.capitalize())
    every = ["Ann (ann@example.com)", "Bob (bob@example.com)", "Cid (cid@example.com)"]
    assert labels(connection, "selectProfile") == every
    first = acted(connection, "selectProfile", pageSize=2)
    assert [choice["label"] for choice in first["result"]] == every[:2]
    shop.profile("aaron@example.com")
    assert labels(connection, "selectProfile", pageSize=2, pageCursor=first["next"]) == every[2:]
    assert acted(connection, "selectProfile", pageCursor=first["next"])["next"] is None
    assert labels(connection, "selectProfile", search="bob@") == every[1:2]


def test_select_template(connection: Connection, shop: Shop) -> None:
    """selectTemplate: all pages of the host."""
    names = [f"Template {number:02}" for number in range(12)]
    for name in reversed(names):
        stories.template(shop, name=name)
    assert labels(connection, "selectTemplate") == names
    assert labels(connection, "selectTemplate", search="plate 1") == names[10:]


def test_in_a_large_account_the_host_searches_where_it_can() -> None:
    """Twenty pages are read; what lies behind them is found by a host that knows `contains`."""

    def answer(asked: Asked, knows: bool) -> Reply:
        if "contains" in asked.path:
            return person("zoe") if knows else in_json({"errors": [{"code": "invalid", "detail": "No."}]}, 400)
        people = [{"type": "profile", "id": f"{len(host.asked)}-{n}", "attributes": {}} for n in range(100)]
        return in_json({"data": people, "links": {"next": "https://public.example/api/profiles?page%5Bcursor%5D=x"}})

    def person(name: str) -> Reply:
        return in_json({"data": [{"type": "profile", "id": name, "attributes": {"email": f"{name}@example.com"}}]})

    for knows, expected in ((True, ["zoe@example.com"]), (False, [])):
        with Host(lambda asked, knows=knows: answer(asked, knows)) as host:  # type: ignore[misc]
            connection = Connection(host.url, connections.api_key("pk_" + "0" * 32))
            assert labels(connection, "selectProfile", search="zoe") == expected
            assert len(host.asked) == 21 and all(asked.path.startswith("/api/profiles?") for asked in host.asked)


def test_a_host_that_does_not_know_a_channel_has_no_campaigns_of_it() -> None:
    def strict(asked: Asked) -> Reply:
        if "mobile_push" in asked.path:
            return in_json({"errors": [{"code": "invalid", "detail": "No such channel."}]}, 400)
        return in_json({"data": [{"type": "campaign", "id": "1", "attributes": {"name": "One"}}]})

    with Host(strict) as host:
        connection = Connection(host.url, connections.api_key("pk_" + "0" * 32))
        assert labels(connection, "selectCampaign") == ["One"]
