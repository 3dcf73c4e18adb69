"""Reads a document of documents/specs: under each title a spec, and what is wrong with it.

Nothing is skipped: a block of another kind, a title without both blocks, and a line that is no error
message, are faults.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "documents" / "specs"
MESSAGE = re.compile(r"[1-9][0-9]*:[1-9][0-9]*: error: \S.*")


@dataclass(frozen=True)
class Example:
    """A title, the spec under it, and the lines that are said of it, none if nothing is wrong."""

    path: Path
    line: int
    title: str
    spec: str
    errors: tuple[str, ...]


class DocumentError(Exception):
    """A document that cannot be read."""


def examples() -> list[Example]:
    """All examples of all documents, in the order of their files."""
    return [example for path in sorted(FOLDER.iterdir()) for example in read(path)]


def read(path: Path) -> list[Example]:
    """The examples of one document."""
    found: list[Example] = []
    title, line, spec = "", 0, None
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, text in lines:
        if text.startswith("#"):
            if spec is not None or (line and not (found and found[-1].line == line)):
                raise DocumentError(f"{path.name}:{line}: `{title}` lacks a yaml block or an errors block")
            if text.startswith("## "):
                title, line = text[3:], number
        elif text.startswith("```"):
            body = []
            for _, inside in lines:
                if inside == "```":
                    break
                body.append(inside + "\n")
            else:
                raise DocumentError(f"{path.name}:{number}: this block is never closed")
            if text == "```yaml" and title and spec is None:
                spec = "".join(body)
            elif text == "```errors" and spec is not None:
                found.append(Example(path, line, title, spec, _errors(path, number, "".join(body))))
                spec = None
            else:
                raise DocumentError(f"{path.name}:{number}: a {text[3:]} block has no place here")
    if spec is not None or not found or found[-1].line != line:
        raise DocumentError(f"{path.name}: the last title lacks a yaml block or an errors block")
    return found


def _errors(path: Path, number: int, text: str) -> tuple[str, ...]:
    lines = tuple(text.splitlines())
    if lines == ("no error",):
        return ()
    if not lines or not all(MESSAGE.fullmatch(line) for line in lines):
        raise DocumentError(f"{path.name}:{number}: an errors block holds `LINE:COLUMN: error: ...` or `no error`")
    return lines
