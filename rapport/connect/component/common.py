"""Inputs that several actions have, and the parameters they become."""

from rapport.connect.action import Input, connection

CONNECTION = connection()
FIELDS = Input("fields", "Fields", "list", "Which fields to answer; otherwise all.", example=["name"])
ADDITIONAL = Input(
    "additionalProfileFields",
    "Additional Profile Fields",
    "list",
    "Fields that are left out otherwise.",
    example=["subscriptions", "predictive_analytics"],
)
CURSOR = Input(
    "pageCursor", "Page Cursor", note="Where to go on: `page[cursor]` of the last answer's links.next.", own=True
)
PAGE = {"page[cursor]": "{pageCursor}"}
MORE = {"additional-fields[profile]": "{additionalProfileFields}"}
EVENT_FIELDS = tuple(
    Input(f"{type}Fields", f"{type.capitalize()} Fields", "list", f"Which fields of {type}s to answer; otherwise all.")
    for type in ("event", "metric", "profile")
)


def fields(type: str) -> dict[str, str]:
    """The parameter that `FIELDS` becomes."""
    return {f"fields[{type}]": "{fields}"}


def an_id(key: str, label: str, example: str) -> Input:
    return Input(key, label, note="Its id.", example=example, required=True)
