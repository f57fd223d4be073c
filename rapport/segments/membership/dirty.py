"""The dirty set of a batch: about which profiles it says something new, by what it is about.

In: events and changes. Out: for each level of segments, which of them have to be asked about whom.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyroaring import BitMap64

from rapport.events.record import Recorded
from rapport.inbox.types import Change
from rapport.segments.grammar.dependencies import Thing
from rapport.segments.membership.index import Cause, Level
from rapport.segments.sql.scope import Names

# A kind besides those of changes: somebody did something of the metric whose own id is the group.
DID = "did"


@dataclass(frozen=True)
class Dirty:
    """Profiles with the same kind of news. `group`: internal id of the list, segment or thing joined or left, None
    where it is not named; for DID, the metric."""

    kind: str
    group: int | None
    profiles: BitMap64


class DirtySet:
    """The profiles a batch has news about, by what the news is. `deferred`: what earlier batches left."""

    def __init__(self, events: Sequence[Recorded], changes: Sequence[Change], deferred: Sequence[Dirty] = ()) -> None:
        # by the metric's own id
        by_metric: defaultdict[int, list[int]] = defaultdict(list)
        for event in events:
            by_metric[event.metric.id].append(event.profile_id)
        self._metrics = {metric: BitMap64(profiles) for metric, profiles in by_metric.items()}
        # by kind, and by kind and the group or thing that was joined or left, None where it is not said which
        self._kinds: dict[str, BitMap64] = {}
        self._groups: dict[tuple[str, int | None], BitMap64] = {}
        self.note(changes)
        for dirty in deferred:
            self._note(dirty.kind, dirty.group, dirty.profiles)

    @property
    def active(self) -> BitMap64:
        """Profiles with an event of any metric."""
        return _union(self._metrics.values())

    def entries(self) -> list[Dirty]:
        """All of it, as a list."""
        did = [Dirty(DID, metric, profiles) for metric, profiles in self._metrics.items()]
        said = [Dirty(kind, group, profiles) for (kind, group), profiles in self._groups.items()]
        return [entry for entry in (*did, *said) if entry.profiles]

    def note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            profiles = BitMap64(change.profiles)
            for kind in change.what:
                self._note(kind, change.group, profiles)

    def _note(self, kind: str, group: int | None, profiles: BitMap64) -> None:
        if kind == DID and group is not None:
            self._metrics.setdefault(group, BitMap64()).update(profiles)
        else:
            self._kinds.setdefault(kind, BitMap64()).update(profiles)
            self._groups.setdefault((kind, group), BitMap64()).update(profiles)

    def segments(self, level: Level, names: Names) -> dict[int, BitMap64]:
        """For each segment of a level (by its place) that depends on some of the news, the profiles to evaluate.
        Segments with the same dependencies share one set object."""
        sets = {cause: profiles for cause in level.following if (profiles := self._by(cause, names))}
        causes: dict[int, tuple[Cause, ...]] = {}
        for cause in sets:
            for place in level.following[cause]:
                causes[place] = (*causes.get(place, ()), cause)
        unions = {some: _union(sets[cause] for cause in some) for some in set(causes.values())}
        return {place: unions[causes[place]] for place in sorted(causes)}

    def _by(self, cause: Cause, names: Names) -> BitMap64:
        kind, what = cause
        if kind == "activity":
            return self.active
        if kind == "change":
            return self._kinds.get(str(what), _NOBODY)
        if kind == "metric":
            return self._metrics.get(names.metrics.get(str(what), 0), _NOBODY)
        if kind == "purpose":
            serving = names.purposes.get(str(what))
            return _NOBODY if serving is None else self._metrics.get(serving.id, _NOBODY)
        return self._in_group(*_own(cause, names))

    def _in_group(self, kind: str, own: int | None) -> BitMap64:
        """Profiles that joined or left the group, or an unnamed one of its kind; `own` None: the group does not
        exist."""
        if own is None:
            return _NOBODY
        return _union(self._groups.get((kind, which), _NOBODY) for which in (own, None))


_NOBODY = BitMap64()


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    return BitMap64.union(_NOBODY, *sets)


def _own(cause: Cause, names: Names) -> tuple[str, int | None]:
    """Kind of change, and internal id, of a group or thing."""
    if isinstance(cause[1], Thing):
        return cause[1].kind, names.things.get(cause[1])
    group = names.groups.get(str(cause[1]))
    return ("", None) if group is None else (group.kind, group.id)
