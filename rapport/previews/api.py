"""Operations of previews and tests. The job is the reference's (behaviour-rest 13.2), the others are ours."""

from collections.abc import Sequence

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Operation,
    Record,
    Resource,
    ToOne,
    invalid,
    operation,
    permission_denied,
)
from rapport.kit.mailboxes import identity
from rapport.kit.ratelimit import M, Rate
from rapport.kit.refusals import Refused
from rapport.kit.rooms import Process
from rapport.previews import service, sources
from rapport.previews.sources import Written
from rapport.previews.types import (
    MailSource,
    PreviewAttributes,
    PreviewSendJob,
    PreviewSendJobAttributes,
    SeenBy,
    TestSend,
    TestSendAttributes,
)
from rapport.profiles.checks import check_email
from rapport.templates.api import READ, WRITE, bad_template
from rapport.templates.contents import BadTemplate
from rapport.templates.language import TemplateError

PREVIEW = Resource("template-preview", "/api/template-previews", PreviewAttributes, self_link=False)
TEST_SEND = Resource("template-test-send", "/api/template-test-sends", TestSendAttributes, self_link=False)
JOB = Resource("template-preview-send-job", "/api/template-preview-send-jobs", PreviewSendJobAttributes)
_AT = "/data/attributes"
_NO_SERVER = (
    "No mail server is set up, so a test would reach nobody. Set RAPPORT_SMTP_URL on the server; until then mails are "
    "kept in the built-in outbox."
)


@operation(
    "preview_template",
    "POST",
    PREVIEW.path,
    scopes=READ,
    rate=M,
    body=Body("template-preview", SeenBy),
    answers=PREVIEW,
)
async def preview_template(call: Call[SeenBy]) -> Record:
    """A saved or unsaved mail as a profile would get it, after an event, with what is to be mended in it."""
    body, account = call.body, account_of(call)
    written = await _written(call, body)
    seer = await _seer(call, body)
    try:
        rendered, checks = await service.preview(
            account, written, seer, call.base_url, transactional=body.transactional
        )
    except TemplateError as error:
        raise invalid(f"The mail can't be filled in: {error}", pointer=_AT) from None
    attributes = PreviewAttributes(
        rendered.subject,
        rendered.preview_text,
        rendered.from_label,
        rendered.from_email,
        rendered.html,
        rendered.text,
        len(rendered.html.encode()),
        checks,
    )
    return Record("preview", attributes)


async def _written(call: AnyCall, source: MailSource) -> Written:
    try:
        return await sources.written(call.transaction, account_of(call), source)
    except BadTemplate as error:
        at = error.part if error.part.startswith("/") else f"{_AT}/{error.part}"
        raise bad_template(error, at) from None


async def _seer(call: AnyCall, seen: SeenBy) -> sources.Seer:
    """People and events are shown to whoever may read them."""
    for id, scope in ((seen.profile_id, "profiles:read"), (seen.event_id, "events:read")):
        if id is not None and not _may(call, scope):
            raise permission_denied(f"The key lacks the scope {scope}.")
    if seen.event_id is not None and seen.profile_id is None and not _may(call, "profiles:read"):
        raise permission_denied("The key lacks the scope profiles:read, which the profile of an event needs.")
    async with call.transaction() as conn:
        return await sources.seer(conn, account_of(call), seen)


def _may(call: AnyCall, scope: str) -> bool:
    scopes = call.principal.scopes
    return scopes in ("full", "read-only") or scope in scopes


def _recipients(addresses: Sequence[str]) -> list[str]:
    """Each once. Raises ApiError 400."""
    if not 1 <= len(addresses) <= service.MOST:
        raise invalid(f"Give 1 to {service.MOST} addresses.", pointer=f"{_AT}/recipients")
    for number, address in enumerate(addresses):
        check_email(address, f"{_AT}/recipients/{number}")
    return list({identity(address): address for address in addresses}.values())


def sending(process: Process) -> list[Operation]:
    """Those that send."""
    settings = process.settings

    @operation(
        "send_template_tests",
        "POST",
        TEST_SEND.path,
        scopes=WRITE,
        rate=Rate(1, 15),
        permissions=roles.SEND,
        body=Body("template-test-send", TestSend),
        answers=TEST_SEND,
        status=202,
    )
    async def send_template_tests(call: Call[TestSend]) -> Record:
        """A saved or unsaved mail to up to five addresses, marked as a test and counted nowhere."""
        recipients = _recipients(call.body.recipients)
        if settings.smtp_url is None:
            raise Refused(_NO_SERVER, status=409, code="no_mail_server")
        written, seer = await _written(call, call.body), await _seer(call, call.body)
        # what can't be filled in is told now, and not by a mail that never comes
        await _filled(call, written, seer, transactional=call.body.transactional)
        async with call.transaction() as conn:
            id = await service.send_tests(conn, account_of(call), written, seer, recipients, call.now)
        return Record(id, TestSendAttributes("queued", recipients))

    @operation(
        "create_template_preview_send_job",
        "POST",
        JOB.path,
        scopes=WRITE,
        rate=Rate(1, 15),
        permissions=roles.SEND,
        body=Body(JOB.type, PreviewSendJob, relationships={"template": ToOne("template"), "profile": ToOne("profile")}),
        answers=JOB,
        status=202,
        since="2026-10-15",
    )
    async def create_template_preview_send_job(call: Call[PreviewSendJob]) -> Record:
        """Without a mail server the tests are kept in the built-in outbox, as everything is."""
        recipients = _recipients(call.body.recipients)
        template, profile = call.body_relationships.get("template"), call.body_relationships.get("profile")
        if not template:
            raise invalid("The relationship 'template' is required.", pointer="/data/relationships/template")
        seen = SeenBy(template_id=str(template), profile_id=str(profile) if profile else None)
        written, seer = await _written(call, seen), await _seer(call, seen)
        seer = seer.knowing(call.body.context or {})
        await _filled(call, written, seer, transactional=False)
        async with call.transaction() as conn:
            id = await service.send_tests(conn, account_of(call), written, seer, recipients, call.now)
        return Record(id, PreviewSendJobAttributes("queued", call.now))

    return [send_template_tests, create_template_preview_send_job]


async def _filled(call: AnyCall, written: Written, seer: sources.Seer, *, transactional: bool) -> None:
    try:
        await service.preview(account_of(call), written, seer, call.base_url, transactional=transactional)
    except TemplateError as error:
        raise invalid(f"The mail can't be filled in: {error}", pointer=_AT) from None
