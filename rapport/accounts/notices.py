"""What people of an account ought to hear of: told by any room, in the transaction of its cause, to whoever listens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from rapport.kit import db
from rapport.kit.rooms import Point


@dataclass(frozen=True)
class Notice:
    """`kind`: one of those that the listener knows. `target`: the public id of what it is about, or "". `facts`: what
    its words name; nothing of a store's customers. `once`: of notices with the same, one is kept; "" = of each target.
    `at`: by the account's clock. `by`: the user whose doing it is, to whom it is no news."""

    kind: str
    at: datetime
    target: str = ""
    facts: dict[str, str | int] = field(default_factory=dict)
    once: str = ""
    by: int | None = None


Listener = Callable[[db.Connection, int, Notice], Awaitable[None]]
LISTENERS: Point[Listener] = Point("who hears of notices")


async def tell(conn: db.Connection, account_id: int, notice: Notice) -> None:
    """Nothing happens where nobody listens."""
    for listener in LISTENERS:
        await listener(conn, account_id, notice)
