"""The integration component's 38 actions, by key and by OAuth token: every documented key of an output is there."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from rapport.connect import connection as connections
from rapport.connect import registry
from rapport.connect.actions import component, lead, pickers
from rapport.connect.connection import Connection
from rapport.connect.failures import BadInput, Refused
from tests.accounts import dance
from tests.conftest import Server, Shop, eventually, new_shop
from tests.connect import scene as scenes
from tests.connect.scene import EMAIL_MESSAGE, LABELS, PROFILE, SMS_MESSAGE, STRATEGIES, Scene
from tests.connect.world import DOCUMENTED, acted, connected, paths_of
from tests.guides import ROOT, rows_of
from tests.images import pictures
from tests.images.served import Page, Site

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
EVENT: dict[str, Any] = {
    "Event Name": "Viewed Product",
    "Event Profile": {"email": scenes.SARAH},
    "Event Properties": {"snake_case": 1, "camelCase": 2},
}
SIMPLE = {"eventName": "Viewed Product", "eventProfile": {"email": scenes.SARAH}, "eventProperties": {"snake_case": 1}}


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
            return [act(), act(**{"Filter Campaigns": "equals(messages.channel,'sms')"})]
        case "updateCampaign":
            return [act(campaignId=id, campaignName="D") for id in campaigns()[:3]]
        case "deleteCampaign":
            return [act(campaignId=new("createCampaign", scene.campaign(STRATEGIES[0], EMAIL_MESSAGE)))]
        case "createEvent":
            return [act(**EVENT, eventValue=10, eventValueCurrency="USD", eventTime="2024-07-10T14:48:00.000Z")]
        case "bulkCreateEvents":
            return [act(eventsArray=[SIMPLE])]
        case "getEvent":
            return [act(eventId=id) for id in scene.orders]
        case "createList":
            return [act(listName="New")]
        case "updateList":
            return [act(listId=scene.list, listName="Newsletter")]
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


# What was just made is related to nothing, so its lists of what is related have no entries.
_NOTHING = tuple(f".relationships.{name}.data[]" for name in ("lists", "segments", "profiles", "tags"))
# No host names everybody in a list or segment when it answers.
_EVERYBODY = {"updateList": (".relationships.profiles.data[]",), "updateSegment": (".relationships.profiles.data[]",)}
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
    silent = _NOTHING if name.startswith("create") else _EVERYBODY.get(name, ())
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


def test_a_row_waits_where_a_key_may_be_missing_and_only_there() -> None:
    waiting = {
        (row.section.removeprefix("`component.").removesuffix("`: output"), row.name): row.is_waiting
        for row in rows_of((ROOT / "docs/guides-component.md").read_text())
        if row.section.endswith(": output")
    }
    shown = DOCUMENTED["component"]
    assert waiting == {(name, path): not_told(name, path) for name in shown for path in shown[name]["outputs"]}


def test_inputs_are_the_documented_ones() -> None:
    for key, shown in {**DOCUMENTED["component"], **DOCUMENTED["pickers"]}.items():
        action = registry.ACTIONS.get(f"component.{key}") or registry.ACTIONS[key]
        assert action.label == shown["label"]
        assert sorted(entry.label for entry in action.inputs if not entry.own) == sorted(shown["inputs"]), key


FIELDS = {
    "account": (["getAccount", "listAccounts"], "timezone"),
    "campaign": (["getCampaign", "listCampaigns"], "sendTime"),
    "image": (["getImage", "listImages"], "imageUrl"),
    "list": (["getList", "listLists"], "optInProcess"),
    "profile": (["getProfile", "listListProfiles", "listProfile"], "firstName"),
    "segment": (["getSegment", "listSegments"], "isStarred"),
    "template": (["getTemplate", "listTemplates"], "editorType"),
}


@pytest.mark.parametrize(("action", "field"), [(name, field) for names, field in FIELDS.values() for name in names])
def test_fields_choose_what_is_answered(scene: Scene, action: str, field: str) -> None:
    """Nothing is completed where less was asked for; names may be written in either way."""
    connection = connected(scene.shop)

    def act(**values: Any) -> Any:
        values.pop("additionalProfileFields", None)
        return acted(connection, f"component.{action}", **values, Fields=[field])

    for output in outputs(action, act, scene, connection):
        data = output["data"]["data"]
        for resource in data if isinstance(data, list) else [data]:
            assert set(resource["attributes"]) - {"profileCount"} == {field}


def test_fields_of_events_metrics_and_profiles(scene: Scene) -> None:
    fields = {"Event Fields": "datetime", "Metric Fields": "name", "Profile Fields": ["firstName", "phone_number"]}
    for action, values in (("getEvent", {"eventId": next(iter(scene.orders))}), ("listEvents", {})):
        output = acted(connected(scene.shop), f"component.{action}", **values, **fields)["data"]
        event = output["data"][0] if isinstance(output["data"], list) else output["data"]
        assert set(event["attributes"]) == {"datetime"}
        kinds = {resource["type"]: set(resource["attributes"]) for resource in output["included"]}
        assert (kinds["metric"], kinds["profile"]) == ({"name"}, {"firstName", "phoneNumber"})


def test_what_is_sent_of_a_profile_is_kept_and_free_objects_stay_as_they_are(
    connection: Connection, scene: Scene
) -> None:
    """createProfile, updateProfile: every input, in camelCase or by label."""
    with new_shop(scene.shop.server) as shop:
        shop_connection = connected(shop)
        labelled = {label: PROFILE[key] for label, key in LABELS.items()}
        made = acted(shop_connection, "component.createProfile", **labelled)["data"]["data"]
        kept = acted(shop_connection, "component.getProfile", profileId=made["id"])["data"]["data"]["attributes"]
        for shown in (made["attributes"], kept):
            for name, value in PROFILE.items():
                assert shown[name] == value if name != "location" else value.items() <= shown[name].items()
        changes = {"First Name": "Zoë", "External ID": "S-2", "Profile ID": made["id"], "properties": '{"a_b": 1}'}
        changed = acted(shop_connection, "component.updateProfile", **changes)["data"]["data"]["attributes"]
        assert (changed["firstName"], changed["externalId"], changed["lastName"]) == ("Zoë", "S-2", "Mason")
        assert changed["properties"] == {**PROFILE["properties"], "a_b": 1}


def test_what_is_sent_of_an_event_is_recorded(shop: Shop) -> None:
    """createEvent, bulkCreateEvents: every input."""
    connection = connected(shop)
    whole = {
        **EVENT,
        "Event Time": "2024-07-10T14:48:00.000Z",
        "Event Unique ID": "123",
        "Event Value": 10,
        "Event Value Currency": "USD",
    }
    acted(connection, "component.createEvent", **whole)
    acted(connection, "component.createEvent", **whole)
    profile = {"data": {"type": "profile", "attributes": {"email": "raw@example.com"}}}
    metric = {"data": {"type": "metric", "attributes": {"name": "Raw"}}}
    events = {"data": [{"type": "event", "attributes": {"metric": metric, "properties": {"camelCase": 1}}}]}
    raw = {"type": "event-bulk-create", "attributes": {"profile": profile, "events": events}}
    bulk = {
        "eventName": "Viewed Product",
        "eventProfile": {"phoneNumber": scenes.PHONE, "firstName": "Bo"},
        "eventProperties": EVENT["Event Properties"],
        "eventTime": "2024-07-10T14:48:00.000Z",
        "eventUniqueId": "124",
        "eventValue": 10,
        "eventValueCurrency": "USD",
    }
    acted(connection, "component.bulkCreateEvents", **{"Events Array": [raw, bulk]})
    shop.wait_until_recorded()
    recorded = acted(connection, "component.listEvents")["data"]["data"]
    properties = [event["attributes"]["eventProperties"] for event in recorded]
    assert len(recorded) == 3
    viewed = [found for found in properties if "snake_case" in found]
    assert [found["$event_id"] for found in viewed if found.items() >= EVENT["Event Properties"].items()] == [
        "124",
        "123",
    ]
    assert all((found["$value"], found["$value_currency"]) == (10, "USD") for found in viewed)
    assert {event["attributes"]["datetime"][:19] for event in recorded} >= {"2024-07-10T14:48:00"}
    assert [found["camelCase"] for found in properties if "snake_case" not in found] == [1]


def test_what_is_sent_of_a_campaign_is_kept(scene: Scene) -> None:
    """createCampaign, updateCampaign: every input."""
    connection = connected(scene.shop)
    made = acted(connection, "component.createCampaign", **scene.campaign(STRATEGIES[1], EMAIL_MESSAGE, "Spring"))
    attributes = made["data"]["data"]["attributes"]
    assert (attributes["name"], attributes["audiences"]["included"]) == ("Spring", [scene.list])
    assert attributes["sendStrategy"]["optionsThrottled"] == {**STRATEGIES[1]["optionsThrottled"]}
    assert attributes["trackingOptions"]["utmParams"] == [{"name": "utm_medium", "value": "campaign"}]
    changes = {
        "Campaign ID": made["data"]["data"]["id"],
        "campaignName": "Summer",
        "excludedAudiences": scene.segment,
        "sendOptions": {"useSmartSending": False},
        "sendStrategy": '{"method": "immediate"}',
        "trackingOptions": {"is_add_utm": False},
    }
    updated = acted(connection, "component.updateCampaign", **changes)
    attributes = updated["data"]["data"]["attributes"]
    assert (attributes["name"], attributes["sendOptions"]) == ("Summer", {"useSmartSending": False})
    assert attributes["audiences"] == {"included": [scene.list], "excluded": [scene.segment]}
    assert (attributes["sendStrategy"]["method"], attributes["trackingOptions"]["isAddUtm"]) == ("immediate", False)
    shown = acted(connection, "component.getCampaign", campaignId=made["data"]["data"]["id"])["data"]["included"]
    (message,) = (resource for resource in shown if resource["type"] == "campaign-message")
    assert message["attributes"]["content"].items() >= EMAIL_MESSAGE["content"].items()


def test_what_is_sent_of_a_template_a_list_and_a_segment_is_kept(scene: Scene) -> None:
    """createTemplate, updateTemplate, createList, updateList, createSegment, updateSegment: every input."""
    connection = connected(scene.shop)
    template = {"templateName": "T", "templateHtml": "<p>one</p>", "templateText": "one", "Editor Type": "code"}
    made = acted(connection, "component.createTemplate", **template)["data"]["data"]
    kept = {"name": "T", "html": "<p>one</p>", "text": "one", "editorType": "CODE"}
    assert made["attributes"].items() >= kept.items()
    changes = {"Template Name": "U", "Template HTML": "<p>two</p>", "Template Text": "two", "Template ID": made["id"]}
    updated = acted(connection, "component.updateTemplate", **changes)["data"]["data"]["attributes"]
    assert updated.items() >= {"name": "U", "html": "<p>two</p>", "text": "two"}.items()
    list_id = created(connection, "createList", {"List Name": "One"})
    renamed = acted(connection, "component.updateList", **{"List Name": "Two", "List ID": list_id})["data"]["data"]
    assert renamed["attributes"]["name"] == "Two"
    made = acted(connection, "component.createSegment", **segment(scene))["data"]["data"]
    assert made["attributes"]["definition"]["conditionGroups"][0]["conditions"][4] == scene.conditions()[4]
    groups = [{"conditions": scene.conditions()[4:5]}]
    values = {
        "Segment ID": made["id"],
        "Segment Name": "S2",
        "Is Starred Segment": "false",
        "Segment Condition Groups": groups,
    }
    updated = acted(connection, "component.updateSegment", **values)["data"]["data"]["attributes"]
    assert (updated["name"], updated["isStarred"]) == ("S2", False)
    assert updated["definition"]["conditionGroups"] == groups


def test_images_are_kept_from_a_file_an_address_and_a_data_uri(shop: Shop) -> None:
    connection = connected(shop)
    with Site({"/logo.png": Page(pictures.png(), headers={"content-type": "image/png"})}) as served:
        files = [
            {"File Data": {"data": b64encode(pictures.jpeg()).decode(), "contentType": "image/jpeg"}},
            {"Image URL": f"{served.url}/logo.png"},
            {"Image URL": scenes.data_uri()},
        ]
        made = [
            acted(connection, "component.uploadImage", **{"Image Name": "Logo"}, **file)["data"]["data"]
            for file in files
        ]
    assert [image["attributes"]["format"] for image in made] == ["jpeg", "png", "png"]
    names = [image["attributes"]["name"] for image in made]
    assert names[0] == "Logo" and len(set(names)) == 3
    values = {"Image ID": made[0]["id"], "Image Hidden": True, "Image Name": "Hidden"}
    hidden = acted(connection, "component.updateImage", **values)["data"]["data"]["attributes"]
    assert (hidden["name"], hidden["hidden"]) == ("Hidden", True)
    for wrong in ({}, {"fileData": "AAAA", "imageUrl": "https://example.com/a.png"}, {"fileData": "%"}):
        with pytest.raises(BadInput):
            acted(connection, "component.uploadImage", **wrong)
    with pytest.raises(Refused):
        acted(connection, "component.uploadImage", fileData=b64encode(b"no picture").decode())


def test_who_is_named_is_subscribed_and_unsubscribed_on_the_channels_that_are_meant(shop: Shop) -> None:
    both = {"email": "ann@example.com", "phoneNumber": scenes.PHONE}
    one = {"email": "bob@example.com", "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}}}
    connection = connected(shop)

    def consents() -> list[tuple[str, str]]:
        listed = acted(connection, "component.listProfile", additionalProfileFields="subscriptions")["data"]["data"]
        people = sorted(listed, key=lambda profile: str(profile["attributes"]["email"]))
        found = [profile["attributes"]["subscriptions"] for profile in people]
        return [(who["email"]["marketing"]["consent"], who["sms"]["marketing"]["consent"]) for who in found]

    acted(connection, "component.subscribeProfiles", Profiles=[both, {"type": "profile", "attributes": one}])
    eventually(lambda: consents() == [("SUBSCRIBED", "SUBSCRIBED"), ("SUBSCRIBED", "NEVER_SUBSCRIBED")])
    acted(connection, "component.unsubscribeProfiles", profiles=[{"email": "ann@example.com"}])
    eventually(lambda: consents() == [("UNSUBSCRIBED", "SUBSCRIBED"), ("SUBSCRIBED", "NEVER_SUBSCRIBED")])
    for wrong in ([], ["ann@example.com"], "no"):
        with pytest.raises(BadInput):
            acted(connection, "component.subscribeProfiles", profiles=wrong)


def test_lists_go_on_where_a_page_ends(shop: Shop) -> None:
    for number in range(12):
        acted(connected(shop), "component.createList", listName=f"L{number:02}")
    first = acted(connected(shop), "component.listLists")["data"]
    cursor = httpx.URL(first["links"]["next"]).params["page[cursor]"]
    second = acted(connected(shop), "component.listLists", pageCursor=cursor)["data"]
    names = {found["attributes"]["name"] for page in (first, second) for found in page["data"]}
    assert len(first["data"]) == 10 and len(names) == 12


def test_functions_are_the_same_actions(shop: Shop) -> None:
    connection = connected(shop)
    made = component.create_list(connection, list_name="By function")["data"]["data"]
    assert component.get_list(connection, list_id=made["id"]) == acted(
        connection, "component.getList", listId=made["id"]
    )
    assert lead.get_profiles(connection, email="nobody@example.com")["outcome"] == "failure"
    assert pickers.select_account(connection, search="test")["result"][0]["key"] == shop.public_id
    image = component.upload_image(connection, file_data=pictures.png(), image_name="Logo")["data"]["data"]
    assert image["attributes"]["name"] == "Logo"
