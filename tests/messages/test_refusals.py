"""What a refusal says of the recipient, and what it says of the sender (RFC 3463; behaviour-people 2.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests import stories
from tests.accounts.team import owner
from tests.conftest import Server, Shop, eventually, new_shop, serving
from tests.sink import free_port


@dataclass
class Refusing:
    """An SMTP server that answers as it is told: by the part of the address before its first number, at RCPT or at the
    end of DATA; and to every MAIL of the sender. Without SMTPUTF8."""

    at_rcpt: dict[str, str] = field(default_factory=dict)
    at_data: dict[str, str] = field(default_factory=dict)
    at_mail: str = ""
    port: int = 0
    seen: list[str] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.seen.append(address)
        refusal = self.at_rcpt.get(_kind(address))
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal.replace("{address}", address) if refusal else "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return self.at_data.get(_kind(envelope.rcpt_tos[0]), "250 kept")


def _kind(address: str) -> str:
    return address.partition("@")[0].rstrip("0123456789")


@pytest.fixture(scope="module")
def refusing() -> Iterator[Refusing]:
    handler = Refusing(port=free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, enable_SMTPUTF8=False)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture(scope="module")
def server(refusing: Refusing) -> Iterator[Server]:
    with serving(RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{refusing.port}?tls=none") as running:
        yield running


@pytest.fixture
def shop(server: Server, refusing: Refusing) -> Iterator[Shop]:
    refusing.at_rcpt, refusing.at_data, refusing.at_mail = {}, {}, ""
    with new_shop(server) as made:
        yield made


def sent_to(shop: Shop, addresses: list[str]) -> str:
    """A campaign to these, of which nothing is left to hand over; its id."""
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, campaign)
    shop.wait_until_recorded()
    return campaign


def barred(shop: Shop) -> dict[str, str]:
    """Reason by the part before the @."""
    rows = shop.query(
        """SELECT split_part(p.email, '@', 1), s.reason FROM suppressions s
           JOIN profiles p ON p.account_id = s.account_id AND p.id = s.profile_id WHERE s.account_id = %s""",
        shop.account_id,
    )
    return dict(rows)


def bounce_types(shop: Shop) -> dict[str, str]:
    rows = shop.query(
        """SELECT split_part(p.email, '@', 1), e.properties ->> 'Bounce Type' FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id AND m.name = 'Bounced Email'
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id WHERE e.account_id = %s""",
        shop.account_id,
    )
    return dict(rows)


HARD = {
    "nobody": "550 5.1.1 user unknown", "nohost": "550 5.1.2 no such host", "moved": "551 5.1.6 has moved",
    "nullmx": "556 5.1.10 takes no mail", "disabled": "550 5.2.1 mailbox disabled",
}  # fmt: skip
NOT_THE_RECIPIENT = {
    "blocked": "554 5.7.1 blocked using zen.example.org", "relay": "550 5.7.1 relaying denied",
    "full": "552 5.2.2 mailbox full", "large": "552 5.3.4 message too big", "protocol": "550 5.5.0 bad sequence",
    "sender": "550 5.1.7 bad sender address", "sendersystem": "550 5.1.8 bad sender's system",
    "security": "535 5.7.8 authenticate first", "plainpolicy": "554 no", "plainfull": "552 quota exceeded",
}  # fmt: skip
AT_DATA = {
    "spam": "554 5.7.1 looks like spam",
    "dmarc": "550 5.7.26 fails DMARC",
    "plaindata": "550 rejected",
    "toobig": "552 too large",
}


@pytest.mark.rule("2.5")
def test_only_what_is_said_of_the_address_bars_it(shop: Shop, refusing: Refusing) -> None:
    refusing.at_rcpt = HARD | NOT_THE_RECIPIENT | {"badly": "553 5.1.3 that is no address"}
    refusing.at_data = AT_DATA | {"late": "550 5.1.1 user unknown"}
    names = [*refusing.at_rcpt, *refusing.at_data]
    sent_to(shop, [stories.people(shop, 1, prefix=name)[0] for name in names])
    hard = {f"{name}0": "HARD_BOUNCE" for name in (*HARD, "late")} | {"badly0": "INVALID_EMAIL"}
    assert barred(shop) == hard
    assert bounce_types(shop) == {f"{name}0": "Hard" if f"{name}0" in hard else "Soft" for name in names}


@pytest.mark.rule("2.5")
def test_a_refusal_of_the_sender_bars_nobody(shop: Shop, refusing: Refusing) -> None:
    refusing.at_mail = "550 5.1.1 we know no such sender"
    sent_to(shop, stories.people(shop, 1))
    assert barred(shop) == {}
    (told,) = owner(shop).get('notifications?filter=equals(kind,"sending-refused")')["data"]
    assert told["attributes"]["is_bad"]


@pytest.mark.rule("2.5")
def test_refusals_for_what_the_sender_did_do_not_add_up_against_the_recipient(shop: Shop, refusing: Refusing) -> None:
    refusing.at_rcpt = {"blocked": "554 5.7.1 blocked", "full": "552 5.2.2 mailbox full"}
    people = [*stories.people(shop, 1, prefix="blocked"), *stories.people(shop, 1, prefix="full")]
    for _ in range(8):
        assert barred(shop) == {}
        sent_to(shop, people)
        shop.advance(days=1)
    assert barred(shop) == {"full0": "HARD_BOUNCE"}


def test_a_server_of_ours_without_smtputf8_bars_nobody(shop: Shop) -> None:
    address = f"zoë@{shop.public_id.lower()}.example.com"
    shop.profile(address)
    sent_to(shop, [address])
    assert barred(shop) == {} and bounce_types(shop) == {}
    [message] = shop.http.get("/api/messages").json()["data"]
    shown = message["attributes"]
    assert (shown["status"], shown["skip_reason"]) == ("failed", "Unable to Send Email")


@pytest.mark.rule("2.5")
@pytest.mark.parametrize("code", ["550", "551", "553"])
def test_a_bare_refusal_bars_only_when_it_comes_again_a_day_later(shop: Shop, refusing: Refusing, code: str) -> None:
    refusing.at_rcpt = {"person": f"{code} no"}
    people = stories.people(shop, 1)
    sent_to(shop, people)
    shop.advance(hours=20)
    sent_to(shop, people)
    assert barred(shop) == {}
    shop.advance(hours=5)
    shop.advance(hours=13)
    sent_to(shop, people)
    assert barred(shop) == {"person0": "HARD_BOUNCE"}


@pytest.mark.rule("2.5")
def test_a_delivery_between_two_bare_refusals_takes_the_first_back(shop: Shop, refusing: Refusing) -> None:
    people = stories.people(shop, 1)
    for answers in ({"person": "550 no"}, {}, {"person": "550 no"}):
        refusing.at_rcpt = answers
        sent_to(shop, people)
        shop.advance(hours=25)
    assert barred(shop) == {}


def test_a_campaign_whose_first_hundred_fail_for_one_reason_stops_and_says_so(shop: Shop, refusing: Refusing) -> None:
    refusing.at_rcpt = {"person": "554 5.7.1 <{address}> your address is on our list"}
    people = [f"person{n}@{shop.public_id.lower()}.example.com" for n in range(4000)]
    rows = [{"type": "profile", "attributes": {"email": address}} for address in people]
    made = shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "Many"}}}).data.id
    job = {
        "type": "profile-bulk-import-job", "attributes": {"profiles": {"data": rows}},
        "relationships": {"lists": {"data": [{"type": "list", "id": made}]}},
    }  # fmt: skip
    answer = shop.http.post("/api/profile-bulk-import-jobs", json={"data": job}, headers={"Prefer": "wait=30"})
    assert answer.status_code == 202, answer.text
    refusing.seen.clear()
    campaign, _ = stories.campaign(shop, included=[made])
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Cancelled: Internal Error")
    overview = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    told = overview["stopped"]
    assert told.startswith("554 5.7.1 <person") and told.endswith("> your address is on our list")
    eventually(lambda: shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]["queued"] == 0)
    # what was taken, rendered or on its way when the first answers were written: three batches of 500 at most
    assert 100 <= len(set(refusing.seen)) < 1500
    overview = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    assert overview["skipped"] == [{"reason": "Sending Stopped", "count": 4000 - len(set(refusing.seen))}]
    assert barred(shop) == {}
    # who is named there is forgotten with everything else
    profile = {"data": {"type": "profile", "attributes": {"email": told.partition("<")[2].partition(">")[0]}}}
    job = {"type": "data-privacy-deletion-job", "attributes": {"profile": profile}}
    shop.http.post("/api/data-privacy-deletion-jobs", json={"data": job}, headers={"Prefer": "wait=20"})
    overview = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    assert overview["stopped"] == "554 5.7.1"


def test_a_campaign_that_reaches_somebody_goes_on(shop: Shop, refusing: Refusing) -> None:
    refusing.at_rcpt = {"person": "554 5.7.1 blocked"}
    news = stories.list_of(shop, [*stories.people(shop, 1, prefix="fine"), *stories.people(shop, 120)])
    campaign, _ = stories.campaign(shop, included=[news])
    stories.send(shop, campaign)
    assert stories.status(shop, campaign) == "Sent"
