"""`rapport connect`."""

import json
from pathlib import Path

from tests.command import rapport
from tests.conftest import Shop
from tests.connect.world import DOCUMENTED, EMAIL


def test_it_lists_every_action_a_line_each() -> None:
    lines = rapport("connect", "list").stdout.splitlines()
    names = [line.split()[0] for line in lines]
    documented = [f"lead.{name}" for name in DOCUMENTED["lead"]]
    documented += [f"component.{name}" for name in DOCUMENTED["component"]]
    assert len(names) == 49 and sorted(names) == sorted([*documented, *DOCUMENTED["pickers"]])


def test_it_runs_an_action_with_inputs_of_a_file_and_says_how_it_went(shop: Shop, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs.json"
    inputs.write_text(json.dumps({"email": EMAIL}))
    command = ("connect", "run", "lead.getProfiles", "--inputs", str(inputs), "--host", shop.server.url)
    missing = rapport(*command, "--key", shop.private_key)
    assert (missing.returncode, json.loads(missing.stdout)["outcome"]) == (1, "failure")
    profile_id = shop.profile(EMAIL)
    found = rapport(*command, "--key", shop.private_key)
    assert (found.returncode, json.loads(found.stdout)["id"]) == (0, profile_id)
    without = rapport(*command)
    assert (without.returncode, json.loads(without.stdout)["input"]) == (2, "connection")
