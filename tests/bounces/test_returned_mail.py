"""What comes back by mail, to the real listener: bounces, complaints, and what must not be believed."""

import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Received, Sink

_GONE = ("5.1.1", "smtp; 550 5.1.1 <x@example.com>: Recipient address rejected: User unknown")


def report(
    action: str = "failed", status: str = "5.1.1", diagnostic: str = "", *, whom: str = "x@example.com"
) -> bytes:
    """A report of a mail server (RFC 3464)."""
    lines = [f"Final-Recipient: rfc822; {whom}", f"Action: {action}", f"Status: {status}"]
    if diagnostic:
        lines.append(f"Diagnostic-Code: {diagnostic}")
    return _multipart("delivery-status", "Reporting-MTA: dns; mx.example.com\r\n\r\n" + "\r\n".join(lines))


def complaint(kind: str = "abuse", return_path: str | None = None) -> bytes:
    """A report of a mailbox provider (RFC 5965)."""
    lines = [f"Feedback-Type: {kind}", "User-Agent: Loop/1.0", "Version: 1"]
    if return_path:
        lines.append(f"Original-Mail-From: <{return_path}>")
    return _multipart("feedback-report", "\r\n".join(lines))


def _multipart(kind: str, fields: str) -> bytes:
    text = (
        "From: MAILER-DAEMON@mx.example.com\r\nTo: you\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n\r\n--b--\r\n"
    )
    return text.encode()


def _mailed(shop: Shop, sink: Sink, number: int = 1) -> list[Received]:
    """Mails that were taken over, of one campaign."""
    addresses = stories.people(shop, number)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, campaign)
    return [sink.to(address)[0] for address in addresses]


def _returns(shop: Shop, data: bytes, to: str, *, sender: str = "") -> int:
    """The code that the mail was answered with."""
    port = int(shop.server.environment["RAPPORT_BOUNCE_PORT"])
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        try:
            client.sendmail(sender, [to], data)
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients[to][0]
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return error.smtp_code
    return 250


def _state(shop: Shop, mail: Received) -> tuple[str, list[str]]:
    """Status of the message, and why nothing more goes to its recipient."""
    [address] = mail.rcpt_to
    [(status, profile)] = shop.query(
        "SELECT status, profile_id FROM messages WHERE account_id = %s AND to_address = %s", shop.account_id, address
    )
    bars = "SELECT reason FROM suppressions WHERE account_id = %s AND profile_id = %s"
    return status, [row[0] for row in shop.query(bars, shop.account_id, profile)]


def _events(shop: Shop, metric: str) -> list[dict[str, Any]]:
    rows = shop.query(
        """SELECT e.properties FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s AND m.name = %s""",
        shop.account_id,
        metric,
    )
    return [row[0] for row in rows]


def test_a_mailbox_that_is_gone_is_never_written_to_again(shop: Shop, sink: Sink) -> None:
    gone, other = _mailed(shop, sink, 2)
    assert gone.mail_from != other.mail_from
    assert gone.message["From"] == "The shop <shop@example.com>"
    assert _returns(shop, report("failed", *_GONE), gone.mail_from) == 250
    assert _state(shop, gone) == ("bounced", ["HARD_BOUNCE"])
    assert _state(shop, other) == ("sent", [])
    # the same once more changes nothing
    assert _returns(shop, report("failed", *_GONE), gone.mail_from.upper()) == 250
    shop.wait_until_recorded()
    [bounced] = _events(shop, "Bounced Email")
    assert bounced["Bounce Type"] == "Hard"
    assert "User unknown" in bounced["Bounce Reason"]
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, list(gone.rcpt_to))])
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Sent" or stories.status(shop, campaign).startswith("Cancel"))
    assert len(sink.to(gone.rcpt_to[0])) == 1


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full"),
        ("5.7.1", "smtp; 550 5.7.1 Message rejected as spam"),
        ("4.4.1", "smtp; 421 4.4.1 connection timed out"),
        ("5.0.0", ""),
    ],
)
def test_what_says_nothing_of_the_address_bars_nobody(shop: Shop, sink: Sink, status: str, diagnostic: str) -> None:
    [mail] = _mailed(shop, sink)
    assert _returns(shop, report("failed", status, diagnostic), mail.mail_from) == 250
    assert _state(shop, mail) == ("bounced", [])
    shop.wait_until_recorded()
    assert [one["Bounce Type"] for one in _events(shop, "Bounced Email")] == ["Soft"]


