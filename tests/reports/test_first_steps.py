"""What a new account is told to do next."""

from tests.conftest import Shop
from tests.parity.world import resource
from tests.people import Json
from tests.stories import campaign, list_of, segment


def steps(shop: Shop) -> Json:
    """What is done, by step, and the record's other attributes."""
    attributes = shop.http.get("/api/first-steps").json()["data"]["attributes"]
    return {**attributes, **{step["id"]: step["done"] for step in attributes.pop("steps")}}


def test_each_step_is_done_by_doing_it(shop: Shop) -> None:
    # the tests' server has an SMTP server, and their shops a sender without an address
    nothing = {"sender": False, "people": False, "store_event": False, "sending": True, "segment": False}
    assert steps(shop).items() >= (nothing | {"campaign": False, "complete": False, "dismissed": False}).items()
    shop.profile("ann@example.com")
    list_id = list_of(shop, ["ann@example.com"])
    assert steps(shop)["people"]
    assert not steps(shop)["store_event"]
    shop.event("Viewed Product", "ann@example.com")
    shop.metric_id("Viewed Product")
    assert steps(shop)["store_event"]
    condition = {"type": "profile-property", "property": "email", "filter": {"type": "existence", "operator": "is-set"}}
    segment(shop, "Reachable", [condition])
    campaign(shop, included=[list_id])
    done = steps(shop)
    assert (done["segment"], done["campaign"], done["sender"], done["complete"]) == (True, True, False, False)


def test_they_are_dismissed_and_shown_again(shop: Shop) -> None:
    for dismissed in (True, False):
        body = resource("first-steps", dismissed=dismissed)
        assert shop.http.patch("/api/first-steps", json=body).status_code == 200
        assert steps(shop)["dismissed"] is dismissed
