"""The lifecycle as a model for SPIN, the model checker: every configuration searched by a program that is not ours.

SPIN needs seconds to make and compile its program, so `lastcall check` runs it only if it is asked to (`--spin`). It is what
proves the search of explore.py (as many configurations are found) and the invariants of a lifecycle.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import interpret
import output
from machine.abstract import Abstraction, argument_sets, exact
from machine.explore import parse_trace, replay
from model import STAY, Atom, Condition, Event, Invariant, Lifecycle, Move, Need, Subject
from problems import UsageError
from scratch import run_program, scratch_folder


@dataclass(frozen=True)
class _Option:
    """An option of the loop: in which states, on which further conditions, what it does, and where it leads.

    `branches`: pairs of a condition (empty: always) and the state that follows (None: it stays).
    """

    text: str
    states: str
    guards: tuple[str, ...]
    effects: tuple[str, ...]
    branches: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Searched:
    """What SPIN found: how many configurations, and the trace to the first that breaks a claim, or None."""

    configurations: int
    broken: tuple[str, ...] | None


@dataclass(frozen=True)
class Confirmed:
    """What SPIN says of the invariants: how many configurations there are with counts to `highest`, and of each invariant
    (index) that is broken a shortest trace that shows it.
    """

    configurations: int
    highest: int
    broken: tuple[tuple[int, tuple[str, ...]], ...]


def promela(model: Lifecycle, abstraction: Abstraction, claims: Sequence[str] = ()) -> str:
    """The model in Promela, with exact counts (an abstraction without `many`).

    `claims`: expressions that must hold in every configuration; claim() makes one of an invariant, expression() of a condition,
    `finished` and `at_STATE` are others, to be combined as in C.
    """
    assert not abstraction.many
    translator = _Translator(model, abstraction)
    left = [f"n_{item.name} == 0" for item, cut in zip(model.holdings, abstraction.cuts) if cut and not item.may_remain]
    return output.render(
        "judge/model.pml.j2",
        model=model,
        final=" || ".join(f"at_{state.name}" for state in model.states if state.final),
        given_back=" && ".join(left) or "true",
        counted=[(item, cut) for item, cut in zip(model.holdings, abstraction.cuts) if cut],
        facts=[fact for fact, kept in zip(model.facts, abstraction.facts) if kept],
        options=list(translator.options()),
        claims=claims,
    )


def search(text: str) -> Searched:
    """Has SPIN search a model, breadth-first. Raises UsageError if SPIN or the C compiler is not there or fails."""
    with scratch_folder() as scratch:
        (scratch / "model.pml").write_text(text, encoding="utf-8")
        _run(scratch, "spin", "-o2", "-a", "model.pml")  # -o2: what nothing reads is told apart all the same, as our search does
        _run(scratch, "cc", "-w", "-O1", "-DSAFETY", "-DBFS", "-DNOREDUCE", "-o", "pan", "pan.c")
        said = _run(scratch, "./pan", "-E")
        stored = re.search(r"(\d+) states, stored", said)
        errors = re.search(r"errors: (\d+)", said)
        if not stored or not errors or "max search depth too small" in said:
            raise UsageError(f"SPIN says what is not understood:\n{said}")
        if errors.group(1) == "0" and "Search not completed" in said:
            raise UsageError(f"there is too much that can come about: SPIN gives up\n{said}")
        broken = None
        if errors.group(1) != "0":
            replayed = _run(scratch, "./pan", "-r", "-n", status=None)
            broken = tuple(re.findall(r"^\s*event: (.*)$", replayed, re.MULTILINE))
        return Searched(int(stored.group(1)), broken)


def search_invariants(model: Lifecycle) -> Confirmed:
    """Has SPIN look for events that break an invariant, again and again without those that are known to be broken."""
    kept = exact(model)
    left = dict(enumerate(model.always))
    broken: list[tuple[int, tuple[str, ...]]] = []
    while True:
        found = search(promela(model, kept, [claim(model, kept, invariant) for invariant in left.values()]))
        if found.broken is None:
            return Confirmed(found.configurations, max(kept.cuts, default=0), tuple(sorted(broken)))
        end = replay(model, parse_trace(model, found.broken))
        shown = [index for index, invariant in left.items() if end and not interpret.keeps(model, end, invariant)]
        if not shown:
            raise UsageError(f"SPIN says that these events break an invariant, and they do not: {', '.join(found.broken)}")
        for index in shown:
            broken.append((index, found.broken))
            del left[index]


def _run(folder: Path, *command: str, status: int | None = 0) -> str:
    try:
        done = run_program(command, folder, temporary=folder)
    except OSError as error:
        raise UsageError(f"`{command[0]}` cannot be run: {error.strerror}; run gen/setup") from None
    written = done.output.decode("utf-8", "replace")
    if status is not None and done.status != status:
        raise UsageError(f"`{' '.join(command)}` fails:\n{written}{done.errors}")
    return written


def expression(model: Lifecycle, abstraction: Abstraction, condition: Condition, arguments: int = 0) -> str:
    """A condition in Promela, for a set of arguments."""
    return _Translator(model, abstraction).condition(condition, arguments)


def claim(model: Lifecycle, abstraction: Abstraction, invariant: Invariant) -> str:
    """What an invariant claims, in Promela."""
    holds = expression(model, abstraction, invariant.condition)
    where = " || ".join(f"at_{model.states[state].name}" for state in invariant.states)
    elsewhere = [] if len(invariant.states) == len(model.states) else [f"!({where})"]
    elsewhere += ["!finished"] if invariant.finished else []
    return " || ".join([*elsewhere, holds])


class _Translator:
    def __init__(self, model: Lifecycle, abstraction: Abstraction) -> None:
        self._model = model
        self._abstraction = abstraction

    def options(self) -> Iterator[_Option]:
        for event in self._model.events:
            if self._abstraction.leaves_out(event):
                continue
            moves: dict[Move, list[int]] = {}
            for state, move in enumerate(event.moves):
                if move:
                    moves.setdefault(move, []).append(state)
            for move, states in moves.items():
                for arguments in argument_sets(len(event.arguments)):
                    yield self._option(event, move, states, arguments)

    def _option(self, event: Event, move: Move, states: list[int], arguments: int) -> _Option:
        given = [argument.name for index, argument in enumerate(event.arguments) if arguments >> index & 1]
        return _Option(
            " ".join([event.name, *given]),
            " || ".join(f"at_{self._model.states[state].name}" for state in states),
            tuple(f" && {guard}" for guard in self._guards(event, move, arguments)),
            tuple(self._effects(event, arguments)),
            tuple(self._branches(move)),
        )

    def _guards(self, event: Event, move: Move, arguments: int) -> Iterator[str]:
        for holding in event.gives_back:
            yield f"{self._count(holding)} > 0"
        for need in move.needs:
            if _is_judged(need, arguments):
                yield f"({self.condition(need.condition, arguments)})"
        for holding in event.takes:
            yield f"{self._count(holding)} < {self._abstraction.cuts[holding]}"

    def _effects(self, event: Event, arguments: int) -> Iterator[str]:
        for holding in event.takes:
            yield f"{self._count(holding)}++"
        for holding in event.gives_back:
            yield f"{self._count(holding)}--"
        changes = [(fact, "true") for fact in event.sets] + [(fact, "false") for fact in event.clears]
        for index, argument in enumerate(event.arguments):
            if argument.sets is not None:
                changes.append((argument.sets, "true" if arguments >> index & 1 else "false"))
        for fact, value in changes:
            if self._abstraction.facts[fact]:
                yield f"f_{self._model.facts[fact].name} = {value}"
        for index, item in enumerate(self._model.facts):
            if self._abstraction.facts[index] and set(item.held_with) & set(event.gives_back):
                held = " + ".join(map(self._count, item.held_with))
                yield f"f_{item.name} = f_{item.name} && {held} > 0"

    def _branches(self, move: Move) -> Iterator[tuple[str, int | None]]:
        """Each branch's condition says that none before it holds: SPIN may take any option whose condition holds."""
        if move.choice is None:
            yield "", None if move.target == STAY else move.target
            return
        earlier: list[str] = []
        for branch in self._model.choices[move.choice].branches:
            target = None if branch.target == STAY else branch.target
            if branch.condition is None:
                yield "", target
                return
            here = self.condition(branch.condition, 0)
            yield " && ".join([*earlier, f"({here})"]), target
            earlier.append(f"!({here})")

    def condition(self, condition: Condition, arguments: int) -> str:
        alternatives = (
            " && ".join(self._atom(atom, arguments) for atom in alternative) or "true"
            for alternative in condition.alternatives
        )
        return " || ".join(f"({alternative})" for alternative in alternatives)

    def _atom(self, atom: Atom, arguments: int) -> str:
        return f"{self._subject(atom, arguments)} {atom.relation} {atom.number}"

    def _subject(self, atom: Atom, arguments: int) -> str:
        if atom.subject is Subject.HOLDING:
            return self._count(atom.index)
        if atom.subject is Subject.FACT:
            return f"f_{self._model.facts[atom.index].name}"
        if atom.subject is Subject.ARGUMENT:
            return str(arguments >> atom.index & 1)
        members = [member for member in self._model.groups[atom.index].members if self._abstraction.cuts[member]]
        return f"({' + '.join(self._count(member) for member in members) or '0'})"

    def _count(self, holding: int) -> str:
        return f"n_{self._model.holdings[holding].name}"


def _is_judged(need: Need, arguments: int) -> bool:
    return need.argument is None or arguments >> need.argument & 1 == 1
