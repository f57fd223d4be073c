"""Is a campaign ready to go? What is in its way, whom it would reach, and what would happen, as data for words.

Each problem names the part of the composer where it is mended. Those that do not block are worth knowing before
sending. What blocks here is refused by sending as well, or would end a campaign without anybody getting it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import msgspec

from rapport.accounts.types import Account
from rapport.campaigns import ab_tests, audience, reach, schedules
from rapport.campaigns.audience import Group
from rapport.campaigns.plan import Plan
from rapport.campaigns.reach import Reach
from rapport.campaigns.reading import Tree
from rapport.campaigns.records import NO_SMART_SENDING
from rapport.campaigns.store import Campaign, CampaignMessage, Variation
from rapport.kit import db
from rapport.kit.refusals import Refused
from rapport.messages import senders
from rapport.messages.way_out import has_way_out
from rapport.templates import scan
from rapport.templates import service as templates
from rapport.templates.contents import BadTemplate
from rapport.templates.rendering import Part
from rapport.templates.service import Template

# Where a day begins last, and so a local time comes last: UTC-12.
LATEST_ZONE = timedelta(hours=12)
# Before any day that a campaign may be planned for: nothing is refused for being over.
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
Section = Literal["name", "audience", "content", "subject", "sender", "ab_test", "sending"]


class Problem(msgspec.Struct, frozen=True):
    """`section`: of the composer, where it is mended. `variation`: id of the one that it is about. `blocks`: it must be
    mended before sending."""

    code: str
    detail: str
    section: Section
    blocks: bool = True
    variation: str | None = None


@dataclass(frozen=True)
class Whole:
    """A campaign with all that is looked at."""

    account: Account
    loaded: Tree
    groups: Mapping[str, Group]
    templates: Mapping[int, Template]
    plan: Plan
    reach: Reach
    can_mail: bool

    @property
    def campaign(self) -> Campaign:
        return self.loaded.campaigns[0]


async def whole(conn: db.Connection, account: Account, loaded: Tree, *, can_mail: bool) -> Whole:
    """`can_mail`: a mail server is set up."""
    ids = [id for one in loaded.audiences for id in (*one.included, *one.excluded)]
    groups = await audience.groups(conn, account.account_id, ids)
    used = {variation.template_id for variation in loaded.variations if variation.template_id is not None}
    copies = [await templates.by_id(conn, account.account_id, id) for id in sorted(used)]
    return Whole(
        account,
        loaded,
        groups,
        {copy.id: copy for copy in copies if copy is not None},
        plan_of(loaded.campaigns[0]),
        await _reach(conn, account, loaded),
        can_mail,
    )


async def _reach(conn: db.Connection, account: Account, loaded: Tree) -> Reach:
    audiences = {one.id: one for one in loaded.audiences}
    return reach.together(
        [
            await reach.of(
                conn,
                account,
                audiences[message.audience_id].included,
                audiences[message.audience_id].excluded,
                smart_sending=message.options.get("throttling") != NO_SMART_SENDING,
            )
            for message in loaded.messages
        ]
    )


def plan_of(campaign: Campaign) -> Plan:
    """How the draft is to be sent; a day that is over stays as it is."""
    return schedules.of_strategy(campaign.options.get("send_strategy"), _LONG_AGO)


async def problems(of: Whole) -> list[Problem]:
    """What blocks first, then by the order of the composer's sections. Takes a while: not inside a transaction."""
    found = [*_plain_problems(of), *await _broken_texts(of)]
    order = get_args(Section)
    return sorted(found, key=lambda problem: (not problem.blocks, order.index(problem.section)))


async def require(conn: db.Connection, account: Account, loaded: Tree) -> None:
    """Raises Refused with all that blocks but broken texts, which take a while to find."""
    of = await whole(conn, account, loaded, can_mail=True)
    blocking = [problem.detail for problem in _plain_problems(of) if problem.blocks]
    if blocking:
        raise Refused(" ".join(blocking), status=409, code="not_ready")


async def _broken_texts(of: Whole) -> list[Problem]:
    """Subjects and preview texts that can't be filled in."""
    broken = []
    for variation in of.loaded.variations:
        sources = [(name, variation.content.get(name)) for name in ("subject", "preview_text")]
        texts = [Part(name, text, html=False) for name, text in sources if isinstance(text, str) and "{" in text]
        try:
            await templates.check(of.account.account_id, texts)
        except BadTemplate as error:
            what = "subject" if error.part == "subject" else "preview text"
            which = f" of {variation.name}" if len(of.loaded.variations) > 1 else ""
            detail = f"The {what}{which} has an error. {error}"
            broken.append(Problem("broken_text", detail, "subject", variation=variation.ulid))
    return broken


def _plain_problems(of: Whole) -> Iterator[Problem]:
    if not of.campaign.name.strip():
        yield Problem("no_name", "Give the campaign a name, so that you find it again.", "name")
    yield from _of_audience(of)
    if not of.loaded.messages:
        yield Problem("no_message", "Choose what the campaign says.", "content")
    for message in of.loaded.messages:
        yield from _of_message(of, message)
    yield from _of_sending(of)


