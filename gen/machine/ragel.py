"""The machine: the model as Ragel source, and what Ragel makes of it, read back from its `-x` output."""

from xml.etree import ElementTree
from dataclasses import dataclass

import output
from machine.letters import Alike, Letter, alphabet, in_states
from model import STAY, Lifecycle, Move, State
from problems import UsageError
from scratch import run_program, scratch_folder


@dataclass(frozen=True)
class Transition:
    """What Ragel's machine does with a letter in a state: the letter, and the state (of the model) that it leads to."""

    letter: Letter
    target: int


@dataclass(frozen=True)
class Machine:
    """The compiled machine: `transitions[state][event]`, in the order in which the letters are asked."""

    source: str
    transitions: tuple[tuple[tuple[Transition, ...], ...], ...]


def compile_machine(model: Lifecycle) -> Machine:
    """Has Ragel compile a lifecycle. Raises UsageError if Ragel is not there or does not do it."""
    classes = alphabet(model)
    letters = [letter for alike in classes for letter in alike.letters]
    source = _source(model, classes, letters)
    return Machine(source, _read_back(model, classes, letters, _run(model.name, source)))


def _source(model: Lifecycle, classes: tuple[Alike, ...], letters: list[Letter]) -> str:
    """The Ragel source. Its states are labelled after the model's; the initial one is called `start`, as Ragel wants."""
    states = list(zip(model.states, _entries(model, classes), strict=True))
    unreached = _unreached(model, states)
    numbered = [*(letter.name for letter in letters), *(f"unreached__{name}" for name in unreached)]
    states[model.initial][1].extend((f"unreached__{name}", "accept", _state(model, name)) for name in unreached)
    actions = dict.fromkeys(["accept", *(_action(model, letter) for letter in letters)])
    return output.render(
        "machine/machine.rl.j2",
        model=model,
        alphabet=classes,
        number={name: index for index, name in enumerate(numbered)},
        actions=actions,
        unreached=unreached,
        states=states,
        label=lambda state: "start" if state.initial else f"at_{state.name}",
    )


def _state(model: Lifecycle, name: str) -> State:
    return next(state for state in model.states if state.name == name)


def _entries(model: Lifecycle, classes: tuple[Alike, ...]) -> list[list[tuple[str, str, State]]]:
    """The transitions of each state, straight from the model: letter, action, target."""
    entries: list[list[tuple[str, str, State]]] = [[] for _ in model.states]
    for alike in classes:
        event = model.events[alike.events[0]]
        for state, letters in enumerate(in_states(alike, event)):
            for letter in letters:
                target = _target(model, event.moves[state], letter)
                leads_to = model.states[state if target == STAY else target]
                entries[state].append((letter.name, _action(model, letter), leads_to))
    return entries


def _target(model: Lifecycle, move: Move | None, letter: Letter) -> int:
    """Where a letter leads: a state, or STAY."""
    if move is None or letter.reason != "accepted":
        return STAY
    if letter.choice is not None and letter.branch is not None:
        return model.choices[letter.choice].branches[letter.branch].target
    return STAY if move.target is None else move.target


def _action(model: Lifecycle, letter: Letter) -> str:
    """The name of the action that says what comes of a letter."""
    if letter.reason == "accepted":
        return "accept"
    word = {"state": "refuse", "need": "need", "not_held": "not_held", "limit": "limit"}[letter.reason]
    return word if letter.rule is None else f"{word}_{model.rules[letter.rule].name}".replace("-", "_")


def _unreached(model: Lifecycle, states: list[tuple[State, list[tuple[str, str, State]]]]) -> list[str]:
    """States that no chain of moves leads to: Ragel would leave them out, and every state must stay one of the machine."""
    leads = {state.name: {target.name for _, _, target in entries} for state, entries in states}
    reached: set[str] = set()
    waiting = [model.states[model.initial].name]
    unreached: list[str] = []
    names = iter(state.name for state in model.states)
    while True:
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(leads[name])
        missing = next((name for name in names if name not in reached), None)
        if missing is None:
            return unreached
        unreached.append(missing)
        waiting.append(missing)


def _run(name: str, source: str) -> ElementTree.Element:
    """Ragel's machine-readable output for a source."""
    with scratch_folder() as folder:
        path = folder / f"{name}.rl"
        path.write_text(source, encoding="utf-8")
        try:
            done = run_program(["ragel", "-x", "-o", f"{name}.xml", path.name], folder)
        except OSError as error:
            raise UsageError(f"ragel cannot be run: {error.strerror}; run gen/setup") from None
        if done.status != 0:
            raise UsageError(f"ragel does not compile the machine of {name}:\n{done.errors}")
        return ElementTree.parse(folder / f"{name}.xml").getroot()


def _read_back(
    model: Lifecycle, classes: tuple[Alike, ...], letters: list[Letter], root: ElementTree.Element
) -> tuple[tuple[tuple[Transition, ...], ...], ...]:
    """Reads Ragel's machine: which of its states is which of the model's, and its transitions by state and letter."""
    action = [str(item.get("name")) for item in root.iter("action")]
    action_of_table = [[action[int(number)] for number in (item.text or "").split()] for item in root.iter("action_table")]
    index = {f"in_{state.name}": number for number, state in enumerate(model.states)}
    state_of: dict[str, int] = {}
    for state in root.iter("state"):
        entering = state.findtext("state_actions")
        if entering:
            state_of[str(state.get("id"))] = index[action_of_table[int(entering.split()[0])][0]]
    if sorted(state_of.values()) != list(range(len(model.states))):
        raise UsageError("ragel has merged or dropped states; this is an error in lastcall, please report it with the spec")
    actions = [[_action(model, letter)] for letter in letters]
    found: list[dict[int, int]] = [{} for _ in model.states]
    for state in root.iter("state"):
        for transition in state.iter("t"):
            low, high, target, table = (transition.text or "").split()
            for number in range(int(low), min(int(high) + 1, len(letters))):
                if action_of_table[int(table)] != actions[number]:
                    name = letters[number].name
                    raise UsageError(f"ragel confuses {name}; this is an error in lastcall, please report it with the spec")
                found[state_of[str(state.get("id"))]][number] = state_of[target]
    class_of = {event: index for index, alike in enumerate(classes) for event in alike.events}
    class_of_letter = [index for index, alike in enumerate(classes) for _ in alike.letters]
    table_of_states = []
    for row in found:
        of_class: list[list[Transition]] = [[] for _ in classes]
        for number in sorted(row):
            of_class[class_of_letter[number]].append(Transition(letters[number], row[number]))
        rows = [tuple(transitions) for transitions in of_class]
        table_of_states.append(tuple(rows[class_of[event]] for event in range(len(model.events))))
    return tuple(table_of_states)
