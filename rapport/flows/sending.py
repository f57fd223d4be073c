"""send-email: queue in the outbox. Filters are asked at the gate, right before each message goes (1.4, 1.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.flows.action_types import EmailMessage
from rapport.flows.plan import Action, Flow, Message
from rapport.flows.runs import Round, Run
from rapport.flows.trigger_filter import Happened
from rapport.messages import content, outbox, tracking_parameters
from rapport.messages.email_body import Email, email_body
from rapport.messages.types import Mailing, Options, Recipient
from rapport.templates import service as templates
from rapport.templates.service import Template

UNABLE = "Unable to Send Email"
# Values of tracking parameters -> their templates.
_OF_MESSAGE = {
    "message_name": "{{ message.name }}",
    "message_name_id": "{{ message.name }} ({{ message.id }})",
}


async def send_email(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Queue the e-mail for these runs."""
    assert action.message is not None
    await send(work, action, action.message, runs)


async def send(
    work: Round, action: Action, message: Message, runs: Sequence[Run], *, variation: str | None = None
) -> None:
    """Queue one of the e-mails of an action. Without a template there is nothing to send: recorded as skipped. What a
    manual action sends waits for somebody to review it (1.6)."""
    template = await template_of(work, message)
    mailing = await _mailing(work, action, message, template, variation)
    events = await work.events(runs)
    recipients = [_recipient(run, action, events) for run in runs]
    if template is None:
        await outbox.skip(work.conn, work.account, mailing, recipients, UNABLE)
    else:
        await outbox.queue(work.conn, work.account, mailing, recipients)


def _recipient(run: Run, action: Action, events: Mapping[int, Happened]) -> Recipient:
    return Recipient(
        run.profile_id,
        f"flow:{run.id}:{action.id}",
        run.due if action.status == "live" else outbox.NOT_YET,
        properties_of(events, run),
        {"enrolment": run.id, "since": int(run.since.timestamp()), "entered": run.entered.timestamp()},
    )


def properties_of(events: Mapping[int, Happened], run: Run) -> Mapping[str, Any] | None:
    """What templates see as `event`; None for a run that no event started."""
    event = events.get(run.event_id or 0)
    return event.for_templates if event else None


async def template_of(work: Round, message: Message) -> Template | None:
    if message.template_id is None:
        return None
    return await templates.by_id(work.conn, work.account.account_id, message.template_id)


async def _mailing(
    work: Round, action: Action, message: Message, template: Template | None, variation: str | None
) -> Mailing:
    """Read at the moment of sending, so that edits count (1.7)."""
    flow, email = work.flow_of(action), msgspec.convert(message.content, EmailMessage)
    body = _body(work, flow, email, template)
    return Mailing(
        channel="email",
        source="flow",
        message_id=message.public_id,
        content_id=await content.store(work.conn, work.account.account_id, body),
        flow_id=flow.id,
        variation_id=variation,
        options=_options(flow, action, email, message.name),
    )


def _body(work: Round, flow: Flow, message: EmailMessage, template: Template | None) -> dict[str, Any]:
    email = Email(
        subject=message.subject_line,
        preview_text=message.preview_text,
        from_email=message.from_email,
        from_label=message.from_label or work.account.sender_name,
        reply_to=message.reply_to_email,
        cc=message.cc_email,
        bcc=message.bcc_email,
        html=template.mail_html if template else None,
        text=template.text if template else None,
        utm=_utm(work.account, flow, message),
        transactional=message.transactional,
    )
    return email_body(work.account, email)


def _utm(account: Account, flow: Flow, message: EmailMessage) -> dict[str, str] | None:
    """Of messages that say so; with the account's setting, of all (behaviour-messaging 8.9)."""
    if not message.add_tracking_params and not tracking_parameters.are_automatic(account):
        return None
    dynamic = {**_OF_MESSAGE, "flow_id": flow.public_id, "flow_name": flow.name}
    usual = tracking_parameters.templates(tracking_parameters.usual(account, "flow"), dynamic)
    return usual | {parameter.param: parameter.value for parameter in message.custom_tracking_params or ()}


def _options(flow: Flow, action: Action, message: EmailMessage, name: str) -> Options:
    in_group = flow.trigger_kind in ("list", "segment")
    return Options(
        name=name,
        transactional=message.transactional,
        smart_sending=message.smart_sending_enabled,
        groups=(flow.trigger["id"],) if in_group and flow.trigger.get("id") else (),
        still_in=(f"{flow.trigger_kind}:{flow.trigger_ref}",) if in_group else (),
        extra={"flow": flow.public_id, "action": action.id},
    )
