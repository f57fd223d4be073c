"""Reading reports: what real programs write, and bytes that nobody should have written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.bounces import reports
from rapport.bounces.reports import Report
from tests.bounces.test_returned_mail import complaint, report


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (report("failed", "5.1.1", "smtp; 550 5.1.1 no such user"), Report("bounce", 550, "5.1.1 no such user")),
        (report("Failed", "5.1.1", "X-Postfix; unknown user"), Report("bounce", 550, "5.1.1 unknown user")),
        (report("failed", "5.2.2 (mailbox full)", "smtp; 552-5.2.2 full"), Report("bounce", 552, "5.2.2 full")),
        (report("failed", "4.4.7", ""), Report("bounce", 450, "4.4.7 ")),
        (report("failed", "", "smtp; 550 go away"), Report("bounce", 550, "go away")),
        (report("delayed", "4.4.7", "smtp; 421 later"), None),
        (complaint(), Report("complaint")),
        (complaint("not-spam"), None),
    ],
)
def test_it_reads_what_is_reported(data: bytes, expected: Report | None) -> None:
    assert reports.read(data) == expected


def test_it_reads_a_form_of_its_own() -> None:
    """A mail program that follows no standard, as qmail writes."""
    text = (
        b"From: MAILER-DAEMON@mail.example.com\r\nSubject: failure notice\r\n\r\n"
        b"Hi. This is the qmail-send program at mail.example.com.\r\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        b"This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        b"<nobody@example.com>:\r\nSorry, no mailbox here by that name.\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\nSubject: Hello\r\n"
    )
    assert reports.read(text) == Report("bounce", 550, "")


_WHOLE = report("failed", "5.1.1", "smtp; 550 5.1.1 no such user") + complaint()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(_WHOLE)), st.binary(max_size=30)), max_size=6), st.booleans())
def test_it_raises_nothing_whatever_the_bytes_are(edits: list[tuple[int, bytes]], swapped: bool) -> None:
    data = _WHOLE
    for place, put in edits:
        data = data[:place] + put + data[place + len(put) :] if swapped else data[:place] + put + data[place:]
    answer = reports.read(data)
    assert answer is None or answer.kind in ("bounce", "complaint")
