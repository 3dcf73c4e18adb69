"""`lastcall check`: what it finds wrong with lifecycles that can be compiled, as documents/checks says it."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from lastcall import ROOT, lastcall

DOCUMENTS = Path(__file__).resolve().parents[1] / "documents" / "checks"
EXAMPLE = re.compile(r"```yaml\n(?P<spec>.*?)^```\n.*?^```said\n(?P<said>.*?)^```$", re.DOTALL | re.MULTILINE)
LINE = re.compile(r"[1-9][0-9]*:[1-9][0-9]*: (?:error|warning|note): \S.*|    [a-z][a-z0-9_ ]*")


@dataclass(frozen=True)
class Example:
    """A title, the spec under it, and the lines that are said of it."""

    name: str
    spec: str
    said: tuple[str, ...]


def read(path: Path) -> list[Example]:
    """The examples of a document; nothing in it may be passed over."""
    found = []
    text = path.read_text(encoding="utf-8")
    for section in re.split("^## ", text, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        match = EXAMPLE.search(section)
        assert match and section.count("```") == 4, f"{path.name}: {title}: not one yaml block and one said block"
        said = tuple(match["said"].splitlines())
        assert said, f"{path.name}: {title}: an empty block"
        if said == ("nothing",):
            said = ()
        assert all(LINE.fullmatch(line) for line in said), f"{path.name}: {title}: {said}"
        found.append(Example(f"{path.stem}: {title}", match["spec"], said))
    assert found and text.count("```") == 4 * len(found), path.name
    return found


EXAMPLES = [example for path in sorted(DOCUMENTS.iterdir()) for example in read(path)]


def told(path: Path, said: tuple[str, ...]) -> list[str]:
    """The lines of standard error that say this of the spec in `path`."""
    return [line if line.startswith(" ") else f"{path}:{line}" for line in said]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    """What a document says of a spec is what `check` says of it, its warnings with --strict as errors."""
    path = tmp_path / "spec.yaml"
    path.write_text(example.spec, encoding="utf-8")
    run = lastcall("check", path)
    status = int(any(": error: " in line for line in example.said))
    assert (run.errors, run.status, run.stdout) == (told(path, example.said), status, "")
    strict = lastcall("check", "--strict", path)
    errors = tuple(line.replace(": warning: ", ": error: ", 1) for line in example.said)
    assert (strict.errors, strict.status, strict.stdout) == (told(path, errors), int(any(": error: " in line for line in errors)), "")


@pytest.mark.parametrize("spec", sorted((ROOT / "spec").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_specs_of_this_project_pass(spec: Path) -> None:
    """Both say nothing, also when warnings are errors."""
    run = lastcall("check", "--strict", spec)
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
