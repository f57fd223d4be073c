"""Operations of templates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import UNSET
from sqlalchemy import Select
from sqlalchemy import select as sql_select

from rapport.kit.jsonapi import (
    AnyCall,
    ApiError,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    Versions,
    deleting,
    getting,
    hold_version,
    invalid,
    listing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import Rate, S
from rapport.templates import contents, service
from rapport.templates.contents import BadTemplate, Content
from rapport.templates.definition.layout import TemplateDefinition
from rapport.templates.definition.sources import wrong_styles
from rapport.templates.language import TemplateError
from rapport.templates.service import Template
from rapport.templates.tables import templates
from rapport.templates.types import (
    TemplateAttributes,
    TemplateClone,
    TemplateCreate,
    TemplateRender,
    TemplateUpdate,
)

RATE = Rate(75, 750)
READ, WRITE = "templates:read", "templates:write"
_RANGE = ("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")

TEMPLATE = Resource(
    "template", "/api/templates", attributes=TemplateAttributes, additional=("definition",), whole_seconds=True
)

VERSIONS = Versions("template", "templates", "public_id")


def template_record(template: Template, call: AnyCall) -> Record:
    """A template; html is "" where there is none, because the answer's html is never null."""
    attributes = TemplateAttributes(
        template.name,
        template.editor_type,
        _html(template),
        template.text,
        template.amp,
        template.created,
        template.updated,
        # as it was written, which was read as what it is
        cast(Any, template.definition) if "definition" in call.additional_of("template") else UNSET,
    )
    return Record(template.public_id, attributes, key=template.id, resource=TEMPLATE, version=template.version)


def _html(template: Template) -> str:
    """What its author wrote, or what the definition is drawn as."""
    return (template.html if template.definition is None else template.rendered) or ""


async def template_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    """Rows of `templates` with the universal content in them as it is now."""
    templates = [Template(**{name: row[name] for name in Template.__dataclass_fields__}) for row in rows]
    async with call.transaction() as conn:
        drawn = [await service.current(conn, call.principal.account_id, template) for template in templates]
    return [template_record(template, call) for template in drawn]


def _library(call: AnyCall) -> Select[Any]:
    return sql_select(templates).where(templates.c.account_id == call.principal.account_id, templates.c.reusable)


