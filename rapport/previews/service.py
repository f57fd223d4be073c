"""Previews, and tests to a few addresses."""

from collections.abc import Sequence
from datetime import datetime

from rapport.accounts.types import Account
from rapport.kit import compute, db, ids
from rapport.kit.refusals import Refused
from rapport.messages import content, gate, outbox
from rapport.messages.mail import RecipientUrls, RenderedEmail
from rapport.messages.types import Mailing, Options, Recipient
from rapport.previews import rendering_job
from rapport.previews.rendering_job import Work
from rapport.previews.sources import Seer, Written
from rapport.previews.types import Finding
from rapport.templates.language import TemplateRenderError

SOURCE = "test"
MOST = 5
# There is no profile behind a test, so nothing that is counted by profiles counts it.
_NOBODY = 0
_MARK = "[Test] "
_SECONDS = 4.0
_WHY = {
    "UNSUBSCRIBED": "unsubscribed",
    "HARD_BOUNCE": "bounced",
    "INVALID_EMAIL": "does not exist",
    "SPAM_COMPLAINT": "reported a mail as spam",
    "UNSUBSCRIBE": "unsubscribed",
    "USER_SUPPRESSED": "was suppressed by hand",
}


async def preview(
    account: Account, written: Written, seer: Seer, base_url: str, *, transactional: bool
) -> tuple[RenderedEmail, list[Finding]]:
    """The mail as the person gets it, and what is to be mended in it. Raises TemplateError."""
    work = Work(
        written.body,
        seer.person,
        seer.event,
        seer.organization,
        seer.names,
        account.now(),
        # looking at it must not open it, and its links must not unsubscribe anybody
        RecipientUrls(None, "", f"{base_url}/u/...", f"{base_url}/p/...", f"{base_url}/v/..."),
        written.has_way_out,
        transactional,
    )
    try:
        return await compute.run(account.account_id, _SECONDS, rendering_job.preview, work)
    except compute.NOT_ANSWERED:
        raise TemplateRenderError("It takes too long.") from None


async def send_tests(
    conn: db.Connection, account: Account, written: Written, seer: Seer, recipients: Sequence[str], now: datetime
) -> str:
    """Queue a test to each address; they pass the gate like everything else. Returns the id of all together.

    Raises Refused for an address that nothing is sent to.
    """
    await _refuse_suppressed(conn, account.account_id, recipients)
    id = ids.ulid(now)
    body = {**written.body, "subject": _MARK + written.body["subject"]}
    mailing = Mailing(
        "email",
        SOURCE,
        id,
        await content.store(conn, account.account_id, body),
        # Nobody leaves a list by a test, and none waits for another mail.
        options=Options(name="Test", transactional=True, smart_sending=False),
    )
    queued = [
        Recipient(_NOBODY, f"{SOURCE}:{id}:{number}", now, seer.event, to=address, person=seer.person, names=seer.names)
        for number, address in enumerate(recipients)
    ]
    await outbox.queue(conn, account, mailing, queued)
    return id


async def _refuse_suppressed(conn: db.Connection, account_id: int, recipients: Sequence[str]) -> None:
    refused = await gate.refused_addresses(conn, account_id, recipients)
    for number, address in enumerate(recipients):
        if address in refused:
            why = " and ".join(dict.fromkeys(_WHY.get(reason, "is suppressed") for reason in refused[address]))
            detail = f"Nothing is sent to {address}, which {why}. Take it out, or lift that first."
            raise Refused(detail, pointer=f"/data/attributes/recipients/{number}")
