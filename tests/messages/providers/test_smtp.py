"""The SMTP provider against real servers: aiosmtpd, and a sink that misbehaves on command."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from rapport.kit.clock import utcnow
from rapport.messages.providers import Envelope, Provider, Receipt, SmtpProvider
from rapport.messages.refusals import Stage

from .smtp_sink import DROP, HANG, Sink, certificate, once, running


def envelope(number: int = 0, *, to: tuple[str, ...] | None = None, data: bytes | None = None) -> Envelope:
    text = data if data is not None else f"Subject: {number}\r\n\r\nHello {number}\r\n".encode()
    return Envelope(f"m{number}", "bounce@shop.example", to or (f"ann{number}@example.com",), text)


async def sent(provider: Provider, batch: Sequence[Envelope]) -> dict[str, Receipt]:
    """All receipts by id; exactly one for each envelope."""
    receipts = [receipt async for receipt in provider.send(batch)]
    assert sorted(receipt.id for receipt in receipts) == sorted(envelope.id for envelope in batch)
    await provider.close()
    return {receipt.id: receipt for receipt in receipts}


def one_connection(sink: Sink, *, timeout: float = 5) -> SmtpProvider:
    return SmtpProvider(sink.url(), connections=1, timeout=timeout)


class _Keeper:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    async def handle_DATA(self, server: SMTP, session: Session, received: Received) -> str:
        self.received.append(received)
        return "250 taken"


async def test_it_delivers_to_aiosmtpd_without_pipelining() -> None:
    keeper = _Keeper()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    accented = envelope(19, to=("änn@example.com",), data="To: ä\r\n\r\n.\r\n".encode())
    batch = [*(envelope(n) for n in range(19)), accented]
    receipts = await sent(SmtpProvider(f"smtp://127.0.0.1:{port}"), batch)
    server.close()
    assert all(receipt.ok and receipt.code == 250 for receipt in receipts.values())
    got = {(one.mail_from, tuple(one.rcpt_tos), one.content) for one in keeper.received}
    assert got == {(one.mail_from, one.rcpt_to, one.data) for one in batch}


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
async def test_it_delivers_every_message_once_over_a_few_connections(extensions: tuple[str, ...]) -> None:
    batch = [envelope(n) for n in range(200)]
    async with running(extensions=extensions) as sink:
        provider = SmtpProvider(sink.url("tls=none&connections=3"))
        receipts = await sent(provider, batch)
        assert sink.connections == 3
    assert all(receipt.ok for receipt in receipts.values())
    assert sorted(sink.messages) == sorted(one.data for one in batch)


async def test_it_keeps_connections_between_batches_and_says_goodbye() -> None:
    async with running() as sink:
        provider = one_connection(sink)
        for number in range(3):
            assert [receipt.ok async for receipt in provider.send([envelope(number)])] == [True]
        assert sink.connections == 1
        await provider.close()
        await asyncio.sleep(0.01)
        assert sink.commands[-1] == "QUIT"


async def test_it_opens_a_new_connection_when_an_idle_one_was_closed() -> None:
    async with running() as sink:
        provider = one_connection(sink)
        assert [receipt.ok async for receipt in provider.send([envelope(1)])] == [True]
        provider._idle[0].abort()
        assert (await sent(provider, [envelope(2)]))["m2"].ok
        assert sink.connections == 2


async def test_it_puts_the_next_opening_behind_the_end_of_a_message() -> None:
    async with running() as sink:
        await sent(one_connection(sink), [envelope(1), envelope(2)])
    assert sink.commands[2:-1] == [
        *("MAIL FROM:<bounce@shop.example>", "RCPT TO:<ann1@example.com>", "DATA", "."),
        *("MAIL FROM:<bounce@shop.example>", "RCPT TO:<ann2@example.com>", "DATA", "."),
    ]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(("answer", "permanent"), [("451 later", False), ("550 never", True)])
async def test_it_reports_a_refusal_and_goes_on(
    extensions: tuple[str, ...], command: str, answer: str, permanent: bool
) -> None:
    async with running(once((command, answer)), extensions=extensions) as sink:
        receipts = await sent(one_connection(sink), [envelope(1), envelope(2)])
        assert sink.connections == 1
    stage = {"MAIL": Stage.SENDER, "RCPT": Stage.RECIPIENT}.get(command, Stage.CONTENT)
    assert receipts["m1"] == Receipt("m1", False, permanent, int(answer[:3]), answer[4:], stage=stage)
    assert receipts["m2"].ok
    assert sink.messages == [envelope(2).data]


async def test_it_ends_a_message_that_a_server_wants_though_it_refused_everybody() -> None:
    async with running(once(("RCPT", "550 unknown"), ("DATA", "354 go on"), (".", "554 nobody"))) as sink:
        receipts = await sent(one_connection(sink), [envelope(1), envelope(2)])
    assert (receipts["m1"].code, receipts["m1"].permanent, receipts["m2"].ok) == (550, True, True)
    assert sink.messages == [envelope(2).data]


async def test_it_hangs_up_on_a_server_that_wants_a_message_whose_sender_it_refused() -> None:
    script = once(("MAIL", "550 no"), ("RCPT", "250 ok"), ("DATA", "354 go on"))
    async with running(script) as sink:
        receipts = await sent(one_connection(sink), [envelope(1), envelope(2)])
        assert sink.connections == 2
    assert (receipts["m1"].permanent, receipts["m2"].ok) == (True, True)
    assert sink.attempts == [envelope(2).data]


async def test_it_names_recipients_refused_one_by_one() -> None:
    async with running(once(("RCPT TO:<b@", "550 unknown"))) as sink:
        receipts = await sent(one_connection(sink), [envelope(1, to=("a@x.example", "b@x.example"))])
    assert receipts["m1"].ok
    assert receipts["m1"].refused == ("b@x.example",)


async def test_what_became_of_a_message_is_what_became_of_it_for_whom_it_was_for() -> None:
    """Those in copy have it, but the first recipient does not exist."""
    async with running(once(("RCPT TO:<a@", "550 5.1.1 unknown"))) as sink:
        receipts = await sent(one_connection(sink), [envelope(1, to=("a@x.example", "b@x.example")), envelope(2)])
    assert receipts["m1"] == Receipt("m1", False, True, 550, "5.1.1 unknown", stage=Stage.RECIPIENT)
    assert receipts["m2"].ok


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
async def test_it_tries_again_what_was_not_handed_over(command: str, extensions: tuple[str, ...]) -> None:
    async with running(once((command, DROP)), extensions=extensions) as sink:
        receipts = await sent(one_connection(sink), [envelope(1), envelope(2)])
        assert sink.connections == 2
    assert [receipt.ok for receipt in receipts.values()] == [True, True]
    assert sorted(sink.attempts) == [envelope(1).data, envelope(2).data]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("moment", [DROP, HANG])
async def test_it_reports_as_in_doubt_what_was_handed_over_without_an_answer(
    extensions: tuple[str, ...], moment: str
) -> None:
    async with running(once((".", "250 ok"), (".", moment)), extensions=extensions) as sink:
        receipts = await sent(one_connection(sink, timeout=0.05), [envelope(n) for n in range(4)])
    assert [receipts[f"m{n}"].ok for n in range(4)] == [True, False, True, True]
    assert (receipts["m1"].in_doubt, receipts["m1"].permanent, receipts["m1"].code) == (True, False, 0)
    assert sink.attempts.count(envelope(1).data) == 1


async def test_it_gives_up_on_an_envelope_that_always_breaks_the_connection() -> None:
    def script(command: str, count: int) -> str | None:
        return DROP if command.startswith("RCPT TO:<ann1@") else None

    async with running(script) as sink:
        receipts = await sent(one_connection(sink), [envelope(n) for n in range(3)])
        assert sink.connections == 4
    assert [receipts[f"m{n}"].ok for n in range(3)] == [True, False, True]
    assert (receipts["m1"].in_doubt, receipts["m1"].permanent) == (False, False)


async def test_it_takes_421_as_a_closed_connection() -> None:
    async with running(once(("MAIL", "421 too busy"))) as sink:
        receipts = await sent(one_connection(sink), [envelope(1)])
    assert receipts["m1"].ok
    assert sink.connections == 2


@pytest.mark.parametrize("moment", [DROP, HANG, "554 go away", "nonsense"])
async def test_it_reports_all_as_temporary_when_the_server_does_not_talk(moment: str) -> None:
    async with running(lambda command, count: moment) as sink:
        receipts = await sent(SmtpProvider(sink.url(), connections=2, timeout=0.05), [envelope(n) for n in range(5)])
    assert {(receipt.ok, receipt.permanent, receipt.in_doubt) for receipt in receipts.values()} == {
        (False, False, False)
    }
    assert all(receipt.text for receipt in receipts.values())


async def test_it_reports_all_as_temporary_when_nobody_listens() -> None:
    async with running() as sink:
        url = sink.url()
    receipts = await sent(SmtpProvider(url), [envelope(1), envelope(2)])
    assert {(receipt.ok, receipt.permanent) for receipt in receipts.values()} == {(False, False)}


@pytest.mark.parametrize("methods", ["PLAIN LOGIN", "LOGIN"])
async def test_it_signs_in(methods: str) -> None:
    async with running(extensions=("PIPELINING", f"AUTH {methods}"), login=("me@x", "p:w/d")) as sink:
        receipts = await sent(SmtpProvider(sink.url(user="me%40x:p%3Aw%2Fd@")), [envelope(1)])
    assert receipts["m1"].ok


async def test_it_reports_a_wrong_login_and_sends_nothing() -> None:
    async with running(extensions=("AUTH PLAIN",), login=("me", "right")) as sink:
        receipts = await sent(SmtpProvider(sink.url(user="me:wrong@"), connections=1), [envelope(1)])
    assert not receipts["m1"].ok
    assert "535" in receipts["m1"].text
    assert not any(command.startswith("MAIL") for command in sink.commands)


async def test_it_encrypts_where_the_server_can(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, utcnow())
    async with running(extensions=("PIPELINING", "STARTTLS"), tls=context) as sink:
        receipts = await sent(SmtpProvider(sink.url("tls=starttls")), [envelope(1)])
    assert receipts["m1"].ok
    assert sink.commands[1:4] == ["EHLO localhost", "STARTTLS", "EHLO localhost"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_it_trusts_only_known_certificates(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, file = certificate(tmp_path, utcnow())
    is_implicit = scheme == "smtps"
    async with running(extensions=("STARTTLS",), tls=context, implicit_tls=is_implicit) as sink:
        url = sink.url("tls=required", scheme=scheme)
        assert not (await sent(SmtpProvider(url, connections=1), [envelope(1)]))["m1"].ok
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert (await sent(SmtpProvider(url, connections=1), [envelope(1)]))["m1"].ok


async def test_it_sends_nothing_in_the_clear_when_encryption_is_required() -> None:
    async with running() as sink:
        receipts = await sent(SmtpProvider(sink.url("tls=required"), connections=1), [envelope(1)])
    assert "STARTTLS" in receipts["m1"].text
    assert sink.messages == []


async def test_it_requires_encryption_before_a_login_unless_told_otherwise() -> None:
    async with running(extensions=("AUTH PLAIN",), login=("me", "pw")) as sink:
        await sent(SmtpProvider(sink.url("connections=1", user="me:pw@")), [envelope(1)])
    assert not any(command.startswith("AUTH") for command in sink.commands)


async def test_a_login_is_not_sent_unencrypted_where_encryption_was_stripped() -> None:
    """Somebody on the way takes STARTTLS out of what the server offers."""
    async with running(extensions=("AUTH PLAIN LOGIN",), login=("ann", "secret")) as sink:
        receipts = await sent(SmtpProvider(sink.url("tls=starttls", user="ann:secret@"), connections=1), [envelope(1)])
    assert not any(command.startswith("AUTH") for command in sink.commands)
    assert not receipts["m1"].ok and "tls=none" in receipts["m1"].text


async def test_a_login_is_sent_unencrypted_where_that_was_written() -> None:
    async with running(extensions=("AUTH PLAIN LOGIN",), login=("ann", "secret")) as sink:
        receipts = await sent(SmtpProvider(sink.url("tls=none", user="ann:secret@"), connections=1), [envelope(1)])
    assert receipts["m1"].ok


def _injecting(command: str, count: int) -> str | None:
    return "220 go on\r\n250 injected" if command == "STARTTLS" else None


async def test_it_does_not_trust_plain_text_sent_after_starttls(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, utcnow())
    async with running(_injecting, extensions=("STARTTLS",), tls=context) as sink:
        receipts = await sent(SmtpProvider(sink.url("tls=starttls"), connections=1), [envelope(1)])
    assert not receipts["m1"].ok


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (envelope(1, to=("a@x.example>\r\nRCPT TO:<b@x.example",)), 553),
        (envelope(1, to=("nobody",)), 553),
        (Envelope("m1", "a@x.example", (), b"x"), 554),
        (envelope(1, to=("änn@x.example",)), 553),
        (envelope(1, data=b"x" * 101), 552),
        (envelope(1, data="ä".encode()), 554),
    ],
)
async def test_it_refuses_for_good_what_this_server_can_never_take(wrong: Envelope, code: int) -> None:
    async with running(extensions=("PIPELINING", "SIZE 100")) as sink:
        receipts = await sent(one_connection(sink), [wrong, envelope(2)])
    assert (receipts["m1"].permanent, receipts["m1"].code) == (True, code)
    assert receipts["m2"].ok
    assert not any("b@x.example" in command for command in sink.commands)


async def test_it_says_what_is_special_about_a_message() -> None:
    async with running(extensions=("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8")) as sink:
        await sent(one_connection(sink), [envelope(1, to=("änn@bücher.example",), data="ä\r\n".encode())])
    assert sink.commands[2:4] == [
        "MAIL FROM:<bounce@shop.example> SIZE=4 BODY=8BITMIME SMTPUTF8",
        "RCPT TO:<änn@xn--bcher-kva.example>",
    ]


@pytest.mark.parametrize(
    ("data", "received"),
    [
        (b".\r\n..\r\n.a\r\n", b".\r\n..\r\n.a\r\n"),
        (b"no break at the end", b"no break at the end\r\n"),
        (b"a\n.\nMAIL FROM:<evil@x.example>\n", b"a\r\n.\r\nMAIL FROM:<evil@x.example>\r\n"),
        (b"a\r.\r\nb\r\n.\r", b"a\r\n.\r\nb\r\n.\r\n"),
        (b"", b"\r\n"),
    ],
)
async def test_no_text_can_end_its_message_early(data: bytes, received: bytes) -> None:
    async with running() as sink:
        assert (await sent(one_connection(sink), [envelope(1, data=data)]))["m1"].ok
    assert sink.messages == [received]


async def test_it_stops_at_once_when_nobody_wants_more_receipts() -> None:
    async with running() as sink:
        provider = one_connection(sink)
        receipts = provider.send([envelope(n) for n in range(50)])
        assert (await anext(receipts)).ok
        await receipts.aclose()
        await provider.close()
        assert len(sink.messages) <= 50


async def test_two_batches_at_once_share_the_connections() -> None:
    async with running() as sink:
        provider = SmtpProvider(sink.url("tls=none&connections=2"))

        async def batch(start: int) -> list[bool]:
            return [receipt.ok async for receipt in provider.send([envelope(start + n) for n in range(30)])]

        results = await asyncio.gather(batch(0), batch(100), batch(200))
        await provider.close()
        assert sink.connections == 2
    assert all(all(result) and len(result) == 30 for result in results)


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h?tls=maybe", "mail.example.com:25"])
def test_it_refuses_an_address_that_makes_no_sense(url: str) -> None:
    with pytest.raises(ValueError):
        SmtpProvider(url)


def test_it_reads_its_settings_from_the_address() -> None:
    server = SmtpProvider("smtps://u%40x:p@mail.example.com?timeout=7")._server
    assert (server.host, server.port, server.tls) == ("mail.example.com", 465, "implicit")
    assert (server.user, server.password, server.timeout) == ("u@x", "p", 7.0)
