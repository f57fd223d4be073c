"""Random lives: after each step the account knows of everybody what a plain model says, and the gate lets nothing
through to who may not get it (behaviour-people 2.1 to 2.6, 2.10, 2.11)."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.accounts import service as accounts
from rapport.kit import clock, crypto, ids
from rapport.messages import compose, content, gate, outbox
from rapport.messages.types import Candidate, Mailing, Options, Recipient
from tests.conftest import Server, Shop, new_shop, run
from tests.lengths import length
from tests.subscriptions import model
from tests.subscriptions.model import CHANNELS, TRACKING, WHATSAPPS, Somebody
from tests.subscriptions.world import SUBSCRIBE, UNSUBSCRIBE, add, ask, found, job, members, single

_PLACES = {
    "email": ("email", "marketing"), "open_tracking": ("email", "open_tracking"),
    "click_tracking": ("email", "click_tracking"), "sms": ("sms", "marketing"),
    "sms_transactional": ("sms", "transactional"), "whatsapp": ("whatsapp", "marketing"),
    "whatsapp_transactional": ("whatsapp", "transactional"),
    "whatsapp_conversational": ("whatsapp", "conversational"), "push": ("push", "marketing"),
}  # fmt: skip
_GRANTABLE = [one for one in CHANNELS if one != "whatsapp_conversational"]

_who, _list, _token = st.integers(0, 1), st.sampled_from([None, 0, 1]), st.integers(0, 1)


def _channels(names: Any) -> Any:
    # e-mail is where most of the rules are
    return st.one_of(st.just({"email"}), st.sets(st.sampled_from(list(names)), min_size=1, max_size=4))


_step = st.one_of(
    st.tuples(st.just("subscribe"), _who, _channels(_GRANTABLE), _list, _token),
    st.tuples(st.just("unsubscribe"), _who, _channels(CHANNELS), _list, _token),
    st.tuples(st.sampled_from(["suppress", "unsuppress", "complain", "number"]), _who),
    st.tuples(st.just("bounce"), _who, st.booleans()),
    st.tuples(st.just("soft bounces"), _who, st.integers(3, 8)),
    st.tuples(st.just("deliver"), _who),
    st.tuples(st.just("add"), _who, st.integers(0, 1)),
    st.tuples(st.just("one click"), _who, st.integers(0, 1), st.booleans()),
)


@dataclass
class Life:
    """A shop, two people, two lists, and the model of them."""

    shop: Shop
    lists: list[str]
    people: list[Somebody] = field(default_factory=lambda: [Somebody(), Somebody()])
    numbers: list[int] = field(default_factory=lambda: [0, 0])
    count: int = 0

    def address(self, who: int) -> str:
        return f"p{who}@{self.shop.public_id.lower()}.example.com"

    def number(self, who: int) -> str:
        return f"+1500555{who}{self.numbers[who]:03d}"

    def job(self, kind: str, who: int, channels: set[str], list_at: int | None, token: int, consent: str) -> None:
        said: dict[str, Any] = {}
        for channel in channels:
            part, name = _PLACES[channel]
            said.setdefault(part, {})[name] = {"consent": consent}
        if "push" in channels:
            said["push"]["tokens"] = [{"token": f"{who}-{token}", "platform": "ios", "vendor": "apns"}]
        person = {"email": self.address(who), "phone_number": self.number(who), "subscriptions": said}
        answer = ask(self.shop, kind, [person], None if list_at is None else self.lists[list_at])
        assert answer.status_code == 202, answer.text

    # ---- steps, each on both sides

    def subscribe(self, who: int, channels: set[str], list_at: int | None, token: int) -> None:
        self.job(SUBSCRIBE, who, channels, list_at, token, "SUBSCRIBED")
        self.people[who].subscribe(channels, None if list_at is None else self.lists[list_at], str(token))

    def unsubscribe(self, who: int, channels: set[str], list_at: int | None, token: int) -> None:
        self.job(UNSUBSCRIBE, who, channels, list_at, token, "UNSUBSCRIBED")
        self.people[who].unsubscribe(channels, None if list_at is None else self.lists[list_at], str(token))

    def suppress(self, who: int, kind: str = "create") -> None:
        path = f"/api/profile-suppression-bulk-{kind}-jobs"
        body = job(path[5:-1], [{"email": self.address(who)}])
        assert self.shop.http.post(path, json=body).status_code == 202
        if kind == "create":
            self.people[who].suppressions.add("USER_SUPPRESSED")
        else:
            self.people[who].suppressions.discard("USER_SUPPRESSED")

    def unsuppress(self, who: int) -> None:
        self.suppress(who, "delete")

    def complain(self, who: int) -> None:
        self._report("Marked Email as Spam", who)
        self.people[who].end({"email"}, "SPAM_COMPLAINT")

    def bounce(self, who: int, hard: bool) -> None:
        self._report("Bounced Email", who, **{"Bounce Type": "Hard" if hard else "Soft"})
        self.people[who].bounce(hard=hard)

    def soft_bounces(self, who: int, times: int) -> None:
        for _ in range(times):
            self.bounce(who, False)

    def deliver(self, who: int) -> None:
        self._report("Received Email", who)
        self.people[who].soft = 0

    def add(self, who: int, list_at: int) -> None:
        add(self.shop, self.lists[list_at], self.address(who))
        self.people[who].lists.add(self.lists[list_at])

    def number_(self, who: int) -> None:
        self.numbers[who] += 1
        person = found(self.shop, f'equals(email,"{self.address(who)}")')
        assert person
        body = {"data": {"type": "profile", "id": person["id"], "attributes": {"phone_number": self.number(who)}}}
        assert self.shop.http.patch(f"/api/profiles/{person['id']}", json=body).status_code == 200
        self.people[who].change_number()

    def one_click(self, who: int, list_at: int, everything: bool) -> None:
        """Out of a message to one list, in an account where that ends the list, or everything."""
        body = {"data": {"type": "consent-settings", "attributes": {"global_unsubscribe": everything}}}
        assert self.shop.http.patch("/api/consent-settings", json=body).status_code == 200
        link = run(_unsubscribe_link(self.shop, self.address(who), self.lists[list_at]))
        assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        if everything:
            self.people[who].end({"email"})
        else:
            self.people[who].leave(self.lists[list_at])

    def _report(self, metric: str, who: int, **properties: Any) -> None:
        self.count += 1
        self.shop.event(metric, self.address(who), service="klaviyo", properties=properties, unique_id=f"e{self.count}")
        self.shop.wait_until_recorded()

    def take(self, verb: str, *arguments: Any) -> None:
        names = {"soft bounces": "soft_bounces", "one click": "one_click", "number": "number_"}
        getattr(self, names.get(verb, verb))(*arguments)

    # ---- comparing

    def check(self) -> None:
        self.shop.wait_until_recorded()
        for who, person in enumerate(self.people):
            shown = found(self.shop, f'equals(email,"{self.address(who)}")')
            assert shown is not None
            assert _seen(shown["subscriptions"]) == _expected(person)
        for list_id in self.lists:
            assert members(self.shop, list_id) == sorted(
                self.address(who) for who, person in enumerate(self.people) if list_id in person.lists
            )
        self._check_gate()

    def _check_gate(self) -> None:
        first, second = self.lists
        questions = [
            (who, channel, transactional, groups)
            for who in (0, 1)
            for channel, transactional, groups in (
                ("email", False, ()),
                ("email", False, (first,)),
                ("email", False, (second,)),
                ("email", False, (first, second)),
                ("email", True, ()),
                ("sms", False, ()),
                ("sms", True, ()),
                ("whatsapp", False, ()),
                ("whatsapp", True, ()),
                ("push", False, ()),
            )
        ]
        passed = run(_passed(self.shop, [(self.address(who), *rest) for who, *rest in questions]))
        for question, let_through in zip(questions, passed, strict=True):
            who, channel, transactional, groups = question
            person = self.people[who]
            if channel == "email":
                expected = person.may_get_mail(groups, transactional=transactional)
            else:
                expected = person.may_get(channel, transactional=transactional)
            assert let_through == expected, question


def _expected(person: Somebody) -> Any:
    consent = {channel: person.said(channel) for channel in CHANNELS}
    can = {channel: person.said(channel) == model.YES for channel in CHANNELS}
    can |= {channel: person.said(channel) != model.NO for channel in TRACKING} | {"email": not person.suppressions}
    return consent, can, sorted(person.suppressions), sorted(person.left)


def _seen(said: dict[str, Any]) -> Any:
    shown = {
        "email": said["email"]["marketing"],
        **{one: said["email"][one] for one in TRACKING},
        "sms": said["sms"]["marketing"],
        "sms_transactional": said["sms"]["transactional"],
        "push": said["mobile_push"]["marketing"],
    }
    never = {"consent": model.NEVER, "can_receive": False}
    shown |= {one: (said["whatsapp"] or {}).get(_PLACES[one][1], never) for one in WHATSAPPS}
    can = {
        channel: next(value for name, value in one.items() if name.startswith("can_receive"))
        for channel, one in shown.items()
    }
    mail = said["email"]["marketing"]
    return (
        {channel: one["consent"] for channel, one in shown.items()},
        can,
        sorted(one["reason"] for one in mail["suppression"]),
        sorted(one["list_id"] for one in mail["list_suppressions"]),
    )


async def _passed(shop: Shop, questions: list[Any]) -> list[bool]:
    """Whether the gate lets each message through: asked in a transaction that is undone, so that none is sent."""
    async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
        account = await accounts.load(conn, shop.account_id)
        candidates = [await _queued(conn, account, at, *one) for at, one in enumerate(questions)]
        verdicts = await gate.judge(conn, account, candidates)
        await conn.rollback()
    passed = {one.id for one in verdicts.passed}
    return [one.id in passed for one in candidates]


async def _queued(
    conn: Any, account: Any, at: int, address: str, channel: str, transactional: bool, groups: tuple[str, ...]
) -> Candidate:
    options = Options(transactional=transactional, smart_sending=False, groups=groups)
    cause = f"model:{at}"
    mailing = Mailing(channel, "campaign", cause, 0, campaign_id=1, options=options)
    query = "SELECT id FROM profiles WHERE account_id = %s AND email = %s"
    [profile] = await (await conn.execute(query, (account.account_id, address))).fetchone()
    await outbox.queue(conn, account, mailing, [Recipient(profile, cause, account.now())])
    query = "SELECT id FROM messages WHERE account_id = %s AND cause = %s"
    [id] = await (await conn.execute(query, (account.account_id, cause))).fetchone()
    return Candidate(id, profile, channel, "campaign", 1, None, cause, cause, options)


async def _unsubscribe_link(shop: Shop, address: str, list_id: str) -> str:
    """Of a message to this list alone, as it stands in the outbox once it was sent."""
    async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
        account = await accounts.load(conn, shop.account_id)
        body = {"subject": "Hi", "from_email": "shop@example.com", "html": "<p>Hi</p>"}
        made_of = await content.store(conn, shop.account_id, body)
        organization = await compose.store_organization(conn, account)
        row = await (
            await conn.execute(
                """INSERT INTO messages (account_id, ulid, channel, profile_id, status, to_address, source, campaign_id,
                       message_id, content_id, context, options, cause, due, created, sent)
                   SELECT account_id, %(ulid)s, 'email', id, 'sent', email, 'campaign', 1, 'M', %(content)s,
                       jsonb_build_object('now', now()::text, 'organization', %(organization)s::bigint,
                                          'person', '{}'::jsonb),
                       jsonb_build_object('groups', jsonb_build_array(%(list)s::text)), %(ulid)s, now(), now(), now()
                   FROM profiles WHERE account_id = %(account)s AND email = %(email)s RETURNING id""",
                {
                    "ulid": ids.ulid(clock.utcnow()),
                    "content": made_of,
                    "organization": organization,
                    "list": list_id,
                    "account": shop.account_id,
                    "email": address,
                },
            )
        ).fetchone()
        await conn.commit()
    assert row
    secret = (shop.server.data / "secret").read_text().strip().encode()
    return f"{shop.server.url}/u/{crypto.sign(secret, compose.PURPOSE, f'{shop.account_id}.{row[0]}')}"


@pytest.mark.rule("2.1", "2.2", "2.3", "2.5", "2.6", "2.10", "2.11")
@settings(
    max_examples=length(3, 20),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_step, min_size=5, max_size=14))
def test_everybody_is_known_as_the_model_says_after_each_step(server: Server, steps: list[Any]) -> None:
    with new_shop(server) as shop:
        life = Life(shop, [single(shop, "A"), single(shop, "B")])
        for who in (0, 1):
            shop.profile(life.address(who), phone_number=life.number(who))
        life.check()
        for step in steps:
            life.take(*step)
            life.check()
