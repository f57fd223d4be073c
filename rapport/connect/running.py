"""Run an action: check its inputs, make its calls, shape its output."""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx

from rapport.connect import casing, inputs
from rapport.connect.action import Action, Body, Call, Values
from rapport.connect.connection import Connection
from rapport.connect.failures import BadInput, NoAnswer, Refused
from rapport.connect.reading import an_object
from rapport.connect.session import Session
from rapport.connect.shapes import completed

# A run ends after this many seconds, unless an input of the action says otherwise.
SECONDS = 360.0
INCLUDE = "include"
_KEY = re.compile(r"\{(\w+)\}")
_FIELDS = re.compile(r"fields\[(.+)\]")


async def run(
    action: Action,
    sent: Mapping[str, Any],
    connection: Connection,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    seconds: float = SECONDS,
) -> Any:
    """The output of an action. sent: inputs by key or label. Raises Failed (`failures.py`); a lead action raises only
    BadInput, its output says how it went."""
    values = inputs.checked(action, sent)
    seconds = min(values.get("timeout_seconds", SECONDS), seconds)
    async with Session(connection, seconds=seconds, transport=transport) as session:
        try:
            if action.run is not None:
                return await action.run(session, values)
            return await one_call(session, action, values)
        except RecursionError:
            raise NoAnswer("The host's answer is nested too deeply.") from None


def run_blocking(action: Action, sent: Mapping[str, Any], connection: Connection) -> Any:
    """The same for who waits, with or without an event loop around."""
    work = run(action, sent, connection)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def one_call(session: Session, action: Action, values: Values) -> dict[str, Any]:
    """An action that is its one call: what the host answers, in camelCase and with every key of the shape."""
    call = action.calls[0]
    try:
        document = await made(session, call, values, action.revision)
    except Refused as refused:
        if refused.status != 403 or INCLUDE not in call.query:
            raise
        # a credential that may not read what is related still reads the thing itself
        alone = {name: text for name, text in call.query.items() if name != INCLUDE}
        document = await made(session, replace(call, query=alone), values, action.revision)
    if action.related is not None:
        document = with_related(document, await _read_related(session, action.related, values, action.revision))
    return {"data": action.done} if action.done is not None else shaped(action, values, document)


async def _read_related(session: Session, call: Call, values: Values, revision: str) -> dict[str, Any]:
    """The thing was written, so what goes wrong here is no failure."""
    try:
        return await made(session, call, values, revision)
    except (Refused, NoAnswer):
        return {}


def with_related(document: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """A document whose resource has, in its relationships, the ids that another reading of it names."""
    resource = an_object(document.get("data"))
    relationships = an_object(resource.get("relationships"))
    named = an_object(an_object(read.get("data")).get("relationships"))
    for name, relationship in named.items():
        if "data" in an_object(relationship):
            shown = an_object(relationships.get(name))
            relationships = {**relationships, name: {"data": relationship["data"], **shown}}
    return {**document, "data": {**resource, "relationships": relationships}} if resource else dict(document)


async def made(session: Session, call: Call, values: Values, revision: str) -> dict[str, Any]:
    """A call, filled in with the values."""
    return await session.ask(
        call.method,
        _KEY.sub(lambda match: quote(str(values[match[1]]), safe=""), call.path),
        query=query_of(call, values),
        body=body_of(call.body, values) if call.body else None,
        revision=revision,
    )


def shaped(action: Action, values: Values, document: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as the guide shows it: `{"data": {"data": …}}`."""
    sparse = {match[1] for name in query_of(action.calls[0], values) if (match := _FIELDS.fullmatch(name)) is not None}
    output = completed(casing.camel_keys(document), action.output, frozenset(sparse))
    if action.is_new:
        for relationship in an_object(an_object(output.get("data")).get("relationships")).values():
            if an_object(relationship).get("data", "") is None:
                relationship["data"] = []
    return {"data": output}


def query_of(call: Call, values: Values) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, text in call.query.items():
        keys = _KEY.findall(text)
        if any(key not in values for key in keys):
            continue
        query[name] = _KEY.sub(lambda match: _parameter(values[match[1]]), text)
    return query


def _parameter(value: Any) -> str:
    return ",".join(casing.snake(str(entry)) for entry in value) if isinstance(value, list) else str(value)


def body_of(body: Body, values: Values) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for path, value in body.fixed.items():
        _put(attributes, path, value)
    for path, key in body.attributes.items():
        if key in values:
            _put(attributes, path, values[key])
    data: dict[str, Any] = {"type": body.type, "attributes": attributes}
    if body.id is not None:
        if body.id not in values:
            raise BadInput(body.id, f"'{body.id}' is needed.")
        data["id"] = values[body.id]
    return {"data": data}


def _put(attributes: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        attributes = attributes.setdefault(parent, {})
    attributes[name] = value
