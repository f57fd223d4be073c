"""A body that is right for each operation that takes one: what the error matrix then breaks in one place each."""

import copy
from typing import Any, get_args, get_origin

import msgspec
from msgspec import UnsetType

from rapport.kit.jsonapi import Body, Identifiers, Operation, ToMany
from tests.brands.examples import BUTTON, LINKS
from tests.images import pictures
from tests.parity.world import bulk_body, event_body
from tests.templates.definitions import text

Json = dict[str, Any]
_PLAIN: dict[Any, Any] = {str: "x", int: 1, float: 1.0, bool: True, dict: {}, list: [], Any: "x"}

# Bodies of operations that read their own bytes, and attributes that a type alone does not tell.
RAW: dict[str, Json] = {
    # a form, which is read where it is allowed at all
    "upload_image_from_file": {},
    "upload_import": {},
    "create_event": event_body("Placed Order", "matrix@parity.example"),
    "bulk_create_events": bulk_body("Placed Order", "matrix@parity.example", {"unique_id": "matrix"}),
}
ATTRIBUTES: dict[str, Json] = {
    "upload_image_from_url": {"import_from_url": pictures.uri(pictures.png())},
    "create_brand_button": {**BUTTON},
    "create_brand_social_group": {"social_links": LINKS},
    "create_event_bulk_export_job": {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-31T23:59:59Z"},
    "create_profile": {"email": "matrix-create@parity.example"},
    "create_or_update_profile": {"email": "matrix-import@parity.example"},
    "bulk_import_profiles": {
        "profiles": {"data": [{"type": "profile", "attributes": {"email": "matrix-bulk@parity.example"}}]}
    },
    "create_push_token": {
        "token": "matrix",
        "platform": "ios",
        "vendor": "apns",
        "profile": {"data": {"type": "profile", "attributes": {"email": "matrix-push@parity.example"}}},
    },
    "update_flow_action": {"definition": {"type": "time-delay", "links": {"next": None}, "data": {"value": 1}}},
    "create_custom_metric": {
        "name": "Large orders",
        "definition": {"aggregation_method": "count", "metric_groups": [{"metric_id": "NOPE01"}]},
    },
    "estimate_segment": {
        "definition": {
            "condition_groups": [
                {
                    "conditions": [
                        {
                            "type": "profile-property",
                            "property": "email",
                            "filter": {"type": "existence", "operator": "is-set"},
                        }
                    ]
                }
            ]
        }
    },
    "query_attribution_models": {"timeframe": {"key": "today"}, "conversion_metric_id": "NOPE01"},
    "query_segment_values": {"statistics": ["total_members"], "timeframe": {"key": "today"}},
    "query_segment_series": {"statistics": ["total_members"], "timeframe": {"key": "today"}, "interval": "daily"},
    "create_webhook": {
        "name": "W",
        "endpoint_url": "https://hooks.example.com/matrix",
        "secret_key": "k3yk3yk3yk3yk3yk",
    },
    "create_template": {"name": "T", "editor_type": "CODE", "html": "<p>Hello</p>"},
    "preview_template": {"html": "<p>Hello</p>"},
    "send_template_tests": {"html": "<p>Hello</p>", "recipients": ["tester@example.com"]},
    "create_template_preview_send_job": {"recipients": ["tester@example.com"]},
    "create_universal_content": {"name": "Footer", "definition": text("<p>Bye</p>")},
}


def right_body(operation: Operation, ids: dict[str, str]) -> Json:
    """`ids`: path parameter -> its value, and the id of one resource of each type the body may name."""
    if operation.id in RAW:
        return copy.deepcopy(RAW[operation.id])
    body = operation.body
    if isinstance(body, Identifiers):
        one = {"type": body.type, "id": ids.get(body.type, "x")}
        return {"data": [one] if body.many else one}
    assert isinstance(body, Body), f"add a body of {operation.id} to tests/parity/bodies.py"
    data: Json = {"type": body.type}
    if operation.id_in_path or body.type in ids:
        data["id"] = ids.get("id", "x") if operation.id_in_path else ids[body.type]
    if body.attributes is not None:
        data["attributes"] = copy.deepcopy(ATTRIBUTES.get(operation.id)) or minimal(body.attributes)
    if body.relationships:
        linked = {name: _linkage(to, ids) for name, to in body.relationships.items() if to.type in ids}
        data["relationships"] = linked
    return {"data": data}


def _linkage(to: Any, ids: dict[str, str]) -> Json:
    one = {"type": to.type, "id": ids[to.type]}
    return {"data": [one] if isinstance(to, ToMany) else one}


def minimal(kind: Any) -> Any:
    """The smallest value that fits a type: required fields only."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if kind is None or origin is type(None):
        return None
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind)
    if origin in _PLAIN:
        return copy.copy(_PLAIN[origin])
    choices = [one for one in arguments if one is not UnsetType]
    assert choices, f"no smallest value is known for {kind}"
    return choices[0] if _is_literal(origin) else minimal(choices[0])


def _is_literal(origin: Any) -> bool:
    return getattr(origin, "_name", None) == "Literal" or str(origin) == "typing.Literal"


def _struct(kind: type[msgspec.Struct]) -> Json:
    config = kind.__struct_config__
    made = {one.encode_name: minimal(one.type) for one in msgspec.structs.fields(kind) if one.required}
    return {config.tag_field or "type": config.tag, **made} if config.tag else made