def _of_audience(of: Whole) -> Iterator[Problem]:
    included = [id for one in of.loaded.audiences for id in one.included]
    excluded = [id for one in of.loaded.audiences for id in one.excluded]
    if not included:
        yield Problem("no_audience", "Choose at least one list or segment that it goes to.", "audience")
        return
    gone = [id for id in (*included, *excluded) if id not in of.groups]
    if not any(id in of.groups for id in included):
        yield Problem("audience_gone", "Every list and segment it goes to was deleted. Choose others.", "audience")
        return
    if gone:
        detail = f"{len(gone)} of its lists and segments were deleted: take them off."
        yield Problem("audience_gone", detail, "audience", blocks=False)
    if of.reach.recipients == 0:
        at_once = of.plan.strategy == "immediate"
        detail = "Nobody would get it now: its lists and segments hold nobody who may be written to."
        yield Problem("nobody", detail, "audience", blocks=at_once)
    elif of.reach.never_subscribed:
        people = of.reach.never_subscribed
        were = "1 of them was" if people == 1 else f"{people} of them were"
        detail = f"{were} never asked and did not subscribe. In many countries the law forbids to write to them."
        yield Problem("never_subscribed", detail, "audience", blocks=False)


def _of_message(of: Whole, message: CampaignMessage) -> Iterator[Problem]:
    variations = of.loaded.variations_of(message.id)
    if message.channel != "email":
        detail = f"Campaigns of channel {message.channel} cannot be sent yet. Make this one an e-mail."
        yield Problem("wrong_channel", detail, "content")
        return
    for variation in variations:
        which = f" of {variation.name}" if len(variations) > 1 else ""
        yield from _of_variation(of, variation, which)
    yield from _of_test(of, message, variations)


def _of_variation(of: Whole, variation: Variation, which: str) -> Iterator[Problem]:
    content, id = variation.content, variation.ulid
    template = of.templates.get(variation.template_id or 0)
    if variation.template_id is None:
        yield Problem("no_template", f"Choose the content{which}.", "content", variation=id)
    elif template is None or not template.mail_html:
        yield Problem("template_gone", f"The content{which} is gone. Choose it again.", "content", variation=id)
    elif not has_way_out(template.mail_html):
        detail = (
            f"The content{which} has no link to unsubscribe, which the law asks for. One is added at its end; "
            "put {% unsubscribe %} where you want it."
        )
        yield Problem("no_unsubscribe_link", detail, "content", blocks=False, variation=id)
    for name, what in (("subject", "subject"), ("preview_text", "preview text")):
        if scan.has_half_tag(str(content.get(name) or "")):
            detail = f"The {what}{which} has braces of a tag that is not closed, and they would be sent as they are."
            yield Problem("broken_text", detail, "subject", variation=id)
    if not str(content.get("subject") or "").strip():
        yield Problem("no_subject", f"Write the subject{which}.", "subject", variation=id)
    if not (content.get("from_email") or of.account.sender_email):
        yield Problem("no_sender", "Say from which address it comes.", "sender", variation=id)
    for _, wrong in senders.problems(content):
        yield Problem("wrong_sender", wrong, "sender", variation=id)


def _of_test(of: Whole, message: CampaignMessage, variations: Sequence[Variation]) -> Iterator[Problem]:
    test = ab_tests.of(message.options)
    if test is None or len(variations) < 2:
        return
    if of.plan.strategy == "throttled":
        yield Problem("test_throttled", "An A/B test can't be sent gradually. Choose another time.", "sending")
    elif of.plan.strategy not in ("immediate", "static") and ab_tests.held_percent(message, variations):
        detail = "With this time nobody can wait for a winner: let everybody take part in the test."
        yield Problem("test_holds_back", detail, "ab_test")
    if len({(variation.content.get("subject"), _source(of, variation)) for variation in variations}) == 1:
        detail = "The variations are the same: a test of them tells nothing."
        yield Problem("test_of_nothing", detail, "ab_test", blocks=False)


def _source(of: Whole, variation: Variation) -> str | None:
    template = of.templates.get(variation.template_id or 0)
    return template.mail_html if template else None


def _of_sending(of: Whole) -> Iterator[Problem]:
    now, plan = of.account.now(), of.plan
    if plan.send_date is not None and plan.send_date < now.date():
        yield Problem("past_time", "The day it was to go out is over. Choose another.", "sending")
    elif plan.strategy == "local_timezone" and plan.send_time is not None:
        if plan.send_time + LATEST_ZONE <= now:
            yield Problem("past_time", "The time it was to go out has passed everywhere. Choose another.", "sending")
    elif plan.send_time is not None and plan.send_time <= now:
        yield Problem("past_time", "The time it was to go out has passed. Choose another.", "sending")
    if not of.can_mail:
        detail = "No mail server is set up (RAPPORT_SMTP_URL): messages are kept in this installation and reach nobody."
        yield Problem("no_mail_server", detail, "sending", blocks=False)
