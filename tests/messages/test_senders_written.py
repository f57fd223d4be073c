"""A sender that mail can't come from is refused when it is written, wherever that is."""

from typing import Any

import pytest

from tests import stories
from tests.conftest import Shop
from tests.messages.test_gate import BODY, Options, outcome, queue

WRONG = {
    "from_email": ("nobody", "a b@example.com", "ann@example.com\nBcc: x@example.com", "@example.com", "ann@-.example"),
    "reply_to_email": ("nobody", "a@b@c.example"),
    "cc_email": ("nobody",),
    "bcc_email": ("nobody\r\n",),
    "from_label": ("Ann\nBcc: x@example.com", "Ann\r\n", "Ann\x0b"),
}
CASES = [(name, value) for name, values in WRONG.items() for value in values]
RIGHT = {
    "from_email": "änn@bücher.example", "reply_to_email": "", "cc_email": "ann+shop@example.com", "bcc_email": None,
    "from_label": "Ann “the shop” Lee",
}  # fmt: skip


def new_campaign(shop: Shop, details: dict[str, Any]) -> Any:
    audience = {"temporary_id": "a", "name": "All", "included": [stories.list_of(shop, [])]}
    variation = {"definition": {"name": "A", "details": {"channel": "email", **details}}}
    message = {"audience_temporary_id": "a", "name": "Letter", "variations": [variation]}
    attributes = {"definition": {"name": "Spring", "builder": "wizard"}, "audiences": [audience], "messages": [message]}
    return shop.http.post("/api/campaigns", json={"data": {"type": "campaign", "attributes": attributes}})


def older_campaign(shop: Shop, content: dict[str, Any]) -> Any:
    message = {"type": "campaign-message", "attributes": {"definition": {"channel": "email", "content": content}}}
    attributes = {
        "name": "Spring",
        "audiences": {"included": [stories.list_of(shop, [])]},
        "campaign-messages": {"data": [message]},
        "send_strategy": {"method": "immediate"},
    }
    body = {"data": {"type": "campaign", "attributes": attributes}}
    return shop.http.post("/api/campaigns", json=body, headers={"revision": "2025-10-15"})


def changed_variation(shop: Shop, details: dict[str, Any]) -> Any:
    made = new_campaign(shop, {}).json()["data"]["id"]
    [(variation,)] = shop.query(
        """SELECT v.ulid FROM campaign_variations v JOIN campaign_messages m ON m.account_id = v.account_id
           AND m.id = v.message_id JOIN campaigns c ON c.account_id = m.account_id AND c.id = m.campaign_id
           WHERE v.account_id = %s AND c.ulid = %s""",
        shop.account_id,
        made,
    )
    body = {"type": "campaign-variation", "id": variation, "attributes": {"definition": {"details": details}}}
    return shop.http.patch(f"/api/campaign-variations/{variation}", json={"data": body})


def new_flow(shop: Shop, message: dict[str, Any]) -> Any:
    news = stories.list_of(shop, [])
    action = {
        "temporary_id": "a", "type": "send-email", "links": {"next": None},
        "data": {"message": {"name": "Letter", "subject_line": "Hi", **message}, "status": "draft"},
    }  # fmt: skip
    definition = {"triggers": [{"type": "list", "id": news}], "actions": [action], "entry_action_id": "a"}
    attributes = {"name": "Welcome", "definition": definition}
    return shop.http.post("/api/flows", json={"data": {"type": "flow", "attributes": attributes}})


WRITERS = (new_campaign, older_campaign, changed_variation, new_flow)


@pytest.mark.parametrize("write", WRITERS)
def test_a_sender_that_is_no_address_and_a_name_with_a_line_break_are_refused(shop: Shop, write: Any) -> None:
    for name, value in CASES:
        answer = write(shop, {name: value})
        assert answer.status_code == 400, (name, value, answer.text)
        [error] = answer.json()["errors"]
        assert error["source"]["pointer"].endswith(f"/{name}"), error


@pytest.mark.parametrize("write", WRITERS)
def test_others_are_taken(shop: Shop, write: Any) -> None:
    answer = write(shop, RIGHT)
    assert answer.status_code in (200, 201), answer.text


def test_a_flow_s_sender_may_still_be_a_template(shop: Shop) -> None:
    assert new_flow(shop, {"from_email": "{{ event.Seller }}", "from_label": "{{ event.Name }}"}).status_code == 201


@pytest.mark.parametrize("sender", ["nobody", "ann@example.com\nx"])
def test_the_source_of_a_message_that_has_a_bad_sender_all_the_same_is_no_500(shop: Shop, sender: str) -> None:
    [address] = stories.people(shop, 1)
    queue(shop, address, "written before", Options(), body=BODY)
    assert outcome(shop, "written before") == "sent"
    [(number, ulid)] = shop.query("SELECT content_id, ulid FROM messages WHERE account_id = %s", shop.account_id)
    shop.query(
        """UPDATE contents SET body = body || jsonb_build_object('from_email', %s::text)
           WHERE account_id = %s AND id = %s RETURNING 1""",
        sender,
        shop.account_id,
        number,
    )
    for path in (f"/api/messages/{ulid}/source", f"/api/messages/{ulid}"):
        assert shop.http.get(path).status_code in (200, 404), path
