"""States that cannot be told apart by any sequence of events, whatever is held."""

from collections.abc import Iterator

from judge.coarse import Item
from judge.findings import Finding
from model import STAY, Lifecycle, Move


def same_states(model: Lifecycle, possible: set[Item]) -> Iterator[Finding]:
    """States that cannot be told apart by any sequence of events, whatever is held; only those that are entered."""
    entered = [state for state in range(len(model.states)) if ("state", state) in possible]
    kind = _behaviours(model)
    for state in entered:
        first = min(other for other in entered if kind[other] == kind[state])
        if first != state:
            one, other = model.states[state], model.states[first]
            same = f"`{other.name}` (line {other.place.line})"
            yield Finding(one.place, f"the state `{one.name}` behaves the same as {same}; one state would do", is_note=True)


def _behaviours(model: Lifecycle) -> list[int]:
    """A number for each state, the same for those that behave the same: split until nothing tells two of a class apart.
    """
    states = range(len(model.states))
    known: dict[object, int] = {}
    plain = [known.setdefault(_plain_behaviour(model, state), len(known)) for state in states]
    moves = [[move for event in model.events if (move := event.moves[state])] for state in states]
    kind = [0] * len(states)
    while True:
        leads = [tuple(_lead(model, state, move, kind) for move in moves[state]) for state in states]
        keys = list(zip(kind, plain, leads))
        number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        if len(number) == len(set(kind)):
            return kind
        kind = [number[key] for key in keys]


def _plain_behaviour(model: Lifecycle, state: int) -> object:
    """What can be said of a state's behaviour without the states that follow."""
    moves = [event.moves[state] for event in model.events]
    refusals = tuple(event.refusals[state] for event in model.events)
    return model.states[state].final, refusals, tuple(move and move.needs for move in moves)


def _lead(model: Lifecycle, state: int, move: Move, kind: list[int]) -> object:
    """Where a move in a state leads, the states named by their kinds."""

    def kind_of(target: int | None) -> int:
        return kind[state] if target is None or target == STAY else kind[target]

    if move.choice is None:
        return kind_of(move.target)
    branches = [(branch.condition, kind_of(branch.target)) for branch in model.choices[move.choice].branches]
    while len(branches) > 1 and branches[-2][1] == branches[-1][1]:
        branches.pop(-2)  # decides between two ways to the same
    return branches[0][1] if len(branches) == 1 else tuple(branches)