def test_a_report_counts_as_not_delivered_once(shop: Shop, sink: Sink) -> None:
    mails = _mailed(shop, sink, 2)
    _returns(shop, report("failed", *_GONE), mails[0].mail_from)
    shop.wait_until_recorded()
    [(campaign,)] = shop.query("SELECT ulid FROM campaigns WHERE account_id = %s", shop.account_id)
    shown = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    assert (shown["recipients"], shown["delivered"], shown["bounced"]) == (2, 1, 1)
    totals = "SELECT sum(recipients), sum(bounced) FROM message_totals WHERE account_id = %s"
    eventually(lambda: shop.query(totals, shop.account_id) == [(2, 1)])


@pytest.mark.parametrize(
    "data", [report("delayed", "4.4.1"), report("delivered", "2.0.0"), b"", (b"\xff\x00" * 40 + b"\r\n") * 99]
)
def test_what_reports_no_failure_changes_nothing(shop: Shop, sink: Sink, data: bytes) -> None:
    [mail] = _mailed(shop, sink)
    assert _returns(shop, data, mail.mail_from) == 250
    assert _state(shop, mail) == ("sent", [])


def test_an_answer_of_a_person_changes_nothing(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    answer = EmailMessage()
    answer["From"], answer["Subject"] = mail.rcpt_to[0], "Automatic reply: I am away"
    answer.set_content("Back on Monday. Mail to old@example.com failed permanently, by the way.")
    assert _returns(shop, answer.as_bytes(), mail.mail_from, sender=mail.rcpt_to[0]) == 250
    assert _state(shop, mail) == ("sent", [])


def test_a_complaint_ends_all_mail_to_the_person(shop: Shop, sink: Sink) -> None:
    mine, theirs, pleased = _mailed(shop, sink, 3)
    domain = mine.mail_from.rpartition("@")[2]
    assert _returns(shop, complaint(), mine.mail_from) == 250
    assert _returns(shop, complaint(return_path=theirs.mail_from), f"complaints@{domain}") == 250
    assert _returns(shop, complaint("not-spam"), pleased.mail_from) == 250
    eventually(lambda: [_state(shop, mail)[1] for mail in (mine, theirs)] == [["SPAM_COMPLAINT"]] * 2)
    assert _state(shop, pleased)[1] == []
    assert len(_events(shop, "Marked Email as Spam")) == 2


def test_only_return_addresses_that_we_made_are_taken(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    local, _, domain = mail.mail_from.rpartition("@")
    body, _, signature = local.rpartition("-")
    swapped = "".join("a" if letter != "a" else "b" for letter in signature)
    for forged in (
        f"{body}-{swapped}@{domain}",
        f"{local}@elsewhere.example",
        f"b-1-1-@{domain}",
        f"postmaster@{domain}",
    ):
        assert _returns(shop, report("failed", *_GONE), forged) == 550
    # a complaint that names no message of ours, or a forged one
    for named in (None, f"{body}-{swapped}@{domain}", mail.rcpt_to[0]):
        assert _returns(shop, complaint(return_path=named), f"complaints@{domain}") == 250
    # a bounce is not believed there
    assert _returns(shop, report("failed", *_GONE, whom=mail.rcpt_to[0]), f"complaints@{domain}") == 250
    shop.wait_until_recorded()
    assert _state(shop, mail) == ("sent", [])
    assert not _events(shop, "Marked Email as Spam")


def test_what_is_too_large_is_refused(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    assert _returns(shop, report("failed", *_GONE) + b"x" * 1_100_000, mail.mail_from) == 552
    assert _state(shop, mail) == ("sent", [])


def test_it_waits_for_a_message_that_is_still_being_handed_over(shop: Shop, sink: Sink) -> None:
    [mail] = _mailed(shop, sink)
    number = int(mail.mail_from.split("-")[2])
    change = "UPDATE messages SET status = %s WHERE account_id = %s AND id = %s RETURNING id"
    shop.query(change, "in_flight", shop.account_id, number)
    assert _returns(shop, report("failed", *_GONE), mail.mail_from) == 451
    shop.query(change, "sent", shop.account_id, number)
    assert _returns(shop, report("failed", *_GONE), mail.mail_from) == 250
    assert _state(shop, mail) == ("bounced", ["HARD_BOUNCE"])
