"""A campaign as its composer edits it: one document for an audience, an e-mail message and its variations.

The rows are those of the other operations. A campaign with several audiences or messages is refused here: one document
could not say which of them a field belongs to.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts.types import Account
from rapport.campaigns import ab_tests, plan, service, store
from rapport.campaigns.ab_tests import AbTest
from rapport.campaigns.reading import Tree
from rapport.campaigns.records import NO_SMART_SENDING, SMART_SENDING
from rapport.campaigns.schedules import THROTTLES
from rapport.campaigns.service import AudienceDraft, MessageDraft, Refused, VariationDraft
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import db
from rapport.messages import senders
from rapport.messages.tracking_settings_api import DYNAMIC_OF_CAMPAIGN, ParameterName

MOST_VARIATIONS = 8
MOST_PARAMETERS = 10
_Line = Annotated[str, Meta(max_length=1000)]
# Of a variation's content, what is written alike into all of them, and what each has for itself.
_SENDER = ("from_email", "from_label", "reply_to_email")
_OWN = ("subject", "preview_text")


class Sending(msgspec.Struct, forbid_unknown_fields=True):
    """When it is to go. `at`: what the clock shows, as 2026-12-01T09:00: in the account's zone, under local_timezone in
    each recipient's. `day`: of smart_send_time. `percentage`: of throttled, each hour. `passed_tomorrow`: of
    local_timezone, where the time has passed already a day later instead of at once."""

    strategy: Literal["immediate", "static", "local_timezone", "throttled", "smart_send_time"] = "immediate"
    at: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$(?!\n)")] | None = None
    day: date | None = None
    percentage: int | None = None
    passed_tomorrow: bool = False


class DraftVariation(msgspec.Struct, forbid_unknown_fields=True):
    """`template_id`: in an answer that of the variation's own copy."""

    id: str
    name: str
    subject: str
    preview_text: str
    template_id: str | None
    template_name: str | None


class VariationChange(msgspec.Struct, forbid_unknown_fields=True):
    """`id` null = a new one. What is absent stays. `template_id`: of any template, which is copied; `template_name` is
    only read."""

    id: str | None = None
    name: _Line | UnsetType = UNSET
    subject: _Line | UnsetType = UNSET
    preview_text: _Line | UnsetType = UNSET
    template_id: str | UnsetType | None = UNSET
    template_name: str | UnsetType | None = UNSET


class LinkParameter(msgspec.Struct, forbid_unknown_fields=True):
    """What links get. `value`: a text, or under the type dynamic the name of something known at sending."""

    name: ParameterName
    type: Literal["static", "dynamic"]
    value: Annotated[str, Meta(max_length=500)]


class CampaignDraftAttributes(msgspec.Struct):
    """Everything that the composer edits. `included` and `excluded`: ids of lists and segments. `add_utm` null = as the
    account has it. `utm`: the campaign's own parameters of links; none = those of the account. Empty sender fields:
    those of the account. `sending`: of a campaign that is no draft any more as it was scheduled."""

    status: str
    name: str
    included: list[str]
    excluded: list[str]
    smart_sending: bool
    from_email: str
    from_label: str
    reply_to_email: str
    variations: list[DraftVariation]
    ab_test: AbTest | None
    add_utm: bool | None
    utm: list[LinkParameter]
    track_opens: bool
    track_clicks: bool
    sending: Sending


class CampaignDraftUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays. `variations`: all there are to be, in their order; those left out are deleted."""

    name: _Line | UnsetType = UNSET
    included: list[str] | UnsetType = UNSET
    excluded: list[str] | UnsetType = UNSET
    smart_sending: bool | UnsetType = UNSET
    from_email: _Line | UnsetType = UNSET
    from_label: _Line | UnsetType = UNSET
    reply_to_email: _Line | UnsetType = UNSET
    variations: Annotated[list[VariationChange], Meta(min_length=1, max_length=MOST_VARIATIONS)] | UnsetType = UNSET
    ab_test: AbTest | UnsetType | None = UNSET
    add_utm: bool | UnsetType | None = UNSET
    utm: Annotated[list[LinkParameter], Meta(max_length=MOST_PARAMETERS)] | UnsetType = UNSET
    track_opens: bool | UnsetType = UNSET
    track_clicks: bool | UnsetType = UNSET
    sending: Sending | UnsetType = UNSET


def parts(loaded: Tree) -> tuple[Audience | None, CampaignMessage | None]:
    """The one audience and the one message of a campaign, where there are some. Raises Refused for what one document
    can't hold."""
    if len(loaded.audiences) > 1 or len(loaded.messages) > 1:
        raise Refused("This campaign has several audiences or messages. Edit each of them over the API.")
    message = loaded.messages[0] if loaded.messages else None
    if message is not None and message.channel != "email":
        raise Refused(f"The composer writes e-mail, and this is a message of channel {message.channel}.")
    return (loaded.audiences[0] if loaded.audiences else None), message


def shown(account: Account, loaded: Tree, template_names: Mapping[int, str]) -> CampaignDraftAttributes:
    """`template_names`: by internal id. Raises Refused, see `parts`."""
    campaign = loaded.campaigns[0]
    audience, message = parts(loaded)
    variations = loaded.variations_of(message.id) if message else []
    options = message.options if message else {}
    tracking = options.get("tracking", {})
    sender = variations[0].content if variations else {}
    return CampaignDraftAttributes(
        status=campaign.status,
        name=campaign.name,
        included=audience.included if audience else [],
        excluded=audience.excluded if audience else [],
        smart_sending=options.get("throttling") != NO_SMART_SENDING,
        **{name: sender.get(name) or "" for name in _SENDER},
        variations=[_variation(variation, loaded, template_names) for variation in variations],
        ab_test=ab_tests.of(options),
        add_utm=tracking.get("add_utm"),
        utm=[
            LinkParameter(one["name"], "static" if one.get("type") == "static" else "dynamic", one["value"])
            for one in tracking.get("custom") or []
        ],
        track_opens=tracking.get("opens") is not False,
        track_clicks=tracking.get("clicks") is not False,
        sending=_sending(campaign, message, account),
    )


def _variation(variation: Variation, loaded: Tree, names: Mapping[int, str]) -> DraftVariation:
    content, template = variation.content, variation.template_id or 0
    return DraftVariation(
        variation.ulid,
        variation.name,
        content.get("subject") or "",
        content.get("preview_text") or "",
        loaded.templates.get(template),
        names.get(template),
    )


def _sending(campaign: Campaign, message: CampaignMessage | None, account: Account) -> Sending:
    """What a draft says, or what was scheduled, by whatever operation."""
    scheduled = None if message is None or campaign.status == service.DRAFT else plan.read(message.options)
    if scheduled is None or scheduled == plan.IMMEDIATE:
        return sending_of(campaign.options.get("send_strategy"), account)
    if scheduled.send_time is None:
        return Sending("smart_send_time", day=scheduled.send_date)
    local = scheduled.strategy == "local_timezone"
    at = _wall(scheduled.send_time, UTC if local else ZoneInfo(account.timezone))
    percentage = scheduled.percentage if scheduled.strategy == "throttled" else None
    return Sending(scheduled.strategy, at, None, percentage, local and scheduled.passed_tomorrow)


def sending_of(strategy: Mapping[str, Any] | None, account: Account) -> Sending:
    """From the `send_strategy` that is stored with a campaign."""
    method = (strategy or {}).get("method", "immediate")
    if strategy is None or method == "immediate":
        return Sending()
    if method == "smart_send_time":
        return Sending("smart_send_time", day=date.fromisoformat(strategy["date"]))
    moment, options = datetime.fromisoformat(strategy["datetime"]), strategy.get("options") or {}
    if options.get("is_local"):
        tomorrow = options.get("send_past_recipients_immediately") is not True
        return Sending("local_timezone", at=_wall(moment, UTC), passed_tomorrow=tomorrow)
    at = _wall(moment, ZoneInfo(account.timezone))
    if method == "throttled":
        return Sending("throttled", at=at, percentage=strategy["throttle_percentage"])
    return Sending("static", at=at)


