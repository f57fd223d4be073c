"""Campaigns, in the shape that revisions up to 2024-10-15 answer."""

from typing import Any

from rapport.connect.action import Action, Body, Call, Input, Values
from rapport.connect.component.common import CONNECTION, CURSOR, FIELDS, PAGE, an_id, fields
from rapport.connect.failures import BadInput
from rapport.connect.running import body_of, shaped
from rapport.connect.session import Session
from rapport.connect.shapes import TAG, Many, listed, names, resource, single, to_many

_ID = an_id("campaignId", "Campaign ID", "01J2DNH88028WCAA2RK0BYBZVG")
_MESSAGES = Input(
    "campaignMessages",
    "Campaign Messages",
    "array",
    "The messages: attributes of each (channel, label, content), or whole resource objects.",
    example=[{"channel": "email", "label": "First", "content": {"subject": "Hello"}}],
    required=True,
)
_NAME = ("campaignName", "Campaign Name", "text", "What it is called.", "My new campaign")
_INCLUDED = ("includedAudiences", "Included Audiences", "list", "Ids of lists and segments that get it.", "X7MYfE")
_EXCLUDED = Input("excludedAudiences", "Excluded Audiences", "list", "Ids of those that don't.", "X7MYfE")
_OPTIONS = (
    Input("sendOptions", "Send Options", "object", "Smart sending.", example={"useSmartSending": True}),
    Input("sendStrategy", "Send Strategy", "object", "When it is sent.", example={"method": "immediate"}),
    Input("trackingOptions", "Tracking Options", "object", "What is tracked.", example={"isTrackingOpens": True}),
)
_FILTER = Input(
    "filterCampaigns",
    "Filter Campaigns",
    note="A filter of the API; some hosts want one that names a channel.",
    example="equals(messages.channel,'sms')",
)
_ATTRIBUTES = {
    "name": "campaignName",
    "audiences.included": "includedAudiences",
    "audiences.excluded": "excludedAudiences",
    "send_options": "sendOptions",
    "send_strategy": "sendStrategy",
    "tracking_options": "trackingOptions",
}
CAMPAIGN = resource(
    names(
        "name status archived createdAt scheduledAt updatedAt sendTime",
        audiences=names("included excluded"),
        sendOptions=names("useSmartSending"),
        trackingOptions=names("isAddUtm isTrackingClicks isTrackingOpens", utmParams=Many(names("name value"))),
        sendStrategy=names(
            "method",
            optionsStatic=names("datetime isLocal sendPastRecipientsImmediately"),
            optionsThrottled=names("datetime throttlePercentage"),
            optionsSto=names("date"),
        ),
    ),
    to_many("campaignMessages", "tags"),
)
MESSAGE = resource(
    names(
        "label channel createdAt updatedAt",
        content=names("subject previewText fromEmail fromLabel replyToEmail ccEmail bccEmail"),
        sendTimes=Many(names("datetime isLocal")),
        renderOptions=names("shortenLinks addOrgPrefix addInfoLink addOptOutLanguage"),
    )
)
_WITH = {"include": "campaign-messages,tags"}
_READS = ("campaigns:read", "tags:read")


async def _create(session: Session, values: Values) -> dict[str, Any]:
    document = body_of(_CREATE, values)
    messages = [_message(message) for message in values["campaignMessages"]]
    document["data"]["attributes"]["campaign-messages"] = {"data": messages}
    answer = await session.ask("POST", "/api/campaigns", body=document, revision=CREATE.revision)
    return shaped(CREATE, values, answer)


def _message(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise BadInput(_MESSAGES.key, "A campaign's message is an object with channel, label and content.")
    return sent if "attributes" in sent else {"type": "campaign-message", "attributes": sent}


_CREATE = Body("campaign", _ATTRIBUTES)
CREATE = Action(
    name="component.createCampaign",
    label="Create Campaign",
    note="Create a campaign.",
    inputs=(
        _MESSAGES,
        Input(*_NAME, required=True),
        CONNECTION,
        _EXCLUDED,
        Input(*_INCLUDED, required=True),
        *_OPTIONS,
    ),
    calls=(Call("POST", "/api/campaigns", body=_CREATE),),
    output=single(CAMPAIGN),
    is_new=True,
    run=_create,
    writes=True,
    scopes=("campaigns:write",),
)

ACTIONS = (
    CREATE,
    Action(
        name="component.deleteCampaign",
        label="Delete Campaign",
        note="Delete a campaign.",
        inputs=(_ID, CONNECTION),
        calls=(Call("DELETE", "/api/campaigns/{campaignId}"),),
        done="Campaign deleted successfully.",
        writes=True,
        scopes=("campaigns:write",),
    ),
    Action(
        name="component.getCampaign",
        label="Get Campaign",
        note="One campaign, with its messages and tags.",
        inputs=(_ID, CONNECTION, FIELDS),
        calls=(Call("GET", "/api/campaigns/{campaignId}", {**fields("campaign"), **_WITH}),),
        output=single(CAMPAIGN, campaign_message=MESSAGE, tag=TAG),
        scopes=_READS,
    ),
    Action(
        name="component.listCampaigns",
        label="List Campaigns",
        note="The account's campaigns, with their messages and tags.",
        inputs=(CONNECTION, FIELDS, _FILTER, CURSOR),
        calls=(Call("GET", "/api/campaigns", {**fields("campaign"), "filter": "{filterCampaigns}", **_WITH, **PAGE}),),
        output=listed(CAMPAIGN, campaign_message=MESSAGE, tag=TAG),
        scopes=_READS,
    ),
    Action(
        name="component.updateCampaign",
        label="Update Campaign",
        note="Change a campaign that is a draft.",
        inputs=(_ID, Input(*_NAME), CONNECTION, _EXCLUDED, Input(*_INCLUDED), *_OPTIONS),
        calls=(Call("PATCH", "/api/campaigns/{campaignId}", body=Body("campaign", _ATTRIBUTES, id="campaignId")),),
        related=Call("GET", "/api/campaigns/{campaignId}", {"include": "tags"}),
        output=single(CAMPAIGN),
        writes=True,
        scopes=("campaigns:write",),
    ),
)
