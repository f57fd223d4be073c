"""Operations on the library of flows; extensions."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.accounts.api import account_of
from rapport.flows import definition, library, service, versions
from rapport.flows.api import READ, WRITE, by
from rapport.flows.library import LibraryFlow, letters
from rapport.flows.records import FLOW, flow_record
from rapport.flows.types import DefinitionInput
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Page, Record, Resource, not_found, operation, page_of
from rapport.kit.ratelimit import DEFINITIONS, M
from rapport.templates import contents
from rapport.templates import service as templates
from rapport.templates.contents import Content
from rapport.templates.definition.layout import TemplateDefinition


class LibraryFlowAttributes(msgspec.Struct):
    """trigger: its type. messages: how many it sends. missing: metrics that the account has had no event of yet, by the
    names that shops usually send them under; without them it can't be begun."""

    name: str
    description: str
    trigger: str
    messages: int
    definition: dict[str, Any]
    missing: list[str]


ENTRY = Resource("flow-library-entry", "/api/flow-library", LibraryFlowAttributes, self_link=False)
_METRICS = "SELECT name, public_id FROM metrics WHERE account_id = %s ORDER BY id DESC"
# The first list, where there is but one.
_LIST = "SELECT min(public_id) FROM lists WHERE account_id = %s HAVING count(*) = 1"


async def _known(conn: db.Connection, account_id: int) -> Mapping[str, str]:
    """Public ids of metrics by name; the oldest of a name."""
    return dict(await db.rows(conn, _METRICS, (account_id,)))


@operation("get_flow_library", "GET", ENTRY.path, scopes=READ, rate=M, answers=ENTRY, many=True)
async def get_flow_library(call: AnyCall) -> Page:
    """Flows to begin with. Those that lack nothing can be begun at once."""
    async with call.transaction() as conn:
        known = await _known(conn, call.principal.account_id)
    return page_of(call, [Record(id, _shown(flow, known)) for id, flow in library.flows().items()])


def _shown(flow: LibraryFlow, known: Mapping[str, str]) -> LibraryFlowAttributes:
    return LibraryFlowAttributes(
        flow.name,
        flow.description,
        flow.definition["triggers"][0]["type"],
        len(flow.letters),
        library.filled(flow.definition, {"metric": library.chosen(flow, known), "letter": {}, "list": {}}),
        list(library.missing(flow, known)),
    )


@operation(
    "begin_library_flow",
    "POST",
    "/api/flow-library/{id}/flows",
    scopes=f"{WRITE} templates:write",
    rate=DEFINITIONS,
    answers=FLOW,
    status=201,
)
async def begin_library_flow(call: AnyCall) -> Record:
    """A flow of one's own, in draft, with its messages."""
    account = account_of(call)
    entry = library.flows().get(call.path["id"])
    if entry is None:
        raise not_found("flow-library-entry", call.path["id"])
    drawn_letters = {
        name: await _drawn(account.account_id, letters.definition_of(letter, call.base_url))
        for name, letter in entry.letters.items()
    }
    async with call.transaction() as conn:
        known = await _known(conn, account.account_id)
        only_list = await db.row(conn, _LIST, (account.account_id,))
        made = {
            name: await templates.create(
                conn,
                account.account_id,
                call.now,
                name=f"{entry.name}: {name.replace('-', ' ')}",
                editor_type=templates.DRAGGED,
                content=content,
                reusable=False,
            )
            for name, content in drawn_letters.items()
        }
        ids: dict[str, Mapping[str, str | None]] = {
            "metric": library.chosen(entry, known),
            "letter": {name: template.public_id for name, template in made.items()},
            "list": {"any": only_list[0] if only_list else None},
        }
        drawn = definition.read(msgspec.convert(library.filled(entry.definition, ids), DefinitionInput))
        flow = await service.create(conn, account, entry.name, drawn, call.now)
        await versions.begin(conn, account.account_id, flow, by(call), call.now)
        # each message has its own copy by now
        for template in made.values():
            await templates.delete(conn, account.account_id, template.public_id)
    return flow_record(flow, call, with_definition=True)


async def _drawn(account_id: int, data: dict[str, Any]) -> Content:
    whole = msgspec.to_builtins(msgspec.convert(data, TemplateDefinition))
    return await contents.prepare(account_id, None, whole, {})
