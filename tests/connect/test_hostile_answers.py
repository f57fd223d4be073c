"""What hosts answer that they should not: a sentence and an outcome, never a trace."""

import time
from typing import Any

import pytest

from rapport.connect.connection import Connection, api_key
from rapport.connect.failures import NoAnswer, Refused
from rapport.connect.lead import HANDLING
from tests.connect.strange import Asked, Host, Reply, in_json
from tests.connect.world import EMAIL, acted, invoked
from tests.sink import free_port

HTML = Reply(200, b"<html><body>Sign in</body></html>", {"content-type": "text/html"})
HALF = Reply(200, b'{"data": [{"type": "prof', {"content-type": "application/vnd.api+json"}, promised=400)
KEY = "pk_0123456789abcdef0123456789abcdef"


def to(host: Host) -> Connection:
    return Connection(host.url, api_key(KEY), pause_seconds=0.001)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(HTML, "text/html instead of JSON", id="HTML"),
        pytest.param(HALF, "no whole answer", id="half a body"),
        pytest.param(Reply(200, b"[1]"), "no object", id="a list"),
        pytest.param(Reply(200, b'{"data": 7}'), "holds no list of profiles", id="no profiles"),
        pytest.param(Reply(200, b'{"data": [{"type": "profile"}]}'), "holds no list", id="profiles without ids"),
        pytest.param(Reply(200, b"[" * 100_000), "instead of JSON", id="too deep"),
        pytest.param(Reply(200, b"\xff\xfe{}"), "", id="bytes"),
        pytest.param(Reply(500, b"oops"), "answered 500", id="500"),
        pytest.param(Reply(502, b"<html>Bad gateway</html>"), "answered 502", id="502"),
        pytest.param(Reply(404, b"<html>nothing here</html>"), "instead of JSON", id="404 of a wrong host"),
        pytest.param(Reply(400, b'{"errors": "no"}'), "without saying why", id="errors that are none"),
        pytest.param(Reply(302, headers={"location": "https://elsewhere.example/"}), "leads elsewhere", id="redirect"),
        pytest.param(Reply(429, headers={"retry-after": "3600"}), "3600 s", id="429 for an hour"),
        pytest.param(Reply(429, headers={"retry-after": "soon"}), "429", id="429 without a number"),
        pytest.param(Reply(seconds=30.0), "in time", id="late"),
    ],
)
def test_an_answer_that_is_none_is_an_error_that_says_why(reply: Reply, said: str) -> None:
    """Timeout Seconds"""
    with Host(lambda _asked: reply) as host:
        started = time.monotonic()
        lead = acted(to(host), "lead.getProfiles", email=EMAIL, timeout_seconds=0.3 if reply.seconds else 30)
        assert time.monotonic() - started < 20
    assert lead["outcome"] == "error"
    assert said in lead["reason"]
    assert lead["errors_id"] == []


def test_nobody_there_is_an_error() -> None:
    connection = Connection(f"http://127.0.0.1:{free_port()}", api_key(KEY), pause_seconds=0.001)
    assert acted(connection, "lead.getProfiles", email=EMAIL)["outcome"] == "error"
    with pytest.raises(NoAnswer):
        acted(connection, "component.listLists")


def test_too_many_requests_are_made_again_when_the_host_says() -> None:
    replies = [in_json({}, 429, **{"retry-after": "0"}), in_json({"data": []})]
    with Host(lambda _asked: replies.pop(0)) as host:
        assert acted(to(host), "component.listLists")["data"]["data"] == []
        assert len(host.asked) == 2


def test_what_may_have_been_done_is_not_done_again() -> None:
    """An error of the server after a POST is told; a read is tried again."""
    with Host(lambda _asked: Reply(500, b"oops")) as host:
        for action, values, tries in (("createList", {"listName": "N"}, 1), ("listLists", {}, 4)):
            host.asked.clear()
            with pytest.raises(NoAnswer):
                acted(to(host), f"component.{action}", **values)
            assert len(host.asked) == tries


def test_a_deletion_whose_answer_was_lost_is_done() -> None:
    gone = in_json({"errors": [{"code": "not_found", "detail": "There is none."}]}, 404)
    replies = [Reply(503, b"{}"), gone]
    with Host(lambda _asked: replies.pop(0)) as host:
        assert acted(to(host), "component.deleteList", listId="X")["data"] == "List deleted successfully."
    with Host(lambda _asked: gone) as host, pytest.raises(Refused):
        acted(to(host), "component.deleteList", listId="X")


