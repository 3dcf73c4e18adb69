"""Do the tests notice a wrong generator? Mutants of the modules between a spec and its header, one wrong operator, number or statement each.

    /usr/bin/python3 tests/prove/mutate_generator.py [--some N] [--seed N] [--part K/N] [--list FILE] [MODULE…]

A mutant that makes the same headers, Ragel sources and messages of all the specs that the tests have is taken to be equivalent. Any other
one is put into a copy of the whole tree, which is built anew, and the tests are run there until one fails; that one has to pass without the
mutant. If none fails but the comparison with the headers in runtime/, this is said; if not even that, the mutant is alive.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests" / "shared"))

from toolchain import file_of_tests  # noqa: E402

MODULES = (
    *("read/conditions", "read/lookup", "read/events", "read/resolve", "machine/letters", "machine/ragel", "machine/tables", "machine/way"),
    *("header/expressions", "header/arrays", "header/view", "header/header"),
)
"""Files of gen/, without their ending."""
TESTS = (
    *("specs", "every_configuration", "words", "explain", "observe", "next", "documents", "cases", "replay_finish"),
    *("replay_observe", "generated_headers", "check", "random_lifecycles", "commands", "diff"),
)
"""The tests that look at what the generator makes, the quick and strict ones first."""
FILES = tuple(map(file_of_tests, TESTS))
RELEASED = "tests/header/test_generated_headers.py::test_the_released_headers_are_what_the_specs_give"
"""What notices every difference, and knows not what is right."""
RANDOM = 12
"""Specs that chance makes up, beside those of the tests."""
_TOO_LONG = 120
"""Seconds of the processor for what usually takes a tenth of that."""
_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.Mod: "//",
    ast.FloorDiv: "%",
    ast.LShift: ">>",
    ast.RShift: "<<",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}


@dataclass(frozen=True)
class Mutant:
    """One change of a module: what is between `begin` and `end` (of its bytes) becomes `text`."""

    module: str
    kind: str
    line: int
    begin: int
    end: int
    text: str

    def of(self, source: bytes) -> bytes:
        """The mutated module."""
        return source[: self.begin] + self.text.encode() + source[self.end :]

    def shown(self, source: bytes) -> str:
        """The change, for people."""
        begin = source.rfind(b"\n", 0, self.begin) + 1
        end = source.find(b"\n", self.end)
        parts = (source[begin : self.begin], source[self.begin : self.end], source[self.end : end])
        before, old, after = (part.decode() for part in parts)
        return f"{self.module}.py:{self.line}: {self.kind}: {' '.join(f'{before}⟦{old}→{self.text}⟧{after}'.split())}"


class _Finder:
    """The mutants of one module."""

    def __init__(self, module: str, source: bytes) -> None:
        self._module = module
        self._source = source
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._starts = starts

    def mutants(self) -> list[Mutant]:
        """All of them, in the order of the source."""
        tree = ast.parse(self._source)
        found = {mutant for node in ast.walk(tree) if not isinstance(node, ast.Module) for mutant in self._of(node)}
        annotations = [span for node in ast.walk(tree) for span in self._annotations(node)]
        kept = [each for each in found if not any(begin <= each.begin and each.end <= end for begin, end in annotations)]
        return sorted(kept, key=lambda mutant: (mutant.begin, mutant.end, mutant.text))

    def _annotations(self, node: ast.AST) -> Iterator[tuple[int, int]]:
        for name in ("annotation", "returns"):
            there = getattr(node, name, None)
            if isinstance(there, ast.AST):
                yield self._span(there)
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                yield self._span(decorator)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        begin = self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return begin, self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def _mutant(self, kind: str, node: ast.AST, text: str) -> Mutant:
        return Mutant(self._module, kind, node.lineno, *self._span(node), text)  # type: ignore[attr-defined]

    def _between(self, kind: str, left: ast.AST, right: ast.AST, text: str) -> Mutant:
        """A mutant of the operator between two expressions, which may stand in brackets."""
        begin, end = self._span(left)[1], self._span(right)[0]
        while self._source[begin : begin + 1] in (b")", b" ", b"\n") and begin < end:
            begin += 1
        while self._source[end - 1 : end] in (b"(", b" ", b"\n") and end > begin:
            end -= 1
        return Mutant(self._module, kind, left.lineno, begin, end, text)  # type: ignore[attr-defined]

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.Compare):
            for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators):
                for text in _COMPARISONS.get(type(operator), ()):
                    yield self._between("comparison", left, right, text)
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:]):
                yield self._between("connection", left, right, "or" if isinstance(node.op, ast.And) else "and")
        elif isinstance(node, ast.BinOp) and not isinstance(node.left, ast.JoinedStr):
            if type(node.op) in _OPERATORS:
                yield self._between("operator", node.left, node.right, _OPERATORS[type(node.op)])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            begin, end = self._span(node)
            yield Mutant(self._module, "not", node.lineno, begin, self._span(node.operand)[0], "")
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, bool):
                yield self._mutant("constant", node, str(not node.value))
            elif isinstance(node.value, int):
                for number in {node.value + 1, node.value - 1}:
                    yield self._mutant("constant", node, str(number))
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            for text in ("True", "False") if not isinstance(node, ast.While) else ("False",):
                yield self._mutant("condition", node.test, text)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield self._mutant("condition", test, "True")
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Continue, ast.Break, ast.Raise)):
            yield self._mutant("statement", node, "pass")
        elif isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            yield self._mutant("statement", node, "pass")
        elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            yield self._mutant("statement", node, "return None")


def mutants(module: str, source: bytes) -> list[Mutant]:
    """All mutants of a module that are Python."""
    found = []
    for mutant in _Finder(module, source).mutants():
        try:
            compile(mutant.of(source), module, "exec")
            found.append(mutant)
        except SyntaxError:  # where brackets or an `f"…"` stand in the way
            pass
    return found


@dataclass
class Outcome:
    """What became of the mutants. Those that only the comparison with the released headers notices are among the killed."""

    killed: Counter[str] = field(default_factory=Counter)
    compared: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    alive: list[str] = field(default_factory=list)

    def counts(self) -> str:
        """In numbers."""
        killers = ", ".join(f"{number} {killer}" for killer, number in self.killed.most_common())
        total = self.killed.total() + len(self.same) + len(self.alive)
        return (
            f"{total} mutants: {self.killed.total()} killed ({killers}), {len(self.same)} make the same of every spec, "
            f"{len(self.alive)} alive"
        )


class Tree:
    """A copy of the project, in which the generator is mutated."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "tree"
        left_out = shutil.ignore_patterns("__pycache__", "corpus", "*.pyc", ".hypothesis", "fuzz", "bench", "demo")
        for name in ("gen", "spec", "runtime", "tests", "build"):
            shutil.copytree(ROOT / name, self._root / name, ignore=left_out, symlinks=True)
        for name in ("build.ninja", "README.md", "CHANGELOG.md", "LICENSE"):
            shutil.copy(ROOT / name, self._root)
        self._sources = {module: (self._root / "gen" / f"{module}.py").read_bytes() for module in MODULES}
        self._specs = folder / "specs"
        self._specs.mkdir()
        for number, spec in enumerate(_specs()):
            (self._specs / f"{number:04}.yaml").write_text(spec, encoding="utf-8")
        self._same = self._made()
        self._sure: set[str] = set()

    def mutants(self, module: str) -> list[Mutant]:
        """All mutants of a module."""
        return mutants(module, self._sources[module])

    def judge(self, mutant: Mutant, outcome: Outcome) -> None:
        """Finds out what becomes of a mutant."""
        source = self._sources[mutant.module]
        path = self._root / "gen" / f"{mutant.module}.py"
        path.write_bytes(mutant.of(source))
        killer = same = None
        try:
            same = self._made() == self._same
            if not same:
                killer = "the build" if not self._builds() else self._failing("--deselect", RELEASED, *FILES) or self._failing(RELEASED)
        finally:
            path.write_bytes(source)
        if same:
            outcome.same.append(mutant.shown(source))
        elif not killer:
            outcome.alive.append(mutant.shown(source))
        else:
            outcome.compared += [mutant.shown(source)] if killer == RELEASED else []
            self._make_sure_of(killer)
            outcome.killed["released headers" if killer == RELEASED else killer.split("::")[0].split("/")[-1].removesuffix(".py")] += 1

    def _made(self) -> str:
        """What the generator makes of all specs, as one number."""
        done = self._run(sys.executable, str(HERE / "made_of_specs.py"), str(self._root / "gen"), str(self._specs))
        return done.stdout.strip() or f"ends with {done.returncode}"

    def _builds(self) -> bool:
        """Builds headers and replayers anew."""
        command = str(self._root / "gen" / "lastcall")
        specs = sorted((self._root / "spec").glob("*.yaml"))
        return all(self._run(command, "build", str(spec), "-o", str(self._root / "build")).returncode == 0 for spec in specs)

    def _failing(self, *tests: str) -> str:
        """The test that fails first; nothing if all pass."""
        options = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", f"--basetemp={self._root.parent / 'scratch'}")
        done = self._run(sys.executable, "-m", "pytest", *options, *tests, seconds=10 * _TOO_LONG)
        if done.returncode == 0:
            return ""
        failed = [line.split(" ", 1)[1].split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return failed[0] if failed else "the tests come to no end"

    def _make_sure_of(self, test: str) -> None:
        """A test that has failed passes without the mutant."""
        if test.startswith("tests/") and test not in self._sure:
            assert self._builds()
            assert not self._failing(test), f"{test} fails without any mutant"
            self._sure.add(test)

    def _run(self, *command: str, seconds: int = _TOO_LONG) -> subprocess.CompletedProcess[str]:
        compiler = "tcc -w" if shutil.which("tcc") else "gcc -w -O0"
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "LASTCALL_CC": compiler, "CC": compiler}

        limits = ("prlimit", f"--cpu={seconds}", f"--as={8 << 30}", "--")
        try:
            return subprocess.run(
                [*limits, *command], cwd=self._root, env=environment, capture_output=True, text=True, check=False, timeout=20 * seconds
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "")


