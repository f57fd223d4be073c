"""update-profile: change custom properties (behaviour-messaging 1.12)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rapport.flows.definition import operations_of
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.flows.types import ChangeList, DeleteProperty, Operation, SetDate, UpdateProfile
from rapport.inbox import service as inbox
from rapport.inbox.person import Changes
from rapport.kit import db
from rapport.profiles.identity import Person, identify

_EXISTING = "SELECT id FROM profiles WHERE account_id = %s AND id = ANY(%s)"


async def update_profiles(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Apply the operations. Profiles that fail the flow's filter are left unchanged (`Fails Flow Conditions`, 1.12)."""
    data = action.typed
    assert isinstance(data, UpdateProfile)
    allowed = {run.profile_id for run in await work.allowed(action, runs)}
    account_id = work.account.account_id
    profiles = [row[0] for row in await db.rows(work.conn, _EXISTING, (account_id, sorted(allowed)))]
    changes = changes_of(operations_of(data), work.now.astimezone(ZoneInfo(work.account.timezone)))
    people = [
        Person(pk=profile, changes=changes_of_round) for profile in sorted(profiles) for changes_of_round in changes
    ]
    identified = await identify(work.conn, account_id, people, work.now)
    await inbox.append(work.conn, account_id, identified.changes())


def changes_of(operations: Sequence[Operation], today: datetime) -> list[Changes]:
    """The operations in order, in rounds: a key that occurs again begins another round."""
    rounds = [Changes()]
    seen: set[str] = set()
    for operation in operations:
        if operation.property_key in seen:
            rounds.append(Changes())
            seen.clear()
        seen.add(operation.property_key)
        _add(rounds[-1], operation, today)
    return rounds


def _add(changes: Changes, operation: Operation, today: datetime) -> None:
    key = operation.property_key
    if isinstance(operation, DeleteProperty):
        changes.unset.append(key)
    elif isinstance(operation, ChangeList):
        (changes.unappend if operation.property_operation == "remove" else changes.append)[key] = (
            operation.property_value
        )
    elif isinstance(operation, SetDate) and operation.property_value == "today":
        changes.properties[key] = today.date().isoformat()
    else:
        changes.properties[key] = operation.property_value
