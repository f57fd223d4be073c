"""Random interleavings of everything that changes people leave exactly the state that a plain model says they should:
profiles, properties, events, consents, suppressions and lists."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, Shop, new_shop
from tests.lengths import length
from tests.people import Json, event_body, everybody, profile_body
from tests.profiles.model import KINDS, Refused
from tests.profiles.test_model import exactly
from tests.profiles.whole import TEXTS, Somebody, Whole

# As the answer names them, in the order of TEXTS.
_PARTS = ("marketing", "transactional")
WAIT = {"Prefer": "wait=30"}
LISTS = ("Letter", "Club")
_VALUES = {
    "external_id": ["x", "y"],
    "email": ["a@example.com", "b@example.com", "c@example.com"],
    "phone_number": ["+15005550006", "+15005550007"],
}
_ids = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in _VALUES.items()})
_named = st.sets(st.sampled_from(KINDS), min_size=1).flatmap(
    lambda kinds: st.fixed_dictionaries({kind: st.sampled_from(_VALUES[kind]) for kind in sorted(kinds)})
)
_said = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Ann", "Bea", None]),
        "properties": st.dictionaries(st.sampled_from("ab"), st.sampled_from([0, "s", None, [1]]), max_size=2),
    },
)
_cleared = st.sets(st.sampled_from(KINDS), max_size=1).map(lambda names: dict.fromkeys(names))
_email, _phone = st.sampled_from(_VALUES["email"]), st.sampled_from(_VALUES["phone_number"])
_group = st.sampled_from([None, *LISTS])
_who = st.integers(0, 5)
# Identifiers and the channels that are spoken of: a channel needs its identifier, one more may be given.
_channels = st.one_of(
    st.tuples(st.fixed_dictionaries({"email": _email}, optional={"phone_number": _phone}), st.just(["email"])),
    st.tuples(st.fixed_dictionaries({"phone_number": _phone}), st.just(["sms"])),
)
_unwaited = st.one_of(
    st.tuples(st.just("event"), _named, _said),
    st.tuples(st.just("event"), _named, _said),
    st.tuples(st.just("merge"), _who, _who),
)
_step = st.one_of(
    st.tuples(st.just("create"), _named, _said),
    st.tuples(st.just("upsert"), _named, _said),
    st.tuples(st.just("update"), _who, _ids, _said, _cleared),
    st.tuples(st.just("event"), _named, _said, st.sampled_from(["Call", "Order"]), st.sampled_from("12")),
    st.tuples(st.just("events"), st.lists(st.tuples(_named, _said), min_size=2, max_size=4)),
    st.tuples(st.just("import_row"), _named, _said, _group),
    st.tuples(st.just("subscribe"), _channels, _group),
    st.tuples(st.just("unsubscribe"), _channels, _group),
    st.tuples(st.just("suppress"), _email),
    st.tuples(st.just("unsuppress"), _email),
    st.tuples(st.just("join"), _who, st.sampled_from(LISTS)),
    st.tuples(st.just("leave"), _who, st.sampled_from(LISTS)),
    st.tuples(st.just("merge"), _who, _who),
    st.tuples(st.just("burst"), st.lists(_unwaited, min_size=2, max_size=6)),
    st.tuples(st.just("burst"), st.lists(_unwaited, min_size=2, max_size=6)),
    st.tuples(st.just("delete"), _who),
)
_settings = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# A few people to begin with, so that what comes next meets somebody.
_PROLOGUE: list[Any] = [
    ("upsert", {"email": "a@example.com", "phone_number": "+15005550006"}, {"properties": {"a": 0}}),
    ("upsert", {"external_id": "x"}, {"first_name": "Bea"}),
    ("subscribe", ({"phone_number": "+15005550007"}, ["sms"]), "Club"),
    ("subscribe", ({"email": "b@example.com"}, ["email"]), "Letter"),
    ("join", 0, "Letter"),
]


@settings(_settings, max_examples=length(3, 25))
@given(steps=st.lists(_step, min_size=8, max_size=20))
def test_the_whole_state_is_what_the_model_says(server: Server, steps: list[Any]) -> None:
    walk(server, steps)


@pytest.mark.long
@settings(_settings, max_examples=600)
@given(steps=st.lists(_step, min_size=8, max_size=40))
def test_the_whole_state_is_what_the_model_says_after_long_walks(server: Server, steps: list[Any]) -> None:
    walk(server, steps)


def walk(server: Server, steps: list[Any]) -> None:
    with new_shop(server) as shop:
        both = Both(shop)
        for verb, *arguments in (*_PROLOGUE, *steps):
            getattr(both, verb)(*arguments)
        assert exactly(both.shown()) == exactly(both.model.shown())


class Both:
    """Each step on the server and on the model; both take it or both refuse. What follows is waited for."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.model = shop, Whole()
        self.lists = {name: self._list(name) for name in LISTS}
        self._number = itertools.count()

    def _list(self, name: str) -> str:
        attributes = {"name": name, "opt_in_process": "single_opt_in"}
        answer = self.shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": attributes}})
        return str(answer.json()["data"]["id"])

    def _call(self, method: str, path: str, body: Json, *, refused: bool = False) -> Json:
        answer = self.shop.http.request(method, path, json=body, headers=WAIT, timeout=60)
        if refused:
            assert answer.status_code == 409, answer.text
            return {}
        assert answer.status_code < 300, answer.text
        assert answer.headers["preference-applied"] == WAIT["Prefer"]
        return dict(answer.json()) if answer.content else {}

    def _refuses(self, verb: Any, *arguments: Any) -> bool:
        try:
            verb(*arguments)
        except Refused:
            return True
        return False

    def _somebody(self, which: int) -> tuple[Somebody, str] | None:
        """One of the model's people that can be named, with the id on the server."""
        known = [one for one in self.model.people if one.ids]
        if not known:
            return None
        person = known[which % len(known)]
        return person, _id_of(person, everybody(self.shop))

    def create(self, ids: Json, said: Json) -> None:
        refused = self._refuses(self.model.create, ids, said)
        self._call("POST", "/api/profiles", profile_body(**ids, **said), refused=refused)

    def upsert(self, ids: Json, said: Json) -> None:
        refused = self._refuses(self.model.import_, ids, said)
        self._call("POST", "/api/profile-import", profile_body(**ids, **said), refused=refused)

    def update(self, which: int, ids: Json, said: Json, cleared: Json) -> None:
        if (found := self._somebody(which)) is None:
            return
        person, ulid = found
        changes = {**said, **{name: None for name in cleared if name not in ids}}
        refused = self._refuses(self.model.update, person, ids, changes)
        self._call("PATCH", f"/api/profiles/{ulid}", profile_body(id=ulid, **ids, **changes), refused=refused)

    def event(self, ids: Json, said: Json, metric: str, key: str) -> None:
        self.model.event(ids, said, metric, key)
        self._call("POST", "/api/events", event_body(metric, person={**ids, **said}, unique_id=key))

    def events(self, people: list[tuple[Json, Json]]) -> None:
        """Several in one call, and so in one batch, each of somebody who may be anybody."""
        groups = []
        for ids, said in people:
            key = f"bulk{next(self._number)}"
            self.model.event(ids, said, "Bulk", key)
            one = event_body("Bulk", person={**ids, **said}, unique_id=key)["data"]
            profile = one["attributes"].pop("profile")
            attributes = {"profile": profile, "events": {"data": [one]}}
            groups.append({"type": "event-bulk-create", "attributes": attributes})
        attributes = {"events-bulk-create": {"data": groups}}
        body = {"data": {"type": "event-bulk-create-job", "attributes": attributes}}
        self._call("POST", "/api/event-bulk-create-jobs", body)

    def import_row(self, ids: Json, said: Json, group: str | None) -> None:
        taken = self.model.import_row(ids, said, group)
        data: Json = {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": [profile_body(**ids, **said)["data"]]}},
        }
        if group:
            data["relationships"] = {"lists": {"data": [{"type": "list", "id": self.lists[group]}]}}
        job = self._call("POST", "/api/profile-bulk-import-jobs", {"data": data})["data"]["id"]
        done = self.shop.http.get(f"/api/profile-bulk-import-jobs/{job}").json()["data"]["attributes"]
        assert (done["completed_count"], done["failed_count"]) == (int(taken), int(not taken))

    def subscribe(self, said: tuple[Json, list[str]], group: str | None) -> None:
        """Without a list the account's default counts, which is single opt-in."""
        self.model.subscribe(*said, group)
        self._consent("create", "SUBSCRIBED", *said, group, historical_import=False)

    def unsubscribe(self, said: tuple[Json, list[str]], group: str | None) -> None:
        self.model.unsubscribe(*said, group)
        self._consent("delete", "UNSUBSCRIBED", *said, group)

    def _consent(self, verb: str, status: str, ids: Json, channels: list[str], group: str | None, **more: Any) -> None:
        subscriptions = {channel: {"marketing": {"consent": status}} for channel in channels}
        profile = {"type": "profile", "attributes": {**ids, "subscriptions": subscriptions}}
        kind = f"profile-subscription-bulk-{verb}-job"
        data: Json = {"type": kind, "attributes": {"profiles": {"data": [profile]}, **more}}
        if group:
            data["relationships"] = {"list": {"data": {"type": "list", "id": self.lists[group]}}}
        self._call("POST", f"/api/{kind}s", {"data": data})

    def suppress(self, email: str) -> None:
        self.model.suppress(email)
        self._bar("create", email)

    def unsuppress(self, email: str) -> None:
        self.model.unsuppress(email)
        self._bar("delete", email)

    def _bar(self, verb: str, email: str) -> None:
        kind = f"profile-suppression-bulk-{verb}-job"
        profiles = {"data": [{"type": "profile", "attributes": {"email": email}}]}
        self._call("POST", f"/api/{kind}s", {"data": {"type": kind, "attributes": {"profiles": profiles}}})

    def join(self, which: int, group: str) -> None:
        if (found := self._somebody(which)) is not None:
            found[0].lists.add(group)
            self._members("POST", found[1], group)

    def leave(self, which: int, group: str) -> None:
        if (found := self._somebody(which)) is not None:
            found[0].lists.discard(group)
            self._members("DELETE", found[1], group)

    def _members(self, method: str, ulid: str, group: str) -> None:
        path = f"/api/lists/{self.lists[group]}/relationships/profiles"
        self._call(method, path, {"data": [{"type": "profile", "id": ulid}]})

    def burst(self, calls: list[Any]) -> None:
        """Events and merges right after one another, nothing waited for between them: all is done in their order."""
        ulids = everybody(self.shop)
        known = [(one, _id_of(one, ulids)) for one in self.model.people if one.ids]
        for verb, *arguments in calls:
            if verb == "event":
                self._unwaited_event(*arguments)
            elif len(known) > 1:
                first = arguments[0] % len(known)
                self._unwaited_merge(known[first], known[(first + 1 + arguments[1] % (len(known) - 1)) % len(known)])
        self.shop.wait_until_recorded()

    def _unwaited_event(self, ids: Json, said: Json) -> None:
        key = f"burst{next(self._number)}"
        self.model.event(ids, said, "Burst", key)
        answer = self.shop.http.post("/api/events", json=event_body("Burst", person={**ids, **said}, unique_id=key))
        assert answer.status_code == 202, answer.text

    def _unwaited_merge(self, into: tuple[Somebody, str], source: tuple[Somebody, str]) -> None:
        """Who is gone already is answered 404, and nothing is done."""
        answer = self.shop.http.post("/api/profile-merge", json=_merge_body(into[1], source[1]))
        if answer.status_code == 404:
            assert source[0].became or into[0].became
        else:
            assert answer.status_code == 202, answer.text
            self.model.merge(source[0], into[0])

    def merge(self, first: int, second: int) -> None:
        """With the next one or one after that, so never with themselves."""
        others = len([one for one in self.model.people if one.ids]) - 1
        if others < 1:
            return
        into, source = self._somebody(first), self._somebody(first % (others + 1) + 1 + second % others)
        assert into is not None and source is not None
        self.model.merge(source[0], into[0])
        self._call("POST", "/api/profile-merge", _merge_body(into[1], source[1]))

    def delete(self, which: int) -> None:
        """By an e-mail address or number where there is one, else by the id."""
        if (found := self._somebody(which)) is None:
            return
        person, ulid = found
        by = next((kind for kind in ("email", "phone_number") if kind in person.ids), None)
        self.model.delete(person)
        profile: Json = (
            {"type": "profile", "attributes": {by: person.ids[by]}} if by else {"type": "profile", "id": ulid}
        )
        body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": profile}}}}
        self._call("POST", "/api/data-privacy-deletion-jobs", body)

    def shown(self) -> list[Any]:
        """The account as the API shows it, in the model's form."""
        events = self._events()
        groups = {name: self._ids_on(id) for name, id in self.lists.items()}
        page = self.shop.http.get(
            "/api/profiles", params={"additional-fields[profile]": "subscriptions", "page[size]": 100}
        ).json()
        return [_shown(one, events.get(one["id"], []), groups, self.lists) for one in page["data"]]

    def _ids_on(self, group: str) -> set[str]:
        answer = self.shop.http.get(f"/api/lists/{group}/relationships/profiles", params={"page[size]": 100})
        return {one["id"] for one in answer.json()["data"]}

    def _events(self) -> dict[str, list[tuple[str, str, bool]]]:
        """(metric, $event_id, whether the platform's own) by profile."""
        answer = self.shop.http.get("/api/events", params={"include": "metric", "page[size]": 1000}).json()
        names = {
            one["id"]: (one["attributes"]["name"], one["attributes"]["integration"]["key"] == "klaviyo")
            for one in answer.get("included", [])
        }
        found: dict[str, list[tuple[str, str, bool]]] = {}
        for one in answer["data"]:
            holder = one["relationships"]["profile"]["data"]
            if holder is not None:
                name, own = names[one["relationships"]["metric"]["data"]["id"]]
                key = one["attributes"]["event_properties"]["$event_id"]
                found.setdefault(holder["id"], []).append((name, key, own))
        return found


