#!/usr/bin/python3
"""Ragel's own C of the lifecycle mapi_session, with a driver around it.

Takes the Ragel source of the lifecycle, which the build leaves as mapi_session.rl, puts the driver
around its machine (ragel.rl.j2), and has Ragel compile that in each style that is measured. What
the driver asks for a letter is what the source says beside the letter; the letters that it asks for
in a state are those that Ragel's machine has transitions for.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path += [str(ROOT / "gen"), str(ROOT / "tests" / "prove")]

import output  # noqa: E402
import ragel_source  # noqa: E402
from read.load import load  # noqa: E402
from model import LIMIT, Atom, Condition, Event, Lifecycle, Subject  # noqa: E402
from machine.ragel import Machine, compile_machine  # noqa: E402
from read.resolve import resolve  # noqa: E402
from read.schema import check_shape  # noqa: E402

STYLES = ("G2", "F1")
"""Ragel's fastest gotos, and the fastest of its tables."""

VERDICTS = {
    "ACCEPTED": "SWITCH_ACCEPTED",
    "STATE": "SWITCH_REJECTED_STATE",
    "NOT_HELD": "SWITCH_REJECTED_NOT_HELD",
    "NEED": "SWITCH_REJECTED_NEED",
    "LIMIT": "SWITCH_REJECTED_LIMIT",
}

Asked = tuple[tuple[str | None, int], ...]
"""Letters in the order of asking, each with its condition in C; None where there is none."""


def holds(event: Event) -> dict[int, int]:
    """What an event does to the counts."""
    return {holding: 1 for holding in event.takes} | {holding: -1 for holding in event.gives_back}


