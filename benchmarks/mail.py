"""How many messages a second: rendering and MIME on one core, and SMTP to a sink in another process.

    python benchmarks/mail.py [messages]

The message is about 20 KB of personalised HTML with 15 tracked links, a name, five conditions and five prices. The
reference for MIME is the standard library's EmailMessage with the same text; the sink answers SMTP with PIPELINING and
forgets what it gets.
"""

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from multiprocessing.connection import Connection

from rapport.messages.mail import CompiledEmail, RecipientUrls, RenderedEmail, compile_email, mime_bytes
from rapport.messages.providers import Envelope, SmtpProvider
from rapport.templates.language import profile_context

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
PRODUCTS, LINKS = 22, 15


def urls(number: int) -> RecipientUrls:
    """Addresses of recipient `number`; a token of 16 characters as in real messages."""
    token = f"{number:016x}"
    return RecipientUrls(
        click=lambda link: f"https://track.example.com/c/{token}/{link}",
        open=f"https://track.example.com/o/{token}",
        unsubscribe=f"https://track.example.com/u/{token}",
        preferences=f"https://track.example.com/p/{token}",
        web_view=f"https://track.example.com/w/{token}",
    )


CELL = "padding:12px 24px;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;color:#333333"
PERSONAL = """
  <p style="margin:0 0 16px">{{ first_name|default:"Friend" }}, this goes with what you have.
  {% if person.vip %}Your price: {{ person.discount|floatformat:2 }}{% else %}Join for a better price.{% endif %}</p>"""


def product(number: int) -> str:
    """A row of a typical shop's message, about 1 KB. Each fourth speaks to the reader, the first lead somewhere."""
    opening = f'<a href="https://shop.example.com/products/{number}?ref=mail&amp;row={number}" style="color:#0055aa">'
    image = f'<img src="https://cdn.example.com/images/{number}.jpg" width="552" alt="Product {number}">'
    return f"""
<tr><td align="left" style="{CELL}">
  {opening + image + "</a>" if number < LINKS else image}
  <h2 style="margin:0 0 8px;font-size:22px;line-height:28px">Product number {number} – new this week</h2>
  <p style="margin:0 0 16px">Made in small numbers, delivered within two days, and taken back for free if it is not
  what you had in mind. Every piece is repaired for ten years, and what cannot be repaired comes back to us and is made
  into something new. <span style="{CELL}">Materials: wool, linen, oak.</span></p>{PERSONAL * (number % 4 == 0)}
</td></tr>"""


def campaign() -> CompiledEmail:
    """The message, compiled."""
    rows = "".join(product(number) for number in range(PRODUCTS))
    html = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>News</title><style>a {{ color: #0055aa; }}</style></head>
<body style="margin:0"><table width="600"><tr><td><h1>Hello {{{{ first_name }}}}</h1></td></tr>{rows}
<tr><td>{{{{ organization.name }}}} · {{% unsubscribe 'Leave' %}} · {{% web_view %}}</td></tr></table></body></html>"""
    return compile_email(
        subject="{{ first_name|default:'Hello' }}, twenty new things",
        preview_text="Made for {{ first_name }}",
        from_email="news@shop.example.com",
        from_label="The Shop",
        reply_to=None,
        html=html,
        text=None,
        track_clicks=True,
        track_opens=True,
        utm={"utm_source": "Rapport", "utm_campaign": "{{ message.name }}"},
    )


def rendered(message: CompiledEmail, number: int) -> RenderedEmail:
    """The message for recipient `number`."""
    profile = {"id": f"{number:026}", "first_name": f"Ann{number}", "properties": {"vip": number % 2, "discount": 9.5}}
    organization = {"name": "The Shop", "timezone": "Europe/Paris", "currency": "EUR"}
    context = profile_context(profile, organization=organization, event=None, message={"name": "March"}, now=NOW)
    return message.render(context, urls(number))


def message_bytes(message: CompiledEmail, number: int) -> bytes:
    """What goes to the server for recipient `number`."""
    return mime_bytes(
        rendered(message, number),
        to_email=f"ann{number}@example.net",
        to_name=f"Ann{number} Lee",
        message_id=f"{number}@mail.example.com",
        date=NOW,
        list_unsubscribe_url=f"https://track.example.com/u/{number:016x}",
        list_unsubscribe_mailto="leave@mail.example.com",
    )


def library_bytes(message: CompiledEmail, number: int) -> bytes:
    """The same with the standard library, as the reference."""
    parts = rendered(message, number)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = parts.from_email, f"ann{number}@example.net", parts.subject
    mail.set_content(parts.text)
    mail.add_alternative(parts.html, subtype="html")
    return mail.as_bytes()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the sink."""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            writer.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 taken\r\n")
        else:
            writer.write(b"250 ok\r\n")
        if verb == b"QUIT":
            break
    writer.close()


def sink(port: Connection) -> None:
    """The sink's process; tells its port."""

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


async def deliver(port: int, batch: list[Envelope]) -> float:
    """Seconds to hand the batch over; a first message opens the connections."""
    provider = SmtpProvider(f"smtp://127.0.0.1:{port}?tls=none", connections=4)
    async for _ in provider.send(batch[:4]):
        pass
    start = time.perf_counter()
    taken = [receipt.ok async for receipt in provider.send(batch)]
    spent = time.perf_counter() - start
    assert all(taken) and len(taken) == len(batch)
    await provider.close()
    return spent


def rate(make: Callable[[int], object], count: int) -> float:
    """Calls a second."""
    start = time.perf_counter()
    for number in range(count):
        make(number)
    return count / (time.perf_counter() - start)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    message = campaign()
    sample = message_bytes(message, 0)
    print(f"message: {len(rendered(message, 0).html) / 1000:.1f} KB of HTML, {len(sample) / 1000:.1f} KB in all")
    reference = rate(lambda number: library_bytes(message, number), count // 20)
    render = rate(lambda number: rendered(message, number), count)
    whole = rate(lambda number: message_bytes(message, number), count)
    print(f"render:              {render:8,.0f} messages/s")
    print(f"render + MIME:       {whole:8,.0f} messages/s, {whole / reference:.1f} x the library's ({reference:,.0f})")
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=sink, args=(there,), daemon=True)
    process.start()
    envelopes = [Envelope(str(n), "bounce@mail.example.com", (f"ann{n}@example.net",), sample) for n in range(count)]
    spent = asyncio.run(deliver(here.recv(), envelopes))
    print(f"SMTP to a sink:      {count / spent:8,.0f} messages/s over 4 connections")
    process.terminate()


if __name__ == "__main__":
    main()
