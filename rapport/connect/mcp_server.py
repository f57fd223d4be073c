"""The actions as tools of the Model Context Protocol, over stdio or HTTP.

Over stdio they act with the credential that the server was started with; over HTTP with that of each request, so that
nobody borrows another's.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rapport.connect import descriptions, registry, reports, running
from rapport.connect.action import Action
from rapport.connect.connection import Connection, Fixed
from rapport.connect.failures import Failed

PATH = "/mcp"
# Nobody reads on for longer; a tool may set less by its own input.
_SECONDS = 120.0
_INSTRUCTIONS = (
    "Tools of a customer platform that speaks the Klaviyo API: profiles, lists, segments, campaigns, templates, events"
    " and images. A select… tool finds the id that another tool needs. Lists come in pages: links.next of an answer"
    " holds the pageCursor of the next one."
)

# Of a request's context -> with what it acts. Raises Failed.
Connections = Callable[[Any], Connection]


def tool_name(action: Action) -> str:
    """Clients allow letters, digits, `_` and `-`: `component.getList` -> `component_getList`."""
    return action.name.replace(".", "_")


def tools(write: bool) -> dict[str, Action]:
    """By the tool's name. write: also those that change something."""
    return {tool_name(action): action for action in registry.ACTIONS.values() if write or not action.writes}


def server(connections: Connections, *, write: bool) -> Server[Any]:
    """An MCP server whose tools are the actions."""
    offered = tools(write)

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(name, action) for name, action in offered.items()])

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        action = offered.get(params.name)
        if action is None:
            return _result({"outcome": "input", "reason": _unknown(params.name, write)}, failed=True)
        try:
            connection = connections(context)
            output = await running.run(action, params.arguments or {}, connection, seconds=_SECONDS)
        except Failed as failed:
            return _result(reports.report(failed), failed=True)
        return _result(output, failed=reports.exit_status(output) != 0)

    return Server("rapport", instructions=_INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


def _unknown(name: str, write: bool) -> str:
    if not write and name in tools(True):
        return f"'{name}' changes something, and this server reads only: start it with --write."
    return f"There is no tool '{name[:80]}'."


def _tool(name: str, action: Action) -> types.Tool:
    annotations = types.ToolAnnotations(
        title=action.label,
        read_only_hint=not action.writes,
        # the method of a raw request is the caller's
        destructive_hint=any(call.method in ("DELETE", "{method}") for call in action.calls),
        open_world_hint=False,
    )
    return types.Tool(
        name=name,
        title=action.label,
        description=action.note,
        input_schema=descriptions.schema(action),
        annotations=annotations,
    )


def _result(value: Any, *, failed: bool) -> types.CallToolResult:
    structured = value if isinstance(value, dict) else {"data": value}
    text = types.TextContent(type="text", text=json.dumps(value, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=structured, is_error=failed)


# ---- the two ways ----------------------------------------------------------------------------------------------------
def run_stdio(connection: Connection, *, write: bool) -> None:
    """Until standard input ends."""

    async def run() -> None:
        made = server(lambda _context: connection, write=write)
        async with stdio_server() as (reading, writing):
            await made.run(reading, writing, made.create_initialization_options())

    asyncio.run(run())


def run_http(api_host: str, *, write: bool, host: str, port: int, names: list[str]) -> None:
    """Until it is told to end. names: under which hosts and ports it may be called, beside loopback's."""
    uvicorn.run(http_app(api_host, write=write, names=names), host=host, port=port, log_level="warning")


def http_app(api_host: str, *, write: bool, names: list[str]) -> ASGIApp:
    """Each request is a session of its own, so any number of processes may answer."""
    security = TransportSecuritySettings(
        allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*", *names],
        allowed_origins=[
            "http://127.0.0.1:*",
            "http://localhost:*",
            "http://[::1]:*",
            *(f"https://{n}" for n in names),
        ],
    )
    made = server(lambda context: _callers(context, api_host), write=write)
    app = made.streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=security
    )
    return _with_credential(app)


def _callers(context: Any, api_host: str) -> Connection:
    return Connection(api_host, Fixed(context.request.headers["authorization"]))


def _with_credential(app: Starlette) -> ASGIApp:
    """401 for who sends none, before anything else is looked at."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _header(scope, b"authorization"):
            detail = "Send a private key (Klaviyo-API-Key pk_…) or an access token (Bearer …) in Authorization."
            headers: Mapping[str, str] = {"www-authenticate": "Bearer, Klaviyo-API-Key"}
            await JSONResponse({"error": detail}, 401, headers)(scope, receive, send)
            return
        await app(scope, receive, send)

    return checked


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for known, value in scope["headers"] if known.lower() == name), b"")
