"""What is certain of a lifecycle of which not all configurations can be searched.

What can happen is taken from ranges (possible.py), each thing followed for itself; traps are looked for with one
holding at a time, everything else let pass. Both hold for possible what may not be, so what they call impossible is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from interpret import Configuration
from judge.possible import Possible, possible
from model import Lifecycle

Item = tuple[object, ...]
"""Something that can come about, a kind and what it is about: ("state", index), ("branch", choice, index), and of an
event ("accepted", event), ("unexplained", event): rejected without a rule, ("need", event, the need): that it fails,
and ("warning", event, index).
"""
OF_EVENTS = ("accepted", "unexplained", "need", "warning")

_Node = tuple[int, bool]
"""A state, and whether the one holding is held that is followed."""


Table = tuple[tuple[Possible, ...] | None, ...]
"""What can come of each event in each state."""


@dataclass(frozen=True)
class Coarse:
    """`items`: all that can come about, and some that cannot. `doomed`: from a state, the end cannot be reached while
    the holding is (True) or is not (False) held; the holding None: not at all, whatever is held.
    """

    items: frozenset[Item]
    doomed: frozenset[tuple[int, int | None, bool]]

    def is_trap(self, configuration: Configuration) -> bool:
        """Is it certain that the end cannot be reached any more?"""
        state = configuration.state
        if not self.doomed:
            return False
        if (state, None, False) in self.doomed:
            return True
        return any((state, holding, count > 0) in self.doomed for holding, count in enumerate(configuration.counts))


def coarse(model: Lifecycle) -> Coarse:
    """What is certain of a lifecycle."""
    table = possible(model)
    items = {item for state, row in enumerate(table) if row is not None for item in _items(model, state, row)}
    entered = [state for state, row in enumerate(table) if row is not None]
    doomed: set[tuple[int, int | None, bool]] = set()
    for holding in (None, *(index for index, item in enumerate(model.holdings) if not item.may_remain)):
        out = _ways_out(model, table, holding)
        every = ((state, held) for state in entered for held in ((False, True) if holding is not None else (False,)))
        doomed |= {(state, holding, held) for state, held in every if (state, held) not in out}
    return Coarse(frozenset(items), frozenset(doomed))


def _items(model: Lifecycle, state: int, row: tuple[Possible, ...]) -> Iterator[Item]:
    yield "state", state
    for index, (event, found) in enumerate(zip(model.events, row)):
        move = event.moves[state]
        if found.outcomes:
            yield "accepted", index
            yield from (("warning", index, number) for number in range(len(event.warnings)))
        if move is None:
            yield from [] if event.refusals[state] is not None else [("unexplained", index)]
            continue
        if event.gives_back:
            yield "unexplained", index
        yield from (("branch", move.choice, outcome.branch) for outcome in found.outcomes if outcome.branch is not None)
        yield from (("need", index, need) for need in move.needs if need.rule in found.failing)


def _ways_out(model: Lifecycle, table: Table, holding: int | None) -> set[_Node]:
    """The nodes from which a final state can be reached with the holding given back."""
    before: dict[_Node, set[_Node]] = {}
    for state, row in enumerate(table):
        for event, found in zip(model.events, row or ()):
            for held in (False, True):
                for left in _left(held, holding in event.takes, holding in event.gives_back):
                    for outcome in found.outcomes:
                        before.setdefault((outcome.target, left), set()).add((state, held))
    found_nodes = {(state, False) for state in range(len(model.states)) if model.states[state].final}
    waiting = list(found_nodes)
    while waiting:
        new = before.get(waiting.pop(), set()) - found_nodes
        found_nodes |= new
        waiting.extend(new)
    return found_nodes


def _left(held: bool, takes: bool, gives_back: bool) -> tuple[bool, ...]:
    """Whether something is held after an event, all that may be; none if the event is rejected."""
    if takes:
        return (True,)
    if gives_back:
        return (False, True) if held else ()
    return (held,)
