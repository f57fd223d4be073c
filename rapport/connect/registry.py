"""Every action, by name, in one table."""

from collections.abc import Mapping

from rapport.connect import lead, pickers
from rapport.connect.action import Action
from rapport.connect.component import ACTIONS as COMPONENT
from rapport.connect.failures import BadInput

ACTIONS: Mapping[str, Action] = {action.name: action for action in (*lead.ACTIONS, *COMPONENT, *pickers.ACTIONS)}


def named(name: str) -> Action:
    """Raises BadInput."""
    action = ACTIONS.get(name)
    if action is None:
        raise BadInput("action", f"There is no action '{name[:80]}'. `rapport connect list` names them.")
    return action
