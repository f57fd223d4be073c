"""What one rendering may cost, and the moment it is rendered for.

A template is written by a customer and its context by strangers, so work is counted instead of trusted: a unit is
about one character read or written. It is a count and no clock, so the same input always gives the same answer. What
the count misses ends with the process that renders (`kit/compute`).
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from random import Random

from rapport.templates.language.errors import TemplateRenderError

MAX_OUTPUT = 2_000_000
"""Characters a rendered template may have."""

MAX_WORK = 6_000_000
"""Units of work for one rendering; a typical message spends under 50,000."""

MAX_STRING = 500_000
"""Characters of one value that a filter may produce."""

MAX_ITEMS = 50_000
"""Elements of one list that a filter may produce."""


class Budget:
    """Work left for the rendering that runs in this thread or task."""

    __slots__ = ("_chance", "left", "now", "seed")

    def __init__(self, now: datetime | None, seed: str) -> None:
        self.left = MAX_WORK
        self.now = now
        self.seed = seed
        self._chance: Random | None = None

    def choose(self, count: int) -> int:
        """A number below `count`, the same each time this message is rendered for this recipient."""
        self._chance = self._chance or Random(self.seed)
        return self._chance.randrange(count)

    def spend(self, units: int) -> None:
        """Raises TemplateRenderError when nothing is left."""
        self.left -= units
        if self.left < 0:
            raise TemplateRenderError("The template does too much work or prints too much.")


_current: ContextVar[Budget] = ContextVar("template_budget")
current = _current.get
"""The budget of the rendering that is running."""


start = _current.set
"""Makes a budget the current one; gives what `finish` wants back."""

finish = _current.reset
"""Ends the current budget."""


_FREE = 200
"""Characters that a filter or a comparison may read without being charged: most values of a message are shorter."""

_COMPARED = 16
"""Characters that are looked through for one unit where nothing is computed from them (`{% if a in b %}`)."""


def charge_input(value: object) -> None:
    """Charges for a value that a filter or a tag is about to work on: its characters, and those of all it holds."""
    if isinstance(value, str):
        if len(value) > _FREE:
            current().spend(len(value))
    elif isinstance(value, (list, tuple, Mapping)):
        budget = current()
        budget.spend(weight(value, budget.left))


def charge_reading(value: object) -> None:
    """Charges for a value that is only read, compared or handed on."""
    if isinstance(value, (str, list, tuple, Mapping)) and len(value) > _FREE:
        current().spend(len(value) // _COMPARED)


def weight(value: object, limit: int) -> int:
    """About the characters of `str(value)`, counted until they exceed `limit`."""
    total, rest = 0, [value]
    while rest and total <= limit:
        item = rest.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, Mapping):
            rest += item
            rest += item.values()
        elif isinstance(item, (list, tuple)):
            rest += item
        total += 4
    return total


def check_length(length: int) -> None:
    """Refuses a string of `length` characters before it is built."""
    if length > MAX_STRING:
        raise TemplateRenderError("A filter would produce a text that is too long.")


def check_value(value: object) -> None:
    """Refuses what a filter has built when it is too big, and charges for it."""
    if isinstance(value, str):
        check_length(len(value))
        current().spend(8 + (len(value) >> 2))
    elif isinstance(value, list):
        if len(value) > MAX_ITEMS:
            raise TemplateRenderError("A filter would produce a list that is too long.")
        current().spend(8 + len(value))
    else:
        current().spend(8)
