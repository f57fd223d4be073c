"""Lists."""

from rapport.connect.action import Action, Body, Call, Input
from rapport.connect.component.common import ADDITIONAL, CONNECTION, CURSOR, FIELDS, MORE, PAGE, an_id, fields
from rapport.connect.shapes import LIST, PROFILE, TAG, linked, listed, resource, single, to_many

_ID = an_id("listId", "List ID", "RE83th")
_NAME = Input("listName", "List Name", note="What it is called.", example="Newsletter", required=True)
_RELATIONS = {**linked("profiles"), **to_many("tags")}
_WRITTEN = single(resource(LIST, to_many("profiles", "tags")))
_MEMBER = resource({**PROFILE, "joinedGroupAt": None}, linked("lists", "segments"))

ACTIONS = (
    Action(
        name="component.createList",
        label="Create List",
        note="Create a list.",
        inputs=(CONNECTION, _NAME),
        calls=(Call("POST", "/api/lists", body=Body("list", {"name": "listName"})),),
        output=_WRITTEN,
        is_new=True,
        writes=True,
        scopes=("lists:write",),
    ),
    Action(
        name="component.deleteList",
        label="Delete List",
        note="Delete a list.",
        inputs=(CONNECTION, _ID),
        calls=(Call("DELETE", "/api/lists/{listId}"),),
        done="List deleted successfully.",
        writes=True,
        scopes=("lists:write",),
    ),
    Action(
        name="component.getList",
        label="Get List",
        note="One list, with its tags and how many profiles are in it.",
        inputs=(CONNECTION, FIELDS, _ID),
        calls=(
            Call(
                "GET",
                "/api/lists/{listId}",
                {**fields("list"), "include": "tags", "additional-fields[list]": "profile_count"},
            ),
        ),
        output=single(resource({**LIST, "profileCount": None}, _RELATIONS), tag=TAG),
        scopes=("lists:read", "tags:read"),
    ),
    Action(
        name="component.listListProfiles",
        label="List List Profiles",
        note="The profiles in a list.",
        inputs=(ADDITIONAL, CONNECTION, FIELDS, _ID, CURSOR),
        calls=(Call("GET", "/api/lists/{listId}/profiles", {**fields("profile"), **MORE, **PAGE}),),
        output=listed(_MEMBER),
        scopes=("lists:read", "profiles:read"),
    ),
    Action(
        name="component.listLists",
        label="List Lists",
        note="The account's lists, with their tags.",
        inputs=(CONNECTION, FIELDS, CURSOR),
        calls=(Call("GET", "/api/lists", {**fields("list"), "include": "tags", **PAGE}),),
        output=listed(resource(LIST, _RELATIONS), tag=TAG),
        scopes=("lists:read", "tags:read"),
    ),
    Action(
        name="component.updateList",
        label="Update List",
        note="Rename a list.",
        inputs=(CONNECTION, _ID, _NAME),
        calls=(Call("PATCH", "/api/lists/{listId}", body=Body("list", {"name": "listName"}, id="listId")),),
        related=Call("GET", "/api/lists/{listId}", {"include": "tags"}),
        output=_WRITTEN,
        writes=True,
        scopes=("lists:write",),
    ),
)
