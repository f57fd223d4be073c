"""One of everything a definition can say (behaviour-messaging 1.2 to 1.12), whole: as it is answered, so it is sent."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Filters = dict[str, Any]


def all_of(*conditions: Mapping[str, Any]) -> Filters:
    return {"condition_groups": [{"conditions": [deepcopy(condition)]} for condition in conditions]}


def equals(value: str = "x") -> dict[str, Any]:
    return {"type": "string", "operator": "equals", "value": value}


EVER = {"type": "date", "operator": "alltime"}
LATELY = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 7}
CONDITIONS: Mapping[str, dict[str, Any]] = {
    "property": {"type": "profile-property", "property": "properties['tier']", "filter": equals()},
    "group": {"type": "profile-group-membership", "is_member": False, "group_ids": ["Y6nRLr"]},
    "region": {"type": "profile-region", "in_region": True, "region_id": "european_union"},
    "sample": {"type": "profile-sample", "percentage": 50},
    "consent": {
        "type": "profile-marketing-consent",
        "consent": {"channel": "email", "can_receive_marketing": True, "consent_status": {"subscription": "any"}},
    },
    "metric": {
        "type": "profile-metric",
        "metric_id": "PLACED",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "flow-start"},
    },
    "custom object": {
        "type": "profile-has-custom-object",
        "object_type_id": "1",
        "object_type_relationship_id": "2",
        "filters": [],
    },
    "not sent email": {"type": "profile-not-sent-email", "timeframe_filter": LATELY},
    "not sent sms": {"type": "profile-not-sent-sms", "timeframe_filter": EVER},
    "not sent push": {"type": "profile-not-sent-push", "timeframe_filter": EVER},
}
NOT_IN_FLOW = {"type": "profile-not-in-flow", "timeframe_filter": LATELY}
ABOUT_EVENT = {"type": "metric-property", "metric_id": "METRIC", "field": "Size", "filter": equals("L")}
_DATE = {
    "timedelta_unit_before_date": "weeks",
    "timedelta_value_before_date": 2,
    "recurrence_frequency": "annually",
    "timezone": "profile",
    "trigger_time": "09:00:00",
    "trigger_days": ["monday", "friday"],
}
PRICE = {"type": "price-drop-property", "metric_id": None, "field": "Brand", "filter": equals()}
STOCK = {"type": "low-inventory-property", "metric_id": "m", "field": "Brand", "filter": equals()}
OBJECT = {"type": "custom-object-trigger-property", "property_id": 4, "filter": equals()}
TRIGGERS: Mapping[str, dict[str, Any]] = {
    "list": {"type": "list", "id": "LIST"},
    "segment": {"type": "segment", "id": None},
    "metric": {"type": "metric", "id": "METRIC", "trigger_filter": all_of(ABOUT_EVENT)},
    "date": {"type": "date", "date_field_type": "profile-property", "date_profile_property": "Birthday", **_DATE},
    "object date": {
        "type": "date",
        "date_field_type": "custom-object",
        "custom_object_label": "Car",
        "custom_object_property_id": 3,
        "object_type_id": "1",
        "object_type_relationship_id": "2",
        **_DATE,
    },
    "price drop": {
        "type": "price-drop",
        "trigger_filter": all_of(PRICE),
        "price_drop_amount_value": 10.5,
        "price_drop_amount_unit": "percent",
        "audience": ["viewed", "checkout-started"],
        "timeframe_days": 14,
        "currency_type": "usd",
    },
    "low inventory": {
        "type": "low-inventory",
        "product_level": "variant",
        "trigger_filter": all_of(STOCK),
        "inventory_count": 3,
        "audience": ["added-to-cart"],
        "timeframe_days": 7,
    },
}
# What the filters of a split can ask, by the trigger.
_ABOUT = {"metric": ABOUT_EVENT, "object date": OBJECT, "price drop": PRICE, "low inventory": STOCK}

_FILTERS = all_of(CONDITIONS["property"])
EMAIL: dict[str, Any] = {
    "from_email": "a@example.com",
    "from_label": "A",
    "reply_to_email": None,
    "cc_email": None,
    "bcc_email": None,
    "subject_line": "Hi {{ first_name }}",
    "preview_text": "P",
    "template_id": None,
    "smart_sending_enabled": False,
    "transactional": True,
    "add_tracking_params": True,
    "custom_tracking_params": [{"param": "utm_x", "value": "y"}],
    "additional_filters": _FILTERS,
    "name": "Mail",
    "id": None,
}
SMS: dict[str, Any] = {
    "body": "Hi",
    "image_id": None,
    "dynamic_image": None,
    "message_hierarchy": [{"message_format": "SMS", "message": "Hi"}, "x"],
    "shorten_links": False,
    "include_contact_card": True,
    "add_org_prefix": False,
    "add_info_link": False,
    "add_opt_out_language": True,
    "smart_sending_enabled": False,
    "sms_quiet_hours_enabled": False,
    "transactional": False,
    "add_tracking_params": False,
    "custom_tracking_params": None,
    "template_id": None,
    "additional_filters": _FILTERS,
    "name": "Text",
    "id": None,
}
PUSH: dict[str, Any] = {
    "title": "T",
    "body": "B",
    "sound": True,
    "badge": True,
    "badge_options": {"badge_config": "set_count", "value": "3"},
    "image_id": None,
    "dynamic_image": None,
    "video_asset_id": None,
    "on_open": "link",
    "ios_link": "app://x",
    "android_link": None,
    "web_url": None,
    "push_type": "standard",
    "kv_pairs": {"k": "v"},
    "conversion_metric_id": None,
    "smart_sending_enabled": True,
    "additional_filters": None,
    "action_buttons": [
        {
            "label": "Go",
            "action_type": "open_url",
            "position": 1,
            "url": "https://example.com",
            "icon": None,
            "custom_action_id": None,
        }
    ],
    "name": "Push",
    "id": None,
}
WHATSAPP: dict[str, Any] = {
    "id": None,
    "name": "WA",
    "vendor_id": "v",
    "smart_sending_enabled": True,
    "transactional": False,
    "add_tracking_params": False,
    "additional_filters": None,
}
ALERT: dict[str, Any] = {
    "from_email": None,
    "from_label": "Shop",
    "to_emails": ["boss@example.com"],
    "subject_line": "Look",
    "template_id": None,
    "name": "Alert",
    "id": None,
}
HOOK: dict[str, Any] = {
    "url": "https://example.com/h",
    "headers": {"k": "v"},
    "body": '{"id": "{{ person.KlaviyoID }}"}',
    "name": "Hook",
    "id": None,
}


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"message": deepcopy(dict(message)), "status": "draft"}


def _inner(name: str, kind: str, message: Mapping[str, Any]) -> dict[str, Any]:
    return {"temporary_id": name, "type": kind, "links": {"next": None}, "data": _message(message)}


_AB_TEST = {
    "status": "draft",
    "experiment_status": "draft",
    "main_action": _inner("main", "send-email", EMAIL),
    "current_experiment": {
        "id": None,
        "name": "Subject",
        "variations": [_inner("v1", "send-email", EMAIL), _inner("v2", "send-email", EMAIL)],
        "allocations": {"v1": 60, "v2": 40},
        "started": None,
        "winner_metric": "unique-opens",
        "automatic_winner_selection_settings": {
            "enabled": True,
            "automatic_end_date": "2027-01-01T00:00:00+00:00",
            "automatic_end_statistical_certainty": False,
        },
    },
}
_CONTENT_EXPERIMENT = {
    "status": "draft",
    "experiment_status": "draft",
    "main_action": _inner("c0", "send-mobile-push", PUSH),
    "current_experiment": {
        "id": None,
        "name": "Which",
        "variations": [_inner("c1", "send-mobile-push", PUSH), _inner("c2", "send-whatsapp", WHATSAPP)],
        "allocations": None,
        "started": None,
        "winner_metric": "click-rate",
    },
}
# Data of actions that go one way.
LINEAR: Mapping[str, Any] = {
    "ab-test": _AB_TEST,
    "back-in-stock-delay": None,
    "code": {"anything": [1, {"x": None}]},
    "content-experiment": _CONTENT_EXPERIMENT,
    "internal-service": {
        "service_configuration": {"service_method_type": "track-event", "event_key": "k", "event_payload": {"a": 1}},
        "status": "draft",
    },
    "list-update": {"name": "On", "on_execution": True, "list_id": None, "status": "draft"},
    "send-email": _message(EMAIL),
    "send-internal-alert": _message(ALERT),
    "send-mobile-push": _message(PUSH),
    "send-sms": _message(SMS),
    "send-webhook": _message(HOOK),
    "send-whatsapp": _message(WHATSAPP),
    "time-delay": {
        "unit": "hours",
        "value": 2,
        "secondary_value": 30,
        "timezone": "Europe/Brussels",
        "delay_until_time": None,
        "delay_until_weekdays": ["monday"],
    },
    "update-profile": {
        "profile_operations": [
            {"operator": "update", "property_type": "string", "property_key": "a", "property_value": "b"},
            {"operator": "create", "property_type": "boolean", "property_key": "c", "property_value": True},
            {"operator": "update", "property_type": "numeric", "property_key": "d", "property_value": 1.5},
            {"operator": "update", "property_type": "date", "property_key": "e", "property_value": "today"},
            {
                "operator": "update",
                "property_type": "list",
                "property_key": "f",
                "property_value": "g",
                "property_operation": "add",
            },
            {"operator": "delete", "property_key": "h"},
        ],
        "status": "draft",
    },
}
OF_DATES: Mapping[str, Any] = {
    "countdown-delay": {
        "unit": "weeks",
        "value": 1,
        "timezone": "profile",
        "delay_until_time": "08:00:00",
        "delay_until_weekdays": None,
    },
    "target-date": {"timezone": "profile", "target_time": "10:00:00", "target_days": ["sunday"]},
}
_OUTPUT = {"type": "action-output", "output_config_id": 1, "field": "f", "filter": equals()}


def _splits(trigger: str, onward: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    sides = {"next_if_true": onward, "next_if_false": None}
    yield "conditional-split", {"links": sides, "data": {"profile_filter": all_of(*CONDITIONS.values())}}
    yield "action-output-split", {"links": sides, "data": {"action_output_filter": all_of(_OUTPUT)}}
    if trigger in _ABOUT:
        data = {
            "trigger_filter": all_of(_ABOUT[trigger]),
            "trigger_id": "t",
            "trigger_type": TRIGGERS[trigger]["type"],
            "trigger_subtype": None,
        }
        yield "trigger-split", {"links": sides, "data": data}
    mixed = all_of(CONDITIONS["property"])
    if trigger in ("metric", "object date"):
        mixed["condition_groups"][0]["conditions"].append(deepcopy(_ABOUT[trigger]))
    first = {"branch_id": "b1", "order": 1, "is_else": False, "branch_filter": mixed, "name": "A"}
    rest = {"branch_id": "b2", "order": 2, "is_else": True, "branch_filter": None, "name": "B"}
    ways = [first | {"links": {"next": onward}}, rest | {"links": {"next": None}}]
    yield "multi-branch-split", {"links": None, "data": {"name": "Ways", "branches": ways}}


def everything(trigger: str) -> dict[str, Any]:
    """A flow with that trigger and one of every action that it can have, in a chain."""
    linear = dict(LINEAR) | (dict(OF_DATES) if "date" in trigger else {})
    names = [*linear, *(kind for kind, _ in _splits(trigger, None))]
    following = dict(zip(names, [*names[1:], None], strict=True))
    actions = []
    for kind, data in linear.items():
        action = {"temporary_id": kind, "type": kind, "links": {"next": following[kind]}}
        actions.append(action if data is None else action | {"data": deepcopy(data)})
    for kind in names[len(linear) :]:
        actions.append({"temporary_id": kind, "type": kind} | deepcopy(dict(_splits(trigger, following[kind]))[kind]))
    return {
        "triggers": [deepcopy(TRIGGERS[trigger])],
        "profile_filter": all_of(*CONDITIONS.values(), NOT_IN_FLOW),
        "actions": actions,
        "entry_action_id": names[0],
        "reentry_criteria": {"duration": 3, "unit": "day"},
    }


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A definition with other ids in it, as keys and as values."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def with_temporary_ids(definition: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """What was answered, in the words of what was sent: temporary ids for ids, and no ids of messages and tests."""
    names: dict[str, str] = {}
    for answered, given in zip(definition["actions"], sent["actions"], strict=True):
        names[answered["id"]] = given["temporary_id"]
        if "main_action" in (given.get("data") or {}):
            names[answered["data"]["main_action"]["id"]] = given["data"]["main_action"]["temporary_id"]
            variations = zip(
                answered["data"]["current_experiment"]["variations"],
                given["data"]["current_experiment"]["variations"],
                strict=True,
            )
            names |= {one["id"]: other["temporary_id"] for one, other in variations}
    worded: dict[str, Any] = _unnumbered(renamed(definition, names))
    return worded


def _unnumbered(value: Any) -> Any:
    if isinstance(value, list):
        return [_unnumbered(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _unnumbered(item) for key, item in value.items()}
    if "links" in plain and "type" in plain:
        plain["temporary_id"] = plain.pop("id")
    elif "id" in plain and ("name" in plain or "variations" in plain):
        plain["id"] = None
    return plain
