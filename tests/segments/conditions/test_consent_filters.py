"""Filters of profile-marketing-consent (behaviour-people 4.3): which row takes which, and with what beside a method."""

from typing import Any

import pytest

from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from tests.segments.world import World, definition, relative

ONE_OF = {"type": "string", "operator": "in", "value": ["d"]}
EQUALS = {"type": "string", "operator": "equals", "value": "d"}
YES_EMAIL, NO_EMAIL = ("email", True, "subscribed"), ("email", False, "unsubscribed")
YES_SMS, NO_SMS = ("sms", True, "subscribed"), ("sms", False, "unsubscribed")
# row -> methods that may say more, and those that say nothing else
METHODS: dict[Any, tuple[tuple[str, ...], tuple[str, ...]]] = {
    YES_EMAIL: (("form", "preference_page", "api", "manual_import", "manual_add"),
                ("inbound_message", "back_in_stock", "sftp")),
    NO_EMAIL: (("api",), ("inbound_message", "preference_page", "manual_remove", "spam_complaint", "mailbox_provider",
                          "one_click_unsubscribe", "manual_import", "sftp", "data_warehouse_import",
                          "profile_modification")),
    YES_SMS: (("form", "manual_import", "manual_add"), ("checkout", "inbound_message", "preference_page", "sftp")),
    NO_SMS: (("form", "manual_import", "manual_add"),
             ("manual_remove", "bulk_remove", "checkout", "inbound_message", "preference_page", "sftp",
              "carrier_deactivation", "provided_landline", "message_blocked", "provided_no_age", "failed_age_gate")),
}  # fmt: skip
STATUS = "/condition_groups/0/conditions/0/consent/consent_status"


def _consent(row: Any, *filters: Any) -> dict[str, Any]:
    channel, can, status = row
    said = {"subscription": status, "filters": list(filters)}
    consent = {"channel": channel, "can_receive_marketing": can, "consent_status": said}
    return definition({"type": "profile-marketing-consent", "consent": consent})


def _method(method: str, more: Any = None) -> dict[str, Any]:
    return {"field": "method", "method": method} | ({"filter": more} if more else {})


def _pointer(wanted: Any) -> str:
    with pytest.raises(DefinitionError) as error:
        conditions.parse(wanted, pointer="")
    return error.value.pointer


@pytest.mark.rule("4.3")
@pytest.mark.parametrize("row", METHODS, ids=str)
def test_it_takes_more_of_the_methods_that_have_more(row: Any) -> None:
    detailed, plain = METHODS[row]
    for method in detailed:
        for more in (None, ONE_OF, EQUALS):
            conditions.parse(_consent(row, _method(method, more)))
        contains = {**EQUALS, "operator": "contains"}
        assert _pointer(_consent(row, _method(method, contains))) == f"{STATUS}/filters/0/filter/operator"
    for method in plain:
        conditions.parse(_consent(row, _method(method)))
        assert _pointer(_consent(row, _method(method, ONE_OF))) == f"{STATUS}/filters/0/filter"
    conditions.parse(_consent(row, _method("integration", ONE_OF)))
    assert _pointer(_consent(row, _method("integration"))) == f"{STATUS}/filters/0/filter"


@pytest.mark.rule("4.3")
@pytest.mark.parametrize("row", METHODS, ids=str)
def test_methods_of_another_row_are_refused(row: Any) -> None:
    known = {"api", "integration", *METHODS[row][0], *METHODS[row][1]}
    for method in {one for both in METHODS.values() for some in both for one in some} - known:
        assert _pointer(_consent(row, _method(method))) == f"{STATUS}/filters/0/method"


@pytest.mark.rule("4.3")
def test_an_unsubscribed_row_asks_about_consent_or_about_suppression() -> None:
    bounced = {"field": "bounce_date", "filter": {"type": "existence", "operator": "is-set"}}
    since = {"field": "status_date", "filter": relative("in-the-last", 3)}
    conditions.parse(_consent(NO_EMAIL, bounced, bounced))
    conditions.parse(_consent(NO_EMAIL, since, _method("api")))
    assert _pointer(_consent(NO_EMAIL, bounced, since)) == f"{STATUS}/filters"


@pytest.mark.rule("4.3")
async def test_no_phone_is_known_to_take_rcs(world: World) -> None:
    ada = await world.profile("ada")
    await world.consent(ada, "sms", "SUBSCRIBED", world.at(0))

    def asked(value: bool) -> Any:
        capable = {"type": "boolean", "operator": "equals", "value": value}
        return _consent(YES_SMS, {"field": "is_rcs_capable", "filter": capable})

    assert await world.matching(asked(True)) == set()
    assert await world.matching(asked(False)) == {ada}
    capable = {"field": "is_rcs_capable", "filter": {"type": "boolean", "operator": "equals", "value": True}}
    assert _pointer(_consent(NO_SMS, capable)) == f"{STATUS}/filters/0/field"


@pytest.mark.rule("4.2")
@pytest.mark.parametrize("value", [None, "x", [], 5])
def test_what_should_be_an_object_and_is_none_is_pointed_at(value: Any) -> None:
    """A filter that is null or missing is an error of the caller's."""
    wanted = {"type": "profile-property", "property": "email", "filter": value}
    assert _pointer(definition(wanted)).startswith("/condition_groups/0/conditions/0/filter")
    metric = {"type": "profile-metric", "metric_id": "a", "measurement": "count", "measurement_filter": value}
    assert _pointer(definition(metric)).startswith("/condition_groups/0/conditions/0/measurement_filter")
    assert _pointer({"condition_groups": [value]}).startswith("/condition_groups/0")
