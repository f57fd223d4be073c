"""What hangs on a profile: groups, devices, conversations (behaviour-people 1.2), and predictions (1.11)."""

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.lists.test_lists import add, new_list
from tests.people import made, sent
from tests.profiles.test_push_tokens import register

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
pytestmark = pytest.mark.rule("1.2")


def test_relationships_are_links_unless_they_are_included(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    shown = shop.http.get(f"/api/profiles/{ann}").json()
    home = f"{shop.server.url}/api/profiles/{ann}/"
    names = {"lists", "segments", "push-tokens", "conversations"}
    assert shown["data"]["relationships"] == {
        name: {"links": {"self": f"{home}relationships/{name}/", "related": f"{home}{name}/"}} for name in names
    }
    assert "included" not in shown


def test_what_is_included_and_not_there_is_empty(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    for name in ("lists", "segments", "push-tokens", "conversations"):
        shown = shop.http.get(f"/api/profiles/{ann}", params={"include": name}).json()
        assert shown["data"]["relationships"][name]["data"] == []
        assert shown["included"] == []


def test_a_profile_includes_its_lists_segments_and_devices(shop: Shop) -> None:
    ann, list_id = made(shop, email="ann@example.com"), new_list(shop)
    add(shop, list_id, ann)
    add(shop, new_list(shop), made(shop, email="bea@example.com"))
    sent(shop, "Placed Order", person={"email": "ann@example.com"})
    metric = shop.metric_id("Placed Order")
    segment = stories.segment(shop, "Buyers", [stories.count(metric, "greater-than-or-equal", 1)])
    register(shop, "t-1")
    eventually(lambda: shop.http.get(f"/api/profiles/{ann}/segments").json()["data"])
    names = "lists,segments,push-tokens,conversations"
    shown = shop.http.get(f"/api/profiles/{ann}", params={"include": names}).json()
    ids = {name: [one["id"] for one in to["data"]] for name, to in shown["data"]["relationships"].items()}
    assert ids == {"lists": [list_id], "segments": [segment], "push-tokens": ["t-1"], "conversations": []}
    included = {(one["type"], one["id"]): one["attributes"] for one in shown["included"]}
    assert included.keys() == {("list", list_id), ("segment", segment), ("push-token", "t-1")}
    assert included["list", list_id]["name"] == "Newsletter"
    assert included["segment", segment]["name"] == "Buyers"


def test_an_unknown_include_is_named(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    answer = shop.http.get(f"/api/profiles/{ann}", params={"include": "profiless"})
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["detail"] == "'profiless' is not an allowed include parameter for this resource."


def test_a_page_of_profiles_includes_conversations_and_devices(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    shown = shop.http.get("/api/profiles", params={"include": "conversations,push-tokens"}).json()
    (ann,) = shown["data"]
    assert (ann["relationships"]["conversations"]["data"], ann["relationships"]["push-tokens"]["data"]) == ([], [])
    assert shown["included"] == []


def test_a_profile_that_nobody_has_written_with_has_no_conversation(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    for path, nothing in (
        ("conversation", None),
        ("relationships/conversation", None),
        ("conversations", []),
        ("relationships/conversations", []),
    ):
        answer = shop.http.get(f"/api/profiles/{ann}/{path}")
        assert (answer.status_code, answer.json()["data"]) == (200, nothing)
        assert shop.http.get(f"/api/profiles/{NOBODY}/{path}").status_code == 404


_PREDICTIONS = {
    "historic_clv", "predicted_clv", "total_clv", "historic_number_of_orders", "predicted_number_of_orders",
    "average_days_between_orders", "average_order_value", "churn_probability", "expected_date_of_next_order",
    "ranked_channel_affinity",
}  # fmt: skip


@pytest.mark.rule("1.11")
def test_predictions_are_shown_when_asked_for_and_null_without_history(shop: Shop) -> None:
    """An account of fewer than 500 customers or 180 days of orders has none."""
    ann, list_id = made(shop, email="ann@example.com"), new_list(shop)
    add(shop, list_id, ann)
    sent(shop, "Placed Order", person={"email": "ann@example.com"}, value=10.0)
    asked = {"additional-fields[profile]": "predictive_analytics"}
    one = shop.http.get(f"/api/profiles/{ann}", params=asked).json()["data"]
    (of_all,) = shop.http.get("/api/profiles", params=asked).json()["data"]
    (member,) = shop.http.get(f"/api/lists/{list_id}/profiles", params=asked).json()["data"]
    for shown in (one, of_all, member):
        assert shown["attributes"]["predictive_analytics"] == dict.fromkeys(_PREDICTIONS)
    assert "predictive_analytics" not in shop.http.get(f"/api/profiles/{ann}").json()["data"]["attributes"]


@pytest.mark.rule("1.11")
def test_one_prediction_can_be_asked_for_alone(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    asked = {"additional-fields[profile]": "predictive_analytics", "fields[profile]": "predictive_analytics.total_clv"}
    shown = shop.http.get(f"/api/profiles/{ann}", params=asked).json()["data"]["attributes"]
    assert shown == {"predictive_analytics": {"total_clv": None}}
