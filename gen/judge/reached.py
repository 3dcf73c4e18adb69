"""What a search has shown to come about, each thing made sure of by replaying a trace."""

from collections.abc import Iterator

import interpret
from interpret import NOT_HELD, Configuration
from judge.coarse import OF_EVENTS, Item
from machine.abstract import stand_ins
from machine.configurations import Answer
from machine.explore import Exploration, replay
from model import Need

_TRIES = 100
"""Traces that are replayed to make sure of one thing."""


class Reached:
    """`possible`: what can come about. `doubtful`: no trace was found to show some of it. `unheld`: the needs that would fail
    if it were not told first that nothing is held to give back, each with its event and a holding that is not held.
    """

    def __init__(self, exploration: Exploration) -> None:
        self._model = exploration.model
        self._exploration = exploration
        self._search = exploration.search
        self._exact: dict[int, Configuration | None] = {}
        number = {event.name: index for index, event in enumerate(self._model.events)}
        self._same = {number[event]: number[other] for event, other in stand_ins([self._model]).items()}
        self.doubtful = False
        self.possible = self._sure()
        self.unheld = dict(self._unheld())

    def _sure(self) -> set[Item]:
        """Everything that can come about, also of events that were left out because others do the same."""
        found: dict[Item, list[tuple[int, int, Answer]]] = {}
        for packed, event, answer in self._exploration.answers:
            for item in self._items(packed, event, answer):
                found.setdefault(item, []).append((packed, event, answer))
        for answers in found.values():
            if not any(self._is_real(*answer) for answer in answers[:_TRIES]):
                self.doubtful = True
        of_events = [item for item in found if item[0] in OF_EVENTS]
        for event, other in self._same.items():
            found.update({(kind, event, *rest): [] for kind, same, *rest in of_events if same == other})
        return set(found)

    def _unheld(self) -> Iterator[tuple[tuple[int, Need], int]]:
        for packed, event, answer in self._exploration.answers:
            what = self._model.events[event]
            move = what.moves[packed & self._exploration.states]
            never = [need for need in (move.needs if move else ()) if ("need", event, need) not in self.possible]
            if not never or answer.verdict.reason != NOT_HELD or not self._is_real(packed, event, answer):
                continue
            exact = self._exact[packed]
            assert exact is not None
            for need in never:
                judged = need.argument is None or answer.arguments >> need.argument & 1
                if judged and not interpret.holds(self._model, exact, need.condition, answer.arguments):
                    missing = [holding for holding in what.gives_back if exact.counts[holding] == 0]
                    yield (event, need), missing[0]

    def _items(self, packed: int, event: int, answer: Answer) -> Iterator[Item]:
        state = packed & self._exploration.states
        yield "state", state
        move = self._model.events[event].moves[state]
        if answer.verdict.accepted:
            yield "accepted", event
            if move and answer.branch is not None:
                yield "branch", move.choice, answer.branch
        elif answer.verdict.rule is None:
            yield "unexplained", event
        if move and answer.verdict.need is not None:
            yield "need", event, move.needs[answer.verdict.need]
        for warning in answer.warnings:
            yield "warning", event, warning

    def _is_real(self, packed: int, event: int, answer: Answer) -> bool:
        """Is this the answer at the end of the trace that was found, when it is replayed exactly?"""
        if packed not in self._exact:
            self._exact[packed] = replay(self._model, self._search.trace(packed))
        exact = self._exact[packed]
        if exact is None or interpret.judge(self._model, exact, event, answer.arguments) != answer.verdict:
            return False
        if not answer.verdict.accepted:
            return True
        warned = interpret.warnings(self._model, exact, event, answer.arguments)
        branch = interpret.outcome(self._model, exact, event, answer.arguments).branch
        return (warned, branch) == (answer.warnings, answer.branch)
