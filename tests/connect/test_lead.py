"""The lead integration's six actions."""

from tests.conftest import Shop
from tests.connect.world import DOCUMENTED, EMAIL, acted, connected


def snake(label: str) -> str:
    return label.lower().replace(" ", "_").replace("custom_*", "custom.*")


def test_it_appends_what_is_known_of_a_profile(shop: Shop) -> None:
    profile_id = shop.profile(EMAIL, external_id="7", first_name="Sarah", properties={"color": "red"})
    lead = acted(connected(shop), "lead.getProfiles", email=EMAIL)
    assert (lead["outcome"], lead["reason"], lead["errors_id"]) == ("success", None, [])
    assert (lead["id"], lead["reference"], lead["custom.color"]) == (profile_id, "7", "red")
    documented = {snake(label) for label in DOCUMENTED["lead"]["getProfiles"]["appended"]}
    assert set(lead) == documented - {"custom.*"} | {"custom.color"}
