"""A lifecycle as a client sees it: its header, compiled and loaded into this process; and its model.

The machine's memory is taken to be what a comment in the header says it is. That is how a test puts a
machine into any configuration, also into one that no accepted events lead to.
"""

import ctypes
import functools
import re
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from toolchain import BUILD, CC

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "gen"))  # behind the tests' own modules

from header.header import header  # noqa: E402
from interpret import Configuration  # noqa: E402
from read.load import load  # noqa: E402
from model import Lifecycle  # noqa: E402
from problems import SpecError  # noqa: E402
from machine.ragel import compile_machine  # noqa: E402
from read.resolve import resolve  # noqa: E402
from read.schema import check_shape  # noqa: E402

VERDICTS = ("accepted", "state", "not_held", "need", "limit", "bad_event", "corrupt")
"""What the numbers of NAME_verdict mean."""

_NONE = 0xFFFFFFFF
"""No event has this number."""
_LONGEST = 4096
"""Bytes that any explanation fits into."""
_WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")

_scratch = tempfile.TemporaryDirectory(prefix="lastcall-tests-")


def model_of(text: str) -> Lifecycle:
    """The model of a spec's text."""
    data, problems = load(text.encode())
    problems += check_shape(data)
    try:
        return resolve(data, problems)
    except SpecError as error:
        raise AssertionError([problem.message for problem in error.problems]) from None


@functools.cache
def built(name: str) -> "Embedded":
    """A lifecycle of spec/, with the header that the build made of it."""
    text = (ROOT / "spec" / f"{name}.yaml").read_text(encoding="utf-8")
    made = (BUILD / f"{name}.h").read_text(encoding="utf-8")
    return Embedded(model_of(text), made)


@functools.cache
def embedded(text: str) -> "Embedded":
    """Any lifecycle, from the text of its spec."""
    model = model_of(text)
    return Embedded(model, header(model, compile_machine(model)))


