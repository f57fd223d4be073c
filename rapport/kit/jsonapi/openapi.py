"""OpenAPI 3.0.3 from the declarations: what is served is what is documented."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from .bodies import AnyBody, Body, Identifiers
from .documents import Resource, ToMany, ToOne
from .fields import Field
from .operations import Operation, Parameter
from .revisions import NEWEST
from .wire import JSON_TYPES

Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_LINKS: Json = {
    "type": "object",
    "properties": {
        "self": {"type": "string", "format": "uri"},
        "next": {"type": "string", "format": "uri", "nullable": True},
        "prev": {"type": "string", "format": "uri", "nullable": True},
    },
}
_ERRORS: Json = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "status", "code", "title", "detail", "source"],
                "properties": {
                    **{name: {"type": "string"} for name in ("id", "code", "title", "detail")},
                    "status": {"type": "integer"},
                    "source": {
                        "type": "object",
                        "properties": {"pointer": {"type": "string"}, "parameter": {"type": "string"}},
                    },
                    "links": {"type": "object"},
                    "meta": {"type": "object"},
                },
            },
        }
    },
}


def openapi_document(
    operations: Iterable[Operation], base_url: str = "", *, revision: str = NEWEST, public: Iterable[Operation] = ()
) -> Json:
    """The document of the operations that serve `revision`; `public` are those that need no private key."""
    keyless = dict.fromkeys(operation for operation in public if operation.serves(revision))
    served = [*(operation for operation in operations if operation.serves(revision)), *keyless]
    schemas, components = _schemas(served)
    paths: Json = {}
    for operation in served:
        shown = _operation(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = (
            {**shown, "security": []} if operation in keyless else shown
        )
    schemes = {
        "Klaviyo-API-Key": {"type": "apiKey", "in": "header", "name": "Authorization"},
        "OAuth": {"type": "http", "scheme": "bearer"},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Rapport API", "version": revision},
        "servers": [{"url": base_url or "/"}],
        "paths": paths,
        "components": {"schemas": {**components, "Errors": _ERRORS}, "securitySchemes": schemes},
        "security": [{"Klaviyo-API-Key": []}, {"OAuth": []}],
    }


def _schemas(operations: list[Operation]) -> tuple[dict[int, Json], Json]:
    """The schema of each type that a declaration names, by the type's identity, and the shared components."""
    types = [kind for operation in operations for kind in _types(operation)]
    unique = list({id(kind): kind for kind in types}.values())
    shown, components = msgspec.json.schema_components(unique, ref_template=_REFERENCE)
    return {id(kind): down(schema) for kind, schema in zip(unique, shown, strict=True)}, down(components)


def _types(operation: Operation) -> Iterable[Any]:
    if operation.body is not None and operation.body.attributes is not None:
        yield operation.body.attributes
    if isinstance(operation.body, Body) and operation.body.meta is not None:
        yield operation.body.meta
    if operation.answers is not None:
        yield operation.answers.attributes


def down(schema: Any) -> Any:
    """JSON Schema 2020-12 as OpenAPI 3.0 writes it: null as `nullable`, no `const`, no `examples`."""
    if isinstance(schema, list):
        return [down(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: down(value) for name, value in schema.items() if name != "examples"}
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    return _nullable(plain)


def _nullable(schema: Json) -> Json:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": rest[0], "nullable": True}
    if kinds == "null":
        return {"nullable": True, "enum": [None]}
    options = schema.get("anyOf")
    if isinstance(options, list):
        rest = [option for option in options if option != {"nullable": True, "enum": [None]}]
        if len(rest) < len(options):
            return {**schema, "anyOf": rest, "nullable": True}
    return schema


def _operation(operation: Operation, schemas: dict[int, Json]) -> Json:
    shown: Json = {"operationId": operation.id, "parameters": list(_parameters(operation))}
    summary = inspect.getdoc(operation.handler) if inspect.isfunction(operation.handler) else None
    if summary:
        shown["summary"] = summary.splitlines()[0]
    if operation.takes_body:
        shown["requestBody"] = _request(operation, schemas)
    shown["responses"] = _responses(operation, schemas)
    return shown | _extensions(operation)


def _responses(operation: Operation, schemas: dict[int, Json]) -> Json:
    success = _success(operation, schemas)
    good = {str(status): success for status in (operation.status, operation.also_status) if status}
    return good | {str(status): _failure() for status in _failures(operation)} | {"5XX": _failure()}


def _failures(operation: Operation) -> Iterable[int]:
    """What may be refused: input, key, scope, rate; where something is named or written, that too."""
    yield from (400, 401, 403, 429)
    if operation.takes_body or "{" in operation.path:
        yield 404
    if operation.method != "GET":
        yield 409
    if operation.versions is not None:
        yield 412
    if operation.takes_body:
        yield from (413, 415)


def _extensions(operation: Operation) -> Json:
    rate = {"burst": f"{operation.rate.burst}/s", "steady": f"{operation.rate.steady}/m"}
    if operation.rate.daily is not None:
        rate["daily"] = f"{operation.rate.daily}/d"
    shown: Json = {"x-klaviyo-scopes": sorted(operation.scopes), "x-klaviyo-ratelimit": rate}
    if operation.filters:
        shown["x-klaviyo-filters"] = {name: _filter(field) for name, field in operation.filters.items()}
    return shown


_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "datetime"}


