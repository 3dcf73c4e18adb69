"""Reads a test document: Markdown whose traces and tables say what a lifecycle answers.

documents/README.md tells people how to write one. Here the rule is that nothing is skipped: what looks like
a part of a test and cannot be read is a DocumentError, and so is a section that tests nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = r"[a-z][a-z0-9_]*"
RULE = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
STEP = re.compile(rf"(?P<words>{NAME}(?: +{NAME})*?)(?: +x +(?P<times>[1-9][0-9]*))?")
ACCEPTED = re.compile(rf"(?!rejected\b)(?P<state>{NAME})(?P<changes>(?: [+-]{NAME})*)"
                      rf"(?: +warns: (?P<warnings>{RULE}(?:, {RULE})*))?")
OBSERVED = re.compile(rf"(?P<state>{NAME})(?P<changes>(?: [+-]{NAME})*) although (?P<rejected>rejected: .+)")
REJECTED = re.compile(rf"rejected: (?:(?P<reason>not_held|limit|state)|"
                      rf"(?P<ruled>state|need) (?P<rule>{RULE}))")
END = re.compile(rf"(?P<state>{NAME}), (?P<finished>finished|not finished), holding (?P<held>.+?)"
                 r"(?:, leaking (?P<leaked>.+))?")
COUNT = re.compile(rf"(?P<holding>{NAME}) (?P<count>[1-9][0-9]*)")


class DocumentError(Exception):
    """A document that cannot be read, with the place where."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path.name}:{line}: {message}")


@dataclass(frozen=True)
class Answer:
    """What must be said of an event.

    state is the state after it, None where the document leaves it open (inside a setup); verdict is
    "accepted" or "rejected"; reason and rule are None where the key must be absent, warnings likewise empty;
    exact is False in a setup, where warnings are of no interest.
    """

    verdict: str
    state: str | None
    reason: str | None = None
    rule: str | None = None
    warnings: tuple[str, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Step:
    """An event with its arguments, fired `times` times, each time with the same answer."""

    line: int
    event: str
    arguments: tuple[str, ...]
    times: int
    answer: Answer

    def text(self) -> str:
        """The step as a line of a trace."""
        return " ".join((self.event, *self.arguments))


@dataclass(frozen=True)
class End:
    """What must be said when the trace is over; leaked is None where events are not observed."""

    line: int
    state: str
    finished: bool
    held: dict[str, int]
    leaked: dict[str, int] | None = None


@dataclass(frozen=True)
class Example:
    """One test: a trace, the answer to each of its events, and the closing facts.

    swept says, for a cell of a table, which event meets which state; None for a trace.
    """

    title: str
    line: int
    steps: tuple[Step, ...]
    end: End
    swept: tuple[str, str] | None = None


@dataclass(frozen=True)
class Setup:
    """A named beginning: its steps, all of them accepted, the state they lead to and what is then held."""

    steps: tuple[Step, ...]
    state: str
    held: dict[str, int]


@dataclass
class Document:
    """A whole document: the lifecycle it speaks of, and its examples in order.

    observing: rejected events are followed all the same (`mode: observe`).
    """

    path: Path
    lifecycle: str = ""
    initial: str = ""
    final: tuple[str, ...] = ()
    may_remain: tuple[str, ...] = ()
    observing: bool = False
    setups: dict[str, Setup] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)


@dataclass
class Section:
    """A heading and what was found under it."""

    level: int
    title: str
    line: int
    contents: int = 0


def read(path: Path) -> Document:
    """The document in `path`; raises DocumentError at the first thing in it that cannot be understood."""
    return Reader(path).read()


