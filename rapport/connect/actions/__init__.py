"""The actions as functions: `actions.component.get_list(connection, list_id="Y6nRLr")`.

`lead`, `component` and `pickers` are written from the registry by `tools/connectors.py`.
"""

from typing import Any

from rapport.connect import registry, running
from rapport.connect.connection import Connection


def call(action: str, connection: Connection, **values: Any) -> Any:
    """Run an action; None counts as not sent. Raises Failed (`rapport.connect.failures`)."""
    sent = {key: value for key, value in values.items() if value is not None}
    return running.run_blocking(registry.named(action), sent, connection)
