"""What is known so far of who meets each condition, and what follows from that for definitions.

The algebra is that of `sets`, over columns instead of sets; both are held to one meaning by
`tests/segments/evaluation/test_differential.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition
from rapport.segments.evaluation.masks import Mask, People


@dataclass(frozen=True)
class Bounds:
    """Who meets a condition or group, as far as it is known: at least `surely`, at most `possibly`.

    `decided`: True when the two are known to be equal; False says nothing.
    """

    surely: Mask
    possibly: Mask
    decided: bool = False

    @classmethod
    def exactly(cls, mask: Mask) -> "Bounds":
        return cls(mask, mask, decided=True)


# Conditions by their number, each with the people of whom it has to be known still.
Undecided = Mapping[int, Mask]


class Narrowing:
    """Definitions, each evaluated for some of the people, while the bounds of their conditions are narrowed.

    Conditions have numbers; equal conditions that are one object (as an `Index` makes them) share a number.
    """

    def __init__(self, people: People, definitions: Sequence[tuple[Definition, Mask]]) -> None:
        self._people = people
        self.conditions: list[Condition] = []
        # by identity: to compare them by what they say takes longer than all the algebra
        self._numbers: dict[int, int] = {}
        self._groups = [[[*map(self._number, group)] for group in definition.groups] for definition, _ in definitions]
        self._among = [among for _, among in definitions]
        self._bounds = [Bounds(people.nobody, people.everybody)] * len(self.conditions)
        self._open: Sequence[int] = range(len(definitions))
        # who meets each definition, as far as it is known
        self.matching = [people.nobody] * len(definitions)

    def _number(self, condition: Condition) -> int:
        number = self._numbers.setdefault(id(condition), len(self.conditions))
        if number == len(self.conditions):
            self.conditions.append(condition)
        return number

    def begin(self, bounds: Mapping[int, Bounds]) -> None:
        """Note first bounds of some conditions, valid for all people."""
        for number, known in bounds.items():
            self._bounds[number] = known

    def take(self, undecided: Undecided, answers: Mapping[int, Bounds]) -> None:
        """Note the answers about the people that `undecided` named; about all others it no longer matters."""
        people = self._people
        for number, answer in answers.items():
            before, others = self._bounds[number], ~undecided[number]
            surely = people.known(before.surely & others | answer.surely)
            possibly = people.known(before.possibly & others | answer.possibly)
            decided = people.is_everybody(surely) or people.is_nobody(possibly)
            self._bounds[number] = Bounds(surely, possibly, decided)

    def undecided(self) -> dict[int, Mask]:
        """The conditions still needed, each with the people it is needed for. Updates `matching` by what is known."""
        needed: dict[int, Mask] = {}
        self._open = [place for place in self._open if self._is_open(place, needed)]
        return needed

    def _is_open(self, place: int, needed: dict[int, Mask]) -> bool:
        """Whether the definition is undecided for anybody; adds to `needed` the people each condition is needed for."""
        people, among = self._people, self._among[place]
        groups: list[Bounds] = []
        surely = possibly = people.everybody
        for numbers in self._groups[place]:
            group = self._any(numbers)
            if people.is_nobody(group.possibly):
                return False
            groups.append(group)
            surely, possibly = people.both(surely, group.surely), people.both(possibly, group.possibly)
        self.matching[place] = people.both(surely, among)
        if all(group.decided for group in groups):
            return False
        uncertain = possibly & ~surely & among
        if not uncertain.any():
            return False
        for group, numbers in zip(groups, self._groups[place], strict=True):
            self._need(needed, numbers, uncertain & ~group.surely)
        return True

    def _need(self, needed: dict[int, Mask], numbers: Sequence[int], uncertain: Mask) -> None:
        for number in numbers:
            bounds = self._bounds[number]
            if not bounds.decided:
                own = uncertain & bounds.possibly & ~bounds.surely
                if own.any():
                    needed[number] = needed[number] | own if number in needed else own

    def _any(self, numbers: Sequence[int]) -> Bounds:
        """Bounds of a group: at least one of its conditions holds."""
        if len(numbers) == 1:
            return self._bounds[numbers[0]]
        surely = possibly = self._people.nobody
        decided = True
        for number in numbers:
            bounds = self._bounds[number]
            surely = self._people.either(surely, bounds.surely)
            possibly = self._people.either(possibly, bounds.possibly)
            decided = decided and bounds.decided
        return Bounds(surely, possibly, decided)
