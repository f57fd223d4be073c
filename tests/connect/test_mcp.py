"""The actions as tools, called by the official SDK's client."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from rapport.connect import descriptions, registry
from tests import ends
from tests.command import Begun
from tests.conftest import Server, Shop, run
from tests.connect.world import EMAIL, acted, connected
from tests.sink import free_port

READS = {action.name.replace(".", "_") for action in registry.ACTIONS.values() if not action.writes}
EVERY = {action.name.replace(".", "_") for action in registry.ACTIONS.values()}


def test_over_stdio_it_reads_with_its_key_and_offers_nothing_that_writes(shop: Shop) -> None:
    profile_id = shop.profile(EMAIL)
    command = [sys.executable, "-m", "rapport.cli", "mcp", "--host", shop.server.url]
    server = StdioServerParameters(command=command[0], args=command[1:], env={"RAPPORT_CONNECT_KEY": shop.private_key})

    async def talk() -> None:
        async with Client(server) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == READS
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
            assert tools["component_getList"].input_schema == descriptions.schema(registry.named("component.getList"))
            found = await client.call_tool("lead_getProfiles", {"email": EMAIL})
            assert not found.is_error and found.structured_content["id"] == profile_id
            assert json.loads(found.content[0].text) == found.structured_content
            picked = await client.call_tool("selectProfile", {"search": "sarah"})
            assert picked.structured_content == acted(connected(shop), "selectProfile", search="sarah")
            nobody = await client.call_tool("lead_getProfiles", {"email": "nobody@example.com"})
            assert nobody.is_error and nobody.structured_content["outcome"] == "failure"
            for name, arguments, said in (
                ("component_createList", {"listName": "N"}, "--write"),
                ("component_nothing", {}, "no tool"),
                ("component_getList", {}, "'listId'"),
                ("component_getList", {"listId": "XXXXXX"}, "does not exist"),
            ):
                refused = await client.call_tool(name, arguments)
                assert refused.is_error and said in refused.content[0].text

    run(talk())


@pytest.fixture(scope="module")
def writing(server: Server) -> Iterator[str]:
    """`rapport mcp --http --write`: where it is."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        begun = Begun(("mcp", "--http", "--write", "--port", str(port), "--host", server.url), {}, log)
        ends.with_us(begun.pid)
        url = f"http://127.0.0.1:{port}/mcp"
        until = time.monotonic() + 30
        while True:
            try:
                httpx.get(url)
                break
            except httpx.HTTPError:
                assert time.monotonic() < until and begun.poll() is None
                time.sleep(0.02)
        yield url
        begun.send_signal(15)
        begun.wait(10)


async def called(url: str, key: str, name: str, arguments: dict[str, Any]) -> Any:
    http = httpx2.AsyncClient(headers={"authorization": f"Klaviyo-API-Key {key}"}, timeout=30)
    async with http, Client(streamable_http_client(url, http_client=http)) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == EVERY
        return await client.call_tool(name, arguments)


def test_over_http_each_caller_acts_with_its_own_key(writing: str, shop: Shop) -> None:
    made = run(called(writing, shop.private_key, "component_createList", {"listName": "By a model"}))
    assert not made.is_error
    assert shop.http.get("/api/lists").json()["data"][0]["attributes"]["name"] == "By a model"
    refused = run(called(writing, shop.key("lists:read"), "component_createList", {"listName": "No"}))
    assert refused.is_error and refused.structured_content["errors"][0]["code"] == "permission_denied"


def test_over_http_nobody_is_served_without_a_credential_or_from_another_site(writing: str, shop: Shop) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(writing, json=body).status_code == 401
    key = {"authorization": f"Klaviyo-API-Key {shop.private_key}", "accept": "application/json, text/event-stream"}
    for header in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
        assert httpx.post(writing, json=body, headers={**key, **header}).status_code in (403, 421)


def test_names_and_schemas_are_such_as_every_client_takes() -> None:
    for action in registry.ACTIONS.values():
        name = action.name.replace(".", "_")
        assert name.replace("_", "").isalnum() and len(name) <= 64
        assert Path(name).name == name
        schema = descriptions.schema(action)
        assert set(schema["required"]) <= set(schema["properties"])
