"""From what a handler returned to the bytes of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from .call import AnyCall
from .documents import Json, Page, Record, Resource, ToMany, View, related_records, show, show_included, stamp
from .operations import Answer, Document, Empty, Raw, Streamed
from .versions import etag
from .wire import Reply

Resources = Mapping[str, Resource]
_encode = msgspec.json.Encoder().encode


async def reply_to(call: AnyCall, result: Any, resources: Resources) -> Reply:
    """The reply of a call. `resources` finds the declaration of an included record's type."""
    operation = call.operation
    if result is None and operation.answers is None:
        return Reply(operation.status, media_type=None)
    answer = result if isinstance(result, Answer) else Answer(result)
    reply = await _body(call, answer, resources)
    reply.status = answer.status or operation.status
    reply.headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
    if isinstance(answer.content, Record) and answer.content.version is not None:
        reply.headers.append((b"etag", etag(answer.content.version).encode()))
    return reply


async def _body(call: AnyCall, answer: Answer, resources: Resources) -> Reply:
    content = answer.content
    if isinstance(content, Empty) or (content is None and call.operation.answers is None):
        return Reply(0, media_type=None)
    if isinstance(content, Raw):
        return Reply(0, content.content, content.media_type)
    if isinstance(content, Streamed):
        return _streamed(content)
    if isinstance(content, Document):
        return Reply(0, _encode(_plain(content.content)))
    return Reply(0, _encode(await _document(call, answer, resources)))


def _streamed(file: Streamed) -> Reply:
    headers = [(b"content-disposition", f'attachment; filename="{file.file_name}"'.encode("ascii", "replace"))]
    if file.size is not None:
        headers.append((b"content-length", b"%d" % file.size))
    return Reply(0, media_type=file.media_type, headers=headers, parts=file.parts)


def _plain(content: Any) -> Any:
    value = msgspec.to_builtins(content, builtin_types=(datetime,), str_keys=True)
    if isinstance(value, dict | list):
        stamp(value)
    return value


async def _document(call: AnyCall, answer: Answer, resources: Resources) -> Json:
    operation, content = call.operation, answer.content
    view = View(call.origin, operation.method, call.fields, call.include, call.readable, operation.identifiers)
    records = _records(content)
    await _load_includes(call, records, operation.answers)
    document: Json = {"data": _data(content, records, operation.answers, view), "links": _links(call, content)}
    if answer.next is not None:
        document["links"]["next"] = _turn(call.url, answer.next)
    included = _included(call, records, answer.included, resources)
    if call.include or included:
        document["included"] = show_included(included, replace(view, identifiers=False))
    if answer.meta is not None:
        document["meta"] = answer.meta
    return document


def _records(content: Any) -> Sequence[Record]:
    if content is None:
        return []
    if isinstance(content, Record):
        return [content]
    return content.records if isinstance(content, Page) else content


def _data(content: Any, records: Sequence[Record], answers: Resource | None, view: View) -> Any:
    if content is None:
        return None
    shown = [show(record, _resource(record, answers), view) for record in records]
    return shown[0] if isinstance(content, Record) else shown


def _resource(record: Record, answers: Resource | None) -> Resource:
    resource = record.resource or answers
    if resource is None:
        raise LookupError(f"the record {record.id} names no resource and the operation declares no answers")
    return resource


async def _load_includes(call: AnyCall, records: Sequence[Record], answers: Resource | None) -> None:
    for name in call.include:
        loader = call.operation.includes[name]
        if loader is None or not records:
            continue
        related = await loader(call, records)
        many = answers is not None and isinstance(answers.relationships.get(name), ToMany)
        for record in records:
            record.relationships[name] = related.get(record.id, [] if many else None)


def _included(call: AnyCall, records: Sequence[Record], more: Sequence[Record], resources: Resources) -> list[Record]:
    included = [*more]
    for record in records:
        resource = record.resource or call.operation.answers
        for name, related_record in related_records(record, call.include):
            if related_record.resource is None and resource is not None:
                related_record.resource = resources.get(resource.relationships[name].type)
            included.append(related_record)
    return included


def _links(call: AnyCall, content: Any) -> Json:
    if isinstance(content, Page):
        return {"self": call.url, "next": _turn(call.url, content.next), "prev": _turn(call.url, content.prev)}
    if content is None or isinstance(content, Record):
        return {"self": call.url}
    return {"self": call.url, "next": None, "prev": None}


def _turn(url: str, cursor: str | None) -> str | None:
    """The request with another cursor; every other parameter stays as it was sent."""
    if cursor is None:
        return None
    path, _, query = url.partition("?")
    kept = [pair for pair in query.split("&") if pair and not pair.startswith("page[cursor]=")]
    return f"{path}?{'&'.join([*kept, f'page[cursor]={cursor}'])}"


_SPELLINGS = (("%5B", "["), ("%5b", "["), ("%5D", "]"), ("%5d", "]"), ('"', "%22"), ("'", "%27"), (" ", "%20"))


def request_url(origin: str, raw_path: str, raw_query: str) -> str:
    """The request repeated, brackets raw and quotes percent-encoded (behaviour-people 7.6)."""
    if not raw_query:
        return origin + raw_path
    for written, wanted in _SPELLINGS:
        raw_query = raw_query.replace(written, wanted)
    return f"{origin}{raw_path}?{raw_query}"
