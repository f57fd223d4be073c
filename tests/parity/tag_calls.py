"""Calls of operations on tags and tag groups; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, identifiers, resource

Call = Callable[[World], Any]
KINDS = ("list", "segment", "campaign", "flow")


def new_tag(world: World, group: str | None = None) -> str:
    body = resource("tag", name=world.unique("Tag "))
    if group is not None:
        body["data"]["relationships"] = {"tag-group": {"data": {"type": "tag-group", "id": group}}}
    return str(world.sdk.Tags.create_tag(body).data.id)


def new_group(world: World, **attributes: Any) -> str:
    body = resource("tag-group", name=world.unique("Group "), **attributes)
    return str(world.sdk.Tags.create_tag_group(body).data.id)


def _api(world: World, kind: str) -> Any:
    return getattr(world.sdk, f"{kind.capitalize()}s")


def _of_kind(kind: str) -> dict[str, Call]:
    """The calls between tags and lists, segments, campaigns or flows."""

    def thing(world: World) -> str:
        return str(getattr(world, kind))

    def tagged(world: World) -> str:
        tag = new_tag(world)
        getattr(world.sdk.Tags, f"tag_{kind}s")(tag, identifiers(kind, thing(world)))
        return tag

    def untagged(world: World) -> Any:
        tag = tagged(world)
        return getattr(world.sdk.Tags, f"remove_tag_from_{kind}s")(tag, identifiers(kind, thing(world)))

    return {
        f"get_tags_for_{kind}": lambda w: tagged(w) and getattr(_api(w, kind), f"get_tags_for_{kind}")(thing(w)),
        f"get_tag_ids_for_{kind}": lambda w: tagged(w) and getattr(_api(w, kind), f"get_tag_ids_for_{kind}")(thing(w)),
        f"get_{kind}_ids_for_tag": lambda w: getattr(w.sdk.Tags, f"get_{kind}_ids_for_tag")(tagged(w)),
        f"tag_{kind}s": lambda w: getattr(w.sdk.Tags, f"tag_{kind}s")(new_tag(w), identifiers(kind, thing(w))),
        f"remove_tag_from_{kind}s": untagged,
    }


CALLS: dict[str, Call] = {
    "get_tags": lambda w: (
        new_tag(w) and w.sdk.Tags.get_tags(filter='contains(name,"Tag")', include=["tag-group"], sort="-name")
    ),
    "get_tag": lambda w: w.sdk.Tags.get_tag(new_tag(w), include=["tag-group"]),
    "create_tag": lambda w: w.sdk.Tags.create_tag(resource("tag", name=w.unique("Tag "))),
    "update_tag": lambda w: w.sdk.Tags.update_tag(w.tag, resource("tag", w.tag, name=w.unique("Tag "))),
    "delete_tag": lambda w: w.sdk.Tags.delete_tag(new_tag(w)),
    "get_tag_groups": lambda w: w.sdk.Tags.get_tag_groups(filter="equals(default,true)", sort="name"),
    "get_tag_group": lambda w: w.sdk.Tags.get_tag_group(w.tag_group),
    "create_tag_group": lambda w: w.sdk.Tags.create_tag_group(
        resource("tag-group", name=w.unique("Group "), exclusive=True)
    ),
    "update_tag_group": lambda w: w.sdk.Tags.update_tag_group(
        w.tag_group, resource("tag-group", w.tag_group, name=w.unique("Group "))
    ),
    "delete_tag_group": lambda w: w.sdk.Tags.delete_tag_group(new_group(w)),
    "get_tag_group_for_tag": lambda w: w.sdk.Tags.get_tag_group_for_tag(w.tag),
    "get_tag_group_id_for_tag": lambda w: w.sdk.Tags.get_tag_group_id_for_tag(w.tag),
    "get_tags_for_tag_group": lambda w: new_tag(w, w.tag_group) and w.sdk.Tags.get_tags_for_tag_group(w.tag_group),
    "get_tag_ids_for_tag_group": lambda w: w.sdk.Tags.get_tag_ids_for_tag_group(w.tag_group),
}
for one in KINDS:
    CALLS |= _of_kind(one)
