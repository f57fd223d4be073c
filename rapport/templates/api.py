"""Operations of templates."""

from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import Select
from sqlalchemy import select as sql_select

from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    deleting,
    getting,
    invalid,
    listing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import Rate, S
from rapport.templates import service
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


def template_record(template: Template, call: AnyCall) -> Record:
    """A template; html is "" where there is none, because the answer's html is never null."""
    attributes = TemplateAttributes(
        template.name,
        template.editor_type,
        template.html or "",
        template.text,
        template.amp,
        template.created,
        template.updated,
        None if "definition" in call.additional_of("template") else UNSET,
    )
    return Record(template.public_id, attributes, key=template.id, resource=TEMPLATE)


def _row_record(row: Row, call: AnyCall) -> Record:
    return template_record(Template(**{name: row[name] for name in Template.__dataclass_fields__}), call)


def _library(call: AnyCall) -> Select[Any]:
    return sql_select(templates).where(templates.c.account_id == call.principal.account_id, templates.c.reusable)


get_templates = listing(
    "get_templates",
    TEMPLATE,
    scopes=READ,
    rate=RATE,
    select=_library,
    key=templates.c.id,
    record=_row_record,
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
    async with call.transaction() as conn:
        template = await service.create(
            conn,
            call.principal.account_id,
            call.now,
            name=body.name,
            editor_type=body.editor_type,
            html=body.html,
            text=body.text,
            amp=body.amp,
        )
    return template_record(template, call)


async def _check_parts(call: AnyCall, sources: dict[str, Any]) -> None:
    try:
        await service.check(call.principal.account_id, service.parts_of(sources))
    except service.BadTemplate as error:
        detail = f"The template has an error. {error}"
        raise invalid(detail, pointer=f"/data/attributes/{error.part}") from None


def _check_editor(body: TemplateCreate) -> None:
    if body.editor_type == "SYSTEM_DRAGGABLE":
        detail = "Templates of the drag-and-drop editor cannot be created here yet. Use editor_type CODE with 'html'."
        raise invalid(detail, pointer="/data/attributes/editor_type")
    if body.editor_type not in service.CODED:
        raise invalid("'editor_type' must be CODE or USER_DRAGGABLE.", pointer="/data/attributes/editor_type")
    if not body.html:
        raise invalid(f"'html' is required for {body.editor_type} templates.", pointer="/data/attributes/html")
    if body.definition is not None:
        raise invalid(f"'definition' is not allowed for {body.editor_type}.", pointer="/data/attributes/definition")


@operation(
    "update_template",
    "PATCH",
    "/api/templates/{id}",
    scopes=WRITE,
    rate=RATE,
    body=Body("template", TemplateUpdate),
    answers=TEMPLATE,
)
async def update_template(call: Call[TemplateUpdate]) -> Record:
    if call.body.definition not in (UNSET, None):
        raise invalid("'definition' is not allowed for coded templates.", pointer="/data/attributes/definition")
    sent = {name: getattr(call.body, name) for name in ("name", "html", "text", "amp")}
    changes = {name: value for name, value in sent.items() if value is not UNSET}
    _refuse_null(changes)
    await _check_parts(call, changes)
    async with call.transaction() as conn:
        template = await _required(call, conn, call.path["id"])
        updated = await service.update(conn, call.principal.account_id, template, call.now, changes)
    return template_record(updated, call)


def _refuse_null(changes: dict[str, Any]) -> None:
    for name in ("name", "html"):
        if name in changes and changes[name] is None:
            raise invalid(f"'{name}' must not be null.", pointer=f"/data/attributes/{name}")


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await service.delete(conn, call.principal.account_id, call.path["id"])


delete_template = deleting("delete_template", TEMPLATE, scopes=WRITE, rate=RATE, delete=_delete)


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
    return template_record(Template(**{**vars(template), **parts}), call)


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
