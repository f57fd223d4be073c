"""send-internal-alert: an e-mail about a person to the account's own people, each of whom confirmed once that they want
such mail (behaviour-messaging 1.11)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.flows import sending, webhooks
from rapport.flows.action_types import AlertMessage
from rapport.flows.plan import Action, Flow, Message
from rapport.flows.runs import Round, Run
from rapport.kit import db, mailboxes
from rapport.messages import content, outbox
from rapport.messages.email_body import Email, email_body
from rapport.messages.types import Mailing, Options, Recipient
from rapport.templates.service import Template

NO_RECIPIENTS = "No Confirmed Recipients"
# It goes to an address, whoever has that as a profile.
_NOBODY = 0
# Nobody is asked twice.
_ASK = """
    INSERT INTO alert_recipients (account_id, email, token, asked)
    SELECT %(account)s, n.email, n.token, %(now)s
    FROM unnest(%(emails)s::text[], %(tokens)s::text[]) AS n (email, token)
    ON CONFLICT (account_id, email) DO NOTHING RETURNING email, token"""
_CONFIRMED = """
    SELECT email FROM alert_recipients WHERE account_id = %s AND email = ANY(%s) AND confirmed IS NOT NULL"""
_CONFIRM = """
    UPDATE alert_recipients SET confirmed = coalesce(confirmed, %s)
    WHERE account_id = %s AND token = %s RETURNING email"""
_WHOSE = "SELECT email FROM alert_recipients WHERE account_id = %s AND token = %s"
_LETTER = """<!doctype html>
<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">
<p>{{ organization.name }} wants to send you alerts about its customers.</p>
<p><a href="{{ event.link }}">Yes, send them to me</a></p>
<p>If you don't want them, do nothing.</p>
</body></html>"""


async def ask(conn: db.Connection, account: Account, flow: Flow, base_url: str) -> None:
    """Write to the recipients of a flow's alerts that were never asked before, in the transaction that names them."""
    wanted = {
        mailboxes.identity(address): address
        for action in flow.actions.values()
        if action.type == "send-internal-alert"
        for address in action.typed.message.to_emails
    }
    if not wanted:
        return
    parameters = {
        "account": account.account_id,
        "emails": list(wanted),
        "tokens": [token_urlsafe(24) for _ in wanted],
        "now": account.now(),
    }
    asked = await db.rows(conn, _ASK, parameters)
    recipients = [
        Recipient(
            _NOBODY,
            f"alert-recipient:{token}",
            account.now(),
            {"email": wanted[email], "link": f"{base_url}/alerts/{account.public_id}/{token}"},
        )
        for email, token in asked
    ]
    if recipients:
        await outbox.queue(conn, account, await _letter(conn, account), recipients)


async def _letter(conn: db.Connection, account: Account) -> Mailing:
    body = {
        "subject": "Alerts from {{ organization.name }}",
        "from_email": account.sender_email,
        "from_label": account.sender_name,
        "html": _LETTER,
        "track_opens": False,
        "track_clicks": False,
    }
    stored = await content.store(conn, account.account_id, body)
    options = Options(name="Alerts", transactional=True, smart_sending=False)
    return Mailing("email", "notice", "alert-recipient", stored, options=options)


async def address_of(conn: db.Connection, account_id: int, token: str) -> str | None:
    """Whom a link of a letter is about."""
    row = await db.row(conn, _WHOSE, (account_id, token))
    return None if row is None else str(row[0])


async def confirm(conn: db.Connection, account_id: int, token: str, now: datetime) -> bool:
    return bool(await db.rows(conn, _CONFIRM, (now, account_id, token)))


async def send(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """One e-mail to each confirmed address, for each run that meets the flow's filter."""
    runs, message = await work.allowed(action, runs), action.message
    if not runs or message is None:
        return
    alert = msgspec.convert(message.content, AlertMessage)
    template = await sending.template_of(work, message)
    mailing = await _mailing(work, action, message, alert, template)
    addresses = await _confirmed(work, alert.to_emails)
    if template is None or not addresses:
        reason = sending.UNABLE if template is None else NO_RECIPIENTS
        skipped = [Recipient(run.profile_id, f"flow:{run.id}:{action.id}", run.due) for run in runs]
        await outbox.skip(work.conn, work.account, mailing, skipped, reason)
        return
    people, events = await webhooks.people(work, runs), await work.events(runs)
    recipients = [
        _recipient(run, action, address, people.get(run.profile_id, {}), sending.properties_of(events, run))
        for run in runs
        for address in addresses
    ]
    await outbox.queue(work.conn, work.account, mailing, recipients)


def _recipient(
    run: Run, action: Action, address: str, person: Mapping[str, Any], event: Mapping[str, Any] | None
) -> Recipient:
    due = run.due if action.status == "live" else outbox.NOT_YET
    shown = {key: person.get(key) for key in _SHOWN}
    return Recipient(_NOBODY, f"flow:{run.id}:{action.id}:{address}", due, event, to=address, person=shown)


_SHOWN = (
    "id", "email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title",
    "image", "location", "properties",
)  # fmt: skip


async def _confirmed(work: Round, addresses: Iterable[str]) -> list[str]:
    wanted = {mailboxes.identity(address): address for address in addresses}
    rows = await db.rows(work.conn, _CONFIRMED, (work.account.account_id, list(wanted)))
    confirmed = {row[0] for row in rows}
    return [address for name, address in wanted.items() if name in confirmed]


async def _mailing(
    work: Round, action: Action, message: Message, alert: AlertMessage, template: Template | None
) -> Mailing:
    flow = work.flow_of(action)
    email = Email(
        subject=alert.subject_line,
        preview_text=None,
        from_email=alert.from_email,
        from_label=alert.from_label or work.account.sender_name,
        reply_to=None,
        cc=None,
        bcc=None,
        html=template.mail_html if template else None,
        text=template.text if template else None,
        track_opens=False,
        track_clicks=False,
        transactional=True,
    )
    return Mailing(
        channel="email",
        source="notice",
        message_id=message.public_id,
        content_id=await content.store(work.conn, work.account.account_id, email_body(work.account, email)),
        flow_id=flow.id,
        options=Options(name=message.name, transactional=True, smart_sending=False),
    )
