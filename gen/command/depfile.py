"""Depfiles: what a build system has to look at to know that something must be made again, as compilers write it for `make`.

Ninja, CMake, Meson and Make read this form.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from api import Api
from output import File, same_file
from problems import UsageError

_GEN = Path(__file__).resolve().parents[1]
_PROJECT = _GEN.parent


def with_depfile(files: Sequence[File], depfile: str | None, spec: str, also: Iterable[Path] = ()) -> list[File]:
    """The files that a command makes of a spec and, where it is wanted, the depfile that says so.

    `also`: what they are made from beside the spec and the generator. Raises UsageError for a file that would be written over the
    spec, or over another.
    """
    made = list(files)
    if depfile is not None:
        made.append(File(depfile, _rule([file.path for file in files], [spec, *map(_nearby, sorted({*_generator(), *also}))])))
    for file in made:
        if same_file(file.path, spec):
            raise UsageError(f"{file.path}: this is the spec itself; name another file to write to")
    if depfile is not None and depfile != "-" and any(os.path.realpath(depfile) == os.path.realpath(file.path) for file in files):
        raise UsageError(f"{depfile}: this is both the depfile and what it is about; name another file for one of them")
    return made


def lifecycles(api: Api, made: Iterable[File]) -> list[Path]:
    """The files of an API's lifecycles. Raises UsageError if one of them would be written over."""
    paths = list(dict.fromkeys(kind.path for kind in api.kinds))
    for file in made:
        if any(same_file(file.path, path) for path in paths):
            raise UsageError(f"{file.path}: this is a lifecycle of the API itself; name another file to write to")
    return [Path(path) for path in paths]


def _generator() -> set[Path]:
    """What the generator is made of, as far as this run has used it or may have: its loaded modules, the templates beside them,
    and the schemas.
    """
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    ours = {path for path in (Path(file) for file in files if file) if path.is_relative_to(_GEN)}
    templates = {template for folder in {module.parent for module in ours} for template in folder.glob("*.j2")}
    return {_GEN / "lastcall", *ours, *templates, *(_PROJECT / "spec").glob("*.schema.json")}


def _nearby(path: Path) -> str:
    """A path, relative where it leads into the present folder: a build system knows the files in there by such names."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _rule(targets: Sequence[str], sources: Sequence[str]) -> str:
    """The rule; and a rule for each source, so that Make does not stop where one is gone with a new version of the generator."""
    sources = [_escaped(source) for source in sources]
    rule = " \\\n  ".join([" ".join(_escaped(target) for target in targets) + ":", *sources])
    return "".join([f"{rule}\n", *(f"\n{source}:\n" for source in sources[1:])])


def _escaped(path: str) -> str:
    """A path as it stands in a depfile: blanks, `#` and `$` as compilers write them. Raises UsageError if it cannot stand there."""
    if re.search(r"[\n\r\t]", path):
        raise UsageError(f"{path!r}: a depfile cannot name a file that has a line end or a tab in its name")
    path = re.sub(r"(\\*)([ #])", r"\1\1\\\2", path)
    return path.replace("$", "$$")