get_templates = listing(
    "get_templates",
    TEMPLATE,
    scopes=READ,
    rate=RATE,
    select=_library,
    key=templates.c.id,
    records=template_records,
    filters={
        "id": Field(templates.c.public_id, ("any", "equals")),
        "name": Field(templates.c.name, ("any", "contains", "equals")),
        "created": Field(templates.c.created, _RANGE, datetime),
        "updated": Field(templates.c.updated, _RANGE, datetime),
    },
    sorts={
        "created": templates.c.created,
        "id": templates.c.public_id,
        "name": templates.c.name,
        "updated": templates.c.updated,
    },
    default_sort="id",
    page=PageSize(10, 10),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        template = await service.find(conn, call.principal.account_id, call.path["id"])
    return template_record(template, call) if template else None


get_template = getting("get_template", TEMPLATE, scopes=READ, rate=RATE, load=_load)


@operation(
    "create_template",
    "POST",
    "/api/templates",
    scopes=WRITE,
    rate=RATE,
    body=Body("template", TemplateCreate),
    answers=TEMPLATE,
    status=201,
)
async def create_template(call: Call[TemplateCreate]) -> Record:
    body = call.body
    _check_editor(body)
    await _check_parts(call, {"html": body.html, "text": body.text, "amp": body.amp})
    content = await _content(call, body.html, body.definition)
    async with call.transaction() as conn:
        template = await service.create(
            conn,
            call.principal.account_id,
            call.now,
            name=body.name,
            editor_type=body.editor_type,
            content=content,
            text=body.text,
            amp=body.amp,
        )
    return template_record(template, call)


async def _check_parts(call: AnyCall, sources: Mapping[str, Any]) -> None:
    try:
        await service.check(call.principal.account_id, service.parts_of(sources))
    except BadTemplate as error:
        raise bad_template(error, f"/data/attributes/{error.part}") from None


def bad_template(error: BadTemplate, pointer: str) -> ApiError:
    """A template that cannot be read: where in the request, and where in its text."""
    detail = f"The template has an error. {error}"
    meta = {"line": error.line, "column": error.column}
    return ApiError(400, "invalid", "Invalid input.", detail, pointer=pointer, meta=meta)


async def _content(call: AnyCall, html: str | None, definition: TemplateDefinition | None) -> Content:
    """What a template is made of, drawn."""
    data = None if definition is None else msgspec.to_builtins(definition)
    async with call.transaction() as conn:
        universal = await contents.universal_of(conn, call.principal.account_id, html, data)
    try:
        return await contents.prepare(call.principal.account_id, html, data, universal)
    except BadTemplate as error:
        raise bad_template(error, error.part) from None


def _check_editor(body: TemplateCreate) -> None:
    if body.editor_type == service.DRAGGED:
        if body.definition is None:
            detail = f"'definition' is required for {body.editor_type} templates."
            raise invalid(detail, pointer="/data/attributes/definition")
        _refuse(body.editor_type, {"html": body.html, "amp": body.amp})
        _check_styles(body.definition)
        return
    if body.editor_type not in service.CODED:
        detail = "'editor_type' must be CODE, USER_DRAGGABLE or SYSTEM_DRAGGABLE."
        raise invalid(detail, pointer="/data/attributes/editor_type")
    if not body.html:
        raise invalid(f"'html' is required for {body.editor_type} templates.", pointer="/data/attributes/html")
    _refuse(body.editor_type, {"definition": body.definition})


def _refuse(editor_type: str, parts: Mapping[str, Any]) -> None:
    """Those parts belong to templates of another editor."""
    for name, value in parts.items():
        if value is not None and value is not UNSET:
            detail = f"'{name}' is not allowed for {editor_type} templates."
            raise invalid(detail, pointer=f"/data/attributes/{name}")


def _check_styles(definition: TemplateDefinition) -> None:
    wrong = wrong_styles(definition)
    if wrong is not None:
        raise invalid(wrong, pointer="/data/attributes/definition/styles")


@operation(
    "update_template",
    "PATCH",
    "/api/templates/{id}",
    scopes=WRITE,
    rate=RATE,
    body=Body("template", TemplateUpdate),
    answers=TEMPLATE,
    versions=VERSIONS,
)
async def update_template(call: Call[TemplateUpdate]) -> Record:
    body = call.body
    sent = {name: getattr(body, name) for name in ("name", "html", "text", "amp", "definition")}
    changes = {name: value for name, value in sent.items() if value is not UNSET}
    _refuse_null(changes)
    async with call.transaction() as conn:
        editor_type = (await _required(call, conn, call.path["id"])).editor_type
    content = await _changed_content(call, editor_type, changes)
    await _check_parts(call, changes)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        template = await _required(call, conn, call.path["id"])
        updated = await service.update(conn, call.principal.account_id, template, call.now, changes, content)
    return template_record(updated, call)


async def _changed_content(call: AnyCall, editor_type: str, changes: Mapping[str, Any]) -> Content | None:
    if editor_type == service.DRAGGED:
        _refuse(editor_type, {name: changes.get(name) for name in ("html", "amp")})
        definition = changes.get("definition")
        if definition is None:
            return None
        _check_styles(definition)
        return await _content(call, None, definition)
    _refuse(editor_type, {"definition": changes.get("definition")})
    return await _content(call, changes["html"], None) if "html" in changes else None


def _refuse_null(changes: Mapping[str, Any]) -> None:
    for name in ("name", "html"):
        if name in changes and changes[name] is None:
            raise invalid(f"'{name}' must not be null.", pointer=f"/data/attributes/{name}")


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        await hold_version(call, conn)
        return await service.delete(conn, call.principal.account_id, call.path["id"])


delete_template = deleting("delete_template", TEMPLATE, scopes=WRITE, rate=RATE, delete=_delete, versions=VERSIONS)


# The reference says 201 and so does the SDK, though the live system was seen answering 200 (behaviour-messaging 3.1).
@operation(
    "render_template",
    "POST",
    "/api/template-render",
    scopes=READ,
    rate=S,
    body=Body("template", TemplateRender),
    answers=TEMPLATE,
    status=201,
)
async def render_template(call: Call[TemplateRender]) -> Record:
    async with call.transaction() as conn:
        template = await _required(call, conn, _body_id(call))
    try:
        context = {**call.body.context, "_now": call.now}
        parts = await service.render(call.principal.account_id, template, context)
    except TemplateError as error:
        raise invalid(f"The template could not be rendered: {error}", pointer="/data/attributes/context") from None
    filled = replace(template, definition=None, html=parts["html"], text=parts["text"], amp=parts["amp"])
    return template_record(filled, call)


@operation(
    "clone_template",
    "POST",
    "/api/template-clone",
    scopes=WRITE,
    rate=RATE,
    body=Body("template", TemplateClone),
    answers=TEMPLATE,
    status=201,
)
async def clone_template(call: Call[TemplateClone]) -> Record:
    async with call.transaction() as conn:
        template = await _required(call, conn, _body_id(call))
        copy = await service.clone(conn, call.principal.account_id, template, call.now, call.body.name)
    return template_record(copy, call)


async def _required(call: AnyCall, conn: Any, public_id: str) -> Template:
    template = await service.find(conn, call.principal.account_id, public_id)
    if template is None:
        raise not_found("template", public_id)
    return template


def _body_id(call: AnyCall) -> str:
    if call.body_id is None:
        raise invalid("'id' of the template is required.", pointer="/data/id")
    return call.body_id
