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
    keyless = dict.fromkeys(one for one in public if one.serves(revision))
    served = [*(one for one in operations if one.serves(revision)), *keyless]
    schemas, components = _schemas(served)
    paths: Json = {}
    for one in served:
        shown = _operation(one, schemas)
        paths.setdefault(one.path, {})[one.method.lower()] = {**shown, "security": []} if one in keyless else shown
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
    types = [kind for one in operations for kind in _types(one)]
    unique = list({id(kind): kind for kind in types}.values())
    shown, components = msgspec.json.schema_components(unique, ref_template=_REFERENCE)
    return {id(kind): down(schema) for kind, schema in zip(unique, shown, strict=True)}, down(components)


def _types(one: Operation) -> Iterable[Any]:
    if one.body is not None and one.body.attributes is not None:
        yield one.body.attributes
    if isinstance(one.body, Body) and one.body.meta is not None:
        yield one.body.meta
    if one.answers is not None:
        yield one.answers.attributes


def down(schema: Any) -> Any:
    """JSON Schema 2020-12 as OpenAPI 3.0 writes it: null as `nullable`, no `const`, no `examples`."""
    if isinstance(schema, list):
        return [down(one) for one in schema]
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
        rest = [one for one in options if one != {"nullable": True, "enum": [None]}]
        if len(rest) < len(options):
            return {**schema, "anyOf": rest, "nullable": True}
    return schema


def _operation(one: Operation, schemas: dict[int, Json]) -> Json:
    shown: Json = {"operationId": one.id, "parameters": list(_parameters(one))}
    summary = inspect.getdoc(one.handler) if inspect.isfunction(one.handler) else None
    if summary:
        shown["summary"] = summary.splitlines()[0]
    if one.takes_body:
        shown["requestBody"] = _request(one, schemas)
    shown["responses"] = _responses(one, schemas)
    return shown | _extensions(one)


def _responses(one: Operation, schemas: dict[int, Json]) -> Json:
    success = _success(one, schemas)
    good = {str(status): success for status in (one.status, one.also_status) if status}
    return good | {str(status): _failure() for status in _failures(one)} | {"5XX": _failure()}


def _failures(one: Operation) -> Iterable[int]:
    """What may be refused: input, key, scope, rate; where something is named or written, that too."""
    yield from (400, 401, 403, 429)
    if one.takes_body or "{" in one.path:
        yield 404
    if one.method != "GET":
        yield 409
    if one.takes_body:
        yield from (413, 415)


def _extensions(one: Operation) -> Json:
    rate = {"burst": f"{one.rate.burst}/s", "steady": f"{one.rate.steady}/m"}
    if one.rate.daily is not None:
        rate["daily"] = f"{one.rate.daily}/d"
    shown: Json = {"x-klaviyo-scopes": sorted(one.scopes), "x-klaviyo-ratelimit": rate}
    if one.filters:
        shown["x-klaviyo-filters"] = {name: _filter(field) for name, field in one.filters.items()}
    return shown


_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "datetime"}


def _filter(field: Field) -> Json:
    lists = [op for op in field.operators if op in ("any", "contains-any", "contains-all")]
    none = [op for op in field.operators if op == "has"]
    single = [op for op in field.operators if op not in lists and op not in none]
    operators = {"list": lists, "single": single, "none": none}
    return {"operators": operators, "value": {"type": _KINDS.get(field.type.__name__, "string")}}


def _parameters(one: Operation) -> Iterable[Json]:
    for name in re.findall(r"\{(\w+)\}", one.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if one.answers is not None:
        yield from _field_parameters(one, one.answers)
    if one.filters:
        yield _query("filter", {"type": "string"})
    if one.sorts:
        yield _query("sort", {"type": "string", "enum": [sign + name for name in one.sorts for sign in ("", "-")]})
    if one.includes:
        yield _query("include", _list_of(one.includes))
    if one.many:
        yield from _page_parameters(one)
    for name, parameter in one.parameters.items():
        yield _query(name, {"type": "string"}, parameter)
    yield {"name": "revision", "in": "header", "schema": {"type": "string", "default": NEWEST}}


def _field_parameters(one: Operation, answers: Resource) -> Iterable[Json]:
    if not one.identifiers:
        names = sorted(name for name in answers.field_names or () if not name.endswith("*"))
        yield _query(f"fields[{answers.type}]", _list_of(names))
    if answers.additional:
        yield _query(f"additional-fields[{answers.type}]", _list_of(answers.additional))


def _page_parameters(one: Operation) -> Iterable[Json]:
    yield _query("page[cursor]", {"type": "string"})
    if one.sized:
        size = {"type": "integer", "default": one.page.default, "minimum": 1, "maximum": one.page.maximum}
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


def _request(one: Operation, schemas: dict[int, Json]) -> Json:
    schema = {"type": "object"} if one.body is None else _envelope(one.body, schemas)
    return {"required": True, "content": {kind: {"schema": schema} for kind in one.accepts or JSON_TYPES[:1]}}


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
    one = _identifier(body.type)
    if body.attributes is not None:
        one["required"] = ["type"]
        one["properties"]["attributes"] = schemas[id(body.attributes)]
    return {"type": "array", "items": one, "maxItems": body.maximum} if body.many else {**one, "nullable": True}


def _relationships(declared: Mapping[str, ToOne]) -> Json:
    return {"type": "object", "properties": {name: _relationship(to) for name, to in declared.items()}}


def _success(one: Operation, schemas: dict[int, Json]) -> Json:
    if one.answers is None:
        return {"description": "Success"}
    content = {JSON_TYPES[0]: {"schema": _document(one, one.answers, schemas)}}
    return {"description": "Success", "content": content}


def _document(one: Operation, answers: Resource, schemas: dict[int, Json]) -> Json:
    data = _identifier(answers.type) if one.identifiers else _resource(answers, schemas)
    properties: Json = {"data": {"type": "array", "items": data} if one.many else data, "links": _LINKS}
    if one.includes:
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
    one = _identifier(to.type)
    data = {"type": "array", "items": one} if isinstance(to, ToMany) else {**one, "nullable": True}
    return {"type": "object", "properties": {"data": data, "links": {"type": "object"}}}


def _failure() -> Json:
    schema = {"$ref": _REFERENCE.format(name="Errors")}
    return {"description": "Error", "content": {JSON_TYPES[0]: {"schema": schema}}}