def _filter(field: Field) -> Json:
    lists = [op for op in field.operators if op in ("any", "contains-any", "contains-all")]
    none = [op for op in field.operators if op == "has"]
    single = [op for op in field.operators if op not in lists and op not in none]
    operators = {"list": lists, "single": single, "none": none}
    return {"operators": operators, "value": {"type": _KINDS.get(field.type.__name__, "string")}}


def _parameters(operation: Operation) -> Iterable[Json]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if operation.answers is not None:
        yield from _field_parameters(operation, operation.answers)
    if operation.filters:
        yield _query("filter", {"type": "string"})
    if operation.sorts:
        yield _query(
            "sort", {"type": "string", "enum": [sign + name for name in operation.sorts for sign in ("", "-")]}
        )
    if operation.includes:
        yield _query("include", _list_of(operation.includes))
    if operation.many:
        yield from _page_parameters(operation)
    for name, parameter in operation.parameters.items():
        yield _query(name, {"type": "string"}, parameter)
    if operation.versions is not None:
        text = "The ETag of the record as it was read: it is changed only if nobody else has changed it since."
        yield {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": text}
    yield {"name": "revision", "in": "header", "schema": {"type": "string", "default": NEWEST}}


def _field_parameters(operation: Operation, answers: Resource) -> Iterable[Json]:
    if not operation.identifiers:
        names = sorted(name for name in answers.field_names or () if not name.endswith("*"))
        yield _query(f"fields[{answers.type}]", _list_of(names))
    if answers.additional:
        yield _query(f"additional-fields[{answers.type}]", _list_of(answers.additional))


def _page_parameters(operation: Operation) -> Iterable[Json]:
    yield _query("page[cursor]", {"type": "string"})
    if operation.sized:
        size = {"type": "integer", "default": operation.page.default, "minimum": 1, "maximum": operation.page.maximum}
        yield _query("page[size]", size)


def _query(name: str, schema: Json, parameter: Parameter | None = None) -> Json:
    shown: Json = {"name": name, "in": "query", "schema": schema}
    if schema.get("type") == "array":
        shown["explode"] = False
    if parameter is not None:
        shown |= {"required": parameter.required, "description": parameter.description}
    return shown


def _list_of(names: Iterable[str]) -> Json:
    enum = list(names)
    return {"type": "array", "items": {"type": "string", "enum": enum} if enum else {"type": "string"}}


def _request(operation: Operation, schemas: dict[int, Json]) -> Json:
    raw = dict(operation.raw_schema or {"type": "object"})
    schema = raw if operation.body is None else _envelope(operation.body, schemas)
    return {"required": True, "content": {kind: {"schema": schema} for kind in operation.accepts or JSON_TYPES[:1]}}


def _envelope(body: AnyBody, schemas: dict[int, Json]) -> Json:
    data = _body_data(body, schemas) if isinstance(body, Body) else _linkage(body, schemas)
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _body_data(body: Body, schemas: dict[int, Json]) -> Json:
    shown = _identifier(body.type)
    shown["required"] = ["type", *(["attributes"] if body.needs_attributes else [])]
    if body.attributes is not None:
        shown["properties"]["attributes"] = schemas[id(body.attributes)]
    if body.meta is not None:
        shown["properties"]["meta"] = schemas[id(body.meta)]
    if body.relationships:
        shown["properties"]["relationships"] = _relationships(body.relationships)
    return shown


def _linkage(body: Identifiers[Any], schemas: dict[int, Json]) -> Json:
    identifier = _identifier(body.type)
    if body.attributes is not None:
        identifier["required"] = ["type"]
        identifier["properties"]["attributes"] = schemas[id(body.attributes)]
    return (
        {"type": "array", "items": identifier, "maxItems": body.maximum}
        if body.many
        else {**identifier, "nullable": True}
    )


def _relationships(declared: Mapping[str, ToOne]) -> Json:
    return {"type": "object", "properties": {name: _relationship(to) for name, to in declared.items()}}


def _success(operation: Operation, schemas: dict[int, Json]) -> Json:
    if operation.answers is None:
        return {"description": "Success"}
    content = {JSON_TYPES[0]: {"schema": _document(operation, operation.answers, schemas)}}
    return {"description": "Success", "content": content}


def _document(operation: Operation, answers: Resource, schemas: dict[int, Json]) -> Json:
    data = _identifier(answers.type) if operation.identifiers else _resource(answers, schemas)
    properties: Json = {"data": {"type": "array", "items": data} if operation.many else data, "links": _LINKS}
    if operation.includes:
        properties["included"] = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "required": ["data"], "properties": properties}


def _identifier(kind: str) -> Json:
    properties = {"type": {"type": "string", "enum": [kind]}, "id": {"type": "string"}}
    return {"type": "object", "required": ["type", "id"], "properties": properties}


def _resource(answers: Resource, schemas: dict[int, Json]) -> Json:
    shown = _identifier(answers.type)
    shown["required"] = ["type", "id", "attributes"]
    shown["properties"]["attributes"] = schemas[id(answers.attributes)]
    if answers.relationships:
        shown["properties"]["relationships"] = _relationships(answers.relationships)
    shown["properties"]["links"] = {"type": "object", "properties": {"self": {"type": "string", "format": "uri"}}}
    return shown


def _relationship(to: ToOne) -> Json:
    identifier = _identifier(to.type)
    data = {"type": "array", "items": identifier} if isinstance(to, ToMany) else {**identifier, "nullable": True}
    return {"type": "object", "properties": {"data": data, "links": {"type": "object"}}}


def _failure() -> Json:
    schema = {"$ref": _REFERENCE.format(name="Errors")}
    return {"description": "Error", "content": {JSON_TYPES[0]: {"schema": schema}}}
