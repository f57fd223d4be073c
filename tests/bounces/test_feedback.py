"""What mail providers tell by webhook, to the real server: bounces, complaints, and what must not be believed."""

import json
from typing import Any

import httpx
import pytest

from rapport.bounces.providers import PROVIDERS
from rapport.bounces.reports import Report
from rapport.kit import crypto
from tests.bounces.test_returned_mail import _events, _mailed, _state
from tests.conftest import Shop, eventually
from tests.sink import Sink


def _address(shop: Shop, provider: str = "ses") -> str:
    secret = (shop.server.data / "secret").read_bytes()
    return f"{shop.server.url}/feedback/{provider}/{crypto.word(secret, 'feedback', provider)}"


def _by_sns(notification: dict[str, Any], **envelope: str) -> dict[str, str]:
    return {"Type": "Notification", "MessageId": "1", "Message": json.dumps(notification), **envelope}


def _bounce(named: str, kind: str = "Permanent", status: str = "5.1.1") -> dict[str, Any]:
    whom = {"emailAddress": "x@example.com", "status": status, "diagnosticCode": f"smtp; 550 {status} user unknown"}
    return {
        "notificationType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [whom]},
        "mail": {"source": "shop@example.com", "headers": [{"name": "X-Rapport-Message", "value": named}]},
    }


def test_a_bounce_bars_the_address_of_the_message_that_was_signed(shop: Shop, sink: Sink) -> None:
    gone, other = _mailed(shop, sink, 2)
    body = _by_sns(_bounce(gone.message["X-Rapport-Message"]))
    assert httpx.post(_address(shop), json=body).json() == {"detail": "Recorded"}
    # told twice, as SNS does
    assert httpx.post(_address(shop), json=body).status_code == 200
    assert _state(shop, gone) == ("bounced", ["HARD_BOUNCE"])
    assert _state(shop, other) == ("sent", [])
    shop.wait_until_recorded()
    assert len(_events(shop, "Bounced Email")) == 1


def test_a_topic_without_headers_names_the_message_by_its_return_address(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    told = _bounce("") | {"mail": {"source": mail.mail_from}}
    assert httpx.post(_address(shop), json=_by_sns(told)).status_code == 200
    assert _state(shop, mail) == ("bounced", ["HARD_BOUNCE"])


def test_a_complaint_ends_mail_to_the_profile(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    told = {"eventType": "Complaint", "complaint": {}, "mail": _bounce(mail.message["X-Rapport-Message"])["mail"]}
    assert httpx.post(_address(shop), json=_by_sns(told)).status_code == 200
    eventually(lambda: _state(shop, mail)[1] == ["SPAM_COMPLAINT"])
    assert len(_events(shop, "Marked Email as Spam")) == 1


def test_a_passing_failure_bars_nobody(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    told = _bounce(mail.message["X-Rapport-Message"], "Transient", "4.4.7")
    assert httpx.post(_address(shop), json=_by_sns(told)).status_code == 200
    assert _state(shop, mail) == ("bounced", [])


def _with_another_end(name: str) -> str:
    return name[:-1] + ("a" if name[-1] != "a" else "b")


@pytest.mark.parametrize(
    "change", [_with_another_end, lambda name: name.replace("b-", "b-1"), lambda _: "b-1-1", lambda _: ""]
)
def test_a_message_that_was_not_signed_is_nobodys(shop: Shop, sink: Sink, change: Any) -> None:
    [mail] = _mailed(shop, sink)
    told = _bounce(change(mail.message["X-Rapport-Message"]))
    assert httpx.post(_address(shop), json=_by_sns(told)).json() == {"detail": "Read, and nothing to do"}
    assert _state(shop, mail) == ("sent", [])


@pytest.mark.parametrize(
    "path", ["/feedback/ses/aaaaaaaaaaaaaaaa", "/feedback/ses/ä", "/feedback/postmark/x", "/feedback/x/y"]
)
def test_without_the_key_there_is_nothing(shop: Shop, path: str) -> None:
    assert httpx.post(shop.server.url + path, json={}).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b"[" * 5000, 400),
        (json.dumps({"Type": "Notification", "Message": "no JSON"}).encode(), 400),
        (json.dumps({"Type": "UnsubscribeConfirmation"}).encode(), 200),
        (json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": "http://169.254.169.254/"}).encode(), 400),
        (
            json.dumps(
                {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.x.amazonaws.com@evil.example/"}
            ).encode(),
            400,
        ),
        (
            json.dumps(
                {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.x.amazonaws.com.evil.example/"}
            ).encode(),
            400,
        ),
        # one of theirs is visited; where it can't be, they ask again
        (
            json.dumps(
                {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.none.amazonaws.com/"}
            ).encode(),
            503,
        ),
        (b" " * 1_000_001, 413),
    ],
)
def test_what_is_no_notification_is_refused_with_a_sentence(shop: Shop, body: bytes, status: int) -> None:
    answer = httpx.post(_address(shop), content=body, timeout=60)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("told", "report"),
    [
        (
            {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 no such user"},
            Report("bounce", 550, "5.1.1 no such user"),
        ),
        (
            {"RecordType": "Bounce", "Type": "SoftBounce", "Description": "try later"},
            Report("bounce", 450, "4.0.0 try later"),
        ),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, Report("complaint")),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, None),
        ({"RecordType": "Delivery"}, None),
    ],
)
def test_postmark_says_it_its_own_way(told: dict[str, Any], report: Report | None) -> None:
    answer = PROVIDERS["postmark"](json.dumps({**told, "Metadata": {"message": "b-1-2-x"}}).encode())
    assert (answer.message, answer.report) == ("b-1-2-x", report)
