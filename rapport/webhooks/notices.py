"""Letters to the account itself about its webhooks."""

from dataclasses import dataclass

from rapport.accounts.types import Account
from rapport.kit import db
from rapport.kit.outgoing import host_of
from rapport.messages import content, outbox
from rapport.messages.types import Mailing, Options, Recipient

# It goes to the account's own address, whoever has that as a profile.
_NOBODY = 0
_HTML = """<!doctype html>
<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:20px">The webhook “{{ event.name }}” was switched off</h1>
<p>{{ event.reason }} So {{ event.host }} is not called any more.</p>
<p>What it was not told in the last days is kept for a week. When it can be called again, switch the webhook on
and replay what failed: <a href="{{ event.link }}">{{ event.link }}</a></p>
</body></html>"""


@dataclass(frozen=True)
class SwitchedOff:
    """A webhook that was switched off. `id`: its public one; `reason`: a sentence or two."""

    id: str
    name: str
    url: str
    reason: str


async def switched_off(conn: db.Connection, account: Account, webhook: SwitchedOff, base_url: str) -> None:
    """Tell the account's sender, in the transaction that switches the webhook off."""
    now = account.now()
    event = {
        "email": account.sender_email,
        "name": webhook.name,
        "host": host_of(webhook.url),
        "reason": webhook.reason,
        "link": base_url,
    }
    cause = f"webhook-off:{webhook.id}:{int(now.timestamp())}"
    await outbox.queue(conn, account, await _mailing(conn, account), [Recipient(_NOBODY, cause, now, event)])


async def _mailing(conn: db.Connection, account: Account) -> Mailing:
    body = {
        "subject": "The webhook “{{ event.name }}” was switched off",
        "from_email": account.sender_email,
        "from_label": account.sender_name,
        "html": _HTML,
        "track_opens": False,
        "track_clicks": False,
    }
    stored = await content.store(conn, account.account_id, body)
    options = Options(name="Webhook switched off", transactional=True, smart_sending=False)
    return Mailing("email", "notice", "webhook-off", stored, options=options)
