"""Three functions that a store hosts beside its flows, to know which flows a person is in.

Each is the text of a script as a function host runs it: `request.body` is what a flow's webhook sent, and the official
SDK does the rest. `RAPPORT_TEST_RECIPE` may name a document that holds such scripts; then those are run instead.
"""

import os
import re
import sys
import threading
import types
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec

_OPENING = """
from datetime import datetime, timedelta
from klaviyo_api import KlaviyoAPI
from napkin import request, response
import os

private_key = os.environ["private_key"]
klaviyo = KlaviyoAPI(private_key)


def write(profile_id, properties):
    data = {"type": "profile", "id": profile_id, "attributes": {"properties": properties}}
    klaviyo.Profiles.update_profile(profile_id, {"data": data})
"""
_ACTIVE = """
profile_id, name = request.body["id"], request.body["flow_name"]
known = klaviyo.Profiles.get_profile(profile_id)["data"]["attributes"]["properties"]
current = known.get("current_flows", [])
details = known.get("active_flow_details", {})
details[name] = {"length": request.body["days"], "time": datetime.now()}
write(profile_id, {"current_flows": current + [name] * (name not in current), "active_flow_details": details})
klaviyo.Lists.create_list_relationships(request.body["list_id"], {"data": [{"type": "profile", "id": profile_id}]})
response.status_code = 200
"""
# An object merges key by key, so a key only goes when something else takes the object's place first.
_PAST = """
profile_id, name = request.body["id"], request.body["flow_name"]
known = klaviyo.Profiles.get_profile(profile_id)["data"]["attributes"]["properties"]
past = known.get("past_flows", [])
details = {flow: detail for flow, detail in known.get("active_flow_details", {}).items() if flow != name}
write(profile_id, {"active_flow_details": "empty"})
write(profile_id, {
    "current_flows": [flow for flow in known.get("current_flows", []) if flow != name],
    "past_flows": past + [name] * (name not in past),
    "active_flow_details": details,
})
response.status_code = 200
"""
_CLEANER = """
list_id =
for profile in klaviyo.Lists.get_list_profiles(list_id)["data"]:
    known = profile["attributes"]["properties"]
    details = known.get("active_flow_details", {})
    def ended(detail):
        started = datetime.strptime(detail["time"], "%Y-%m-%dT%H:%M:%S.%f")
        return datetime.now() > started + timedelta(days=detail["length"])
    over = [flow for flow, detail in details.items() if ended(detail)]
    write(profile["id"], {"active_flow_details": "empty"})
    write(profile["id"], {
        "current_flows": [flow for flow in known.get("current_flows", []) if flow not in over],
        "active_flow_details": {flow: detail for flow, detail in details.items() if flow not in over},
    })
response.status_code = 200
"""


@dataclass(frozen=True)
class Recipe:
    """The scripts' texts; `cleaner` has a line `list_id =` for its host to fill in."""

    active: str
    past: str
    cleaner: str


def recipe() -> Recipe:
    """The scripts of the document that the environment names, else ours."""
    named = os.environ.get("RAPPORT_TEST_RECIPE")
    if not named:
        return Recipe(*(_OPENING + script for script in (_ACTIVE, _PAST, _CLEANER)))
    active, past, cleaner = re.findall(r"```python\n(.*?)```", Path(named).read_text(), re.DOTALL)[:3]
    return Recipe(_reindented(active), _named_first(_reindented(past)), _reindented(cleaner))


def _reindented(script: str) -> str:
    """What a document lost of a script's indentation: a body runs to the next blank line or `else`, one of `else` is
    a single line."""
    depths: list[tuple[int, bool]] = []
    lines = []
    before = ""
    for line in script.splitlines():
        text, own = line.strip(), len(line) - len(line.lstrip())
        if text.startswith("else") or not text:
            depths = [(depth, single) for depth, single in depths if depth < own and text]
        elif before.endswith(":") and own <= len(before) - len(before.lstrip()):
            depths.append((own, before.lstrip().startswith("else")))
        lines.append(" " * len(depths) + line)
        if depths and depths[-1][1] and text and not text.startswith("else"):
            depths.pop()
        before = line if text and not text.startswith("#") else before
    return "\n".join(lines)


def _named_first(script: str) -> str:
    """A script that uses `this_flow` a few lines above the one that sets it gets that line first."""
    (line,) = re.findall(r'^this_flow = request\.body\["flow_name"\]$', script, re.MULTILINE)
    return script.replace("# get current_flows", f"{line}\n# get current_flows", 1)


@dataclass
class Host:
    """`with Host(url, key, recipe) as host:` runs `active` and `past` on POST to their paths."""

    api: str
    key: str
    scripts: Recipe
    failures: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def run(self, script: str, body: dict[str, Any], *, list_id: str = "") -> int:
        """Run a script with this request body; the status it answers."""
        napkin = types.ModuleType("napkin")
        response = types.SimpleNamespace(status_code=500)
        napkin.__dict__.update(request=types.SimpleNamespace(body=body), response=response)
        sys.modules["napkin"] = napkin
        os.environ["private_key"] = self.key  # noqa: SIM112 - the name that the scripts read
        client = (
            f"KlaviyoAPI(private_key, test_host={self.api!r}, options={{'USE_DICTIONARY_FOR_RESPONSE_DATA': True}})"
        )
        text = script.replace("KlaviyoAPI(private_key)", client)
        text = re.sub(r"^list_id =\s*$", f"list_id = {list_id!r}", text, flags=re.MULTILINE)
        exec(compile(text, "script", "exec"), {"__name__": "script"})
        return int(response.status_code)

    def __enter__(self) -> "Host":
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = msgspec.json.decode(self.rfile.read(int(self.headers.get("content-length", 0))))
                name = self.path.strip("/")
                try:
                    status = owner.run(getattr(owner.scripts, name), body)
                except Exception as error:
                    owner.failures.append(f"{name}: {error!r}")
                    status = 500
                owner.headers.append(dict(self.headers))
                owner.calls.append(name)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        # one after another: each script finds its request in a module of the same name
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"
