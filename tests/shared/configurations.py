"""Every configuration of a lifecycle that can come about up to a highest count, and its distance to the end.

A configuration is kept as one number, a few bits of it for each thing that a machine remembers. What an
event does depends on some of these bits alone; gen/interpret.py is asked once for each value of them,
because there are hundreds of thousands of configurations. `differing` makes sure that this is right.
"""

import itertools
import random
from collections.abc import Iterator, Sequence

from embedded import Embedded
from interpret import Configuration, apply, finished, initial, judge
from model import Condition, Event, Lifecycle, Subject

_Step = tuple[int, int]
"""An event and its arguments, as bits."""


def argument_sets(event: Event) -> range:
    """Every set of arguments that an event can come with."""
    return range(1 << len(event.arguments))


class Configurations:
    """All configurations that events lead to from the initial one, in the order of finding.

    `most` has the highest count of each holding; events that would take more are left out, and so are
    all events that touch a holding of which it is 0. `parents` and `steps` say of each configuration
    from which one and by what it was found first; `least`, how many events at least lead from it to the
    end, or None if none do.
    """

    def __init__(self, model: Lifecycle, most: Sequence[int]) -> None:
        self.model = model
        self._most = most
        self._places = self._lay_out()
        self._events = [index for index, event in enumerate(model.events) if self._may_happen(event)]
        self._rows = [list(self._row(state)) for state in range(len(model.states))]
        self._numbers = {self._packed(initial(model)): 0}
        self._all = list(self._numbers)
        self.parents = [0]
        self.steps: list[_Step] = [(0, 0)]
        self._before: list[list[int]] = [[]]
        self._search()
        self.least = self._distances()

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, number: int) -> Configuration:
        return self._unpacked(self._all[number])

    def find(self, configuration: Configuration) -> int | None:
        """The number of a configuration, or None if it was not found."""
        return self._numbers.get(self._packed(configuration))

    def machines(self, lifecycle: Embedded) -> bytes:
        """The machines that came into these configurations by the events that led there."""
        return lifecycle.grow(self.parents, self.steps)

    def differing(self, count: int, seed: int) -> Iterator[Configuration]:
        """Of `count` configurations those for which interpret.py, asked afresh, says anything else."""
        chance = random.Random(seed)
        for packed in chance.choices(self._all, k=count):
            configuration = self._unpacked(packed)
            known = {step: after for step, after in self._ways(packed)}
            asked = {step: packed + by for event in self._events for step, by in self._ask(packed, event)}
            if known != asked:
                yield configuration

    # Numbers

    def _lay_out(self) -> list[int]:
        """Where the bits of each count begin, then those of each fact; the state has the lowest."""
        widths = [len(self.model.states).bit_length()]
        widths += [(most + 1).bit_length() for most in self._most]
        widths += [1 for _ in self.model.facts]
        return list(itertools.accumulate(widths))

    def _packed(self, configuration: Configuration) -> int:
        values = (*configuration.counts, *configuration.facts)
        bits = (value << place for value, place in zip(values, self._places))
        return configuration.state + sum(bits)

    def _unpacked(self, packed: int) -> Configuration:
        fields = [packed >> place & (1 << end - place) - 1 for place, end in itertools.pairwise(self._places)]
        holdings = len(self._most)
        facts = tuple(bool(bit) for bit in fields[holdings:])
        return Configuration(packed & (1 << self._places[0]) - 1, tuple(fields[:holdings]), facts)

    def _may_happen(self, event: Event) -> bool:
        return all(self._most[holding] for holding in (*event.takes, *event.gives_back))

    def _row(self, state: int) -> Iterator[tuple[int, int, dict[int, list[tuple[_Step, int]]]]]:
        """The events of a state: the bits that matter to each, and what is known of it for their values."""
        for index in self._events:
            if self.model.events[index].moves[state]:
                mask = self._mask(self.model.events[index], state)
                yield index, mask | (1 << self._places[0]) - 1, {}

    def _mask(self, event: Event, state: int) -> int:
        """The bits that an event in a state looks at or changes."""
        model, move = self.model, event.moves[state]
        fields = {*event.takes, *event.gives_back}
        facts = {*event.sets, *event.clears, *(item.sets for item in event.arguments)} - {None}
        facts |= {index for index, fact in enumerate(model.facts) if set(fact.held_with) & set(event.gives_back)}
        asked: list[Condition | None] = [need.condition for need in move.needs] if move else []
        if move and move.choice is not None:
            asked += [branch.condition for branch in model.choices[move.choice].branches]
        for atom in (atom for each in asked if each for atoms in each.alternatives for atom in atoms):
            if atom.subject is Subject.GROUP:
                fields.update(model.groups[atom.index].members)
            elif atom.subject is Subject.HOLDING:
                fields.add(atom.index)
            elif atom.subject is Subject.FACT:
                facts.add(atom.index)
        fields.update(len(self._most) + fact for fact in facts if fact is not None)
        ends = self._places[1:]
        return sum((1 << ends[index]) - (1 << self._places[index]) for index in fields)

    # Searching

    def _search(self) -> None:
        """Forwards, from the initial configuration."""
        for number, packed in enumerate(self._all):
            for step, after in self._ways(packed):
                found = self._numbers.setdefault(after, len(self._all))
                if found == len(self._all):
                    self._all.append(after)
                    self.parents.append(number)
                    self.steps.append(step)
                    self._before.append([])
                self._before[found].append(number)

    def _distances(self) -> list[int | None]:
        """Backwards, from the ends."""
        far: list[int | None] = [None] * len(self)
        found = [number for number in range(len(self)) if finished(self.model, self[number])]
        for number in found:
            far[number] = 0
        for number in found:
            here = far[number]
            for earlier in self._before[number]:
                if far[earlier] is None and here is not None:
                    far[earlier] = here + 1
                    found.append(earlier)
        return far

    def _ways(self, packed: int) -> Iterator[tuple[_Step, int]]:
        """The steps that change something, and what follows each."""
        state = packed & (1 << self._places[0]) - 1
        for event, mask, known in self._rows[state]:
            steps = known.get(packed & mask)
            if steps is None:
                steps = known[packed & mask] = list(self._ask(packed, event))
            for step, difference in steps:
                yield step, packed + difference

    def _ask(self, packed: int, event: int) -> Iterator[tuple[_Step, int]]:
        """The steps that an event can be, each with what it adds to the number."""
        model, configuration = self.model, self._unpacked(packed)
        for arguments in argument_sets(model.events[event]):
            if judge(model, configuration, event, arguments).accepted:
                after = apply(model, configuration, event, arguments)
                if all(count <= most for count, most in zip(after.counts, self._most)):
                    difference = self._packed(after) - packed
                    if difference:
                        yield (event, arguments), difference
