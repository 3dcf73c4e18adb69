"""What is asked of the struct, as expressions of C over `m` and `args`."""

from collections.abc import Iterable

from machine.tables import Layout
from model import Atom, Condition, Event, Lifecycle, Subject
from read.names import constant

PREFIX = "\ue000"
"""Stands for the lifecycle's name while a header is made."""


def bits(number: int, word_bits: int) -> str:
    """A constant of C for bits of a status word."""
    if not number:
        return "0"
    return f"0x{number:X}u" if word_bits == 32 else f"UINT64_C(0x{number:X})"


def asked(model: Lifecycle, layout: Layout, condition: Condition) -> str:
    """A condition."""
    every = [" && ".join(_atom(model, layout, atom) for atom in atoms) for atoms in condition.alternatives]
    return " || ".join(f"({part})" if len(every) > 1 and " && " in part else part for part in every)


def _atom(model: Lifecycle, layout: Layout, atom: Atom) -> str:
    if atom.subject is Subject.ARGUMENT:
        return f"(args & {1 << atom.index}u) {'!=' if atom.relation == '>' else '=='} 0"
    if atom.subject is Subject.FACT:
        return f"{PREFIX}_has_bit(m, {layout.fact(atom.index)}) == {'true' if atom.relation == '>' else 'false'}"
    if atom.subject is Subject.HOLDING:
        held = f"m->count[{atom.index}]"
    else:
        held = f"{PREFIX}_held(m, {constant(model.name, 'held', model.groups[atom.index].name)})"
    relation, number = ("!=", 0) if (atom.relation, atom.number) == (">", 0) else (atom.relation, atom.number)
    return f"{held} {relation} {number}"


def unused(model: Lifecycle, layout: Layout) -> list[str]:
    """What has to be 0 in every machine: bits of the status words, and fields that only fill the struct up. Empty where there are none. The
    dummy is not among them: the events that it is the count of look whether it is 0, as they do with any count.

    Where the states are a power of two, the bits that no state sets are among them, and tell whether the state is in range.
    """
    free = (1 << layout.word_bits * layout.words) - 1 & ~layout.used
    if states_fill_their_bits(model):
        free |= (1 << layout.state_bits) - len(model.states)
    every = (1 << layout.word_bits) - 1
    words = [(word, free >> word * layout.word_bits & every) for word in range(layout.words)]
    terms = [f"(m->status[{word}] & {bits(part, layout.word_bits)})" for word, part in words if part]
    return terms + [f"m->count[{field}]" for field in range(layout.holdings + layout.has_dummy, layout.counts)]


def state_or_facts_differ(layout: Layout) -> list[str]:
    """What is true if `m` and `before` are in different states, or facts of them differ."""
    every = (1 << layout.word_bits) - 1
    both = (1 << layout.first_presence) - 1
    words = [(word, both >> word * layout.word_bits & every) for word in range(layout.words)]
    return [f"((m->status[{word}] ^ before->status[{word}]) & {bits(part, layout.word_bits)}) != 0" for word, part in words if part]


def states_fill_their_bits(model: Lifecycle) -> bool:
    """Are the states a power of two?"""
    return len(model.states) & len(model.states) - 1 == 0


def facts_cleared(layout: Layout, facts: Iterable[int]) -> list[tuple[int, str]]:
    """The words that have some facts, and the facts' bits in each."""
    found: dict[int, int] = {}
    for bit in map(layout.fact, facts):
        found[bit // layout.word_bits] = found.get(bit // layout.word_bits, 0) | 1 << bit % layout.word_bits
    return [(word, bits(part, layout.word_bits)) for word, part in found.items()]


def facts_changed(model: Lifecycle, layout: Layout, event: Event) -> list[tuple[int, str, str, str]]:
    """What an event itself does to facts: for each word that has some of them, the bits to clear, those to set, and the facts' names."""
    by_argument = {item.sets: index for index, item in enumerate(event.arguments) if item.sets is not None}
    changed = sorted({*event.sets, *event.clears, *by_argument})
    found = []
    for word, clear in facts_cleared(layout, changed):
        facts = [fact for fact in changed if layout.fact(fact) // layout.word_bits == word]
        constant_bits = sum(1 << layout.fact(fact) % layout.word_bits for fact in facts if fact in event.sets)
        terms = [bits(constant_bits, layout.word_bits)] if constant_bits else []
        shifts: dict[int, int] = {}
        for fact in facts:
            if fact in by_argument:
                shift = layout.fact(fact) % layout.word_bits - by_argument[fact]
                shifts[shift] = shifts.get(shift, 0) | 1 << by_argument[fact]
        for shift, some in shifts.items():
            args = f"({PREFIX}_status)args" if layout.word_bits > 32 else "args"
            given = args if some == (1 << len(event.arguments)) - 1 else f"({args} & 0x{some:X}u)"
            terms.append(f"{given} << {shift}" if shift > 0 else f"{given} >> {-shift}" if shift else given)
        set_ = " | ".join(f"({term})" if terms[1:] and " " in term else term for term in terms) or "0"
        found.append((word, clear, set_, ", ".join(model.facts[fact].name for fact in facts)))
    return found
