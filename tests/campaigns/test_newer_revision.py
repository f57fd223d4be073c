"""Campaigns, audiences, messages and variations with the official SDK, revision 2026-10-15."""

import pytest
from openapi_client.exceptions import ApiException

from tests import stories
from tests.conftest import Shop


def test_it_reads_back_everything_it_was_given(shop: Shop) -> None:
    everybody = stories.list_of(shop, [])
    campaign, message = stories.campaign(shop, included=[everybody], name="March")
    api = shop.sdk.Campaigns
    found = api.get_campaign(campaign, include=["campaign-messages", "campaign-audiences"])
    assert found.data.attributes.definition.name == "March"
    assert {one["type"] for one in found.included} == {"campaign-message", "campaign-audience"}
    audience = api.get_campaign_audiences_for_campaign(campaign).data[0]
    assert audience.attributes.definition.included == [everybody]
    assert api.get_campaign_audience(audience.id).data.relationships.campaign.data.id == campaign
    shown = api.get_campaign_message(message, include=["campaign-variations"])
    assert shown.data.attributes.definition.status == "draft"
    variation = api.get_variations_for_campaign_message(message).data[0]
    details = api.get_campaign_variation(variation.id).data.attributes.definition.details
    assert details["subject"] == "Hello {{ first_name }}"
    template = api.get_template_for_campaign_message(message).data
    assert details["template_id"] == template.id
    assert [one.id for one in api.get_campaigns(filter='contains(name,"Marc")').data] == [campaign]
    assert [one.id for one in api.get_campaign_messages(filter=f'equals(campaign_id,"{campaign}")').data] == [message]


def test_it_changes_a_variation_key_by_key(shop: Shop) -> None:
    _, message = stories.campaign(shop, included=[stories.list_of(shop, [])])
    api = shop.sdk.Campaigns
    variation = api.get_variations_for_campaign_message(message).data[0].id
    change = {
        "data": {
            "type": "campaign-variation",
            "id": variation,
            "attributes": {"definition": {"details": {"subject": "New"}}},
        }
    }
    details = api.update_campaign_variation(variation, change).data.attributes.definition.details
    assert (details["subject"], details["from_label"]) == ("New", "The shop")
    assert details["template_id"]


def test_it_adds_a_message_for_another_audience(shop: Shop) -> None:
    everybody = stories.list_of(shop, [])
    campaign, _ = stories.campaign(shop, included=[everybody])
    api = shop.sdk.Campaigns
    relations = {"campaign": {"data": {"type": "campaign", "id": campaign}}}
    audience = api.create_campaign_audience(
        {
            "data": {
                "type": "campaign-audience",
                "relationships": relations,
                "attributes": {"definition": {"name": "Others", "included": [everybody]}},
            }
        }
    )
    relations["campaign-audience"] = {"data": {"type": "campaign-audience", "id": audience.data.id}}
    made = api.create_campaign_message(
        {
            "data": {
                "type": "campaign-message",
                "relationships": relations,
                "attributes": {"definition": {"name": "Second"}},
            }
        }
    )
    assert made.data.attributes.definition.name == "Second"
    assert len(api.get_messages_for_campaign(campaign).data) == 2
    assert api.get_audience_for_campaign_message(made.data.id).data.id == audience.data.id


def test_it_clones_a_campaign_as_a_draft_of_its_own(shop: Shop) -> None:
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [])])
    api = shop.sdk.Campaigns
    clone = api.clone_campaign({"data": {"type": "campaign", "id": campaign, "attributes": {"name": "Again"}}}).data
    assert clone.attributes.definition.name == "Again"
    message = api.get_messages_for_campaign(clone.id).data[0]
    assert api.get_template_for_campaign_message(message.id).data.id


def test_it_refuses_lists_that_are_not_there(shop: Shop) -> None:
    with pytest.raises(ApiException) as raised:
        stories.campaign(shop, included=["nolist"])
    assert raised.value.status == 400


def test_it_deletes_a_draft(shop: Shop) -> None:
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [])])
    assert shop.http.delete(f"/api/campaigns/{campaign}").status_code == 204
    assert shop.http.get(f"/api/campaigns/{campaign}").status_code == 404