class Driver:
    """The driver of a lifecycle's machine: what ragel.rl.j2 is filled in with."""

    def __init__(self, model: Lifecycle, machine: Machine) -> None:
        self.model = model
        self.source = ragel_source.read(model, machine.source)
        self.plans: list[tuple[int, str, str]] = []
        self.questions: dict[Asked, str] = {}
        self.rows = list(self._rows(machine))

    def _rows(self, machine: Machine) -> Iterator[list[int]]:
        """The number of the plan of each event, state by state."""
        said = re.findall(r"^ +(\w+) += (\d+);", machine.source, re.MULTILINE)
        number = {name: int(number) for name, number in said}
        for state in machine.transitions:
            row = []
            for event, there, letters in zip(self.model.events, state, self.source.letters):
                found = {number[transition.letter.name] for transition in there}
                row.append(self._plan(event, [item for item in letters if item.number in found]))
            yield row

    def _plan(self, event: Event, letters: list[ragel_source.Letter]) -> int:
        at, if_so, if_not = 0, "", "NO_LETTER"
        if letters and letters[0].asks in ("HELD_NOT", "FULL"):
            at = LIMIT if letters[0].asks == "FULL" else 0
            if_so = str(letters.pop(0).number)
        if letters and letters[0].asks == "ALWAYS":
            if_not = str(letters[0].number)
        elif letters:
            asked = tuple((self._asks(letter, event), letter.number) for letter in letters)
            self.questions.setdefault(asked, event.name)
            if_not = f"LETTERS + {list(self.questions).index(asked)}"
        plan = (at, if_so or if_not, if_not)
        if plan not in self.plans:
            self.plans.append(plan)
        return self.plans.index(plan)

    def _asks(self, letter: ragel_source.Letter, event: Event) -> str | None:
        if letter.asks == "ALWAYS":
            return None
        if letter.condition is None:
            raise SystemExit(f"ragel_form: {event.name} asks {letter.asks} where it is not written")
        if letter.asks == "AFTERWARDS":
            return self._condition(letter.condition, holds(event))
        fails = f"!({self._condition(letter.condition, {})})"
        return f"(args & {letter.arguments}) != 0 && {fails}" if letter.arguments else fails

    def _condition(self, condition: Condition, more: dict[int, int]) -> str:
        """A condition in C, before anything changes, on the counts as they will be with `more`."""
        every = [
            " && ".join(f"{self._number(a, more)} {a.relation} {a.number}" for a in atoms)
            for atoms in condition.alternatives
        ]
        return every[0] if len(every) == 1 else " || ".join(f"({atoms})" for atoms in every)

    def _number(self, atom: Atom, more: dict[int, int]) -> str:
        if atom.subject is Subject.FACT:
            return f"(m->facts >> {atom.index} & 1)"
        if atom.subject is Subject.ARGUMENT:
            return f"(args >> {atom.index} & 1)"
        members: tuple[int, ...] = (atom.index,)
        number = f"m->held[{atom.index}]"
        if atom.subject is Subject.GROUP:
            group = self.model.groups[atom.index]
            members, number = group.members, f"{group.name}(m)"
        change = sum(more.get(holding, 0) for holding in members)
        return f"{number} {'-' if change < 0 else '+'} {abs(change)}" if change else number

    def events(self) -> list[dict[str, object]]:
        """What each event does, in the order of their numbers."""
        found: list[dict[str, object]] = []
        for number, event in enumerate(self.model.events):
            if len(holds(event)) > 1:
                raise SystemExit(f"ragel_form: {event.name} holds more than one thing: not written")
            holding, more = next(iter(holds(event).items()), (len(self.model.holdings), 0))
            arguments = (1 << len(event.arguments)) - 1
            facts = self._facts(event)
            found.append({"name": event.name, "number": number, "holding": holding, "more": more})
            found[-1] |= {"arguments": arguments, "facts": facts}
        return found

    def _facts(self, event: Event) -> list[tuple[str | None, str]]:
        """What becomes of the facts, in order: a condition in C or None, and the facts then."""
        found: list[tuple[str | None, str]] = []
        said = enumerate(event.arguments)
        given = [(bit, argument.sets) for bit, argument in said if argument.sets is not None]
        sets = sum(1 << fact for fact in event.sets)
        clears = sum({1 << fact for fact in (*event.clears, *(fact for _, fact in given))})
        if sets or clears:
            bits = [f"(args >> {bit} & 1) << {fact}" for bit, fact in given]
            found.append((None, " | ".join([f"((m->facts | {sets}u) & ~{clears}u)", *bits])))
        facts = enumerate(self.model.facts)
        gone = sum(1 << index for index, fact in facts if event.gives_back and fact.held_with == event.gives_back[:1])
        if gone:
            found.append(("*held == 0", f"m->facts & ~{gone}u"))
        return found


def driven(model: Lifecycle, machine: Machine) -> str:
    """The Ragel source of a machine with its driver."""
    driver = Driver(model, machine)
    (section,) = re.findall(r"^%%\{$.*?^\}%%$", machine.source, re.MULTILINE | re.DOTALL)
    return output.render(
        "ragel.rl.j2",
        folder=HERE,
        section=section,
        machine=re.findall(r"^ +machine (\w+);", section, re.MULTILINE)[0],
        letters=driver.source.letter_count,
        plans=driver.plans,
        rows=driver.rows,
        questions=driver.questions,
        events=driver.events(),
        verdicts=[VERDICTS[verdict] for verdict, _ in driver.source.outcomes],
        groups=model.groups,
    )


def make(folder: Path) -> None:
    """Write ragel_STYLE.c into a folder."""
    data, problems = load((ROOT / "spec" / "mapi_session.yaml").read_bytes())
    model = resolve(data, problems + check_shape(data))
    folder.mkdir(parents=True, exist_ok=True)
    source = driven(model, compile_machine(model))
    (folder / "ragel.rl").write_text(source, encoding="utf-8")
    for style in STYLES:
        command = ["ragel", f"-{style}", "-L", "-o", f"ragel_{style}.c", "ragel.rl"]
        subprocess.run(command, cwd=folder, check=True)


def main() -> int:
    """Make what DIR gets."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write ragel_STYLE.c")
    make(parser.parse_args().folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
