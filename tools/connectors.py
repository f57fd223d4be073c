"""Write what follows from the table of connector actions: `python tools/connectors.py`; `--check`: only compare.

Functions (`rapport/connect/actions`), their page (`docs/connectors.md`, between its marks) and the rows of their two
published guides (`docs/guides-lead.md`, `docs/guides-component.md`).
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rapport.connect import descriptions, registry
from rapport.connect.action import CONNECTION, Action, Input
from rapport.connect.casing import snake
from rapport.connect.component.raw import METHODS

PAGE = Path("docs/connectors.md")
BEGIN, END = "<!-- actions: written by tools/connectors.py -->", "<!-- end of actions -->"
FUNCTIONS = Path("rapport/connect/actions")
DOCUMENTED = Path("tests/connect/documented.json")
_PYTHON = {
    "text": "str",
    "number": "float",
    "seconds": "float",
    "boolean": "bool",
    "time": "str",
    "list": "list[str]",
    "object": "dict[str, Any]",
    "properties": "dict[str, Any]",
    "array": "list[dict[str, Any]]",
    "pairs": "dict[str, Any] | list[Any] | str",
    "file": "bytes | str",
    "any": "Any",
}
_GROUPS = {"lead": "lead", "component": "component", "pickers": "picker"}
_TITLES = {
    "lead": "The lead integration's actions",
    "component": "The integration component's actions",
    "pickers": "The five pickers",
}


def main(check: bool) -> None:
    """Ends with a sentence where a file says something else and only a comparison was asked for."""
    for path, text in written().items():
        if check and (not path.exists() or path.read_text() != text):
            sys.exit(f"{path} does not follow from the actions: run `python tools/connectors.py`.")
        path.write_text(text)


def written() -> dict[Path, str]:
    texts = {FUNCTIONS / f"{module}.py": _formatted(functions(module)) for module in _GROUPS}
    before, _, rest = PAGE.read_text().partition(BEGIN)
    texts[PAGE] = f"{before}{BEGIN}\n{page()}\n{END}{rest.partition(END)[2]}"
    documented = json.loads(DOCUMENTED.read_text())
    texts[Path("docs/guides-lead.md")] = lead_rows(documented["lead"])
    texts[Path("docs/guides-component.md")] = component_rows(documented)
    return texts


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def _actions(module: str) -> list[Action]:
    return [action for action in registry.ACTIONS.values() if action.group == _GROUPS[module]]


def _inputs(action: Action) -> list[Input]:
    """Those that are needed first."""
    entries = [entry for entry in action.inputs if entry.type != CONNECTION]
    return sorted(entries, key=lambda entry: not entry.required)


# ---- functions -------------------------------------------------------------------------------------------------------
def functions(module: str) -> str:
    """A module of functions."""
    bodies = "\n\n".join(_function(action) for action in _actions(module))
    literal = "Any, Literal" if "Literal[" in bodies else "Any"
    head = f'"""{_TITLES[module]}, as functions. Written by tools/connectors.py; change the table instead."""'
    imports = (
        f"from typing import {literal}\n\nfrom rapport.connect.actions import call\n"
        "from rapport.connect.connection import Connection\n"
    )
    return f"{head}\n\n{imports}\n\n{bodies}\n"


def _function(action: Action) -> str:
    parameters = ", ".join(["connection: Connection", *(["*"] if _inputs(action) else []), *_parameters(action)])
    sent = ", ".join(f"{entry.key}={snake(entry.key)}" for entry in _inputs(action))
    name = snake(action.name.rpartition(".")[2])
    return (
        f"def {name}({parameters}) -> Any:\n"
        f'    """{action.note}"""\n'
        f'    return call("{action.name}", connection{", " if sent else ""}{sent})\n'
    )


def _parameters(action: Action) -> Iterator[str]:
    for entry in _inputs(action):
        python = _PYTHON.get(entry.type) or f"Literal[{', '.join(json.dumps(choice) for choice in entry.choices)}]"
        yield f"{snake(entry.key)}: {python}" + ("" if entry.required else f"{_or_none(python)} = None")


def _or_none(python: str) -> str:
    return "" if python == "Any" else " | None"


# ---- the page --------------------------------------------------------------------------------------------------------
def page() -> str:
    """Every action with its inputs, calls and outputs."""
    return "\n\n".join(f"## {_TITLES[module]}\n\n" + "\n\n".join(map(_section, _actions(module))) for module in _GROUPS)


def _section(action: Action) -> str:
    calls = ", ".join(f"`{call.method} {call.path}`" for call in descriptions.calls_of(action))
    if action.name == "component.rawRequest":
        calls = f"the one that is asked for ({', '.join(METHODS)})"
    facts = [f"Calls {calls}, revision {action.revision}."]
    if action.scopes:
        facts.append(f"Scopes: {' '.join(f'`{scope}`' for scope in action.scopes)}.")
    rows = "\n".join(_row(entry) for entry in _inputs(action))
    table = f"\n\n| input | type | | example |\n|---|---|---|---|\n{rows}" if rows else ""
    return f"### `{action.name}`\n\n{action.note} {' '.join(facts)}{table}\n\nOutput: {_output(action)}"


def _row(entry: Input) -> str:
    kind = entry.type + (" (needed)" if entry.required else "")
    example = "" if entry.example is None else f"`{_cell(entry.example)}`"
    choices = f" One of: {', '.join(entry.choices)}." if entry.choices else ""
    default = "" if entry.default is None else f" Otherwise `{_cell(entry.default)}`."
    return f"| `{entry.key}` {entry.label} | {kind} | {entry.note}{choices}{default} | {example} |"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", "\\|").replace("`", "'")


def _output(action: Action) -> str:
    if action.done is not None:
        return f'`{{"data": "{action.done}"}}`'
    if action.output is None:
        return "`data`, what the host answered."
    leaves = descriptions.output_paths(action)
    inner = [path for path in leaves if not any(other.startswith((f"{path}.", f"{path}[")) for other in leaves)]
    return " ".join(f"`{path}`" for path in inner)


# ---- rows of the guides ----------------------------------------------------------------------------------------------
_HEAD = "| row | what it says | held by |\n|---|---|---|"
_COMPONENT = "tests/connect/test_component.py"
_OUTPUTS = f"{_COMPONENT}::test_an_output_has_every_documented_key"
_RAW = "tests/connect/test_raw_request.py"
# Label of an input -> the test of what it does, where that is one for all actions.
_INPUTS = {
    "Connection": "tests/connect/test_connections.py::test_a_grant_works_refreshes_itself_and_says_when_it_was_revoked",
    "Fields": f"{_COMPONENT}::test_fields_choose_what_is_answered",
    **dict.fromkeys(
        ("Event Fields", "Metric Fields", "Profile Fields"),
        f"{_COMPONENT}::test_fields_of_events_metrics_and_profiles",
    ),
    "Profiles": f"{_COMPONENT}::test_who_is_named_is_subscribed_and_unsubscribed_on_the_channels_that_are_meant",
    "Exclude Authorization": f"{_RAW}::test_headers_and_authorization",
    "Header": f"{_RAW}::test_headers_and_authorization",
    "File Data File Names": f"{_RAW}::test_forms_and_files_with_names",
    "Form Data": f"{_RAW}::test_forms_and_files_with_names",
    "Data": f"{_RAW}::test_it_makes_any_call_and_answers_as_it_came",
    "Method": f"{_RAW}::test_it_makes_any_call_and_answers_as_it_came",
    "Query Parameter": f"{_RAW}::test_it_makes_any_call_and_answers_as_it_came",
    "URL": f"{_RAW}::test_a_key_goes_to_no_other_host",
    "Response Type": f"{_RAW}::test_response_types",
    "Max Retry Count": f"{_RAW}::test_it_tries_again_as_often_as_asked_and_for_what",
    "Retry On All Errors": f"{_RAW}::test_it_tries_again_as_often_as_asked_and_for_what",
    "Retry Delay (ms)": f"{_RAW}::test_a_try_has_its_own_time_and_delays_grow",
    "Timeout": f"{_RAW}::test_a_try_has_its_own_time_and_delays_grow",
    "Use Exponential Backoff": f"{_RAW}::test_a_try_has_its_own_time_and_delays_grow",
}
# The noun of an action: `updateProfile` -> `Profile`.
_THING = re.compile(r"(?<=[a-z])(?=[A-Z])")
_KEPT = {
    "Profile": "test_what_is_sent_of_a_profile_is_kept_and_free_objects_stay_as_they_are",
    "Event": "test_what_is_sent_of_an_event_is_recorded",
    "Events": "test_what_is_sent_of_an_event_is_recorded",
    "Campaign": "test_what_is_sent_of_a_campaign_is_kept",
    "Image": "test_images_are_kept_from_a_file_an_address_and_a_data_uri",
    **dict.fromkeys(("Template", "List", "Segment"), "test_what_is_sent_of_a_template_a_list_and_a_segment_is_kept"),
}
_WRITES = ("create", "update", "upload", "bulkCreate")
_LEAD = "tests/connect/test_lead.py"
_LEAD_TESTS = {
    "addProfileToList": "test_it_adds_a_profile_to_a_list",
    "createProfile": "test_it_creates_a_profile_of_every_field_and_appends_all_of_it",
    "getProfiles": "test_it_appends_consent_suppressions_lists_and_times",
    "getSegmentProfiles": "test_it_says_whether_a_profile_is_in_a_segment",
    "updateProfile": "test_it_updates_the_profile_it_finds",
    "subscribeProfileToList": "test_channels_and_source_end_in_the_consent_record",
}
_HOSTILE = "tests/connect/test_hostile_answers.py"
_LEAD_INPUTS = {
    "Klaviyo Profile Handling": f"{_HOSTILE}::test_one_of_several_profiles_is_chosen_in_four_ways",
    "Timeout Seconds": f"{_HOSTILE}::test_an_answer_that_is_none_is_an_error_that_says_why",
    **dict.fromkeys(
        ("Klaviyo Identifier", "Klaviyo Id", "Klaviyo External Id"),
        f"{_LEAD}::test_it_finds_a_profile_by_each_identifier",
    ),
}
# Fields of a person, in whichever action they are.
_PERSON = f"{_LEAD}::{_LEAD_TESTS['createProfile']}"
_SILENT = "waits: a host that names everybody in a list or segment when it answers; until then `data` is null"
_EMPTY = "waits: something related to what was made a moment ago; until then `data` is an empty list"
_UNLINKED = "waits: an address of attributions; what can't be followed has no link, and null stands for it"
_RELATED = ("lists", "segments", "profiles", "tags")
_FORECASTS = "waits: forecasts, and segments by them"
Rows = list[tuple[str, str, str]]


def lead_rows(documented: dict[str, Any]) -> str:
    """Every appended field, field and variable of each action."""
    sections: dict[str, Rows] = {}
    for name, parts in documented.items():
        test = f"{_LEAD}::{_LEAD_TESTS[name]}"
        person = _PERSON if len(parts["fields"]) > 2 else test
        inputs = [(label, "a field", _LEAD_INPUTS.get(label, person)) for label in parts["fields"]]
        inputs += [(label, "a variable", _LEAD_INPUTS.get(label, person)) for label in parts["variables"]]
        sections[f"`lead.{name}`: inputs"] = inputs
        sections[f"`lead.{name}`: appended fields"] = [(label, "appended", test) for label in parts["appended"]]
    return _document("lead integration", "lead", sections)


def component_rows(documented: dict[str, Any]) -> str:
    """Every input and every key of every output."""
    sections: dict[str, Rows] = {}
    for name, parts in documented["component"].items():
        sections[f"`component.{name}`: inputs"] = [
            (label, "an input", _input_test(name, label)) for label in parts["inputs"]
        ]
        if parts["outputs"]:
            keys = [(path, "in the output", _held(name, path)) for path in parts["outputs"]]
            sections[f"`component.{name}`: output"] = keys
    connections = "tests/connect/test_connections.py::test_inputs_of_connections_are_the_documented_ones"
    for name, labels in documented["connections"].items():
        sections[f"Connection: {name}"] = [(label, "an input", connections) for label in labels]
    for name, parts in documented["pickers"].items():
        test = f"tests/connect/test_pickers.py::test_{snake(name)}"
        sections[f"`{name}`"] = [
            (name, "the picker", test),
            *((label, "an input", _INPUTS[label]) for label in parts["inputs"]),
        ]
    return _document("integration component", "component", sections)


def _input_test(name: str, label: str) -> str:
    """Of what it does: in a write, that it is kept; the id of a read, that it is answered."""
    thing = _THING.split(name)[-1]
    if label in _INPUTS and (name == "rawRequest" or label not in ("Data", "Header", "URL", "Method", "Timeout")):
        return _INPUTS[label]
    if name == "rawRequest":
        return f"{_RAW}::test_forms_and_files_with_names"
    return f"{_COMPONENT}::{_KEPT[thing]}" if name.startswith(_WRITES) else _OUTPUTS


def _held(name: str, path: str) -> str:
    if "[profile-predictive-analytics]" in path:
        return _FORECASTS
    if name in ("updateList", "updateSegment") and ".relationships.profiles.data[]" in path:
        return _SILENT
    if any(part in path for part in ("relationships.attributions.links.", "included[attribution].links.")):
        return _UNLINKED
    if name == "createProfile" and (".suppression[]" in path or ".listSuppressions[]" in path):
        return _EMPTY
    is_empty = name.startswith("create") and any(f".{relation}.data[]" in path for relation in _RELATED)
    return _EMPTY if is_empty else _OUTPUTS


def _document(what: str, module: str, sections: dict[str, Rows]) -> str:
    rows = [row for listed in sections.values() for row in listed]
    waiting = sum(held.startswith("waits: ") for *_, held in rows)
    tables = "\n\n".join(
        f"## {title}\n\n{_HEAD}\n" + "\n".join(map(_guide_row, rows)) for title, rows in sections.items()
    )
    return (
        f"# The published guide of the {what}\n\nHow it works here: [connectors.md](connectors.md). Written"
        f" by `tools/connectors.py` from the names that the guide shows (`{DOCUMENTED}`).\n\n"
        f"{len(rows)} rows: {len(rows) - waiting} held, {waiting} waiting.\n\n{tables}\n"
    )


def _guide_row(row: tuple[str, str, str]) -> str:
    name, says, held = row
    return f"| `{name.strip()}` | {says} | {held if held.startswith('waits: ') else f'`{held}`'} |"


if __name__ == "__main__":
    main("--check" in sys.argv)
