"""What a definition names, and what a membership depends on."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """Something of a kind that a room above added (`conditions.definition.EXTENSIONS`), by its public id."""

    kind: str
    public_id: str


@dataclass(frozen=True)
class Dependencies:
    """Everything a membership depends on. Metrics, lists and segments by their public ids."""

    metrics: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    # kinds of Change besides those of `groups`
    changes: frozenset[str] = frozenset()
    # any event at all (last_event_date)
    activity: bool = False
    # purposes whose metric matters, whichever it is (`events.mapped_metrics`)
    purposes: frozenset[str] = frozenset()
    things: frozenset[Thing] = frozenset()

    @classmethod
    def of_all(cls, several: "Iterable[Dependencies]") -> "Dependencies":
        """The union of several. Built in one pass: adding one after the other took a thousand times as long for a
        thousand."""
        some = list(several)
        return cls(
            frozenset().union(*(each.metrics for each in some)),
            frozenset().union(*(each.groups for each in some)),
            frozenset().union(*(each.changes for each in some)),
            any(each.activity for each in some),
            frozenset().union(*(each.purposes for each in some)),
            frozenset().union(*(each.things for each in some)),
        )

    def __or__(self, other: "Dependencies") -> "Dependencies":
        return Dependencies(
            self.metrics | other.metrics,
            self.groups | other.groups,
            self.changes | other.changes,
            self.activity or other.activity,
            self.purposes | other.purposes,
            self.things | other.things,
        )


@dataclass(frozen=True)
class Mention:
    """A name in a definition. `kind`: metric, group (a list or segment), purpose, or the kind of a Thing; `pointer`:
    where it stands, inside the condition."""

    kind: str
    public_id: str
    pointer: str
