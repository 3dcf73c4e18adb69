"""Everything that can come about in a lifecycle, searched (search.py) as far as its configurations are told apart.

From each that is found a shortest trace is known that leads to it, and the least number of events to the end.
"""

from collections.abc import Iterable, Iterator

import interpret
from interpret import Configuration
from machine.abstract import Abstraction
from machine.configurations import Answer, Packing
from machine.search import MOST, REJECTED, Search, Step
from model import Lifecycle


class Exploration:
    """All configurations of one lifecycle that can come about, as far as they are told apart: from its beginning, or from
    `starts` where those are given. In `search` they are numbers, as `packing` packs them.

    `answers` has what was said to events, each different thing once, with the first configuration (packed) where it
    was.
    """

    def __init__(
        self, model: Lifecycle, abstraction: Abstraction, most: int = MOST, starts: Iterable[Configuration] | None = None
    ) -> None:
        self.model = model
        self.packing = Packing(model, abstraction)
        self.answers: list[tuple[int, int, Answer]] = []
        self.asked = 0
        self.states = self.packing.states
        self._events = [index for index, event in enumerate(model.events) if not abstraction.leaves_out(event)]
        begun = [self.packing.pack(start) for start in ([interpret.initial(model)] if starts is None else starts)]
        self.search = Search([start for start in begun if start is not None], self, most)

    def events(self, packed: int) -> Iterator[tuple[int, int]]:
        for event in self._events:
            yield event, self.packing.mask(event, packed & self.states)

    def ways(self, packed: int, event: int) -> Iterator[tuple[int, int]]:
        for answer in self.packing.answers(packed, event):
            self.asked += 1
            self.answers.append((packed, event, answer))
            if answer.after is not None:
                yield answer.arguments, answer.after
            elif not answer.verdict.accepted:
                yield answer.arguments, REJECTED

    def configuration(self, packed: int) -> Configuration:
        """What a number stands for; the smallest counts where it stands for several configurations."""
        return self.packing.unpack(packed)

    def finished(self) -> list[int]:
        """The configurations (packed) that are ends."""
        return [packed for packed in self.search.parents if interpret.finished(self.model, self.configuration(packed))]

    def to_end(self) -> dict[int, int]:
        """For each configuration (packed) from which the end can be reached, the least number of events to it; where a
        number stands for many of something, it may be more. `search.sure(finished())` leaves out what may be impossible.
        """
        return self.search.distances(self.finished())


def explore(
    model: Lifecycle, abstraction: Abstraction, most: int = MOST, starts: Iterable[Configuration] | None = None
) -> Exploration:
    """Searches everything that can come about in a lifecycle, from its beginning or from `starts`; `most`: configurations
    after which the search is given up.
    """
    return Exploration(model, abstraction, most, starts)


def replay(model: Lifecycle, steps: Iterable[Step]) -> Configuration | None:
    """Where a trace leads, exactly; None if an event of it is rejected."""
    configuration = interpret.initial(model)
    for step in steps:
        if not interpret.judge(model, configuration, step.event, step.arguments).accepted:
            return None
        configuration = interpret.apply(model, configuration, step.event, step.arguments)
    return configuration


def parse_trace(model: Lifecycle, trace: Iterable[str]) -> list[Step]:
    """The steps of a trace, each line of which names an event and its arguments."""
    names = [event.name for event in model.events]
    found = []
    for name, *given in (line.split() for line in trace):
        event = names.index(name)
        arguments = enumerate(model.events[event].arguments)
        found.append(Step(event, sum(1 << index for index, argument in arguments if argument.name in given)))
    return found


def step_text(model: Lifecycle, step: Step) -> str:
    """A step as a line of a trace: the event and its arguments."""
    event = model.events[step.event]
    given = (argument.name for index, argument in enumerate(event.arguments) if step.arguments >> index & 1)
    return " ".join([event.name, *given])