class Reader:
    """Goes through a document once, line by line."""

    def __init__(self, path: Path) -> None:
        self.document = Document(path)
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.at = 0
        self.used: set[str] = set()
        self.sections: list[Section] = []

    def error(self, message: str, line: int | None = None) -> DocumentError:
        """An error at `line`, or at the line last taken."""
        return DocumentError(self.document.path, line or self.at, message)

    def take(self) -> str:
        """The next line."""
        self.at += 1
        return self.lines[self.at - 1]

    def read(self) -> Document:
        """Reads all of it, then sees to it that nothing in it is without effect."""
        while self.at < len(self.lines):
            line = self.take()
            if heading := re.fullmatch(r"(#+) (.+)", line):
                self.heading(len(heading[1]), heading[2].strip())
            elif line.startswith("```"):
                self.block(line)
            elif line.startswith("|"):
                self.table(line)
            elif line.startswith("#") or re.match(r"\s*(\||```|~~~)", line) or "=>" in line:
                raise self.error(f"neither prose nor a part of a test: {line.strip()!r}")
        self.close_sections(1)
        if not self.document.lifecycle:
            raise self.error("no lifecycle block says which lifecycle this is about", 1)
        if not self.document.examples:
            raise self.error("nothing is tested here", 1)
        if unused := self.document.setups.keys() - self.used:
            raise self.error(f"no test uses: {', '.join(sorted(unused))}", 1)
        return self.document

    # --------------------------------------------------------------------------------- sections

    def heading(self, level: int, title: str) -> None:
        """Opens a section; those that end here must have had something in them."""
        self.close_sections(level)
        if any(section.title == title for section in self.sections):
            raise self.error(f"there is a section {title!r} already")
        if self.sections:
            self.sections[-1].contents += level > self.sections[-1].level
        self.sections.append(Section(level, title, self.at))

    def close_sections(self, level: int) -> None:
        """Complains of the section before, if it ends with nothing in it."""
        if self.sections and level <= self.sections[-1].level and not self.sections[-1].contents:
            raise self.error(f"nothing is tested under {self.sections[-1].title!r}",
                             self.sections[-1].line)

    def section(self) -> Section:
        """The section that what comes now belongs to."""
        if not self.sections:
            raise self.error("a test needs a heading above it")
        return self.sections[-1]

    # ----------------------------------------------------------------------------------- blocks

    def block(self, fence: str) -> None:
        """A fenced block, which must be one of the two kinds that mean something."""
        start, kind, body = self.at, fence[3:].strip(), []
        while (line := self.take() if self.at < len(self.lines) else None) != "```":
            if line is None or line.startswith("```"):
                raise self.error("this block is never closed", start)
            body.append((self.at, line.split("#")[0].strip()))
        body = [(number, line) for number, line in body if line]
        if kind == "lifecycle":
            self.lifecycle(body)
        elif kind == "trace":
            self.trace(start, body)
        else:
            raise self.error(f"not a kind of block: {kind!r}", start)

    def lifecycle(self, body: list[tuple[int, str]]) -> None:
        """`key: value` lines: what has to be known of the lifecycle to judge the ends of table cells."""
        values = {}
        for number, line in body:
            found = re.fullmatch(rf"(name|initial|final|may remain|mode): ({NAME}(?:, {NAME})*)", line)
            if not found or found[1] in values:
                raise self.error(f"not a line of a lifecycle block: {line!r}", number)
            values[found[1]] = found[2].split(", ")
        if self.document.lifecycle or not {"name", "initial", "final"} <= values.keys():
            raise self.error("one lifecycle block, please, with name, initial and final")
        [self.document.lifecycle], [self.document.initial] = values["name"], values["initial"]
        self.document.final = tuple(values["final"])
        self.document.may_remain = tuple(values.get("may remain", ()))
        self.document.observing = "mode" in values
        if values.get("mode", ["observe"]) != ["observe"]:
            raise self.error("the only mode is: observe")
        self.section().contents += 1

    def trace(self, start: int, body: list[tuple[int, str]]) -> None:
        """A trace block: an optional `given:`, then `event => answer` lines, then `(end) => …`."""
        section = self.section()
        if section.contents:
            raise self.error(f"{section.title!r} has its test already: a trace needs its own title", start)
        steps: list[Step] = []
        state = self.document.initial
        end = None
        for number, line in body:
            if end:
                raise self.error(f"after the end: {line!r}", number)
            if line.startswith("given:"):
                if steps:
                    raise self.error("given: comes first", number)
                given, state = self.given(number, line.removeprefix("given:").strip())
                steps.extend(given)
                continue
            left, arrow, right = (part.strip() for part in line.partition("=>"))
            if not arrow or not right:
                raise self.error(f"no answer is expected of {left!r}", number)
            if left == "(end)":
                end = self.end(number, right)
                continue
            answer, changes = self.answer(number, right, state)
            if changes:
                raise self.error("changes of what is held are said in tables only", number)
            steps.append(self.step(number, left, answer))
            state = answer.state
        if not end:
            raise self.error("this trace has no (end)", start)
        section.contents += 1
        self.document.examples.append(Example(section.title, section.line, tuple(steps), end))

    def given(self, line: int, text: str) -> tuple[list[Step], str]:
        """`setup` alone, or `setup or event; …; event => state`; the steps, and the state after them."""
        items, arrow, state = (part.strip() for part in text.partition("=>"))
        if not arrow:
            if items not in self.document.setups:
                raise self.error(f"not a setup, and no state is said: {items!r}", line)
            self.used.add(items)
            setup = self.document.setups[items]
            return list(setup.steps), setup.state
        return self.accepted(line, items, state), state

    def accepted(self, line: int, text: str, state: str) -> list[Step]:
        """Steps that are only there to be accepted and to end in `state`."""
        if not re.fullmatch(NAME, state):
            raise self.error(f"not a state: {state!r}", line)
        steps: list[Step] = []
        for item in text.split(";"):
            if setup := self.document.setups.get(item.strip()):
                self.used.add(item.strip())
                steps.extend(setup.steps)
            else:
                steps.append(self.step(line, item.strip(), Answer("accepted", None, exact=False)))
        if not steps or steps[-1].answer.state not in (None, state):
            raise self.error(f"this does not lead to {state!r}", line)
        last = steps[-1]
        answer = Answer("accepted", state, exact=False)
        if last.times > 1 and last.answer.state is None:
            steps[-1] = Step(line, last.event, last.arguments, last.times - 1, last.answer)
            steps.append(Step(line, last.event, last.arguments, 1, answer))
        else:
            steps[-1] = Step(line, last.event, last.arguments, last.times, answer)
        return steps

    def step(self, line: int, text: str, answer: Answer) -> Step:
        """`event argument … x times`."""
        found = STEP.fullmatch(text)
        if not found:
            raise self.error(f"not an event: {text!r}", line)
        event, *arguments = found["words"].split()
        return Step(line, event, tuple(arguments), int(found["times"] or 1), answer)

    def answer(self, line: int, text: str, before: str) -> tuple[Answer, dict[str, int]]:
        """An answer in a machine that was in the state `before`; a rejection keeps it there, unless it is observed."""
        observed = OBSERVED.fullmatch(text)
        if rejected := REJECTED.fullmatch(observed["rejected"] if observed else text):
            if bool(observed) != self.document.observing:
                raise self.error(f"`STATE although rejected` where events are observed, and only there: {text!r}", line)
            state, changes = (observed["state"], self.changes(observed["changes"])) if observed else (before, {})
            return Answer("rejected", state, rejected["reason"] or rejected["ruled"], rejected["rule"]), changes
        found = ACCEPTED.fullmatch(text)
        if not found:
            raise self.error(f"not an answer: {text!r}", line)
        warnings = tuple(found["warnings"].split(", ")) if found["warnings"] else ()
        return Answer("accepted", found["state"], warnings=warnings), self.changes(found["changes"])

    def changes(self, text: str) -> dict[str, int]:
        """`+mapi -ole`: by how much each count differs from before."""
        changes: dict[str, int] = {}
        for change in text.split():
            changes[change[1:]] = changes.get(change[1:], 0) + (1 if change[0] == "+" else -1)
        return changes

    def end(self, line: int, text: str) -> End:
        """`state, finished, holding mapi 1, ole 2` or `state, not finished, holding nothing`; what leaks, if observed."""
        found = END.fullmatch(text)
        if not found:
            raise self.error(f"not an end: {text!r}", line)
        if (found["leaked"] is not None) != self.document.observing:
            raise self.error("what leaks is said where events are observed, and only there", line)
        leaked = self.held(line, found["leaked"]) if self.document.observing else None
        return End(line, found["state"], found["finished"] == "finished", self.held(line, found["held"]), leaked)

    def held(self, line: int, text: str) -> dict[str, int]:
        """`nothing`, or counts separated by commas."""
        held: dict[str, int] = {}
        for part in [] if text == "nothing" else text.split(","):
            found = COUNT.fullmatch(part.strip())
            if not found or found["holding"] in held:
                raise self.error(f"not a list of counts: {text!r}", line)
            held[found["holding"]] = int(found["count"])
        return held

    # ----------------------------------------------------------------------------------- tables

    def table(self, header: str) -> None:
        """A table of setups, or of answers; the first word of its heading tells."""
        if not self.document.lifecycle:
            raise self.error("the lifecycle block comes before the first table")
        columns = self.cells(header)
        if self.at == len(self.lines) or not re.fullmatch(r"\|(:?-+:?\|)+", self.take().replace(" ", "")):
            raise self.error("a table has a line of dashes under its heading")
        rows = []
        while self.at < len(self.lines) and self.lines[self.at].startswith("|"):
            rows.append((self.at + 1, self.cells(self.take())))
            if len(rows[-1][1]) != len(columns):
                raise self.error(f"{len(rows[-1][1])} cells under {len(columns)} headings")
        if not rows:
            raise self.error("an empty table")
        if columns == ["given", "events", "state", "held"]:
            for line, row in rows:
                self.setup(line, *row)
        elif columns[0] == "event" and len(columns) > 1:
            self.sweep(columns[1:], rows)
        else:
            raise self.error(f"not the heading of a table: {header!r}")
        self.section().contents += 1

    def cells(self, line: str) -> list[str]:
        """The cells of a row, without the backquotes that make names stand out."""
        if not line.rstrip().endswith("|"):
            raise self.error("a row of a table ends with |")
        return [cell.strip().replace("`", "") for cell in line.strip()[1:-1].split("|")]

    def setup(self, line: int, name: str, events: str, state: str, held: str) -> None:
        """One row of a table of setups."""
        if not name or name in self.document.setups:
            raise self.error(f"there is a setup {name!r} already" if name else "no name", line)
        steps: list[Step] = []
        if events != "nothing":
            steps = self.accepted(line, events, state)
        elif state != self.document.initial:
            raise self.error("after no event the state is the initial one", line)
        self.document.setups[name] = Setup(tuple(steps), state, self.held(line, held))

    def sweep(self, names: list[str], rows: list[tuple[int, list[str]]]) -> None:
        """A table of answers: an event a row, a setup a column, and each cell a test."""
        section, seen = self.section(), set()
        for name in names:
            if name not in self.document.setups:
                raise self.error(f"not a setup: {name!r}")
            self.used.add(name)
        for line, (event, *cells) in rows:
            for name, cell in zip(names, cells, strict=True):
                if (event, name) in seen:
                    raise self.error(f"{event!r} meets {name!r} twice", line)
                seen.add((event, name))
                self.document.examples.append(
                    self.cell(line, f"{section.title}: {event} in {name}", event, cell,
                              self.document.setups[name]))

    def cell(self, line: int, title: str, event: str, text: str, setup: Setup) -> Example:
        """One cell: the event after the setup; only what the cell says may have changed."""
        answer, changes = self.answer(line, text, setup.state)
        held = {holding: setup.held.get(holding, 0) + changes.get(holding, 0)
                for holding in (*setup.held, *(name for name in changes if name not in setup.held))}
        held = {holding: count for holding, count in held.items() if count}
        due = {holding: count for holding, count in held.items() if holding not in self.document.may_remain}
        finished = answer.state in self.document.final and not due
        step = self.step(line, event, answer)
        return Example(title, line, (*setup.steps, step),
                       End(line, answer.state, finished, held, due if self.document.observing else None),
                       (setup.state, step.event))


def trace(example: Example) -> Iterator[str]:
    """The text of the trace that an example is about."""
    for step in example.steps:
        yield f"{step.text()}\n" * step.times
