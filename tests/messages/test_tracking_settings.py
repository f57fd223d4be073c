"""Which parameters links get: set through the API, and found in what people receive (behaviour-rest 14)."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.sink import Sink

Json = dict[str, Any]
HTML = """<html><body><a href="https://shop.example/a?utm_term=own"><b>New</b> &amp; {{ first_name }} good</a>
<a href="https://shop.example/b#top"><img src="https://shop.example/p.png" alt="Red  boots"></a>
{% unsubscribe %}</body></html>"""


def static(value: str) -> Json:
    return {"type": "static", "value": value}


def dynamic(value: str) -> Json:
    return {"type": "dynamic", "value": value}


def change(shop: Shop, **attributes: Any) -> httpx.Response:
    return shop.http.patch(
        f"/api/tracking-settings/{shop.public_id}", json=resource("tracking-setting", shop.public_id, **attributes)
    )


def changed(shop: Shop, **attributes: Any) -> Json:
    answer = change(shop, **attributes)
    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]["attributes"]
    read = shop.http.get(f"/api/tracking-settings/{shop.public_id}").json()["data"]["attributes"]
    assert shown == read
    return dict(shown)


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errors"][0]["source"]["pointer"])


def parameters(shop: Shop, sink: Sink, address: str) -> list[Json]:
    """Of each link of the one letter to an address."""
    received = eventually(lambda: sink.to(address))
    targets = [httpx.get(link).headers["location"] for link in stories.links(received[0])]
    return [dict(parse_qsl(urlsplit(target).query)) for target in targets]


def campaign(shop: Shop, sink: Sink) -> tuple[str, str, list[Json]]:
    """A campaign's letter: the campaign message's id, the list's, and the parameters of its links."""
    [address] = stories.people(shop, 1)
    list_id = stories.list_of(shop, [address], name="Friends")
    campaign, message = stories.campaign(shop, included=[list_id], html=HTML, name="Spring", subject="Hi {{ email }}")
    stories.send(shop, campaign)
    return message, list_id, parameters(shop, sink, address)


def flow(shop: Shop, sink: Sink, **message: Any) -> tuple[str, list[Json]]:
    """A flow's letter: the flow's id, and the parameters of its links."""
    [address] = stories.people(shop, 1, prefix="buyer")
    shop.event("Placed Order", "other@example.com")
    content = {
        "from_email": "shop@example.com",
        "subject_line": "Thanks",
        "template_id": stories.template(shop, HTML),
        "name": "Thank you",
        **message,
    }
    step = {"temporary_id": "a", "type": "send-email", "links": {"next": None}, "data": {"message": content}}
    definition = {
        "triggers": [{"type": "metric", "id": shop.metric_id("Placed Order")}],
        "entry_action_id": "a",
        "actions": [step],
    }
    made = stories.flow(shop, definition, name="Thanks flow")
    shop.event("Placed Order", address)
    return made, parameters(shop, sink, address)


def test_each_setting_is_changed_by_itself(shop: Shop) -> None:
    before = changed(shop)
    assert before["auto_add_parameters"] is False
    assert before["utm_source"] == {"flow": static("Klaviyo"), "campaign": static("Klaviyo")}
    assert (before["utm_id"], before["custom_parameters"]) == (None, [])
    source = {"campaign": static("news")}
    assert changed(shop, utm_source=source) == {**before, "utm_source": source}
    more = [{"name": "via", "flow": dynamic("flow_id"), "campaign": static("mail")}]
    after = changed(shop, utm_campaign=None, auto_add_parameters=True, custom_parameters=more)
    assert after == {
        **before,
        "utm_source": source,
        "utm_campaign": None,
        "auto_add_parameters": True,
        "custom_parameters": more,
    }
    assert changed(shop, auto_add_parameters=False) == {**after, "auto_add_parameters": False}
    assert changed(shop, utm_source=None, utm_medium=None, custom_parameters=None) == {
        **after,
        "auto_add_parameters": False,
        "custom_parameters": [],
    }


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"utm_source": {"flow": dynamic("campaign_id")}}, "utm_source/flow/value"),
        ({"utm_source": {"campaign": dynamic("flow_id")}}, "utm_source/campaign/value"),
        ({"utm_term": {"flow": {"type": "fixed", "value": "x"}}}, "utm_term/flow/type"),
        ({"utm_term": {"flow": static("x" * 501)}}, "utm_term/flow/value"),
        ({"utm_zone": {}}, "utm_zone"),
        ({"custom_parameters": [{"flow": static("x")}]}, "custom_parameters/0/name"),
        ({"custom_parameters": [{"name": "a b"}]}, "custom_parameters/0/name"),
        ({"custom_parameters": [{"name": "utm_id"}]}, "custom_parameters/0/name"),
        ({"custom_parameters": [{"name": "a"}, {"name": "a"}]}, "custom_parameters/1/name"),
        ({"custom_parameters": [{"name": f"a{n}"} for n in range(6)]}, "custom_parameters"),
    ],
)
def test_what_links_can_not_get_is_refused(shop: Shop, attributes: Json, pointer: str) -> None:
    before = changed(shop)
    assert refused(change(shop, **attributes)) == f"/data/attributes/{pointer}"
    assert changed(shop) == before