def _specs() -> Iterator[str]:
    """The specs that the tests have: right ones, wrong ones, and some that chance makes up."""
    sys.path[:0] = [str(ROOT / "tests" / "header"), str(ROOT / "tests" / "shared"), str(HERE)]
    import other_lifecycles
    import spec_documents
    import test_explain
    import test_generated_headers

    yield from (path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml")))
    yield from (path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "lifecycles").glob("*.yaml")))
    yield from (other_lifecycles.reference(), other_lifecycles.many_holdings(), other_lifecycles.all_bits())
    yield from (other_lifecycles.at_random(seed) for seed in range(1, RANDOM + 1))
    yield from (f"lifecycle: t\n{shape.spec}" for shape in test_generated_headers.SHAPES)
    yield from {example.lifecycle: None for example in test_explain.examples() if "\n" in example.lifecycle}
    yield from (example.spec for example in spec_documents.examples())


def chosen(tree: Tree, modules: tuple[str, ...], number: int | None, seed: int, part: int = 0, parts: int = 1) -> list[Mutant]:
    """So many mutants by chance, or all; of these, one part of several."""
    found = [mutant for module in modules for mutant in tree.mutants(module)]
    if number is not None and number < len(found):
        found = random.Random(seed).sample(found, number)
    return found[part::parts]