def test_a_refusal_has_the_hosts_own_errors() -> None:
    errors = [{"id": "1", "code": "invalid", "title": "Invalid input.", "detail": "No such field.", "extra": 1}]
    with Host(lambda _asked: in_json({"errors": errors}, 400)) as host:
        lead = acted(to(host), "lead.createProfile", email=EMAIL)
        assert (lead["outcome"], lead["reason"]) == ("failure", "No such field.")
        assert [lead[f"errors_{name}"] for name in ("id", "code", "title", "detail")] == [
            ["1"], ["invalid"], ["Invalid input."], ["No such field."]
        ]  # fmt: skip
        with pytest.raises(Refused) as refused:
            acted(to(host), "component.createList", listName="N")
        assert refused.value.errors == errors


def test_who_may_not_read_what_is_related_reads_the_thing_itself() -> None:
    """As hosts do that ask for a scope for each kind that is included."""

    def narrow(asked: Asked) -> Reply:
        if "include" in asked.path:
            return in_json({"errors": [{"code": "permission_denied", "detail": "lists:read"}]}, 403)
        profile = {"type": "profile", "id": "1", "attributes": {"email": EMAIL}}
        return in_json({"data": [profile] if asked.path.startswith("/api/profiles?") else profile})

    with Host(narrow) as host:
        output = acted(to(host), "component.getProfile", profileId="1")["data"]
        assert (output["data"]["attributes"]["email"], output["included"]) == (EMAIL, None)
        lead = acted(to(host), "lead.getProfiles", email=EMAIL)
        assert (lead["outcome"], lead["id"], lead["list_name"]) == ("success", "1", None)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_was_written_is_no_failure_where_what_is_related_can_not_be_read(status: int) -> None:
    written = {
        "data": {"type": "list", "id": "1", "attributes": {"name": "N"}, "relationships": {"tags": {"links": {}}}}
    }
    errors = in_json({"errors": [{"code": "no", "detail": "No."}]}, status)
    with Host(lambda asked: errors if asked.method == "GET" else in_json(written)) as host:
        shown = acted(to(host), "component.updateList", listId="1", listName="N")["data"]["data"]
        assert (shown["attributes"]["name"], shown["relationships"]["tags"]["data"]) == ("N", None)
        made = acted(to(host), "component.createList", listName="N")["data"]["data"]
        assert made["relationships"]["tags"]["data"] == []


def test_the_command_says_it_in_json_and_by_its_exit_status() -> None:
    with Host(lambda _asked: HTML) as host:
        status, printed = invoked("component.listLists", "--host", host.url, "--key", KEY)
    assert (status, printed["outcome"]) == (3, "error")
    for arguments in (["component.nothing"], ["component.getList"], ["component.listLists", "--inputs", "/nowhere"]):
        status, printed = invoked(*arguments, "--key", KEY)
        assert (status, printed["outcome"]) == (2, "input")


# ---- several profiles, which only another host has -------------------------------------------------------------------
PROFILES = [
    ("first", "2024-01-01", "2024-05-01"),
    ("second", "2024-02-01", "2024-04-01"),
    ("third", "2024-03-01", "2024-06-01"),
]


def three(asked: Asked) -> Reply:
    """Three profiles of one address, in no order."""
    profiles: list[dict[str, Any]] = [
        {"type": "profile", "id": id, "attributes": {"created": created, "updated": updated, "properties": {}}}
        for id, created, updated in PROFILES
    ]
    if asked.path.startswith("/api/profiles/"):
        id = asked.path.removeprefix("/api/profiles/").partition("?")[0]
        return in_json({"data": next(profile for profile in profiles if profile["id"] == id)})
    return in_json({"data": [profiles[1], profiles[0], profiles[2]]})


CHOSEN = list(zip(HANDLING, ("first", "second", "third", "third"), strict=True))


@pytest.mark.parametrize(("handling", "id"), CHOSEN)
def test_one_of_several_profiles_is_chosen_in_four_ways(handling: str, id: str) -> None:
    """Klaviyo Profile Handling"""
    with Host(three) as host:
        found = acted(to(host), "lead.getProfiles", email=EMAIL, klaviyo_profile_handling=handling)
        assert (found["outcome"], found["id"]) == ("success", id)
        assert acted(to(host), "lead.getProfiles", email=EMAIL)["id"] == "first"
        updated = acted(to(host), "lead.updateProfile", email=EMAIL, klaviyo_profile_handling=handling.upper())
        assert updated["id"] == id and host.asked[-2].path == f"/api/profiles/{id}"