class Embedded:
    """A model, and the functions of the header that was made of it. A machine is bytes."""

    def __init__(self, model: Lifecycle, text: str) -> None:
        self.model = model
        self.event = {event.name: index for index, event in enumerate(model.events)}
        self.state = {state.name: index for index, state in enumerate(model.states)}
        self._library = _compiled(model.name, text)
        for function in ("probe_size", "probe_grow", "probe_explain"):
            getattr(self._library, function).restype = ctypes.c_size_t
        self._explain = getattr(self._library, f"{model.name}_explain")
        self._explain.restype = ctypes.c_size_t
        self.size: int = self._library.probe_size()
        said = " ".join(text.replace("\n *", " ").split())
        self._word = _number(r"status words? of (\d+) bits", said) // 8
        self._state_bits = 1 + _number(r"are the state \(bits 0 to (\d+)\)", said)
        self._facts = _number(r"the facts \(from bit (\d+)\)", said) if model.facts else 0
        self._presence = _number(r"a bit for each holding \(from bit (\d+)\)", said) if model.holdings else 0
        bits = (self._presence or self._facts or self._state_bits) + (len(model.holdings) or len(model.facts))
        dummy = "a count behind those of the holdings, which is always 0" in said
        self._status = -(-(bits + dummy) // (8 * self._word)) * self._word
        self.tries, self.searched = (_number(rf"\b{model.name.upper()}_{name} = (\d+)", text) for name in ("TRIES", "SEARCHED"))

    # Memory

    def memory(self, configuration: Configuration) -> bytes:
        """The machine that is in a configuration."""
        bits = self._stored(configuration.state)
        for index, fact in enumerate(configuration.facts):
            bits |= fact << self._facts + index
        for index, count in enumerate(configuration.counts):
            bits |= (count > 0) << self._presence + index
        words = (bits >> at & (1 << 8 * self._word) - 1 for at in range(0, 8 * self._status, 8 * self._word))
        status = b"".join(word.to_bytes(self._word, sys.byteorder) for word in words)
        counts = b"".join(count.to_bytes(2, sys.byteorder) for count in configuration.counts)
        return (status + counts).ljust(self.size, b"\0")

    def configuration(self, memory: bytes) -> Configuration:
        """The configuration that a machine is in."""
        bits = 0
        for number, at in enumerate(range(0, self._status, self._word)):
            bits |= int.from_bytes(memory[at : at + self._word], sys.byteorder) << 8 * self._word * number
        starts = range(self._status, self._status + 2 * len(self.model.holdings), 2)
        found = Configuration(
            self._stored(bits & (1 << self._state_bits) - 1),
            tuple(int.from_bytes(memory[at : at + 2], sys.byteorder) for at in starts),
            tuple(bool(bits >> self._facts + index & 1) for index in range(len(self.model.facts))),
        )
        assert self.memory(found) == memory, "there are bits that should be 0, or that contradict the counts"
        return found

    def _stored(self, state: int) -> int:
        """A state's number in memory: the initial one is 0, so it and the spec's first change places."""
        return {0: self.model.initial, self.model.initial: 0}.get(state, state)

    # Many machines, one after another in memory, and a number of each kind for each of them

    def grow(self, parents: Sequence[int], steps: Sequence[tuple[int, int]]) -> bytes:
        """A new machine, then each of the others: its parent after an event, which is accepted."""
        machines = ctypes.create_string_buffer(self.size * len(parents))
        events, arguments = _columns(steps)
        numbers = _numbers(parents)
        grown = self._library.probe_grow(machines, numbers, events, arguments, _many(parents))
        assert grown == len(parents), f"{self.line(*steps[grown])} is rejected"
        return machines.raw

    def next(self, machines: bytes) -> list[tuple[int, int] | None]:
        """What NAME_next gives: an event and its arguments, or None for false."""
        events, arguments = _columns([(_NONE, _NONE)] * (len(machines) // self.size))
        self._library.probe_next(machines, events, arguments, _many(events))
        found = [None if step == (_NONE, _NONE) else step for step in zip(events, arguments)]
        assert all(_NONE not in step for step in found if step), "false, and something was touched"
        return found

    def fire(self, machines: bytes, steps: Sequence[tuple[int, int]]) -> tuple[list[str], bytes]:
        """What NAME_fire gives, and the machines after it."""
        return self._done(self._library.probe_fire, machines, steps)

    def observe(self, machines: bytes, steps: Sequence[tuple[int, int]]) -> tuple[list[str], bytes]:
        """What NAME_observe gives, and the machines after it."""
        return self._done(self._library.probe_observe, machines, steps)

    def _done(
        self, function: Any, machines: bytes, steps: Sequence[tuple[int, int]]
    ) -> tuple[list[str], bytes]:
        memory = ctypes.create_string_buffer(machines, len(machines))
        verdicts = (ctypes.c_uint8 * len(steps))()
        function(memory, *_columns(steps), verdicts, _many(steps))
        return [VERDICTS[verdict] for verdict in verdicts], memory.raw

    def explain(self, machines: bytes, steps: Sequence[tuple[int, int]]) -> list[str]:
        """What NAME_explain says of each event, asked also with buffers of every size."""
        assert len(machines) == len(steps) * self.size
        texts = ctypes.create_string_buffer(_LONGEST * len(steps))
        sizes = ctypes.c_size_t(_LONGEST), _many(steps)
        right = self._library.probe_explain(machines, *_columns(steps), texts, *sizes)
        raw = texts.raw
        said = [raw[at : raw.index(b"\0", at)].decode() for at in range(0, len(raw), _LONGEST)]
        assert right == len(steps), f"in some size of buffer this goes wrong: {said[right]!r}"
        return said

    # A single machine

    def function(self, name: str) -> Any:
        """The function NAME_`name` itself."""
        return getattr(self._library, f"{self.model.name}_{name}")

    def sentence(self, machine: bytes, event: int, arguments: int) -> str:
        """What NAME_explain says of an event."""
        buffer = ctypes.create_string_buffer(_LONGEST)
        length = self._explain(machine, event, arguments, buffer, ctypes.c_size_t(_LONGEST))
        return buffer.raw[:length].decode()

    def advice(self, machine: bytes, event: int, arguments: int, size: int = 64) -> list[tuple[int, int, int]]:
        """What NAME_advice gives: events, their arguments, and how often each; all of them are in a buffer of so many."""
        calls = (ctypes.c_uint32 * (3 * size))()
        function = self.function("advice")
        function.restype = ctypes.c_size_t
        count = function(machine, ctypes.c_uint(event), ctypes.c_uint(arguments), calls, ctypes.c_size_t(size))
        assert function(machine, ctypes.c_uint(event), ctypes.c_uint(arguments), None, ctypes.c_size_t(0)) == count <= size
        return [(calls[at], calls[at + 1], calls[at + 2]) for at in range(0, 3 * count, 3)]

    def after(self, lines: Iterable[str]) -> bytes:
        """The machine after a trace; every event of it is accepted, `EVENT x 3` three times."""
        memory = bytes(self.size)
        for line in lines:
            words, _, times = line.partition(" x ")
            for _ in range(int(times or 1)):
                [verdict], memory = self.fire(memory, [self.step(words)])
                assert verdict == "accepted", f"{line}: {verdict}"
        return memory

    def step(self, line: str) -> tuple[int, int]:
        """An event and its arguments, from a line of a trace."""
        name, *words = line.split()
        event = self.event[name]
        names = [argument.name for argument in self.model.events[event].arguments]
        return event, sum(1 << names.index(word) for word in set(words))

    def line(self, event: int, arguments: int) -> str:
        """The line of a trace for an event and its arguments."""
        what = self.model.events[event]
        given = (item.name for index, item in enumerate(what.arguments) if arguments >> index & 1)
        return " ".join([what.name, *given])


def _compiled(name: str, text: str) -> ctypes.CDLL:
    """A header and probe.c as a library."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_scratch.name))
    (folder / f"{name}.h").write_text(text, encoding="utf-8")
    command = [
        *(*(CC or ("cc",)), "-std=c99", "-O2", "-shared", "-fPIC", *_WARNINGS, "-I", str(folder)),
        *(f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}"),
        *(f"-DLASTCALL_HEADER=<{name}.h>", f"-D{name.upper()}_IMPLEMENTATION"),
        *(str(ROOT / "tests" / "shared" / "probe.c"), "-o", str(folder / "probe.so")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(folder / "probe.so"))


def _number(pattern: str, text: str) -> int:
    [found] = re.findall(pattern, text)
    return int(found)


def _numbers(numbers: Sequence[int]) -> "ctypes.Array[ctypes.c_uint32]":
    return (ctypes.c_uint32 * len(numbers)).from_buffer(array("I", numbers))


def _columns(steps: Sequence[tuple[int, int]]) -> tuple[Any, Any]:
    """The events and the arguments, each an array of C."""
    return _numbers([event for event, _ in steps]), _numbers([with_ for _, with_ in steps])


def _many(items: Sequence[object]) -> ctypes.c_size_t:
    return ctypes.c_size_t(len(items))