def main() -> int:
    """Judges mutants of the generator; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--some", type=int, metavar="N", help="only N mutants, at random")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only every N-th, from the K-th on")
    parser.add_argument("--list", type=Path, metavar="FILE", help="where to write the mutants that make the same")
    parser.add_argument("modules", metavar="MODULE", nargs="*", default=MODULES)
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="lastcall-mutants-") as folder:
        tree = Tree(Path(folder))
        found = chosen(tree, tuple(options.modules), options.some, options.seed, part - 1, parts)
        begin = time.monotonic()
        for number, mutant in enumerate(found, 1):
            alive, compared = len(outcome.alive), len(outcome.compared)
            tree.judge(mutant, outcome)
            for said in outcome.alive[alive:]:
                print(f"ALIVE {said}", file=sys.stderr, flush=True)
            for said in outcome.compared[compared:]:
                print(f"only compared: {said}", file=sys.stderr, flush=True)
            if number % 10 == 0:
                seconds = time.monotonic() - begin
                print(f"{number} of {len(found)}, {seconds:.0f} s: {outcome.counts()}", file=sys.stderr, flush=True)
    print(outcome.counts())
    if options.list:
        options.list.write_text("".join(f"{line}\n" for line in outcome.same), encoding="utf-8")
    return int(bool(outcome.alive))


if __name__ == "__main__":
    sys.exit(main())
