"""The integration component's 38 actions, by key and by OAuth token: every documented key of an output is there."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rapport.connect import connection as connections
from rapport.connect import registry
from rapport.connect.connection import Connection
from tests.accounts import dance
from tests.conftest import Server, eventually, new_shop
from tests.connect import scene as scenes
from tests.connect.scene import EMAIL_MESSAGE, PROFILE, SMS_MESSAGE, STRATEGIES, Scene
from tests.connect.world import DOCUMENTED, acted, connected, paths_of
from tests.images import pictures

ACTIONS = [name for name in registry.ACTIONS if name.startswith("component.")]
SCOPES = tuple(sorted({scope for action in registry.ACTIONS.values() for scope in action.scopes}))
BOTH = ["subscriptions", "predictive_analytics"]


@pytest.fixture(scope="module")
def scene(server: Server) -> Iterator[Scene]:
    with new_shop(server) as shop:
        made = scenes.made(shop)
        made.segment = created(connected(shop), "createSegment", segment(made))
        eventually(lambda: not shop.sdk.Segments.get_segment(made.segment).data.attributes.is_processing)
        for kind, id in (("list", made.list), ("segment", made.segment)):
            scenes.tagged(made, kind, id)
        yield made


@pytest.fixture(scope="module", params=["key", "token"])
def connection(request: pytest.FixtureRequest, scene: Scene) -> Connection:
    if request.param == "key":
        return connected(scene.shop)
    app = dance.registered(scene.shop.server, scopes=SCOPES, name="Connector")
    token = app.tokens(scene.shop, scope=" ".join(SCOPES))["access_token"]
    return connected(scene.shop, connections.access_token(token))


def created(connection: Connection, action: str, values: dict[str, Any]) -> str:
    return str(acted(connection, f"component.{action}", **values)["data"]["data"]["id"])


def segment(scene: Scene) -> dict[str, Any]:
    groups = [{"conditions": scene.conditions()}]
    return {"segmentName": "S", "isStarredSegment": True, "segmentConditionGroups": groups}


Act = Callable[..., Any]
EVENT = {
    "eventName": "Viewed Product",
    "eventProfile": {"email": scenes.SARAH},
    "eventProperties": {"snake_case": 1, "camelCase": 2},
}


def outputs(name: str, act: Act, scene: Scene, connection: Connection) -> list[Any]:
    """What an action answers here; where the guide shows several kinds at once, once for each."""

    def new(action: str, values: dict[str, Any]) -> str:
        return created(connection, action, values)

    def campaigns() -> list[str]:
        ids = [new("createCampaign", scene.campaign(strategy, EMAIL_MESSAGE)) for strategy in STRATEGIES]
        ids.append(new("createCampaign", scene.campaign(STRATEGIES[0], SMS_MESSAGE)))
        for id in ids:
            scenes.tagged(scene, "campaign", id)
        return ids

    match name:
        case "createCampaign":
            return [act(**scene.campaign(strategy, EMAIL_MESSAGE)) for strategy in STRATEGIES]
        case "getCampaign":
            return [act(campaignId=id) for id in campaigns()]
        case "listCampaigns":
            campaigns()
            return [act(), act(filterCampaigns="equals(messages.channel,'sms')")]
        case "updateCampaign":
            return [act(campaignId=id, campaignName="D") for id in campaigns()[:3]]
        case "deleteCampaign":
            return [act(campaignId=new("createCampaign", scene.campaign(STRATEGIES[0], EMAIL_MESSAGE)))]
        case "createEvent":
            return [act(**EVENT, eventValue=10, eventValueCurrency="USD", eventTime="2024-07-10T14:48:00.000Z")]
        case "bulkCreateEvents":
            return [act(eventsArray=[EVENT])]
        case "getEvent":
            return [act(eventId=id) for id in scene.orders]
        case "createList":
            return [act(listName="New")]
        case "updateList":
            return [act(listId=new("createList", {"listName": "Old"}), listName="New")]
        case "deleteList":
            return [act(listId=new("createList", {"listName": "Old"}))]
        case "getList":
            return [act(listId=scene.list)]
        case "listListProfiles":
            return [act(listId=scene.list, additionalProfileFields=BOTH)]
        case "createProfile":
            return [act(email=f"{connection.credential.header[-8:]}@example.com", title="Manager")]  # type: ignore[attr-defined]
        case "updateProfile":
            return [act(profileId=scene.profile, **PROFILE)]
        case "getProfile":
            return [act(profileId=scene.profile, additionalProfileFields=BOTH)]
        case "listProfile":
            return [act(additionalProfileFields=BOTH)]
        case "createSegment":
            return [act(**segment(scene))]
        case "getSegment":
            return [act(segmentId=scene.segment)]
        case "updateSegment":
            return [act(segmentId=scene.segment, segmentName="S2")]
        case "deleteSegment":
            return [act(segmentId=new("createSegment", segment(scene)))]
        case "createTemplate":
            return [act(templateName="T", templateHtml="<p>x</p>", templateText="x")]
        case "getTemplate":
            return [act(templateId=scene.template)]
        case "updateTemplate":
            return [act(templateId=scene.template, templateName="U")]
        case "deleteTemplate":
            return [act(templateId=new("createTemplate", {"templateName": "T", "templateHtml": "<p>x</p>"}))]
        case "getAccount":
            return [act(accountId=scene.shop.public_id)]
        case "getImage":
            return [act(imageId=scene.image)]
        case "updateImage":
            return [act(imageId=scene.image, imageName="Renamed", imageHidden=False)]
        case "uploadImage":
            content = b64encode(pictures.png()).decode()
            return [act(fileData=content, imageName="A"), act(imageUrl=scenes.data_uri(), imageName="B")]
        case "subscribeProfiles" | "unsubscribeProfiles":
            return [act(profiles=[{"email": "new@example.com", "phoneNumber": "+15005550007"}])]
        case "rawRequest":
            return [act(url="/api/accounts", method="GET")]
        case _:
            return [act()]


# Where a write's answer says nothing of what it is related to, the documented `data` is null.
_WRITES = ("create", "update")
_NOT_TOLD = (".relationships.lists.data", ".relationships.segments.data", ".relationships.profiles.data")
_TAGS = ".relationships.tags.data"
# A profile that was just made is kept from nothing.
_NEW = (".suppression[]", ".listSuppressions[]")
# What has no address of its own has no link.
_UNLINKED = ("relationships.attributions.links.", "included[attribution].links.")
# What waits for something else, and for what.
WAITS = {"conditions[profile-predictive-analytics]": "forecasts"}
# What the host says beside the documented keys: fields that came with later revisions, or with this installation.
BESIDE = (
    "data.links",
    "anonymousId",
    "rankedChannelAffinity",
    "subscriptions.",
    "relationships.flowTriggers",
    "relationships.conversations",
    "relationships.pushTokens",
    "included[attribution].attributes",
    "included[metric].relationships",
    "included[profile].relationships",
    "included[list].relationships",
    "included[segment].relationships",
    "included[tag].relationships",
    "included[campaign-message].relationships",
    "content.body",
    "attributes.amp",
)  # fmt: skip


def not_told(name: str, path: str) -> bool:
    silent = (*_NOT_TOLD, _TAGS) if name.startswith(_WRITES) else ()
    new = _NEW if name == "createProfile" else ()
    return any(part in path for part in (*silent, *new, *_UNLINKED, *WAITS))


@pytest.mark.parametrize("name", ACTIONS)
def test_an_output_has_every_documented_key(scene: Scene, connection: Connection, name: str) -> None:
    key = name.removeprefix("component.")
    shown = outputs(key, lambda **values: acted(connection, name, **values), scene, connection)
    documented = set(DOCUMENTED["component"][key]["outputs"])
    answered = {path for output in shown for path in paths_of(output)}
    missing = {path for path in documented - answered if not not_told(key, path)}
    assert not missing
    if documented:
        assert not {path for path in answered - documented if not any(part in path for part in BESIDE)}
    if documented == {"data"}:
        assert all(isinstance(output["data"], str) for output in shown)


def test_inputs_are_the_documented_ones() -> None:
    for key, shown in {**DOCUMENTED["component"], **DOCUMENTED["pickers"]}.items():
        action = registry.ACTIONS.get(f"component.{key}") or registry.ACTIONS[key]
        assert action.label == shown["label"]
        assert sorted(entry.label for entry in action.inputs if not entry.own) == sorted(shown["inputs"]), key
