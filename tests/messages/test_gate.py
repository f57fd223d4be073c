"""The gate: every reason not to send, each with its name (behaviour-messaging 1.14, 1.16, 1.17, 2.3, 4.1)."""

import asyncio
from typing import Any

import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.messages import content, outbox
from rapport.messages.gate import Passed
from rapport.messages.types import Mailing, Options, Recipient
from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink

BODY = {"subject": "Hi", "from_email": "shop@example.com", "from_label": "Shop", "html": "<p>Hi {{ first_name }}</p>"}


def queue(
    shop: Shop, address: str, cause: str, options: Options, *, message: str | None = None, body: dict[str, Any] = BODY
) -> None:
    """Put one message to this person into the outbox."""

    async def put() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            account = await accounts.load(conn, shop.account_id)
            person = shop.query(
                "SELECT id FROM profiles WHERE account_id = %s AND email = %s", shop.account_id, address
            )
            number = await content.store(conn, shop.account_id, body)
            mailing = Mailing("email", "campaign", message or cause, number, campaign_id=1, options=options)
            await outbox.queue(conn, account, mailing, [Recipient(person[0][0], cause, account.now())])

    asyncio.run(put())


def outcome(shop: Shop, cause: str) -> str:
    """`sent`, or the reason why not."""
    query = """SELECT status, skip_reason FROM messages
               WHERE account_id = %s AND cause = %s AND status NOT IN ('queued', 'in_flight')"""
    status, reason = eventually(lambda: shop.query(query, shop.account_id, cause))[0]
    return str(reason or status)


def bar(shop: Shop, address: str, reason: str) -> None:
    shop.query(
        """INSERT INTO suppressions (account_id, profile_id, reason, at)
           SELECT account_id, id, %s, now() FROM profiles WHERE account_id = %s AND email = %s RETURNING 1""",
        reason,
        shop.account_id,
        address,
    )


def test_it_sends_one_message_for_each_cause(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    for _ in range(2):
        queue(shop, address, "once", Options())
    assert outcome(shop, "once") == "sent"
    assert len(sink.to(address)) == 1


def test_it_holds_marketing_back_for_16_hours_and_counts_from_the_first(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    found = []
    for step, hours in enumerate((0, 10, 10)):
        shop.advance(hours=hours)
        queue(shop, address, f"step{step}", Options())
        found.append(outcome(shop, f"step{step}"))
    assert found == ["sent", "Smart Sending", "sent"]


def test_it_starts_no_timer_with_a_transactional_message(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    queue(shop, address, "receipt", Options(transactional=True))
    assert outcome(shop, "receipt") == "sent"
    queue(shop, address, "news", Options())
    assert outcome(shop, "news") == "sent"
    queue(shop, address, "second receipt", Options(transactional=True))
    assert outcome(shop, "second receipt") == "sent"


def test_it_sends_receipts_but_no_news_to_who_unsubscribed(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    bar(shop, address, "UNSUBSCRIBE")
    queue(shop, address, "news", Options())
    queue(shop, address, "receipt", Options(transactional=True))
    assert (outcome(shop, "news"), outcome(shop, "receipt")) == ("Person Suppressed", "sent")


@pytest.mark.parametrize("reason", ["HARD_BOUNCE", "SPAM_COMPLAINT", "INVALID_EMAIL"])
def test_it_sends_nothing_at_all_to_who_cannot_or_must_not_get_it(shop: Shop, reason: str) -> None:
    [address] = stories.people(shop, 1)
    bar(shop, address, reason)
    queue(shop, address, "receipt", Options(transactional=True))
    assert outcome(shop, "receipt") == "Person Suppressed"


def test_it_skips_who_left_the_list_the_message_was_for(shop: Shop) -> None:
    stays, leaves = stories.people(shop, 2)
    news = stories.list_of(shop, [stays])
    number = shop.query("SELECT id FROM lists WHERE account_id = %s AND public_id = %s", shop.account_id, news)[0][0]
    options = Options(still_in=(f"list:{number}",))
    queue(shop, stays, "stays", options)
    queue(shop, leaves, "leaves", options)
    assert (outcome(shop, "stays"), outcome(shop, "leaves")) == ("sent", "Person No Longer in List")


def test_it_sends_a_campaign_message_to_an_address_once(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    for cause in ("first", "second"):
        queue(shop, address, cause, Options(smart_sending=False), message="the same")
        outcome(shop, cause)
    assert (outcome(shop, "first"), outcome(shop, "second")) == ("sent", "Duplicate email")


def test_two_spellings_of_an_address_are_one_for_a_campaign(shop: Shop) -> None:
    unicode, ascii = (f"kim@{domain}.{shop.public_id.lower()}.example" for domain in ("bücher", "xn--bcher-kva"))
    kim = shop.profile(unicode)
    queue(shop, unicode, "first", Options(smart_sending=False), message="the same")
    assert outcome(shop, "first") == "sent"
    body = {"data": {"type": "profile", "id": kim, "attributes": {"email": ascii}}}
    assert shop.http.patch(f"/api/profiles/{kim}", json=body).status_code == 200
    queue(shop, ascii, "second", Options(smart_sending=False), message="the same")
    assert outcome(shop, "second") == "Duplicate email"


def test_it_skips_a_message_whose_template_fails(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    queue(shop, address, "broken", Options(), body={**BODY, "html": "{% nonsense %}"})
    assert outcome(shop, "broken") == "Email Syntax Error"


def test_what_was_skipped_when_it_was_filled_in_holds_nothing_back(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    queue(shop, address, "broken", Options(), body={**BODY, "html": "{% nonsense %}"})
    assert outcome(shop, "broken") == "Email Syntax Error"
    queue(shop, address, "whole", Options())
    assert outcome(shop, "whole") == "sent"


@pytest.mark.parametrize("reason", ["USER_SUPPRESSED", "HARD_BOUNCE", None])
def test_a_test_goes_to_an_address_that_is_not_barred(shop: Shop, reason: str | None) -> None:
    """It is sent to an address, whoever has it, and asked about again when it goes out."""
    [address] = stories.people(shop, 1)
    if reason:
        bar(shop, address, reason)

    async def put() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            account = await accounts.load(conn, shop.account_id)
            number = await content.store(conn, shop.account_id, BODY)
            mailing = Mailing("email", "test", "t", number, options=Options(transactional=True, smart_sending=False))
            recipient = Recipient(0, "test", account.now(), to=address.upper(), person={"first_name": "Ann"})
            await outbox.queue(conn, account, mailing, [recipient])

    asyncio.run(put())
    assert outcome(shop, "test") == ("Person Suppressed" if reason else "sent")


def test_it_lets_nobody_else_make_a_pass() -> None:
    with pytest.raises(TypeError):
        Passed(1, 2, "ann@example.com", object())
