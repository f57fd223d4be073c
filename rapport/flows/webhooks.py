"""send-webhook: the call is stored with the other effects of the step and made afterwards by `calling`; runs do not
wait for the answer (behaviour-messaging 1.13)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.accounts.sender import organization_of
from rapport.flows.action_types import SendWebhook
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.flows.sending import properties_of
from rapport.kit import db, outgoing
from rapport.kit.pieces import Pieces
from rapport.profiles import service as profiles
from rapport.templates import rendering
from rapport.templates.language import TemplateError, profile_context
from rapport.templates.rendering import Part

# Listeners wake on this channel: a call is due.
CHANNEL = "rapport_webhooks"
_NOTIFY = f"NOTIFY {CHANNEL}"
FLOW_HEADER = "X-Klaviyo-Flow-ID"
# What a call says about itself and its body is not for the author of a flow to set.
_CARRYING = ("connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade")
_OUR_HEADERS = frozenset({*_CARRYING, "content-type", FLOW_HEADER.lower()})

_INSERT = """
    INSERT INTO webhook_calls
        (account_id, flow_id, action_id, enrolment_id, url, host, headers, body, status, due, answer)
    SELECT %(account)s, %(flow)s, %(action)s, n.enrolment_id, %(url)s, %(host)s, %(headers)s, n.body,
        CASE WHEN n.fault IS NULL THEN 'queued' ELSE 'failed' END, %(now)s, n.fault
    FROM unnest(%(runs)s::bigint[], %(bodies)s::text[], %(faults)s::text[]) AS n (enrolment_id, body, fault)
    ON CONFLICT (account_id, enrolment_id, action_id) DO NOTHING"""


async def call(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Store a call for each run that meets the flow's filter; the body is rendered now."""
    data, flow = action.typed, work.flow_of(action)
    assert isinstance(data, SendWebhook)
    runs = await work.allowed(action, runs)
    if data.message.url is None or not runs:
        return
    bodies = await _bodies(work, action, data, runs)
    parameters = {
        "account": work.account.account_id,
        "flow": flow.id,
        "action": action.id,
        "url": data.message.url,
        "host": outgoing.host_of(data.message.url),
        "headers": Jsonb(_headers(data, flow.public_id)),
        "now": work.now,
        "runs": [run.id for run in runs],
        "bodies": [body for body, _ in bodies],
        "faults": [fault for _, fault in bodies],
    }
    await db.execute(work.conn, _INSERT, parameters)
    await db.execute(work.conn, _NOTIFY)


def _headers(data: SendWebhook, flow_id: str) -> dict[str, str]:
    custom_headers = {
        name: value for name, value in (data.message.headers or {}).items() if name.lower() not in _OUR_HEADERS
    }
    return {**custom_headers, "Content-Type": "application/json", FLOW_HEADER: flow_id}


async def _bodies(work: Round, action: Action, data: SendWebhook, runs: Sequence[Run]) -> list[tuple[str, str | None]]:
    """The rendered body for each run, and its error if there is one."""
    profiles_by_id = await people(work, runs)
    events = await work.events(runs)
    context = partial(_context, work, action)
    part = Part("body", data.message.body or "{}")
    contexts = [context(profiles_by_id.get(run.profile_id), properties_of(events, run)) for run in runs]
    filled = await _pieces().run(work.account.account_id, [(part, context) for context in contexts])
    return [_json(body) for body in filled]


async def people(work: Round, runs: Sequence[Run]) -> Mapping[int, dict[str, Any]]:
    """Profiles by id, as templates see them: `id` is the public one."""
    rows = await profiles.by_ids(work.conn, work.account.account_id, sorted({run.profile_id for run in runs}))
    return {row["id"]: {**row, "id": row["ulid"]} for row in rows}


def _context(
    work: Round, action: Action, person: dict[str, Any] | None, event: Mapping[str, Any] | None
) -> dict[str, Any]:
    message = {"id": action.message and action.message.public_id, "name": action.message and action.message.name}
    return profile_context(
        person or {}, organization=organization_of(work.account), event=event, message=message, now=work.now
    )


def _json(body: str | TemplateError | None) -> tuple[str, str | None]:
    """The body, and an error if it is no JSON after rendering (1.13)."""
    if body is None:
        return "", "The body can't be filled in: the template took too long."
    if isinstance(body, TemplateError):
        return "", f"The body can't be filled in: {body}"
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return body, f"The body is not JSON once it is filled in: {error}"
    return body, None


@lru_cache(1)
def _pieces() -> Pieces[tuple[Part, Mapping[str, Any]], str | TemplateError]:
    return Pieces(
        rendering.filled_for_each,
        packed=lambda piece: (piece[0][0], [context for _, context in piece]),
        cause=lambda item: item[0].source,
    )
