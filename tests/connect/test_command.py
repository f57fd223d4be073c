"""`rapport connect`."""

import json
from pathlib import Path

from tests.command import rapport
from tests.conftest import Shop
from tests.connect.world import DOCUMENTED, EMAIL, invoked
from tests.images import pictures


def test_it_lists_every_action_a_line_each() -> None:
    lines = rapport("connect", "list").stdout.splitlines()
    names = [line.split()[0] for line in lines]
    documented = [f"lead.{name}" for name in DOCUMENTED["lead"]]
    documented += [f"component.{name}" for name in DOCUMENTED["component"]]
    assert len(names) == 49 and sorted(names) == sorted([*documented, *DOCUMENTED["pickers"]])


def test_inputs_and_files_are_read_from_where_they_are(shop: Shop, tmp_path: Path) -> None:
    """Standard input, and a file for an input that is one; also where an event loop is running."""
    picture = tmp_path / "logo.png"
    picture.write_bytes(pictures.png())
    access = ("--host", shop.server.url, "--key", shop.private_key)

    status, piped = invoked("component.createList", "--inputs", "-", *access, stdin='{"listName": "Piped"}')
    assert (status, piped["data"]["data"]["attributes"]["name"]) == (0, "Piped")
    _, uploaded = invoked("component.uploadImage", "--file", f"fileData={picture}", *access)
    assert uploaded["data"]["data"]["attributes"]["format"] == "png"
    for wrong, named in (
        (("component.uploadImage", "--file", "fileData=/nowhere"), "fileData"),
        (("component.uploadImage", "--file", "logo.png"), "file"),
        (("component.listLists", "--inputs", str(picture)), "inputs"),
        (("component.listLists", "--oauth", str(picture)), "oauth"),
        (("component.listLists", "--token", "a b"), "token"),
    ):
        status, printed = invoked(*wrong, *access)
        assert (status, printed["input"]) == (2, named)


def test_it_runs_an_action_with_inputs_of_a_file_and_says_how_it_went(shop: Shop, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs.json"
    inputs.write_text(json.dumps({"email": EMAIL}))
    command = ("lead.getProfiles", "--inputs", str(inputs), "--host", shop.server.url)
    status, printed = invoked(*command, "--key", shop.private_key)
    assert (status, printed["outcome"]) == (1, "failure")
    profile_id = shop.profile(EMAIL)
    ended = rapport("connect", "run", *command, "--key", shop.private_key)
    assert (ended.returncode, json.loads(ended.stdout)["id"]) == (0, profile_id)
    status, printed = invoked(*command)
    assert (status, printed["input"]) == (2, "connection")
