"""A lifecycle as programs that judge it: its header, and Ragel's own code of the same source, compiled with a C file."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests" / "shared"))
sys.path.append(str(ROOT / "gen"))  # behind the modules of the tests

import output  # noqa: E402
import ragel_source  # noqa: E402
from header.header import header  # noqa: E402
from read.load import load  # noqa: E402
from model import Condition, Event, Lifecycle  # noqa: E402
from problems import SpecError  # noqa: E402
from machine.ragel import compile_machine  # noqa: E402
from read.resolve import resolve  # noqa: E402
from read.schema import check_shape  # noqa: E402
from toolchain import CC  # noqa: E402

_RELATIONS = {">": "GREATER", ">=": "AT_LEAST", "<": "LESS", "<=": "AT_MOST", "==": "EQUAL", "!=": "UNEQUAL"}
_FLAGS = ("-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wno-type-limits", "-Werror")
SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


@dataclass(frozen=True)
class Generated:
    """What the generator makes of a lifecycle: the model, the header's text and the Ragel source."""

    model: Lifecycle
    header: str
    source: str


def model_of(spec: str) -> Lifecycle:
    """The model of the text of a spec. Raises SpecError."""
    data, problems = load(spec.encode())
    return resolve(data, problems + check_shape(data))


def generated(spec: str) -> Generated:
    """What the generator makes of the text of a spec."""
    try:
        model = model_of(spec)
        machine = compile_machine(model)
        return Generated(model, header(model, machine), machine.source)
    except SpecError as error:
        raise AssertionError([f"{problem.place}: {problem.message}" for problem in error.problems]) from None


def compiled(
    made: Generated, name: str, folder: Path, flags: Sequence[str] = ("-O1",), compiler: Sequence[str] = CC or ("gcc",)
) -> Path:
    """Compiles NAME.c of this folder for a lifecycle; everything that it takes is put into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    lifecycle = made.model.name
    (folder / f"{lifecycle}.h").write_text(made.header, encoding="utf-8")
    (folder / f"{lifecycle}.rl").write_text(made.source, encoding="utf-8")
    (folder / "tables.h").write_text(_tables(made), encoding="utf-8")
    _run("ragel", "-G2", "-L", "-o", f"{lifecycle}_ragel.c", f"{lifecycle}.rl", folder=folder)
    _run(*compiler, "-std=c99", "-w", *flags, "-c", f"{lifecycle}_ragel.c", "-o", "ragel.o", folder=folder)
    macros = (
        f"-DLIFECYCLE={lifecycle}",
        f"-DLIFECYCLE_CONSTANT={lifecycle.upper()}",
        f"-DLIFECYCLE_HEADER=<{lifecycle}.h>",
        f"-D{lifecycle.upper()}_IMPLEMENTATION",
    )
    _run(*compiler, *_FLAGS, *flags, *macros, "-I.", f"-I{HERE}", str(HERE / f"{name}.c"), "ragel.o", "-o", name, folder=folder)
    return folder / name


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"


def _tables(made: Generated) -> str:
    """The model, and what the Ragel source says of its letters, as C data."""
    source = ragel_source.read(made.model, made.source)
    atoms: list[tuple[object, ...]] = []

    def begin(condition: Condition | None) -> int:
        start = len(atoms)
        atoms.extend(_atoms(condition) if condition else ())
        return start if condition else 0

    def data(event: Event, letters: Sequence[ragel_source.Letter]) -> dict[str, object]:
        return {
            "name": event.name,
            "takes": event.takes,
            "gives_back": event.gives_back,
            "sets": sum(1 << fact for fact in event.sets),
            "clears": sum(1 << fact for fact in event.clears),
            "arguments": (1 << len(event.arguments)) - 1,
            "argument_count": len(event.arguments),
            "facts_of_arguments": ["NO_FACT" if item.sets is None else item.sets for item in event.arguments],
            "warnings": [begin(warning.condition) for warning in event.warnings],
            "warning_rules": [warning.rule for warning in event.warnings],
            "letters": [(letter.number, letter.asks, letter.arguments, begin(letter.condition)) for letter in letters],
        }

    events = [data(event, letters) for event, letters in zip(made.model.events, source.letters, strict=True)]
    return output.render("tables.h.j2", folder=HERE, model=made.model, source=source, events=events, atoms=atoms)


def _atoms(condition: Condition) -> Iterator[tuple[object, ...]]:
    for number, alternative in enumerate(condition.alternatives):
        for index, atom in enumerate(alternative):
            last = "END" if number + 1 == len(condition.alternatives) else "OR"
            follows = last if index + 1 == len(alternative) else "AND"
            yield atom.subject.name, atom.index, _RELATIONS[atom.relation], atom.number, follows
