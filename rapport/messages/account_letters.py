"""Hands mails about accounts (`accounts/users/letters`) to the mail server."""

from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from html import escape

from rapport.accounts import service as accounts
from rapport.accounts.users import letters
from rapport.accounts.users.letters import Due
from rapport.kit import clock, db, log
from rapport.kit.settings import Settings
from rapport.messages.providers.base import Envelope, Provider

_AT_ONCE = 20
_logger = log.logger("letters")
_HTML = """<!doctype html><html><body style="font:16px/1.5 sans-serif">{paragraphs}
<p><a href="{link}" style="display:inline-block;padding:10px 18px;background:#1c5fd4;color:#fff;text-decoration:none;
border-radius:6px">{button}</a></p><p style="color:#5b6270;font-size:13px">{link}</p></body></html>"""


class LetterSender:
    """A worker's loop. Without a mail server letters are not written, and what is left of before waits."""

    idle_seconds = 15.0

    def __init__(self, pool: db.Pool, settings: Settings, provider: Provider) -> None:
        self._pool, self._secret = pool, settings.secret
        self._provider = provider if settings.smtp_url else None

    async def run_once(self) -> int:
        """How many were handed over, or tried."""
        if self._provider is None:
            return 0
        async with self._pool.connection() as conn:
            due = await letters.claim(conn, self._secret, clock.utcnow(), _AT_ONCE)
            envelopes = [await _envelope(conn, letter) for letter in due]
        by_id = dict(zip((envelope.id for envelope in envelopes), due, strict=True))
        async for receipt in self._provider.send(envelopes):
            if receipt.ok or receipt.permanent or receipt.in_doubt:
                async with self._pool.connection() as conn:
                    await letters.done(conn, by_id[receipt.id])
            if not receipt.ok:
                _logger.warning("a letter was not taken", code=receipt.code, permanent=receipt.permanent)
        return len(due)

    async def close(self) -> None:
        if self._provider is not None:
            await self._provider.close()


async def _envelope(conn: db.Connection, due: Due) -> Envelope:
    account = await accounts.load(conn, due.account_id)
    letter, message = due.letter, EmailMessage()
    message["From"] = formataddr((account.sender_name, account.sender_email))
    message["To"] = due.email
    message["Subject"] = letter.subject
    message["Date"] = clock.utcnow()
    message["Message-ID"] = make_msgid(domain=account.sender_email.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*letter.paragraphs, letter.link]))
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in letter.paragraphs)
    html = _HTML.format(paragraphs=paragraphs, link=escape(letter.link), button=escape(letter.button))
    message.add_alternative(html, subtype="html")
    return Envelope(f"{due.account_id}/{due.id}", account.sender_email, (due.email,), message.as_bytes())
