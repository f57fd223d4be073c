"""Senders whose connection to the database breaks while what is behind it lives on."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import clock, db, locks, settings
from rapport.messages import content, outbox
from rapport.messages.composed import Composed, Content, Message
from rapport.messages.deliver import Deliverer, _Rendered
from rapport.messages.mail import RecipientUrls
from rapport.messages.presence import Presence, report_lost
from rapport.messages.providers import Envelope, Receipt
from rapport.messages.types import Mailing, Options, Recipient
from rapport.profiles.identity import Person
from rapport.subscriptions.people import profiles_of
from tests.conftest import database

BODY = {"subject": "Hi", "from_email": "shop@example.com", "html": "<p>Hi</p>"}
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted"


class Line:
    """Between a client and the database. `cut` hangs up on the client and leaves the database's side as it is, as a
    network does that breaks; `end` then ends that side too, as the database does when it notices."""

    def __init__(self, url: str) -> None:
        folder = parse_qs(urlsplit(url).query)["host"][0]
        self._database = urlsplit(url).path
        self._socket = str(next(Path(folder).glob(".s.PGSQL.*[0-9]")))
        self._open: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self._left: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Line":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{port}{self._database}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        self.end()

    def cut(self) -> None:
        connections, self._open = self._open, []
        for client, to_database in connections:
            client.close()
            self._left.append(to_database)

    def end(self) -> None:
        left, self._left = self._left, []
        for one in left:
            one.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_database, to_database = await asyncio.open_unix_connection(self._socket)
        self._open.append((writer, to_database))
        with suppress(asyncio.CancelledError):
            await asyncio.gather(_pipe(reader, to_database), _pipe(from_database, writer), return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()


class Held:
    """A provider that counts what it is handed, and takes nothing over until it is told to go on."""

    name = "held"

    def __init__(self, handed_over: "Counter[str]") -> None:
        self.handed_over = handed_over
        self.going_on = asyncio.Event()

    async def send(self, batch: Sequence[Envelope]) -> AsyncIterator[Receipt]:
        self.handed_over.update(envelope.id for envelope in batch)
        await self.going_on.wait()
        for envelope in batch:
            yield Receipt(envelope.id, True, False, 250, "taken")

    async def close(self) -> None:
        return


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as made:
        yield made


async def waiting(pool: db.Pool, number: int) -> Account:
    """A new account with so many messages due."""
    async with pool.connection() as conn:
        account = await accounts.create(conn, name="Shop", is_test=True)
        made_of = await content.store(conn, account.account_id, BODY)
        persons = [Person(email=f"p{n}@example.com") for n in range(number)]
        people = [one for one in await profiles_of(conn, account.account_id, persons, account.now()) if one]
        mailing = Mailing("email", "campaign", "message", made_of, campaign_id=1, options=Options(smart_sending=False))
        due = [Recipient(person, f"cause{person}", account.now()) for person in people]
        await outbox.queue(conn, account, mailing, due)
    return account


def sender(pool: db.Pool, provider: Held, folder: Path) -> Deliverer:
    return Deliverer(pool, dataclasses.replace(settings.load(data=str(folder))), {"email": provider})


@asynccontextmanager
async def presence(url: str) -> AsyncIterator[Presence]:
    async with db.new_pool(url, size=2) as pool:
        made = Presence(pool)
        yield made
        await made.close()


async def statuses(pool: db.Pool, account: Account) -> dict[str, int]:
    query = "SELECT status, count(*) FROM messages WHERE account_id = %s GROUP BY status"
    async with pool.connection() as conn:
        return {row[0]: row[1] for row in await db.rows(conn, query, (account.account_id,))}


async def rows(pool: db.Pool, query: str) -> list[tuple[str, ...]]:
    async with pool.connection() as conn:
        return await db.rows(conn, query)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 : what it waits for happens elsewhere
            await asyncio.sleep(0.01)


async def is_held(pool: db.Pool, name: str) -> bool:
    async with pool.connection() as conn:
        found = await db.row(conn, HELD, (locks.SENDERS, int(name)))
    return bool(found and found[0])


async def test_a_sender_whose_line_breaks_goes_on_under_a_new_name_whose_lock_it_holds(url: str) -> None:
    async with Line(url) as line, db.new_pool(url, size=2) as direct, presence(line.url) as sign:
        assert await sign.hold() and not await sign.hold()
        old = sign.name
        line.cut()
        with pytest.raises(psycopg.OperationalError):
            await sign.hand_over(1, [], [1])
        assert await is_held(direct, old), "the database has not noticed yet"
        assert await sign.hold()
        line.end()
        assert sign.name != old and await is_held(direct, sign.name)


async def test_a_lock_that_another_holds_is_not_gone_on_with(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with presence(url) as first, presence(url) as second:
        numbers = iter([7, 7, 7, 8])
        monkeypatch.setattr("secrets.randbelow", lambda below: next(numbers))
        await first.hold()
        await second.hold()
        assert (first.name, second.name) == ("7", "8")


async def test_nothing_is_handed_over_twice_when_a_line_breaks_and_another_sender_takes_over(
    url: str, tmp_path: Path
) -> None:
    handed_over: Counter[str] = Counter()

    async def reached(number: int) -> bool:
        return handed_over.total() >= number

    async def is_free(name: str) -> bool:
        return not await is_held(direct, name)

    async with Line(url) as line, db.new_pool(url, size=8) as direct, db.new_pool(line.url, size=8) as over_line:
        account = await waiting(direct, 260)
        broken, other = Held(handed_over), Held(handed_over)
        first, second = sender(over_line, broken, tmp_path), sender(direct, other, tmp_path)
        round_ = asyncio.create_task(first.run_once())
        await until(lambda: reached(100))
        line.cut()
        [(old,)] = await rows(direct, "SELECT DISTINCT taken_by FROM messages WHERE status = 'in_flight'")
        broken.going_on.set()
        with pytest.raises(BaseExceptionGroup):
            await round_
        # it comes back before the database has noticed that its old connection is gone
        broken.going_on.clear()
        before = handed_over.total()
        round_ = asyncio.create_task(first.run_once())
        await until(lambda: reached(before + 1))
        line.end()
        await until(lambda: is_free(old))
        other.going_on.set()
        await second.run_once()
        broken.going_on.set()
        await asyncio.gather(round_, return_exceptions=True)
        while await first.run_once() + await second.run_once():
            pass
        assert max(handed_over.values()) == 1
        assert len(handed_over) == 260
        found = await statuses(direct, account)
        assert found.keys() <= {"sent", "in_doubt"} and found["sent"] >= 160
        await first.close()
        await second.close()


async def test_only_what_is_still_its_own_is_handed_over(url: str, tmp_path: Path) -> None:
    async with db.new_pool(url, size=4) as pool, presence(url) as sign:
        account = await waiting(pool, 2)
        await sign.hold()
        take = """UPDATE messages SET status = 'in_flight', taken_by = CASE WHEN id = %s THEN %s ELSE '99' END
                  WHERE account_id = %s"""
        async with pool.connection() as conn:
            rows = await db.rows(conn, "SELECT id FROM messages WHERE account_id = %s", (account.account_id,))
            [mine, lost] = sorted(row[0] for row in rows)
            await db.execute(conn, take, (mine, sign.name, account.account_id))
        assert await sign.hand_over(account.account_id, [], [mine, lost]) == {mine}
        async with pool.connection() as conn:
            query = "SELECT ids FROM handovers WHERE account_id = %s AND worker = %s"
            assert await db.row(conn, query, (account.account_id, sign.name)) == ([mine],)
            assert await report_lost(pool, {sign.name}) == 1


async def test_each_message_goes_to_the_provider_of_its_channel(url: str, tmp_path: Path) -> None:
    mail, texts = Held(Counter()), Held(Counter())
    async with db.new_pool(url, size=2) as pool:
        deliverer = Deliverer(pool, settings.load(data=str(tmp_path)), {"email": mail, "sms": texts})
        rendered = _Rendered(await waiting(pool, 0), *batch({"1": "email", "2": "sms", "3": "email"}))
        mail.going_on.set()
        texts.going_on.set()
        receipts = await deliverer._sent(rendered, rendered.envelopes)
        await deliverer.close()
    assert (set(mail.handed_over), set(texts.handed_over)) == ({"1", "3"}, {"2"})
    assert {one.receipt.id for one in receipts} == {"1", "2", "3"}


def batch(channels: dict[str, str]) -> tuple[list[Envelope], dict[str, tuple[Composed, str]]]:
    """Envelopes by id, and the messages they are of."""
    now, urls = clock.utcnow(), RecipientUrls(None, "", "", "", "")
    messages = {
        id: Message(
            int(id),
            id,
            channel,
            1,
            "campaign",
            1,
            None,
            "m",
            None,
            1,
            {},
            Options(),
            "somebody",
            now,
            "in_flight",
            None,
        )
        for id, channel in channels.items()
    }
    envelopes = [Envelope(id, "", ("somebody",), b"") for id in channels]
    return envelopes, {id: (Composed(one, Content({}), Content({}), urls), "") for id, one in messages.items()}
