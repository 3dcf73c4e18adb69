"""Depfiles: what must be looked at to know that something is to be made again, and that Ninja makes it again then."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lastcall import ROOT, Run, command

DOOR = "lifecycle: door\nstates: {shut: {initial: yes, final: yes}}\nevents: {knock: {moves: {shut: stay}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a blank in its name and a spec in it."""
    made = tmp_path / "a $#folder"
    made.mkdir()
    (made / "my door.yaml").write_text(DOOR, encoding="utf-8")
    return made


def words(depfile: Path) -> tuple[list[str], list[str]]:
    """Targets and sources of a depfile's first rule, with what was escaped."""
    rule = depfile.read_text(encoding="utf-8").split("\n\n")[0].replace("\\\n", " ")
    rule = rule.replace("\\ ", "\0").replace("\\#", "#").replace("$$", "$")
    targets, sources = rule.split(":")
    return [word.replace("\0", " ") for word in targets.split()], [word.replace("\0", " ") for word in sources.split()]


def gen(*names: str) -> set[str]:
    """Paths of files of the generator."""
    return {str(ROOT / "gen" / name) for name in names}


def test_a_depfile_names_what_was_used(folder: Path) -> None:
    """The targets and the spec as they were given; of the generator, what the command used or may have used."""
    assert command("header", "my door.yaml", "-o", "out put/door.h", "--depfile", "door.d", cwd=folder) == Run(0, "", "")
    targets, sources = words(folder / "door.d")
    assert targets == ["out put/door.h"]
    assert sources[0] == "my door.yaml"
    assert gen("lastcall", "commands.py", "read/load.py", "header/header.h.j2", "machine/machine.rl.j2") < set(sources)
    assert str(ROOT / "spec" / "lifecycle.schema.json") in sources
    assert not [name for name in sources if "/show/" in name or "/judge/" in name or "/runtime/" in name]
    assert all((folder / name).is_file() for name in sources)

    assert command("build", folder / "my door.yaml", "-o", folder / "out", "--depfile", folder / "door.d") == Run(0, "", "")
    targets, sources = words(folder / "door.d")
    assert targets == [str(folder / "out" / name) for name in ("door.rl", "door.h", "door-replay")]
    assert sources[0] == str(folder / "my door.yaml")
    replayer = {str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
                for path in (ROOT / "runtime").glob("replay/*.h")}
    assert len(replayer) > 5 and replayer < set(sources)

    for name, file in (("graph", "door.dot"), ("doc", "door.md")):
        assert command(name, "my door.yaml", "-o", file, "--depfile", "door.d", cwd=folder) == Run(0, "", "")
        targets, sources = words(folder / "door.d")
        assert targets == [file]
        assert gen("show/doc.py" if name == "doc" else "show/graph.dot.j2") < set(sources)


def test_a_depfile_is_written_with_the_rest_or_not_at_all(folder: Path) -> None:
    """Nor is it written over what it is about."""
    (folder / "bad.yaml").write_text(DOOR.replace("stay", "satyr"), encoding="utf-8")
    assert command("header", "bad.yaml", "-o", "x.h", "--depfile", "x.d", cwd=folder).status == 1
    (folder / "door.d").mkdir()
    for output, depfile in (("x.h", "door.d"), ("x.h", "x.h"), ("x.h", "my door.yaml"), ("x.h", "./x.h")):
        run = command("header", "my door.yaml", "-o", output, "--depfile", depfile, cwd=folder)
        assert run.status == 2 and run.stderr.startswith(f"lastcall: error: {depfile}: "), run
    assert sorted(path.name for path in folder.iterdir()) == ["bad.yaml", "door.d", "my door.yaml"]
    assert (folder / "my door.yaml").read_text(encoding="utf-8") == DOOR


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, built, with a compiler that takes no time."""
    root = tmp_path_factory.mktemp("project") / "a clone"
    for name in ("gen", "spec", "runtime"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "build.ninja", root)
    compiler = root / "cc"
    compiler.write_text('#!/bin/sh\nfor output; do :; done\necho made >"$output"; chmod +x "$output"\n', encoding="ascii")
    compiler.chmod(0o755)
    ninja(root, "headers", "pages")
    return root


def ninja(root: Path, *arguments: str) -> str:
    """What ninja says, in a copy of the project whose compiler is in it."""
    done = subprocess.run(["env", "CC=./cc", "ninja", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_is_made_is_not_made_again(project: Path) -> None:
    """Nothing to do, when nothing has changed."""
    assert "no work to do" in ninja(project, "-n", "headers", "pages")


@pytest.mark.parametrize(("changed", "headers", "pictures"), [
    ("gen/header/text.h.j2", True, False),
    ("gen/machine/machine.rl.j2", True, False),
    ("gen/read/load.py", True, True),
    ("gen/lastcall", True, True),
    ("gen/command/build.py", True, False),
    ("gen/show/graph.dot.j2", False, True),
    ("spec/lifecycle.schema.json", True, True),
    ("runtime/replay.c", True, False),
    ("runtime/replay/jobs.h", True, False),
    ("spec/README.md", False, False),
])
def test_what_has_changed_is_made_again(project: Path, changed: str, headers: bool, pictures: bool) -> None:
    """A template, a module, the schema, the replayer: what depends on it, and nothing else. build.ninja names none of them."""
    ninja(project, "headers", "pages")
    (project / changed).touch()
    planned = ninja(project, "-n", "-v", "headers", "pages")
    assert ("gen/lastcall build spec/mapi_session.yaml" in planned) == headers
    assert ("gen/lastcall graph spec/mapi_session.yaml" in planned) == pictures


def test_a_module_that_is_gone_stops_nothing(project: Path) -> None:
    """Ninja makes again what had used it."""
    module = project / "gen" / "header" / "later.py"
    module.write_text('"""Nothing."""\n', encoding="utf-8")
    code = project / "gen" / "header" / "header.py"
    before = code.read_text(encoding="utf-8")
    code.write_text(f"{before}\nfrom header import later\n", encoding="utf-8")
    ninja(project, "headers")
    module.unlink()
    code.write_text(before, encoding="utf-8")
    assert "gen/lastcall build" in ninja(project, "-v", "headers")
    assert "no work to do" in ninja(project, "-n", "headers")
