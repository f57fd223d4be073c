"""The bytes of a message, read back by the standard library."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rapport.messages.mail import MimeError, RenderedEmail, mime_bytes, wire_address

DATE = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def email(**changes: Any) -> RenderedEmail:
    parts = {
        "subject": "Hello",
        "html": "<p>Hi</p>",
        "text": "Hi\n",
        "from_email": "news@shop.example",
        "from_label": "Shop",
        "reply_to": "",
        "preview_text": "",
    }
    return RenderedEmail(**(parts | changes))


def raw(rendered: RenderedEmail | None = None, **options: Any) -> bytes:
    named: dict[str, Any] = {
        "to_email": "ann@example.com",
        "to_name": "Ann Lee",
        "message_id": "01ABC@mail.example",
        "date": DATE,
    }
    return mime_bytes(rendered or email(), **(named | options))


def parsed(rendered: RenderedEmail | None = None, **options: Any) -> EmailMessage:
    data = raw(rendered, **options)
    check_wire(data)
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk()] == [[], [], []]
    return message


def check_wire(data: bytes) -> None:
    """Rules for the octets: CRLF only, no line over 998, nothing but ASCII outside of addresses."""
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\0" not in data


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_it_writes_every_header() -> None:
    message = parsed(
        email(reply_to="help@shop.example"),
        cc="copy@shop.example",
        list_unsubscribe_url="https://t.example/u/1",
        list_unsubscribe_mailto="leave+1@shop.example",
        headers={"X-Campaign": "March", "Feedback-ID": "a:b:c:d"},
    )
    assert message["From"] == "Shop <news@shop.example>"
    assert message["To"] == "Ann Lee <ann@example.com>"
    assert (message["Reply-To"], message["Cc"]) == ("help@shop.example", "copy@shop.example")
    assert message["Message-ID"] == "<01ABC@mail.example>"
    assert message["Date"].datetime == DATE
    assert message["List-Unsubscribe"] == "<https://t.example/u/1>, <mailto:leave+1@shop.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["X-Campaign"], message["Feedback-ID"]) == ("March", "a:b:c:d")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_it_offers_one_click_only_with_a_url() -> None:
    message = parsed(list_unsubscribe_mailto="mailto:leave@shop.example")
    assert message["List-Unsubscribe"] == "<mailto:leave@shop.example>"
    assert message["List-Unsubscribe-Post"] is None
    assert parsed()["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Plain",
        "Grüße aus Köln – schöne Schuhe",
        "🎉" * 60,
        "word " * 60 + "end",
        "x" * 2_000,
        "=?utf-8?q?fake?=",
        "a: b; c",
        "ä" * 500,
    ],
)
def test_it_keeps_every_subject(subject: str) -> None:
    assert parsed(email(subject=subject))["Subject"] == " ".join(subject.split())


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee",
        'Ann "The Boss" Lee',
        "Lee, Ann",
        "Änn Lée",
        "アン・リー" * 12,
        "a\\b",
        "Ann <ann@evil.example>",
        "x" * 300,
        "=?x?=",
        "(Ann)",
        "a.b@c",
    ],
)
def test_it_keeps_every_name(name: str) -> None:
    message = parsed(email(from_label=name), to_name=name)
    for header in ("From", "To"):
        assert message[header].addresses[0].addr_spec in ("ann@example.com", "news@shop.example")
        # policy.default of Python 3.11 puts spaces between encoded words of a name; the older reader does not.
        phrase, _ = parseaddr(message_from_bytes(raw(email(from_label=name), to_name=name))[header])
        assert str(make_header(decode_header(phrase))) == name


def test_it_writes_international_domains_in_ascii() -> None:
    assert parsed(to_email="ann@bücher.example")["To"].addresses[0].domain == "xn--bcher-kva.example"
    assert wire_address("ann@faß.example") == "ann@xn--fa-hia.example"


def test_it_writes_international_mailboxes_in_utf8() -> None:
    data = raw(to_email="änn@example.com", to_name=None)
    assert "To: änn@example.com\r\n".encode() in data


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@x.example",
        "ann@",
        "a b@x.example",
        "ann@x_y..example",
        "a@b@c",
        "<a>@x.example",
        "a\r\nBcc: b@x.example",
        '"a b"@x.example',
        "ann@x.example\n",
        "ann@exa mple.com",
        "ann@-x.example",
        "a,b@x.example",
        "ann@\ud800.example",
        "\ud800@x.example",
        "x" * 65 + "@x.example",
    ],
)
def test_it_refuses_wrong_addresses(address: str) -> None:
    if address.strip() == address:
        with pytest.raises(MimeError):
            raw(to_email=address)
    with pytest.raises(MimeError):
        wire_address(address)


@pytest.mark.parametrize(
    "options",
    [
        {"message_id": "a@b>\r\nX: y"},
        {"message_id": "no-at"},
        {"list_unsubscribe_url": "https://x.example/>\r\nX: y"},
        {"list_unsubscribe_mailto": "a b@x.example"},
        {"headers": {"X-A\r\nX-B": "1"}},
        {"headers": {"Bcc": "b@x.example"}},
        {"boundary": 'a"\r\n'},
    ],
)
def test_it_refuses_what_could_start_another_header(options: dict[str, Any]) -> None:
    with pytest.raises(MimeError):
        raw(**options)


@pytest.mark.parametrize("field", ["subject", "from_label"])
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\0\n"])
def test_no_value_can_start_another_header(field: str, break_: str) -> None:
    message = parsed(
        email(**{field: f"Hi{break_}Bcc: evil@x.example"}),
        to_name=f"A{break_}Bcc: e@x.example",
        headers={"X-A": f"1{break_}Bcc: 2"},
    )
    assert message["Bcc"] is None
    assert len(message.keys()) == 8


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
@example("\ud800", "\ud800", "\ud800", "\ud800")
def test_any_text_makes_a_message_that_can_be_read(subject: str, name: str, html: str, text: str) -> None:
    message = parsed(email(subject=subject, from_label=name, html=html, text=text), to_name=name)
    assert message["To"].addresses[0].addr_spec == "ann@example.com"
    assert sorted(message.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]


_lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=200)


@settings(max_examples=200, deadline=None)
@given(st.lists(_lines, max_size=5).map("\n".join))
@example("." + "\n.\n..x\n" + "=" * 200)
@example("a=3D \t\n " + "é" * 500)
@example("x" * 5_000)
@example("From me\nx\x01\x7fy=\n")
def test_bodies_survive_the_way(text: str) -> None:
    assume("\ufeff" not in text[:1])
    message = parsed(email(text=text, html=text))
    for kind in ("plain", "html"):
        assert body(message, kind).replace("\r\n", "\n").removesuffix("\n") == text.removesuffix("\n")


def test_it_sends_plain_ascii_as_it_is_and_the_rest_quoted() -> None:
    message = parsed(email(text="plain", html="<p>Grüße</p>"))
    encodings = [part["Content-Transfer-Encoding"] for part in message.iter_parts()]
    assert encodings == ["7bit", "quoted-printable"]


def test_it_keeps_lines_of_quoted_text_under_77_octets() -> None:
    data = raw(email(html="<p>ü" + "=a b " * 500 + "</p>", text="ü" * 400))
    assert max(map(len, data.split(b"\r\n"))) <= 76
