"""How the way through a flow changed between two definitions: which steps moved, and which ways lead elsewhere."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


def ways(action: Json) -> dict[str, str | None]:
    """Where each way out of an action leads."""
    if action["type"] == "multi-branch-split":
        branches = (action.get("data") or {}).get("branches") or ()
        return {str(each["branch_id"]): (each.get("links") or {}).get("next") for each in branches}
    return dict(action.get("links") or {})


@dataclass(frozen=True)
class Graph:
    actions: Mapping[str, Json]
    entry: str | None

    @classmethod
    def of(cls, definition: Json) -> "Graph":
        return cls({str(each["id"]): each for each in definition["actions"]}, definition["entry_action_id"])

    def order(self) -> list[str]:
        """Every action once, as people come to them; first ways first."""
        seen: dict[str, None] = {}
        stack = [self.entry]
        while stack:
            id = stack.pop()
            if id is not None and id in self.actions and id not in seen:
                seen[id] = None
                stack += reversed(list(ways(self.actions[id]).values()))
        return [*seen, *(id for id in self.actions if id not in seen)]

    def onward(self, target: str | None, among: AbstractSet[str]) -> str | None:
        """The first of `among` that a way leads to; what lies between is passed on its first way that leads on."""
        while target is not None and target in self.actions and target not in among:
            target = next((to for to in ways(self.actions[target]).values() if to is not None), None)
        return target if target in among else None


@dataclass(frozen=True)
class Compared:
    """`order`: of the actions that are there now. `rerouted`: by action, the ways that lead elsewhere, each with where
    they lead now (None = the end)."""

    order: list[str]
    moved: frozenset[str]
    rerouted: Mapping[str, list[tuple[str, str | None]]]


def compare(before: Json, after: Json) -> Compared:
    was, now = Graph.of(before), Graph.of(after)
    order = now.order()
    stayed = _longest_in_order([id for id in was.order() if id in now.actions], order)
    rerouted = _rerouted(was, now, stayed)
    if rerouted:
        # one step that changed its way explains what else seems to have changed
        alone = next((id for id in _involved(was, rerouted, stayed) if not _rerouted(was, now, stayed - {id})), None)
        if alone is not None:
            stayed, rerouted = stayed - {alone}, {}
    moved = frozenset(id for id in was.actions if id in now.actions) - stayed
    return Compared(order, moved, rerouted)


def _longest_in_order(was: list[str], now: list[str]) -> frozenset[str]:
    """The most actions whose order is still the same."""
    place = {id: at for at, id in enumerate(now)}
    tails: list[int] = []
    ends: list[str] = []
    before: dict[str, str | None] = {}
    for id in was:
        at = bisect_left(tails, place[id])
        before[id] = ends[at - 1] if at else None
        tails[at : at + 1], ends[at : at + 1] = [place[id]], [id]
    chain: set[str] = set()
    last = ends[-1] if ends else None
    while last is not None:
        chain.add(last)
        last = before[last]
    return frozenset(chain)


def _rerouted(was: Graph, now: Graph, stayed: frozenset[str]) -> dict[str, list[tuple[str, str | None]]]:
    """Ways of actions that stayed, which are there before and now and lead to another one of those."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for id in stayed:
        old, new = ways(was.actions[id]), ways(now.actions[id])
        for way, target in new.items():
            onward = now.onward(target, stayed)
            if way in old and was.onward(old[way], stayed) != onward:
                found.setdefault(id, []).append((way, onward))
    return found


def _involved(
    was: Graph, rerouted: Mapping[str, list[tuple[str, str | None]]], stayed: frozenset[str]
) -> Iterator[str]:
    """Actions that a changed way led to, or leads to now."""
    for id, changed in rerouted.items():
        for way, target in changed:
            before = was.onward(ways(was.actions[id]).get(way), stayed)
            yield from (each for each in (before, target) if each is not None)
