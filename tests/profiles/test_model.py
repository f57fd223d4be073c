"""Random interleavings of create, import, update and event leave exactly what a plain model says they should."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, Shop, new_shop
from tests.lengths import length
from tests.people import Json, create, everybody, imported, patched, send
from tests.profiles.model import KINDS, Model, Refused

_VALUES = {
    "external_id": ["x", "y"],
    "email": ["a@example.com", "b@example.com", "c@example.com"],
    "phone_number": ["+15005550006", "+15005550007"],
}
_ids = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in _VALUES.items()})
_value = st.one_of(
    st.sampled_from([0, 1, True, False, 1.5, "s", None, [], [1, True]]),
    st.dictionaries(st.sampled_from("kl"), st.integers(0, 2), max_size=2),
)
_said = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Ann", "Bea", None]),
        "title": st.sampled_from(["Dr", None]),
        "properties": st.dictionaries(st.sampled_from("abc"), _value, max_size=2),
    },
)
_named = _ids.filter(bool)
_cleared = st.sets(st.sampled_from(KINDS), max_size=1).map(lambda names: dict.fromkeys(names))
_step = st.one_of(
    st.tuples(st.just("create"), _named, _said),
    st.tuples(st.just("import"), _named, _said),
    st.tuples(st.just("update"), _ids, _said, st.integers(0, 5), _cleared),
    st.tuples(st.just("event"), _named, _said, st.sampled_from(["Call", "Order"]), st.sampled_from(["1", "2"])),
)


@settings(
    max_examples=length(5, 25),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_step, min_size=4, max_size=12))
def test_it_is_what_the_model_says(server: Server, steps: list[Any]) -> None:
    model = Model()
    with new_shop(server) as shop:
        for step in steps:
            take(shop, model, *step)
        shop.wait_until_recorded()
        assert exactly(shown(shop)) == exactly(model.shown())


def take(shop: Shop, model: Model, verb: str, ids: Json, said: Json, *rest: Any) -> None:
    """One step on both sides; both take it or both refuse."""
    if verb == "update":
        update(shop, model, ids, said, *rest)
    elif verb == "event":
        metric, key = rest
        model.event(ids, said, metric, key)
        assert send(shop, metric, person={**ids, **said}, unique_id=key).status_code == 202
        shop.wait_until_recorded()
    else:
        ask = create if verb == "create" else imported
        refused = _refuses(model.create if verb == "create" else model.import_, ids, said)
        answer = ask(shop, **ids, **said)
        assert (answer.status_code == 409) == refused, answer.text


def update(shop: Shop, model: Model, ids: Json, said: Json, which: int, cleared: Json) -> None:
    known = [one for one in model.people if one.ids]
    if not known:
        return
    person = known[which % len(known)]
    kind, value = next(iter(person.ids.items()))
    (ulid,) = (id for id, one in everybody(shop).items() if one[kind] == value)
    changes = {**said, **{name: None for name in cleared if name not in ids}}
    refused = _refuses(model.update, person, ids, changes)
    answer = patched(shop, ulid, **ids, **changes)
    assert (answer.status_code == 409) == refused, answer.text


def _refuses(verb: Any, *arguments: Any) -> bool:
    try:
        verb(*arguments)
    except Refused:
        return True
    return False


def exactly(people: list[Any]) -> list[str]:
    """As JSON, to which true and 1 are two things."""
    return sorted(json.dumps(one, sort_keys=True) for one in people)


def shown(shop: Shop) -> list[Any]:
    """The account as the API shows it, in the model's form."""
    logged: dict[str, list[tuple[str, str]]] = {}
    answer = shop.http.get("/api/events", params={"include": "metric", "page[size]": 1000}).json()
    names = {one["id"]: one["attributes"]["name"] for one in answer.get("included", [])}
    for one in answer["data"]:
        metric = names[one["relationships"]["metric"]["data"]["id"]]
        profile = one["relationships"]["profile"]["data"]["id"]
        logged.setdefault(profile, []).append((metric, one["attributes"]["event_properties"]["$event_id"]))
    return [_person(id, one, logged.get(id, [])) for id, one in everybody(shop).items()]


def _person(id: str, attributes: Json, events: list[tuple[str, str]]) -> Any:
    ids = {kind: attributes[kind] for kind in KINDS if attributes[kind] is not None}
    plain = {name: attributes[name] for name in ("first_name", "title") if attributes[name] is not None}
    return ids, plain, attributes["properties"], sorted(one for one in events if one[0] != "Merged Profile")
