"""Shapes of outputs: which keys there are. An answer is completed to its shape, so that a key is always there, null
where the host says nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Many:
    """A list whose entries have one shape."""

    of: "Shape"


@dataclass(frozen=True)
class ByType:
    """A list of resources of several types, each with its own shape."""

    of: "Mapping[str, Shape]"


# None: a value, or an object whose keys are free.
Shape = Mapping[str, Any] | Many | ByType | None


def names(text: str = "", **nested: Shape) -> dict[str, Shape]:
    """The shape of an object: names of its values between blanks, then its nested objects and lists."""
    return {**dict.fromkeys(text.split()), **nested}


def resource(
    attributes: Mapping[str, Shape] | None, relationships: Mapping[str, Shape] | None = None
) -> dict[str, Shape]:
    """A resource object. attributes: None where there are none."""
    whole: dict[str, Shape] = names("type id")
    if attributes is not None:
        whole["attributes"] = attributes
    if relationships is not None:
        whole["relationships"] = relationships
    return {**whole, "links": names("self")}


RELATED = names("self related")
IDENTIFIER = names("type id")


def to_many(*relations: str) -> dict[str, Shape]:
    """Relationships to many, with the ids they lead to."""
    return {name: names(data=Many(IDENTIFIER), links=RELATED) for name in relations}


def to_one(*relations: str) -> dict[str, Shape]:
    """Relationships to one."""
    return {name: names(data=IDENTIFIER, links=RELATED) for name in relations}


def linked(*relations: str) -> dict[str, Shape]:
    """Relationships that show links alone."""
    return {name: names(links=RELATED) for name in relations}


def single(shape: Shape, **included: Shape) -> dict[str, Shape]:
    """A document with one resource. included: shapes by type, `_` for a hyphen."""
    return {"data": shape, **_included(included)}


def listed(shape: Shape, **included: Shape) -> dict[str, Shape]:
    """A document with a page of resources."""
    return {"data": Many(shape), "links": names("self first last prev next"), **_included(included)}


def _included(included: Mapping[str, Shape]) -> dict[str, Shape]:
    return {"included": ByType({name.replace("_", "-"): shape for name, shape in included.items()})} if included else {}


def completed(value: Any, shape: Shape, sparse: frozenset[str] = frozenset()) -> Any:
    """The value with every key of its shape. sparse: types of which fewer fields were asked for; their attributes stay
    as they came."""
    if isinstance(shape, Many) and isinstance(value, list):
        return [completed(entry, shape.of, sparse) for entry in value]
    if isinstance(shape, ByType) and isinstance(value, list):
        return [completed(entry, shape.of.get(_type_of(entry)), sparse) for entry in value]
    if not isinstance(shape, Mapping) or not isinstance(value, dict):
        return value
    fewer = _type_of(value) in sparse
    whole = dict(value)
    for key, inner in shape.items():
        if not (fewer and key == "attributes"):
            whole[key] = completed(value.get(key), inner, sparse)
    return whole


def _type_of(value: Any) -> str:
    return str(value.get("type", "")) if isinstance(value, dict) else ""


def paths(shape: Shape, prefix: str = "") -> list[str]:
    """Every key, as `data.attributes.name`; `[]` for a list's entries, `[tag]` for those of one type."""
    if isinstance(shape, Many):
        return paths(shape.of, f"{prefix}[]")
    if isinstance(shape, ByType):
        return [path for name, inner in shape.of.items() for path in paths(inner, f"{prefix}[{name}]")]
    collected: list[str] = []
    for key, inner in (shape or {}).items():
        path = f"{prefix}.{key}" if prefix else key
        collected += [path, *paths(inner, path)]
    return collected


# ---- what more than one action answers -------------------------------------------------------------------------------
LOCATION = names("address1 address2 city country latitude longitude region zip timezone ip")
_BASIC = "email phoneNumber externalId firstName lastName organization locale title image created updated lastEventDate"
_EMAIL = names(
    "canReceiveEmailMarketing consent consentTimestamp lastUpdated method methodDetail customMethodDetail doubleOptin",
    suppression=Many(names("reason timestamp")),
    listSuppressions=Many(names("listId reason timestamp")),
)
_SMS = names("canReceiveSmsMarketing consent consentTimestamp method methodDetail lastUpdated")
PROFILE_BASICS = names(_BASIC, location=LOCATION, properties=None)
PROFILE = names(
    _BASIC,
    location=LOCATION,
    properties=None,
    subscriptions=names(email=names(marketing=_EMAIL), sms=names(marketing=_SMS)),
    predictiveAnalytics=names(
        "historicClv predictedClv totalClv historicNumberOfOrders predictedNumberOfOrders averageDaysBetweenOrders"
        " averageOrderValue churnProbability expectedDateOfNextOrder"
    ),
)
LIST = names("name created updated optInProcess")
# A definition's conditions differ by their type, so their keys are the host's.
SEGMENT = names("name created updated isActive isProcessing isStarred", definition=names(conditionGroups=None))
TAG = resource(names("name"))
TEMPLATE = names("name editorType html text created updated")
IMAGE = names("name imageUrl format size hidden updatedAt")
