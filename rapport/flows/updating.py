"""update-profile and list-update: change custom properties, and who is on a list (behaviour-messaging 1.12)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rapport.flows.action_types import ChangeList, DeleteProperty, ListUpdate, Operation, SetDate, UpdateProfile
from rapport.flows.checking import operations_of
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.inbox import service as inbox
from rapport.inbox.person import Changes
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles.identity import Person, identify

_EXISTING = "SELECT id FROM profiles WHERE account_id = %s AND id = ANY(%s)"


async def update_profiles(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Apply the operations. Profiles that fail the flow's filter are left unchanged (`Fails Flow Conditions`, 1.12)."""
    data: UpdateProfile = action.typed
    account_id = work.account.account_id
    profiles = await _allowed(work, action, runs)
    changes = changes_of(operations_of(data), work.now.astimezone(ZoneInfo(work.account.timezone)))
    people = [Person(pk=profile, changes=changes_of_round) for profile in profiles for changes_of_round in changes]
    identified = await identify(work.conn, account_id, people, work.now)
    await inbox.append(work.conn, account_id, identified.changes())


async def update_lists(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Put on the list, or take off it. A membership gives no consent, and who joins enters the flows of the list."""
    data: ListUpdate = action.typed
    if data.list_id is None or data.on_execution is None:
        return
    row = await lists.by_public_id(work.conn, work.account.account_id, data.list_id)
    if row is None:
        return
    profiles = await _allowed(work, action, runs)
    if data.on_execution:
        await lists.add(work.conn, work.account.account_id, row["id"], profiles, work.now)
    else:
        await lists.remove(work.conn, work.account.account_id, row["id"], profiles)


async def _allowed(work: Round, action: Action, runs: Sequence[Run]) -> list[int]:
    """Profiles that meet the flow's filter, and exist."""
    allowed = {run.profile_id for run in await work.allowed(action, runs)}
    return sorted(row[0] for row in await db.rows(work.conn, _EXISTING, (work.account.account_id, sorted(allowed))))


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
