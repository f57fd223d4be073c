"""Segments."""

from rapport.connect.action import Action, Body, Call, Input
from rapport.connect.component.common import CONNECTION, CURSOR, FIELDS, PAGE, an_id, fields
from rapport.connect.shapes import SEGMENT, TAG, linked, listed, resource, single, to_many

_ID = an_id("segmentId", "Segment ID", "WwKnkd")
_STARRED = Input("isStarredSegment", "Is Starred Segment", "boolean", "Whether it is starred.", example=False)
_GROUPS = (
    "segmentConditionGroups",
    "Segment Condition Groups",
    "array",
    "What its members have in common: groups of conditions, as in `definition.condition_groups`.",
)
_NAME = ("segmentName", "Segment Name", "text", "What it is called.", "A segment")
_ATTRIBUTES = {
    "name": "segmentName",
    "definition.condition_groups": "segmentConditionGroups",
    "is_starred": "isStarredSegment",
}
_RELATIONS = {**linked("profiles"), **to_many("tags")}
_WRITTEN = single(resource(SEGMENT, to_many("profiles", "tags")))

ACTIONS = (
    Action(
        name="component.createSegment",
        label="Create Segment",
        note="Create a segment.",
        inputs=(CONNECTION, _STARRED, Input(*_GROUPS, required=True), Input(*_NAME, required=True)),
        calls=(Call("POST", "/api/segments", body=Body("segment", _ATTRIBUTES)),),
        output=_WRITTEN,
        is_new=True,
        writes=True,
        scopes=("segments:write",),
    ),
    Action(
        name="component.deleteSegment",
        label="Delete Segment",
        note="Delete a segment.",
        inputs=(CONNECTION, _ID),
        calls=(Call("DELETE", "/api/segments/{segmentId}"),),
        done="Segment deleted successfully.",
        writes=True,
        scopes=("segments:write",),
    ),
    Action(
        name="component.getSegment",
        label="Get Segment",
        note="One segment, with its tags and how many profiles are in it.",
        inputs=(CONNECTION, FIELDS, _ID),
        calls=(
            Call(
                "GET",
                "/api/segments/{segmentId}",
                {**fields("segment"), "include": "tags", "additional-fields[segment]": "profile_count"},
            ),
        ),
        output=single(resource({**SEGMENT, "profileCount": None}, _RELATIONS), tag=TAG),
        scopes=("segments:read", "tags:read"),
    ),
    Action(
        name="component.listSegments",
        label="List Segments",
        note="The account's segments, with their tags.",
        inputs=(CONNECTION, FIELDS, CURSOR),
        calls=(Call("GET", "/api/segments", {**fields("segment"), "include": "tags", **PAGE}),),
        output=listed(resource(SEGMENT, _RELATIONS), tag=TAG),
        scopes=("segments:read", "tags:read"),
    ),
    Action(
        name="component.updateSegment",
        label="Update Segment",
        note="Change a segment.",
        inputs=(CONNECTION, _STARRED, Input(*_GROUPS), _ID, Input(*_NAME)),
        calls=(Call("PATCH", "/api/segments/{segmentId}", body=Body("segment", _ATTRIBUTES, id="segmentId")),),
        related=Call("GET", "/api/segments/{segmentId}", {"include": "tags"}),
        output=_WRITTEN,
        writes=True,
        scopes=("segments:write",),
    ),
)