def _wall(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def _moment(wall: str, zone: tzinfo) -> str:
    try:
        return datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise Refused(
            "'at' must be a day of the calendar and a time, such as 2026-12-01T09:00.", "sending/at"
        ) from None


def strategy_of(sending: Sending, account: Account) -> dict[str, Any]:
    """The `send_strategy` that is stored. Raises Refused where something of it is missing."""
    if sending.strategy == "immediate":
        return {"method": "immediate"}
    if sending.strategy == "smart_send_time":
        if sending.day is None:
            raise Refused("'day' is required for the strategy 'smart_send_time'.", "sending/day")
        return {"method": "smart_send_time", "date": sending.day.isoformat()}
    if sending.at is None:
        raise Refused(f"'at' is required for the strategy '{sending.strategy}'.", "sending/at")
    zone = UTC if sending.strategy == "local_timezone" else ZoneInfo(account.timezone)
    moment = _moment(sending.at, zone)
    if sending.strategy == "throttled":
        if sending.percentage not in THROTTLES:
            allowed = ", ".join(str(percentage) for percentage in sorted(THROTTLES))
            raise Refused(f"'percentage' must be one of {allowed}.", "sending/percentage")
        return {"method": "throttled", "datetime": moment, "throttle_percentage": sending.percentage}
    options: dict[str, Any] = {"is_local": False}
    if sending.strategy == "local_timezone":
        options = {"is_local": True, "send_past_recipients_immediately": not sending.passed_tomorrow}
    return {"method": "static", "datetime": moment, "options": options}


async def change(conn: db.Connection, account: Account, loaded: Tree, sent: CampaignDraftUpdate) -> None:
    """Write what was sent. The caller holds the campaign. Raises Refused."""
    campaign = loaded.campaigns[0]
    service.require_draft(campaign)
    audience, message = await _with_parts(conn, account, campaign, *parts(loaded))
    await _change_audience(conn, account, audience, sent)
    await _change_message(conn, account, message, sent)
    values: dict[str, Any] = {"updated": account.now()}
    if sent.name is not UNSET:
        values["name"] = sent.name
    if isinstance(sent.sending, Sending):
        values["options"] = {**campaign.options, "send_strategy": strategy_of(sent.sending, account)}
    await store.edit_campaign(conn, account.account_id, campaign, values)


async def _with_parts(
    conn: db.Connection,
    account: Account,
    campaign: Campaign,
    audience: Audience | None,
    message: CampaignMessage | None,
) -> tuple[Audience, CampaignMessage]:
    """A campaign that was made with nothing but a name gets an audience and a message."""
    if audience is None:
        audience = await service.add_audience(conn, account, campaign, AudienceDraft("Audience", [], []))
    if message is None:
        message = await service.add_message(conn, account, audience, MessageDraft(0, "Message"))
    return audience, message


async def _change_audience(
    conn: db.Connection, account: Account, audience: Audience, sent: CampaignDraftUpdate
) -> None:
    groups = {name: getattr(sent, name) for name in ("included", "excluded") if getattr(sent, name) is not UNSET}
    if not groups:
        return
    # those that were chosen before and are deleted by now may stay until somebody takes them off
    known = {*audience.included, *audience.excluded}
    await service.check_groups(conn, account, [id for ids in groups.values() for id in ids if id not in known])
    values = {**groups, "updated": account.now()}
    await store.change(conn, account.account_id, "campaign_audiences", audience.id, values)


async def _change_message(
    conn: db.Connection, account: Account, message: CampaignMessage, sent: CampaignDraftUpdate
) -> None:
    variations = await store.variations(conn, account.account_id, [message.id])
    if not isinstance(sent.variations, UnsetType):
        variations = await _change_variations(conn, account, message, variations, sent.variations)
    sender = {name: getattr(sent, name) for name in _SENDER if getattr(sent, name) is not UNSET}
    if sender:
        _check_sender(sender)
        for variation in variations:
            await service.change_variation(conn, account, variation, name=None, details=sender)
    options = _options(message.options, sent)
    if options != message.options:
        values = {"options": options, "updated": account.now()}
        await store.change(conn, account.account_id, "campaign_messages", message.id, values)


def _check_sender(sender: Mapping[str, str]) -> None:
    for name, wrong in senders.problems(sender):
        raise Refused(wrong, name)


def _check_parameters(parameters: Sequence[LinkParameter]) -> None:
    names: set[str] = set()
    for place, parameter in enumerate(parameters):
        if parameter.name in names:
            raise Refused(f"The parameter {parameter.name} is there twice.", f"utm/{place}/name")
        names.add(parameter.name)
        if parameter.type == "dynamic" and parameter.value not in DYNAMIC_OF_CAMPAIGN:
            known = ", ".join(DYNAMIC_OF_CAMPAIGN)
            raise Refused(f"'value' of a dynamic parameter must be one of {known}.", f"utm/{place}/value")


def _options(options: Mapping[str, Any], sent: CampaignDraftUpdate) -> dict[str, Any]:
    changed = dict(options)
    if not isinstance(sent.utm, UnsetType):
        _check_parameters(sent.utm)
    names = {"utm": "custom", "add_utm": "add_utm", "track_opens": "opens", "track_clicks": "clicks"}
    tracking = {
        stored: msgspec.to_builtins(getattr(sent, name))
        for name, stored in names.items()
        if getattr(sent, name) is not UNSET
    }
    if tracking:
        changed["tracking"] = {**options.get("tracking", {}), **tracking}
    if sent.smart_sending is not UNSET:
        changed["throttling"] = SMART_SENDING if sent.smart_sending else NO_SMART_SENDING
    if sent.ab_test is not UNSET:
        changed["ab_test"] = msgspec.to_builtins(sent.ab_test)
    return changed


async def _change_variations(
    conn: db.Connection,
    account: Account,
    message: CampaignMessage,
    variations: Sequence[Variation],
    sent: Sequence[VariationChange],
) -> list[Variation]:
    """Those that are there now, as rows."""
    by_id = {variation.ulid: variation for variation in variations}
    for place, wanted in enumerate(sent):
        if wanted.id is None:
            draft = VariationDraft(_name(wanted, place), _details(wanted))
            await service.add_variation(conn, account, message, _like(draft, variations))
        elif wanted.id in by_id:
            name = None if wanted.name is UNSET else wanted.name
            await service.change_variation(conn, account, by_id[wanted.id], name=name, details=_details(wanted))
        else:
            raise Refused(f"The campaign has no variation with id {wanted.id}.", f"variations/{place}/id")
    kept = {wanted.id for wanted in sent}
    for variation in variations:
        if variation.ulid not in kept:
            await store.delete_one(conn, account.account_id, "campaign_variations", variation.id)
    return await store.variations(conn, account.account_id, [message.id])


def _like(draft: VariationDraft, others: Sequence[Variation]) -> VariationDraft:
    """A new variation has the sender of the first."""
    sender = {name: others[0].content.get(name, "") for name in _SENDER} if others else {}
    return VariationDraft(draft.name, {**sender, **draft.details})


def _name(wanted: VariationChange, place: int) -> str:
    return f"Variation {place + 1}" if isinstance(wanted.name, UnsetType) else wanted.name


def _details(wanted: VariationChange) -> dict[str, Any]:
    names = (*_OWN, "template_id")
    return {name: getattr(wanted, name) for name in names if getattr(wanted, name) is not UNSET}
