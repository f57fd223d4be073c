"""One question over everything that has a name: the palette of the web app asks it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Page, Parameter, Record, Resource, Scopes, invalid, operation, page_of
from rapport.kit.ratelimit import L
from rapport.search.kinds import KINDS, NAMED, PROFILES
from rapport.search.people import people

_LONGEST = 100
# Of each kind where all are asked for, and where one is.
_FEW, _MANY = 6, 20


class SearchResult(msgspec.Struct):
    """`kind`: type of the resource; `record`: its id. `detail`: what tells it from others of its name, or its state."""

    kind: str
    record: str
    name: str
    detail: str | None = None


RESULT = Resource("search-result", "/api/search", SearchResult, self_link=False)


@operation(
    "search",
    "GET",
    "/api/search",
    rate=L,
    answers=RESULT,
    many=True,
    parameters={
        "q": Parameter(required=True, description="A part of a name, the beginning of an address, or an id."),
        "kinds": Parameter(description=f"Which kinds to look through, by commas: {', '.join(KINDS)}. Default: all."),
    },
)
async def search(call: AnyCall) -> Page:
    """What the caller may read and is named so: people first, then lists, segments and the rest."""
    query, kinds = _query(call), _kinds(call)
    most = _MANY if len(kinds) == 1 else _FEW
    results: list[SearchResult] = []
    async with call.transaction() as conn:
        account_id, scopes = call.principal.account_id, call.principal.scopes
        if "profile" in kinds and may_read(scopes, PROFILES):
            results += [_person(row) for row in await people(conn, account_id, query, most)]
        parameters = {"account": account_id, "query": query.lower(), "id": query, "most": most}
        for named in NAMED:
            if named.kind in kinds and may_read(scopes, named.scope):
                rows = await db.dicts(conn, named.statement, parameters)
                results += [SearchResult(named.kind, **row) for row in rows]
    return page_of(call, [Record(f"{result.kind}:{result.record}", result) for result in results])


def may_read(scopes: Scopes, scope: str) -> bool:
    return scopes in ("full", "read-only") or scope in scopes


def _query(call: AnyCall) -> str:
    query = " ".join(call.query.get("q", "").split())
    if not query:
        raise invalid("Say what to look for: a part of a name, the beginning of an address, or an id.", parameter="q")
    if len(query) > _LONGEST:
        raise invalid(f"'q' may have at most {_LONGEST} characters.", parameter="q")
    return query


def _kinds(call: AnyCall) -> Sequence[str]:
    sent = call.query.get("kinds")
    if sent is None:
        return KINDS
    kinds = [kind.strip() for kind in sent.split(",")]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise invalid(f"There is no kind '{unknown[0]}'. Use {', '.join(KINDS)}.", parameter="kinds")
    return kinds


def _person(row: dict[str, Any]) -> SearchResult:
    name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    handle = row["email"] or row["phone_number"] or row["external_id"]
    return SearchResult("profile", row["ulid"], name or handle or row["ulid"], handle if name else None)
