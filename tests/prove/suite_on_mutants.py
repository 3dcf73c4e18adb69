"""The tests of `ninja test` that ask a header many questions, each time of another mutant of it, without starting anew each time.

    /usr/bin/python3 tests/prove/suite_on_mutants.py LIFECYCLE FOLDER FILE…

The tests of the files are collected and run once; all must pass. Then for each line on standard input, the path of a mutated
header, a copy of this process runs them again with the mutant in place of the lifecycle's header, until one fails. The answer is a line:
`killed TEST`, or `alive`. FOLDER holds NAME.h and NAME-replay of both the lifecycle and all others, and is changed.
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = ROOT / "tests"
sys.path.insert(0, str(TESTS / "shared"))

_TOO_LONG = 60
"""Seconds of the processor after which a mutant is taken to be in an endless loop."""


class Suite:
    """The collected tests, and the mutant that is to stand for a lifecycle."""

    def __init__(self, lifecycle: str, folder: Path, compiler: list[str], asked: IO[str], answers: IO[str]) -> None:
        self._lifecycle = lifecycle
        self._asked = asked
        self._answers = answers
        self._folder = folder
        self._compiler = compiler
        self._seen: list[Any] = []
        """Each lifecycle that the tests have loaded into this process and that is mutated."""
        self._costs: dict[str, float] = {}
        self._kills: dict[str, int] = {}

    def prepare(self) -> None:
        """Lets the tests share what does not depend on the header, and notes what does."""
        import configurations
        import embedded

        original = configurations.Configurations
        known: dict[tuple[object, ...], Any] = {}

        def shared(model: Any, most: Any) -> Any:
            key = (id(model), tuple(most))
            if key not in known:
                known[key] = original(model, most)
            return known[key]

        configurations.Configurations = shared  # type: ignore[assignment,misc]
        begin = embedded.Embedded.__init__

        def noted(lifecycle: Any, model: Any, text: str) -> None:
            begin(lifecycle, model, text)
            if model.name == self._lifecycle and not any(each is lifecycle for each in self._seen):
                self._seen.append(lifecycle)

        embedded.Embedded.__init__ = noted  # type: ignore[method-assign]

    def pytest_runtestloop(self, session: Any) -> bool:
        """Instead of running the tests once, runs them for each mutant."""
        if session.testsfailed:
            return True
        for item, after in zip(session.items, [*session.items[1:], None]):
            begin = time.monotonic()
            if _fails(item, after):
                print(f"broken {item.nodeid}", file=self._answers, flush=True)
                return True
            self._costs[item.nodeid] = time.monotonic() - begin
        print("ready", file=self._answers, flush=True)
        for line in self._asked:
            print(self._answer(session.items, Path(line.strip())), file=self._answers, flush=True)
        return True

    def _answer(self, items: list[Any], mutant: Path) -> str:
        order = sorted(items, key=lambda item: (self._costs[item.nodeid] + 0.001) / (self._kills.get(item.nodeid, 0) + 0.1))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._child(order, mutant, writing)
        os.close(writing)
        said = b""
        if select.select([reading], [], [], 4 * _TOO_LONG)[0]:
            while part := os.read(reading, 4096):
                said += part
        else:
            os.kill(child, signal.SIGKILL)
        os.close(reading)
        _, status = os.waitpid(child, 0)
        last = said.decode().splitlines()[-1:] or [""]
        if last[0] == "alive" and status == 0:
            return "alive"
        test = last[0] or "the tests do not come to an answer"
        self._kills[test] = self._kills.get(test, 0) + 1
        return f"killed {test}"

    def _child(self, items: list[Any], mutant: Path, writing: int) -> None:
        """Runs the tests with the mutant; says each test before it runs, so that the one that a crash ends is known."""
        resource.setrlimit(resource.RLIMIT_CPU, (_TOO_LONG, _TOO_LONG))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
        try:
            self._take(mutant)
            for item, after in zip(items, [*items[1:], None]):
                os.write(writing, f"{item.nodeid}\n".encode())
                if _fails(item, after):
                    os._exit(1)
            os.write(writing, b"alive\n")
            os._exit(0)
        finally:
            os._exit(2)

    def _take(self, mutant: Path) -> None:
        """Puts the mutant where the tests find the header: in this process, and as a replayer."""
        import embedded

        text = mutant.read_text(encoding="utf-8")
        name = self._lifecycle
        macros = (f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}", f"-DLASTCALL_HEADER=<{name}.h>")
        common = (*self._compiler, *macros, f"-D{name.upper()}_IMPLEMENTATION", "-I", str(self._folder))
        (self._folder / f"{name}.h").write_text(text, encoding="utf-8")
        library = self._folder / f"probe-{os.getpid()}.so"
        _run(*common, "-shared", "-fPIC", str(TESTS / "shared" / "probe.c"), "-o", str(library))
        loaded = ctypes.CDLL(str(library))
        library.unlink()
        embedded._compiled = lambda _name, _text: loaded  # type: ignore[assignment]
        for lifecycle in self._seen:
            lifecycle.__init__(lifecycle.model, text)
        replayer = self._folder / f"{name}-replay"
        if replayer.exists():
            replayer.unlink()
            options = ("-D_POSIX_C_SOURCE=200809L", '-DLASTCALL_VERSION="0"')
            _run(*common, *options, str(ROOT / "runtime" / "replay.c"), "-o", str(replayer))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _fails(item: Any, after: Any) -> bool:
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, log=False, nextitem=after)
    return any(report.failed for report in reports)


def main() -> int:
    """Serves mutants until there are no more."""
    lifecycle, folder, compiler, *files = sys.argv[1:]
    os.environ["LASTCALL_BUILD"] = folder
    import pytest

    streams = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(quiet, stream)  # for the tests
    suite = Suite(lifecycle, Path(folder), compiler.split(), *streams)
    suite.prepare()
    with tempfile.TemporaryDirectory(prefix="lastcall-suite-") as scratch:
        options = ["-s", "-n", "0", "-p", "no:cacheprovider", "-p", "no:terminal", f"--basetemp={scratch}/t", f"--rootdir={ROOT}"]
        return int(pytest.main([*options, *files], plugins=[suite]))


if __name__ == "__main__":
    sys.exit(main())
