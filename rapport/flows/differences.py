"""What changed from one version of a flow to the next, in words: one function of two states."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from rapport.flows import links, naming
from rapport.flows.naming import named, quoted

Json = Mapping[str, Any]
What = Literal["begun", "name", "status", "trigger", "filter", "reentry", "added", "removed", "moved", "changed", "way"]


class Difference(msgspec.Struct):
    """One thing that changed. `action_id`: of the step, which is gone where it was removed; None = the whole flow."""

    what: What
    text: str
    action_id: str | None = None


class State(msgspec.Struct):
    """What a version keeps of a flow. `definition`: as the API answers it."""

    name: str
    status: str
    archived: bool
    definition: dict[str, Any]

    @property
    def actions(self) -> dict[str, Json]:
        return {str(action["id"]): action for action in self.definition["actions"]}


def differences(before: State, after: State) -> list[Difference]:
    """First what is of the whole flow, then the steps in the order in which people come to them."""
    return [*_of_whole(before, after), *_of_trigger(before, after), *_of_steps(before, after)]


_STATUSES = {"live": "Turned live", "manual": "Set to manual: messages wait for a review", "draft": "Turned off"}


def _of_whole(before: State, after: State) -> Iterator[Difference]:
    if before.name != after.name:
        yield Difference("name", f"Renamed from {quoted(before.name)} to {quoted(after.name)}")
    if before.archived != after.archived:
        yield Difference("status", "Archived" if after.archived else "Brought back from the archive")
    if before.status != after.status:
        yield Difference("status", _STATUSES[after.status])


_SUBJECTS = {"metric": "event", "list": "list", "segment": "segment"}


def _of_trigger(before: State, after: State) -> Iterator[Difference]:
    was, now = before.definition["triggers"][0], after.definition["triggers"][0]
    if was["type"] != now["type"]:
        yield Difference("trigger", f"Trigger changed: {naming.trigger(was)} became {naming.trigger(now)}")
    elif was.get("id") != now.get("id"):
        yield Difference("trigger", f"The {_SUBJECTS.get(now['type'], 'thing')} of the trigger changed")
    elif was.get("trigger_filter") != now.get("trigger_filter"):
        yield Difference("trigger", "Trigger filter changed")
    elif was != now:
        yield Difference("trigger", "Trigger changed")
    for name, what, text in _RULES:
        if (before.definition.get(name) or None) != (after.definition.get(name) or None):
            yield Difference(what, text)


_RULES: Sequence[tuple[str, What, str]] = (
    ("profile_filter", "filter", "Filter of the flow changed"),
    ("reentry_criteria", "reentry", "How often the same person can enter changed"),
)


def _of_steps(before: State, after: State) -> Iterator[Difference]:
    was, now = before.actions, after.actions
    for id, action in was.items():
        if id not in now:
            yield Difference("removed", f"{named(action)} removed", id)
    way = links.compare(before.definition, after.definition)
    for id in way.order:
        action = now[id]
        if id not in was:
            yield Difference("added", f"{named(action)} added {_place(after, id)}", id)
            continue
        if id in way.moved:
            yield Difference("moved", f"{named(action)} moved {_place(after, id)}", id)
        yield from (Difference("changed", text, id) for text in _of_step(was[id], action, after.status))
        for exit, target in way.rerouted.get(id, ()):
            yield Difference("way", _rerouted(action, exit, now.get(target or "")), id)


def _place(state: State, id: str) -> str:
    """Where a step stands: behind the first that leads to it."""
    if state.definition["entry_action_id"] == id:
        return "at the beginning"
    for other in state.actions.values():
        for way, target in links.ways(other).items():
            if target == id:
                where = f"after {naming.short(other)}"
                return f"{where}, on the way {quoted(naming.way(other, way))}" if naming.is_split(other) else where
    return "where nobody comes"


def _rerouted(action: Json, way: str, target: Json | None) -> str:
    onward = "the flow ends" if target is None else f"people go on to {naming.short(target)}"
    if naming.is_split(action):
        return f"{named(action)}: on the way {quoted(naming.way(action, way))} {onward} now"
    return f"After {naming.short(action)} {onward} now"


_TURNED = {"live": "turned live", "manual": "set to manual", "draft": "set to draft", "disabled": "turned off"}


def _of_step(was: Json, now: Json, flow_status: str) -> Iterator[str]:
    """What changed within a step. What its status follows from the flow's is told there."""
    name, old, new = named(was), _data(was), _data(now)
    if old.get("status") != new.get("status") and new.get("status") != flow_status:
        yield f"{name} {_TURNED[new['status']]}"
    old, new = _own(old), _own(new)
    if old == new:
        return
    if naming.is_delay(now) and name != named(now):
        yield f"{name} became {named(now).partition(' of ')[2] or named(now).lower()}"
        return
    if "main_action" in new:
        yield from (f"{name}: {text}" for text in _of_test(old, new))
    elif isinstance(new.get("message"), dict):
        yield f"{name}: {_of_message(old['message'], new['message'])}"
    elif "branches" in new:
        yield from (f"{name}: {text}" for text in _of_branches(old, new))
    else:
        yield f"{name}: {_WORDS.get(now['type'], 'settings changed')}"


