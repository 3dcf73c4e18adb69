"""The house's own rules: the generator lies in wings along the way of the data, and each file has one job.

    gen/read -> gen/machine -> gen/header -> gen/guard -> gen/judge -> gen/show -> gen/command

A wing imports from itself, from those before it, and from the files of gen/ that import from no wing; nothing runs in a circle.
The command line, which is in gen/ itself, may import all of them, and no wing imports it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain import ROOT

GEN = ROOT / "gen"
WINGS = ("read", "machine", "header", "guard", "judge", "show", "command")
"""In the order of the data."""
MOST_LINES = 400
LONGER = {
    "header/advice.h.j2": "one C function after the other, as they stand in the header that comes of it",
    "header/text.h.j2": "one C function after the other, as they stand in the header that comes of it",
}
"""The files that may be longer, and why."""


def modules(gen: Path) -> dict[str, Path]:
    """The generator's modules by their names as they are imported: `model`, `read.load`; a wing's own is `read`."""
    found = {}
    for path in sorted(gen.rglob("*.py")):
        parts = path.relative_to(gen).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The generator's modules that a file imports, wherever in it: at its top, in a function, for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [name if (name := f"{base}.{alias.name}") in known else base for alias in node.names]
        else:
            continue
        yield from (name for name in names if name in known)


def wing(module: str) -> str | None:
    """The wing that a module is in; none for those of gen/ itself."""
    first = module.partition(".")[0]
    return first if first in WINGS else None


def wrong_ways(gen: Path) -> list[str]:
    """The imports that run against the way of the data: of a wing, from a later one or from what knows the wings itself."""
    known = modules(gen)
    imported = {module: list(imports(path, known)) for module, path in known.items()}
    shared = {module for module in known if wing(module) is None}
    while knowing := [module for module in shared if not shared.issuperset(imported[module])]:
        shared.difference_update(knowing)
    return [
        f"{module} imports {name}"
        for module, found in imported.items()
        if (own := wing(module)) is not None
        for name in found
        if name not in shared and ((other := wing(name)) is None or WINGS.index(other) > WINGS.index(own))
    ]


def circles(gen: Path) -> list[str]:
    """The modules that import each other in a circle, one of its ways each."""
    known = modules(gen)
    imported = {module: sorted(set(imports(path, known))) for module, path in known.items()}
    done: set[str] = set()
    faults = []

    def follow(module: str, way: tuple[str, ...]) -> None:
        if module in way:
            faults.append(" -> ".join((*way[way.index(module) :], module)))
        elif module not in done:
            for name in imported[module]:
                follow(name, (*way, module))
            done.add(module)

    for module in imported:
        follow(module, ())
    return faults


def too_long(gen: Path) -> dict[str, int]:
    """The files with more lines than one job should need."""
    lengths = {
        path.relative_to(gen).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for pattern in ("*.py", "*.j2")
        for path in gen.rglob(pattern)
    }
    return {name: length for name, length in lengths.items() if length > MOST_LINES}


def test_imports_run_along_the_way_of_the_data() -> None:
    """From read to show, never back; what all wings share knows none of them."""
    assert wrong_ways(GEN) == []


def test_no_imports_run_in_a_circle() -> None:
    """Neither between wings nor between files."""
    assert circles(GEN) == []


def test_a_file_has_one_job() -> None:
    """Past 400 lines a file has more than one, or says why not; a reason that is not needed any more is taken out."""
    assert sorted(too_long(GEN)) == sorted(LONGER)


def test_each_folder_of_the_generator_is_a_wing_and_says_in_a_sentence_what_it_is() -> None:
    """And the tests have a folder for it."""
    folders = {path.parent.name for path in GEN.glob("*/*") if path.suffix in (".py", ".j2")}
    assert folders == set(WINGS)
    for name in WINGS:
        (sentence,) = ast.parse((GEN / name / "__init__.py").read_text(encoding="utf-8")).body
        text = ast.literal_eval(sentence.value) if isinstance(sentence, ast.Expr) else ""
        assert text.endswith(".") and ". " not in text and "\n" not in text
        assert list((ROOT / "tests" / name).glob("test_*.py"))


@pytest.mark.parametrize(("files", "wrong", "circle"), [
    ({"read/load.py": "import model"}, 0, 0),
    ({"show/doc.py": "from judge.analyse import x\nfrom read import load"}, 0, 0),
    ({"commands.py": "def f():\n    from show.doc import page", "lastcall.py": "import commands"}, 0, 0),
    ({"read/load.py": "from show.doc import page"}, 1, 0),
    ({"machine/way.py": "from judge import analyse"}, 1, 0),
    ({"machine/way.py": "import judge.analyse"}, 1, 0),
    ({"machine/way.py": "def f():\n    import judge.analyse"}, 1, 0),
    ({"read/load.py": "import commands", "commands.py": "import show.doc"}, 1, 0),
    ({"read/load.py": "import commands", "commands.py": "import read.load"}, 1, 1),
    ({"read/load.py": "import model", "model.py": "import problems", "problems.py": "import show.doc"}, 1, 0),
    ({"read/load.py": "import read.names", "read/names.py": "from read import load"}, 0, 1),
    ({"model.py": "import problems", "problems.py": "if x:\n    from model import y"}, 0, 1),
])
def test_what_would_break_the_rules_is_found(tmp_path: Path, files: dict[str, str], wrong: int, circle: int) -> None:
    """In small houses built for it, each with so many wrong ways and circles."""
    every = ("model", "problems", *(f"{name}/__init__" for name in WINGS), "read/load", "judge/analyse", "show/doc")
    for name, text in {**{f"{name}.py": "" for name in every}, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert (len(wrong_ways(tmp_path)), len(circles(tmp_path))) == (wrong, circle)
