"""Holds what a replayer says of the examples of a document against what the document says."""

from collections.abc import Iterator
from pathlib import Path

from document import Answer, Document, Example, Step, trace
from replayer import Replay, judged, replay


def judge(document: Document, directory: Path) -> list[str | None]:
    """For each example of the document, in order: the first thing that is wrong, or None.

    All examples go through one process. If that shows that something is wrong with the process itself (bad
    input, a crash, a wrong exit status), each example is given a process of its own, to tell which it was.
    """
    examples = document.examples
    together = replay(document.lifecycle, [trace(example) for example in examples], directory, *options(document))
    status = max(map(expected_status, examples))
    if together.status == status and not together.errors:
        lines = together.lines()
        problems = [problem(document, example, lines, f"{number}.trace") for number, example in enumerate(examples)]
        if next(lines, None) is None:
            return problems
    problems = [alone(document, example, directory / f"alone-{number}")
                for number, example in enumerate(examples)]
    if not any(problems):
        problems = [f"alone this is right, but together with the other examples the exit status is "
                    f"{together.status}, not {status}, or there is output that is nobody's"] * len(examples)
    return problems


def options(document: Document) -> list[str]:
    """What the replayer is told beside the traces."""
    return ["--observe"] if document.observing else []


def alone(document: Document, example: Example, directory: Path) -> str | None:
    """What is wrong with one example in a process of its own."""
    run: Replay = replay(document.lifecycle, [trace(example)], directory, *options(document))
    place = f"{document.path.name}:{example.line}"
    if run.errors:
        return f"{place}: standard error is not empty: {run.errors.strip()}"
    lines = run.lines()
    if wrong := problem(document, example, lines):
        return wrong
    if (rest := next(lines, None)) is not None:
        return f"{place}: output after the end: {rest!r}"
    if run.status != expected_status(example):
        return f"{place}: exit status {run.status}, not {expected_status(example)}"
    return None


def expected_status(example: Example) -> int:
    """0 if nothing is rejected and the lifecycle is finished, 1 if not."""
    rejected = any(step.answer.verdict == "rejected" for step in example.steps)
    return int(rejected or not example.end.finished)


def problem(document: Document, example: Example, lines: Iterator[bytes], file: str = "0.trace") -> str | None:
    """Compares one example with its lines of output, and takes all of these, up to the closing one, which names the file."""
    wrong = None
    expected = expected_answers(example, file)
    for line in lines:
        try:
            said = judged(line)
        except ValueError:
            said = line
        place, want, left_open = next(expected, (example.line, "no more output", ()))
        if not wrong and not same(said, want, left_open):
            wrong = f"{document.path.name}:{place}: {example.title}\n  expected {want}\n  said     {said}"
        if isinstance(said, dict) and "line" not in said:
            if not wrong and next(expected, None):
                wrong = f"{document.path.name}:{place}: {example.title}: the end comes too early: {said}"
            return wrong
    return wrong or f"{document.path.name}:{example.line}: {example.title}: the output has no closing line"


def same(said: object, want: dict, left_open: tuple[str, ...]) -> bool:
    """Equal as JSON, but for the keys that the document leaves open."""
    if not isinstance(said, dict):
        return False
    if left_open:
        return {key: value for key, value in said.items() if key not in left_open} == want
    # Python takes 1 for true, JSON does not
    return said == want and type(said.get("finished")) is type(want.get("finished"))


def expected_answers(example: Example, file: str) -> Iterator[tuple[int, dict, tuple[str, ...]]]:
    """Line of the document, the object that is expected, and its keys that are left open; the end is last."""
    number = rejected = 0
    for step in example.steps:
        left_open, answer = open_keys(step.answer), expected_answer(0, step)
        for _ in range(step.times):
            number += 1
            yield step.line, answer | {"line": number}, left_open
        rejected += step.times if step.answer.verdict == "rejected" else 0
    yield example.end.line, {
        "events": number, "accepted": number - rejected, "rejected": rejected,
        "state": example.end.state, "finished": example.end.finished, "outstanding": example.end.held,
        "file": file,
        **({} if example.end.leaked is None else {"leaked": example.end.leaked}),
    }, ()


def open_keys(answer: Answer) -> tuple[str, ...]:
    """The keys of which the document does not say anything."""
    if answer.exact:
        return ()
    return ("warnings",) if answer.state else ("warnings", "state")


def expected_answer(number: int, step: Step) -> dict:
    """The object for one event, only with the keys that it must have."""
    answer = step.answer
    said = {"line": number, "event": step.event, "verdict": answer.verdict, "state": answer.state,
            "reason": answer.reason, "rule": answer.rule, "warnings": list(answer.warnings)}
    return {key: value for key, value in said.items() if value or key == "line"}