_WORDS = {
    "conditional-split": "condition changed",
    "trigger-split": "condition changed",
    "update-profile": "properties changed",
    "list-update": "list changed",
}


def _data(action: Json) -> dict[str, Any]:
    data = action.get("data")
    return data if isinstance(data, dict) else {"value": data}


def _own(data: dict[str, Any]) -> dict[str, Any]:
    """Without the status, and without where branches lead, which is told of the ways."""
    own = {key: value for key, value in data.items() if key != "status"}
    if isinstance(branches := own.get("branches"), list):
        own["branches"] = [{key: value for key, value in each.items() if key != "links"} for each in branches]
    return own


_FIELDS: Mapping[str, str] = {
    "subject_line": "subject",
    "title": "title",
    "preview_text": "preview text",
    "template_id": "design",
    "from_email": "sender",
    "from_label": "sender",
    "reply_to_email": "reply address",
    "cc_email": "copies",
    "bcc_email": "copies",
    "smart_sending_enabled": "smart sending",
    "transactional": "whether it is transactional",
    "add_tracking_params": "tracking parameters",
    "custom_tracking_params": "tracking parameters",
    "additional_filters": "whom it is sent to",
    "to_emails": "recipients",
    "url": "address",
    "headers": "headers",
    "body": "text",
}


def _of_message(was: Json, now: Json) -> str:
    """A new subject is told, of the rest that it changed."""
    if (subject := now.get("subject_line")) and subject != was.get("subject_line"):
        others = _changed(was, now, but="subject_line")
        return f"subject is now {quoted(subject)}" + (f"; {_listed(others)} changed" if others else "")
    return f"{_listed(_changed(was, now)) or 'settings'} changed"


def _changed(was: Json, now: Json, but: str = "") -> list[str]:
    words = [word for field, word in _FIELDS.items() if field != but and was.get(field) != now.get(field)]
    return list(dict.fromkeys(words))


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _of_branches(was: Json, now: Json) -> Iterator[str]:
    old = {each["branch_id"]: each for each in was["branches"]}
    new = {each["branch_id"]: each for each in now["branches"]}
    for id, branch in old.items():
        if id not in new:
            yield f"way {quoted(naming.branch(branch))} removed"
    for id, branch in new.items():
        if id not in old:
            yield f"way {quoted(naming.branch(branch))} added"
        elif naming.branch(old[id]) != naming.branch(branch):
            yield f"way {quoted(naming.branch(old[id]))} renamed to {quoted(naming.branch(branch))}"
        elif (old[id].get("branch_filter") or None) != (branch.get("branch_filter") or None):
            yield f"condition of the way {quoted(naming.branch(branch))} changed"
    if [id for id in old if id in new] != [id for id in new if id in old]:
        yield "order of the ways changed"
    if was.get("name") != now.get("name"):
        yield f"renamed to {quoted(now.get('name') or '')}"


_STATES = {"live": "the test began", "draft": "a new test is set up"}


def _of_test(was: Json, now: Json) -> Iterator[str]:
    state, everybody = now.get("experiment_status") or "draft", quoted(naming.message(now["main_action"]))
    ended = state == "completed" and was.get("experiment_status") != state
    if ended:
        yield f"the test ended, and everybody gets {everybody}"
    elif (was.get("experiment_status") or "draft") != state:
        yield _STATES[state]
    old, new = was.get("current_experiment") or {}, now.get("current_experiment") or {}
    yield from _of_variations(old, new)
    if (old.get("allocations") or None) != (new.get("allocations") or None):
        yield "shares changed"
    rule = ("winner_metric", "automatic_winner_selection_settings")
    if any((old.get(name) or None) != (new.get(name) or None) for name in rule):
        yield "how the winner is found changed"
    if not ended and _message(was["main_action"]) != _message(now["main_action"]):
        yield f"what everybody gets without a test is now {everybody}"


def _of_variations(was: Json, now: Json) -> Iterator[str]:
    old, new = ({str(each["id"]): each for each in of.get("variations") or ()} for of in (was, now))
    for id, variation in old.items():
        if id not in new:
            yield f"variation {quoted(naming.variation(variation))} removed"
    for id, variation in new.items():
        name = quoted(naming.variation(variation))
        if id not in old:
            yield f"variation {name} added"
        elif _message(old[id]) != _message(variation):
            yield f"variation {name}: {_of_message(_message(old[id]), _message(variation))}"


def _message(action: Json) -> Json:
    message: Json = (action.get("data") or {}).get("message") or {}
    return message