def _id_of(person: Somebody, ulids: dict[str, Json]) -> str:
    kind, value = next(iter(person.ids.items()))
    (ulid,) = (id for id, one in ulids.items() if one[kind] == value)
    return ulid


def _merge_body(into: str, source: str) -> Json:
    relationships = {"profiles": {"data": [{"type": "profile", "id": source}]}}
    return {"data": {"type": "profile-merge", "id": into, "relationships": relationships}}


def _shown(
    one: Json, events: list[tuple[str, str, bool]], groups: dict[str, set[str]], lists: dict[str, str]
) -> list[Any]:
    attributes = one["attributes"]
    allowed = attributes["subscriptions"]
    email = allowed["email"]["marketing"]
    consents = {"email": email["consent"]}
    consents |= {name: allowed["sms"][part]["consent"] for name, part in zip(TEXTS, _PARTS, strict=True)}
    names = {id: name for name, id in lists.items()}
    barred = sorted(reason["reason"] for reason in email["suppression"])
    assert email["can_receive_email_marketing"] == (not barred)
    return [
        {kind: attributes[kind] for kind in KINDS if attributes[kind] is not None},
        {name: attributes[name] for name in ("first_name",) if attributes[name] is not None},
        attributes["properties"],
        sorted((name, key) for name, key, own in events if not own),
        {channel: status for channel, status in consents.items() if status != "NEVER_SUBSCRIBED"},
        barred,
        sorted(name for name, members in groups.items() if one["id"] in members),
        sorted(names[left["list_id"]] for left in email["list_suppressions"]),
        sorted({name for name, _, own in events if own}),
    ]