def test_links_of_campaigns_get_what_is_set(shop: Shop, sink: Sink) -> None:
    changed(
        shop,
        auto_add_parameters=True,
        utm_source={"campaign": static("news letter")},
        utm_medium={"flow": static("wrong")},
        utm_campaign={"campaign": dynamic("email_subject")},
        utm_term={"campaign": dynamic("link_alt_text")},
    )
    _, _, [words, picture] = campaign(shop, sink)
    person = shop.http.get("/api/profiles").json()["data"][0]
    common = {"utm_source": "news letter", "utm_campaign": f"Hi {person['attributes']['email']}"}
    assert [words, picture] == [{**common, "utm_term": "own"}, {**common, "utm_term": "Red boots"}]


@pytest.mark.parametrize(
    "names",
    [
        ("campaign_id", "campaign_name", "campaign_name_id", "campaign_name_send_day", "profile_id"),
        ("group_id", "group_name", "group_name_id", "message_type", "profile_external_id"),
    ],
)
def test_links_of_campaigns_get_what_is_known_at_sending(shop: Shop, sink: Sink, names: tuple[str, ...]) -> None:
    own = [{"name": name, "campaign": dynamic(name), "flow": static("wrong")} for name in names]
    changed(shop, auto_add_parameters=True, custom_parameters=own)
    message, list_id, [_, picture] = campaign(shop, sink)
    profile = shop.http.get("/api/profiles").json()["data"][0]["id"]
    expected = {
        "campaign_id": message,
        "campaign_name": "Spring",
        "campaign_name_id": f"Spring ({message})",
        "campaign_name_send_day": f"Spring ({datetime.now(UTC):%A})",
        "profile_id": profile,
        "group_id": list_id,
        "group_name": "Friends",
        "group_name_id": f"Friends ({list_id})",
        "message_type": "email",
    }
    # nobody gave this person an id of the shop's own
    wanted = {name: expected[name] for name in names if name != "profile_external_id"}
    assert {name: value for name, value in picture.items() if not name.startswith("utm_")} == wanted


def test_links_without_a_picture_are_named_by_their_words(shop: Shop, sink: Sink) -> None:
    changed(shop, auto_add_parameters=True, utm_id={"campaign": dynamic("link_alt_text")})
    assert [one["utm_id"] for one in campaign(shop, sink)[2]] == ["New & good", "Red boots"]


def test_links_get_nothing_unless_it_is_automatic_or_the_message_says_so(shop: Shop, sink: Sink) -> None:
    assert campaign(shop, sink)[2] == [{"utm_term": "own"}, {}]
    assert flow(shop, sink)[1] == [{"utm_term": "own"}, {}]


def test_links_of_flows_get_what_is_set(shop: Shop, sink: Sink) -> None:
    custom = [
        {"name": name, "flow": dynamic(name), "campaign": static("wrong")}
        for name in ("flow_id", "flow_name", "message_name", "message_name_id", "message_type")
    ]
    changed(
        shop,
        utm_source={"flow": static("thanks"), "campaign": static("wrong")},
        utm_campaign={"campaign": static("wrong")},
        utm_id={"flow": dynamic("link_alt_text")},
        custom_parameters=custom,
    )
    id, [_, picture] = flow(shop, sink, add_tracking_params=True, custom_tracking_params=[{"param": "x", "value": "1"}])
    name_id = picture.pop("message_name_id")
    assert re.fullmatch(r"Thank you \(\w{6}\)", name_id)
    assert picture == {
        "utm_source": "thanks",
        "utm_medium": "flow",
        "utm_id": "Red boots",
        "flow_id": id,
        "flow_name": "Thanks flow",
        "message_name": "Thank you",
        "message_type": "email",
        "x": "1",
    }


def test_links_of_flows_get_it_by_themselves_where_it_is_automatic(shop: Shop, sink: Sink) -> None:
    changed(shop, auto_add_parameters=True)
    [_, picture] = flow(shop, sink)[1]
    assert picture["utm_source"] == "Klaviyo"
    assert picture["utm_campaign"].startswith("Thank you (")
