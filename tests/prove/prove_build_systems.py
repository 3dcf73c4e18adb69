"""gen/README.md's way into each build system, followed with the real tools: a changed spec rebuilds, a broken one stops the build."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lastcall import ROOT

PAGE = ROOT / "gen" / "README.md"
SPEC = """\
lifecycle: door
states:
  shut: {initial: yes, final: yes}
events:
  knock: {moves: {shut: stay}}
"""
SOURCE = """\
#include <stdio.h>
#define DOOR_IMPLEMENTATION
#include "door.h"
int main(void) { return printf("%d\\n", DOOR_EVENT_COUNT) < 0; }
"""


@dataclass(frozen=True)
class System:
    """A build system: its name, its file, the commands that configure and those that build, and where the program comes to lie."""

    name: str
    file: str
    configure: tuple[str, ...]
    build: tuple[str, ...]
    folder: str = "."


SYSTEMS = (
    System("cmake", "CMakeLists.txt", ("cmake", "-G", "Ninja", "-S", ".", "-B", "out"), ("cmake", "--build", "out"), "out"),
    System("cmake", "CMakeLists.txt", ("cmake", "-G", "Unix Makefiles", "-S", ".", "-B", "out"), ("cmake", "--build", "out"), "out"),
    System("meson", "meson.build", ("meson", "setup", "out"), ("meson", "compile", "-C", "out"), "out"),
    System("make", "Makefile", (), ("make",)),
    System("ninja", "build.ninja", (), ("ninja",)),
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """lastcall, installed in a folder with a blank in its name."""
    prefix = tmp_path_factory.mktemp("installed") / "a prefix"
    subprocess.run([ROOT / "gen" / "install", "--prefix", prefix], check=True, capture_output=True)
    return prefix


@pytest.fixture(params=SYSTEMS, ids=lambda system: "-".join((system.name, *system.configure[2:3])).replace(" ", "-"))
def built(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> tuple[Path, Callable[[], subprocess.CompletedProcess[str]]]:
    """A project that is built as the page says: where its program lies, and what builds it again."""
    system: System = request.param
    if shutil.which(system.name) is None:
        pytest.skip(f"{system.name} is not installed: gen/setup --prove")
    project = tmp_path / "a project"
    project.mkdir()
    (project / "door.yaml").write_text(SPEC, encoding="utf-8")
    (project / "door.c").write_text(SOURCE, encoding="utf-8")
    found = re.findall(rf"^```{system.name}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    (project / system.file).write_text(found[0], encoding="utf-8")
    variables = {**os.environ, "PATH": f"{installed / 'bin'}:{os.environ['PATH']}"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=project, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    for command in filter(None, (system.configure, system.build)):
        done = run(*command)
        assert done.returncode == 0, done.stdout
    return project / system.folder, lambda: run(*system.build)


def test_a_build(
    built: tuple[Path, Callable[[], subprocess.CompletedProcess[str]]], installed: Path
) -> None:
    """It makes the header; makes it again when the spec or lastcall changes, and only then; and stops where the spec is wrong."""
    folder, build = built
    spec = next(path for path in (folder / "door.yaml", folder.parent / "door.yaml") if path.exists())
    (header,) = folder.rglob("door.h")

    def events() -> str:
        return subprocess.run([folder / "door"], capture_output=True, text=True, check=True).stdout.strip()

    assert events() == "1"
    before = header.stat().st_mtime_ns
    assert build().returncode == 0
    assert header.stat().st_mtime_ns == before

    spec.write_text(f"{SPEC}  ring: {{moves: {{shut: stay}}}}\n", encoding="utf-8")
    done = build()
    assert done.returncode == 0, done.stdout
    assert events() == "2"

    before = header.stat().st_mtime_ns
    (installed / "share" / "lastcall" / "gen" / "header" / "text.h.j2").touch()
    done = build()
    assert done.returncode == 0, done.stdout
    assert header.stat().st_mtime_ns > before

    spec.write_text(f"{SPEC}  ring: {{moves: {{shut: stray}}}}\n", encoding="utf-8")
    done = build()
    assert done.returncode != 0
    assert re.search(r"door\.yaml:6:24: error: there is no state or choice `stray`", done.stdout), done.stdout
    assert "DOOR_EVENT_RING" in header.read_text(encoding="utf-8")
