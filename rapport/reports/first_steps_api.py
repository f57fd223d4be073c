"""What a new account has to do before it can write to anybody, and what of it is done: an extension."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events.metrics import PLATFORM
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Operation, Record, Resource, operation
from rapport.kit.ratelimit import M
from rapport.kit.rooms import Process

StepId = Literal["sender", "people", "store_event", "sending", "segment", "campaign"]
KIND = "first-steps"
_DISMISSED = "first_steps_dismissed"
# What the sender of a new account is, until somebody says who it really is.
_NOBODY = "hello@example.com"
_ADDRESS = ("address1", "city", "country")
# Each asks whether there is any; a metric is made with its first event.
_DONE = """
    SELECT EXISTS (SELECT FROM profiles WHERE account_id = %(account)s) AS people,
        (SELECT min(created) FROM metrics WHERE account_id = %(account)s AND service <> %(platform)s) AS store_event,
        EXISTS (SELECT FROM segments WHERE account_id = %(account)s) AS segment,
        EXISTS (SELECT FROM campaigns WHERE account_id = %(account)s) AS campaign"""


class Step(msgspec.Struct):
    """`at`: when it was done, where that is known."""

    id: StepId
    done: bool
    at: datetime | None = None


class FirstSteps(msgspec.Struct):
    """`dismissed`: somebody has seen enough of them. `complete`: all are done."""

    dismissed: bool
    complete: bool
    steps: list[Step]


class FirstStepsUpdate(msgspec.Struct, forbid_unknown_fields=True):
    dismissed: bool | UnsetType = UNSET


STEPS = Resource(KIND, "/api/first-steps", FirstSteps, self_link=False)


def first_steps(process: Process) -> list[Operation]:
    """Whether mail can be sent is the installation's own setting."""
    can_send = process.settings.smtp_url is not None

    async def shown(conn: db.Connection, account_id: int) -> Record:
        account = await accounts.load(conn, account_id)
        done = await db.one(conn, _DONE, {"account": account_id, "platform": PLATFORM}) or {}
        steps = _steps(account, done, can_send=can_send)
        dismissed = account.settings.get(_DISMISSED) is True
        return Record(account.public_id, FirstSteps(dismissed, all(step.done for step in steps), steps))

    @operation("get_first_steps", "GET", "/api/first-steps", scopes="accounts:read", rate=M, answers=STEPS)
    async def get_first_steps(call: AnyCall) -> Record:
        """What is done, in the order in which it is best done."""
        async with call.transaction() as conn:
            return await shown(conn, call.principal.account_id)

    @operation(
        "update_first_steps",
        "PATCH",
        "/api/first-steps",
        scopes="accounts:write",
        rate=M,
        body=Body(KIND, FirstStepsUpdate, id="optional"),
        answers=STEPS,
    )
    async def update_first_steps(call: Call[FirstStepsUpdate]) -> Record:
        """Show them no more, or again."""
        account_id = call.principal.account_id
        async with call.transaction() as conn:
            if call.body.dismissed is not UNSET:
                await accounts.change_settings(conn, account_id, {_DISMISSED: call.body.dismissed})
            answer = await shown(conn, account_id)
        call.principal.forget()  # type: ignore[attr-defined]
        return answer

    return [get_first_steps, update_first_steps]


def _steps(account: Account, done: Mapping[str, Any], *, can_send: bool) -> list[Step]:
    sender = account.sender_email != _NOBODY and all(account.address.get(part) for part in _ADDRESS)
    return [
        Step("sender", sender),
        Step("people", done["people"]),
        Step("store_event", done["store_event"] is not None, done["store_event"]),
        Step("sending", can_send),
        Step("segment", done["segment"]),
        Step("campaign", done["campaign"]),
    ]
