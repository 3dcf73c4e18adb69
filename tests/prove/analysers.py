"""Static analysers on C sources: what each of them finds, and which of that deviations.md explains."""

import fnmatch
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEVIATIONS = HERE / "deviations.md"

CATEGORIES = ("-", "advisory", "required")
"""Those of MISRA; a mandatory rule has no deviations. Other checks have none."""


@dataclass(frozen=True)
class Source:
    """A C source that is looked at, with what it is compiled with. `name`: of the lifecycle that its headers are of, if of one."""

    path: Path
    options: tuple[str, ...] = ()
    name: str = ""
    misra: bool = False


@dataclass(frozen=True)
class Finding:
    """What a tool finds. `checks`: one, and others that it is known as. `file` and `function` (or table, or type) have NAME for the
    lifecycle's name.
    """

    tool: str
    checks: tuple[str, ...]
    file: str
    function: str
    message: str

    def __str__(self) -> str:
        return f"{self.tool} {','.join(self.checks)} in {self.file}: {self.function}: {self.message}"


@dataclass(frozen=True)
class Deviation:
    """Findings that stay: of a check of a tool, where, with what MISRA says of the check's weight, and why."""

    tool: str
    check: str
    category: str
    where: tuple[tuple[str, str], ...]
    why: str

    def places(self, finding: Finding) -> Iterator[int]:
        """Which of its places a finding belongs to."""
        if finding.tool == self.tool and self.check in finding.checks:
            for index, (file, function) in enumerate(self.where):
                if fnmatch.fnmatchcase(finding.file, file) and fnmatch.fnmatchcase(finding.function, function):
                    yield index


def deviations() -> list[Deviation]:
    """The table of deviations.md."""
    found = []
    for line in DEVIATIONS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if not line.startswith("|") or cells[0] == "tool" or set(cells[0]) == {"-"}:
            continue
        tool, check, category, where, why = cells
        assert tool in TOOLS and category in CATEGORIES and where and why, line
        places = [place.strip(" `").partition(": ") for place in where.split(",")]
        named = tuple((file, function or "*") for file, _, function in places)
        found.append(Deviation(tool, check.strip("`"), category, named, why))
    return found


def unexplained(findings: Iterable[Finding], known: Sequence[Deviation]) -> list[str]:
    """The findings that no deviation explains, in words."""
    return sorted({str(finding) for finding in findings if not any([*each.places(finding)] for each in known)})


def unneeded(findings: Sequence[Finding], known: Sequence[Deviation]) -> list[str]:
    """The deviations, and the places of them, that explain nothing."""
    found = []
    for each in known:
        needed = {index for finding in findings for index in each.places(finding)}
        idle = [": ".join(place) for index, place in enumerate(each.where) if index not in needed]
        found += [f"{each.tool} {each.check} in {place}" for place in idle]
    return found


# Tools


class Missing(Exception):
    """A tool is not installed."""


def look(tool: str, sources: Sequence[Source], folder: Path) -> list[Finding]:
    """What a tool finds in sources. Raises Missing."""
    if shutil.which(tool) is None:
        raise Missing(f"{tool} is not installed: gen/setup --prove")
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as threads:
        return [finding for found in threads.map(lambda source: list(TOOLS[tool](source, folder)), sources) for finding in found]


def _gcc(source: Source, _: Path) -> Iterator[Finding]:
    """The analyser follows paths through the code best where it is optimised a little."""
    warnings = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Wcast-qual", "-Wstrict-prototypes")
    done = _run("gcc", "-std=c99", "-O2", "-fanalyzer", *warnings, "-fdiagnostics-format=json", *source.options, "-x", "c",
                "-c", source.path, "-o", "/dev/null")
    assert done.returncode == 0, done.stderr
    for said in json.loads(done.stderr):
        place = said["locations"][0]["caret"]
        yield _finding("gcc", [said.get("option", "-W")], source, place["file"], place["line"], said["message"])


CLANG_TIDY = ("bugprone", "cert", "clang-analyzer", "concurrency", "misc", "performance", "portability", "clang-diagnostic")
"""The groups of checks that clang-tidy is asked for, all of each."""


def _clang_tidy(source: Source, _: Path) -> Iterator[Finding]:
    checks = "-*," + ",".join(f"{group}-*" for group in CLANG_TIDY)
    done = _run("clang-tidy", "--quiet", f"--checks={checks}", "--header-filter=.*", source.path, "--", "-x", "c", "-std=c99",
                "-Wall", "-Wextra", *source.options)
    assert done.returncode == 0, done.stdout + done.stderr
    for match in re.finditer(r"^(/[^:\n]+):(\d+):\d+: (?:warning|error): (.*?) \[([a-zA-Z][\w.,-]+)\]$", done.stdout, re.M | re.S):
        yield _finding("clang-tidy", match[4].split(","), source, match[1], int(match[2]), match[3].split("\n")[0])


def _cppcheck(source: Source, folder: Path) -> Iterator[Finding]:
    """It knows the C library by itself, and is not to look for its headers; what UINT64_C does it has to be told."""
    work = tempfile.mkdtemp(dir=folder)
    options = [*(["--addon=misra"] if source.misra else []), *(option for option in source.options if option[:2] in ("-D", "-I"))]
    language = ("--language=c", "--std=c99", "--platform=unix64", "-DUINT64_C(c)=c##ULL")
    done = _run("cppcheck", *language, "--enable=all", "--inconclusive", "--suppress=missingIncludeSystem", "--quiet",
                f"--cppcheck-build-dir={work}", "--template={line}:{id}:{file}:{message}", *options, source.path)
    assert done.returncode == 0, done.stderr
    for line in done.stderr.splitlines():
        number, check, file, message = line.split(":", 3)
        yield _finding("cppcheck", [check], source, file, int(number), message)


TOOLS = {"gcc": _gcc, "clang-tidy": _clang_tidy, "cppcheck": _cppcheck}


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)


# Places


def _finding(tool: str, checks: Sequence[str], source: Source, file: str, line: int, message: str) -> Finding:
    path = (ROOT / file).resolve()
    function = _function(path, line) if path.is_file() else ""
    shown = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
    if source.name and path.stem == source.name:
        shown = f"NAME{path.suffix}"
        function = re.sub(f"^(?:{source.name}|{source.name.upper()})(?=_|$)", "NAME", function)
    return Finding(tool, tuple(checks), shown, function, message)


_BEGINS = (
    re.compile(r"# *define +(\w+)"),
    re.compile(r"(enum) \{"),
    re.compile(r"typedef (?:enum|struct) (\w+)"),
    re.compile(r"[^(]*?(\w+)(?:\[[^\]]*\])+ = \{"),
    re.compile(r"(?:.*?\W)??(\w+) ?\("),
)
"""How what stands at the beginning of a line is named."""


def _function(path: Path, line: int) -> str:
    """The name of the function, table, type or macro that a line is in."""
    for text in reversed(path.read_text(encoding="utf-8").splitlines()[:line]):
        for begin in _BEGINS:
            found = begin.match(text) if text[:1].isalpha() or text[:1] == "#" else None
            if found:
                return found[1]
    return ""
