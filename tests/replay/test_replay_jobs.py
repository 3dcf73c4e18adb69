"""Several files at once: `-j` changes how long it takes and nothing else.

Standard output, standard error, their order where both go to one place, and the exit status are those of one file after
another. What waits does so in temporary files, and a process that is lost is said to be.
"""

import os
import random
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from toolchain import BUILD, RUNNER

PROGRAM = BUILD / "mapi_session-replay"
PAIR = b"mapi_initialize\nmapi_uninitialize\n"
PROCESSORS = os.sysconf("SC_NPROCESSORS_ONLN")

looks_at_processes = pytest.mark.skipif(bool(RUNNER) or not Path("/proc/self/fd").is_dir(),
                                        reason="looks at the replayer's own processes, in /proc")


def replay(*arguments: str, cwd: Path, trace: bytes = b"", together: bool = False) -> tuple[int, bytes, bytes]:
    """Exit status, standard output and standard error, or these two `together` in the order in which they are written."""
    done = subprocess.run([*RUNNER, PROGRAM, *arguments], input=trace, stdout=subprocess.PIPE, cwd=cwd, timeout=120, check=False,
                          stderr=subprocess.STDOUT if together else subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr or b""


def assert_same(cwd: Path, jobs: Sequence[str], arguments: Sequence[str], trace: bytes = b"") -> tuple[int, bytes, bytes]:
    """With and without -j the same is said; gives it."""
    alone = replay(*arguments, cwd=cwd, trace=trace)
    assert replay(*jobs, *arguments, cwd=cwd, trace=trace) == alone
    assert replay(*jobs, *arguments, cwd=cwd, trace=trace, together=True) == \
        replay(*arguments, cwd=cwd, trace=trace, together=True)
    return alone


def random_trace(chance: random.Random) -> bytes:
    """Fine, faulty or bad; empty, short, or a megabyte and more."""
    some = chance.choice([0, 1, 5, 100, 2_000, 60_000 if chance.random() < 0.3 else 1])
    lines = [PAIR] * some
    for _ in range(chance.choice([0, 0, 1, 20])):
        lines.insert(chance.randint(0, len(lines)), chance.choice([b"logoff\n", b"# comment\n", b"ole_initialize\r\n"]))
    if chance.random() < 0.3:
        bad = chance.choice([b"xyzzy\n", b"logoff guest\n", b"\0\n", b"#" * 5000 + b"\n"])
        lines.insert(chance.randint(0, len(lines)), bad)
    return b"".join(lines)[:-1 if chance.random() < 0.2 else None]


@pytest.mark.parametrize("options", [(), ("--json",), ("--observe",), ("--json", "--observe")])
@pytest.mark.parametrize("seed", range(6))
def test_random_files(seed: int, options: tuple[str, ...], tmp_path: Path) -> None:
    """Traces of all kinds, missing files, folders and standard input, in any order and number."""
    chance = random.Random(f"{seed} {options}")
    for number in range(12):
        (tmp_path / f"{number}").write_bytes(random_trace(chance))
    (tmp_path / "folder").mkdir()
    names = chance.choices(["-", "missing", "folder", *(f"./{number}" for number in range(12))], k=chance.randint(2, 40))
    assert_same(tmp_path, ["-j", str(chance.randint(2, 7))], [*options, *names], trace=random_trace(chance))


def test_the_biggest_file_first(tmp_path: Path) -> None:
    """What is said of the others waits for it."""
    (tmp_path / "big").write_bytes((PAIR * 1000 + b"logoff\n") * 300)
    (tmp_path / "bad").write_bytes(PAIR + b"xyzzy\n")
    (tmp_path / "fine").write_bytes(PAIR)
    status, output, errors = assert_same(tmp_path, ["-j", "3"], ["big", *["fine", "bad", "fine"] * 50, "big"])
    assert (status, output.count(b"rejected in"), errors.count(b"unknown event")) == (2, 600, 50)


def test_many_more_files_than_jobs(tmp_path: Path) -> None:
    """Small files are handed out together, and no file of these is forgotten or taken twice."""
    names = [str(number) for number in range(1, 1001)]
    for name in names:
        (tmp_path / name).write_bytes(PAIR * int(name))
    status, output, _ = assert_same(tmp_path, ["-j5"], names)
    assert status == 0
    assert [line.split(b": ")[:2] for line in output.splitlines()] == \
        [[name.encode(), b"%d events, %d accepted, 0 rejected; finished in state mapi_uninitialized" % (2 * int(name), 2 * int(name))]
         for name in names]


@pytest.mark.parametrize("names", [["-"], ["-", "-"], ["fine", "-", "fine", "-", "-"], ["-"] * 20])
def test_standard_input_among_the_files(names: list[str], tmp_path: Path) -> None:
    """One reader has it: the first `-` has all of it, the next ones nothing, also where it is a file."""
    (tmp_path / "fine").write_bytes(PAIR)
    trace = PAIR * 50_000 + b"logoff\n"
    status, output, _ = assert_same(tmp_path, ["-j", "4"], names, trace=trace)
    assert status == 1
    assert output.count(b"<stdin>: 100001 events") == 1
    assert output.count(b"<stdin>: 0 events") == names.count("-") - 1
    (tmp_path / "trace").write_bytes(trace)
    with (tmp_path / "trace").open("rb") as file:
        done = subprocess.run([*RUNNER, PROGRAM, "-j", "4", *names], stdin=file, capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert done.stdout == output


def test_the_way_to_the_end(tmp_path: Path) -> None:
    """--finish takes one file, with -j as without."""
    (tmp_path / "trace").write_bytes(b"mapi_initialize\nlogoff\n")
    assert assert_same(tmp_path, ["-j"], ["--finish", "trace"])[0] == 0
    assert assert_same(tmp_path, ["-j", "2"], ["--finish", "trace", "trace"])[0] == 2


# The option


@pytest.fixture(name="blocked")
def make_blocked(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a replayer whose first file is a pipe of that name, `pipe`, into which nobody writes yet."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "fine").write_bytes(PAIR)
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        # a session of its own: what ends it must not end the tests
        process = subprocess.Popen([PROGRAM, *arguments], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def until(done: Callable[[], bool]) -> None:
    """Waits for something that comes about in a moment."""
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "it has not come about in 30 s"
        time.sleep(0.005)


@looks_at_processes
@pytest.mark.parametrize(("words", "files", "processes"), [
    (["-j", "3"], 9, 3), (["-j3"], 9, 3), (["--jobs", "3"], 9, 3), (["--jobs=3"], 9, 3), (["-j", "9"], 2, 2),
    (["-j", "2", "-j", "4"], 9, 4),
    (["-j"], PROCESSORS + 5, PROCESSORS), (["--jobs"], PROCESSORS + 5, PROCESSORS),
    (["-j99999999999999999999"], 5, 5), (["-j", "0003"], 9, 3),
])
def test_how_many_at_once(blocked: Callable[..., subprocess.Popen[bytes]], words: list[str], files: int, processes: int,
                          tmp_path: Path) -> None:
    """As many as are wanted, or as there are processors; not more than files."""
    if processes == 1:
        pytest.skip("this machine has one processor")
    process = blocked(*words, "pipe", *["fine"] * (files - 1))
    until(lambda: len(children(process.pid)) == processes)
    (tmp_path / "pipe").write_bytes(PAIR)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors, output.count(b"\n")) == (0, b"", files)


@pytest.mark.parametrize("words", [
    ["-j", "0"], ["-j0"], ["--jobs=0"], ["--jobs="], ["-jx"], ["-j", "-1"], ["-j=2"], ["--jobs=2x"], ["--job=2"],
])
def test_wrong_use(words: list[str], tmp_path: Path) -> None:
    """It is said, and nothing is replayed."""
    (tmp_path / "fine").write_bytes(PAIR)
    status, output, errors = replay(*words, "fine", "fine", cwd=tmp_path)
    assert (status, output) == (2, b"")
    assert errors.startswith(b"mapi_session-replay: error: ") and errors.count(b"\n") == 1


def test_a_number_behind_the_option_is_the_number(tmp_path: Path) -> None:
    """A file with such a name comes after `--` or with its folder."""
    (tmp_path / "4").write_bytes(PAIR)
    (tmp_path / "4a").write_bytes(PAIR)
    assert replay("-j", "4", "4", cwd=tmp_path)[1].count(b"\n") == 1
    assert replay("-j", "--", "4", "4", cwd=tmp_path)[1].count(b"\n") == 2
    assert replay("-j", "4a", "./4", cwd=tmp_path)[1].count(b"\n") == 2


# What waits


def open_files(process: int) -> Iterator[tuple[str, int]]:
    """The files that a process has open: where each lies, and its size. None if the process has ended.

    What the kernel tells of a process that has ended, and that nobody has waited for yet, is root's alone.
    """
    try:
        descriptors = list(Path(f"/proc/{process}/fd").iterdir())
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return
    for descriptor in descriptors:
        try:
            yield os.readlink(descriptor), descriptor.stat().st_size
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            pass  # it was closed, or the process has ended, a moment ago


def temporary_files(process: int) -> list[int]:
    """The sizes of the files without a name that a process has open."""
    return [size for path, size in open_files(process) if path.endswith("(deleted)")]


@looks_at_processes
def test_what_waits_is_in_temporary_files(blocked: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """Not in memory; and the files have no names any more, so that nothing is left of them however it ends."""
    (tmp_path / "big").write_bytes(PAIR * 20_000)
    process = blocked("--json", "-j", "2", "pipe", *["big"] * 20)
    waiting = 20 * len(replay("--json", "big", cwd=tmp_path)[1])
    assert waiting > 50_000_000
    until(lambda: sum(temporary_files(process.pid)) >= waiting)
    for each in (process.pid, *children(process.pid)):
        most = next(line for line in Path(f"/proc/{each}/status").read_text().splitlines() if line.startswith("VmHWM"))
        assert int(most.split()[1]) < 12_000, f"{most} of {waiting} bytes"
    assert len(temporary_files(process.pid)) == 4
    (tmp_path / "pipe").write_bytes(PAIR)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors, len(output) > waiting) == (0, b"", True)


@looks_at_processes
def test_what_was_copied_is_given_up(blocked: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """A temporary file begins again when all that was in it was copied: it does not grow with what is printed in all."""
    (tmp_path / "big").write_bytes(PAIR * 20_000)
    process = blocked("--json", "-j", "2", *["big"] * 60)
    total = most = 0
    assert process.stdout
    while part := os.read(process.stdout.fileno(), 1 << 20):
        total += len(part)
        most = max(most, sum(temporary_files(process.pid)))
    assert total > 100_000_000
    assert 0 < most < total / 2


@looks_at_processes
def test_the_first_file_does_not_wait_for_its_end(blocked: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """What is said of it is shown while it is still being written."""
    process = blocked("-j", "2", "pipe", "fine")
    with (tmp_path / "pipe").open("wb") as pipe:
        for number in range(1, 4):
            pipe.write(b"logoff\n")
            pipe.flush()
            assert process.stdout
            assert select.select([process.stdout], [], [], 30)[0], "nothing is shown in 30 s"
            assert os.read(process.stdout.fileno(), 4096).startswith(b"pipe:%d: " % number)
    assert process.communicate(timeout=60)[0].count(b"\n") == 2


# What goes wrong


@looks_at_processes
def test_a_process_that_is_killed_is_missed(blocked: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """The file that it was at is named, the exit status is 2, and the other files are replayed."""
    (tmp_path / "faulty").write_bytes(b"logoff\n")
    process = blocked("-j", "2", "fine", "pipe", *["faulty"] * 5, "fine")
    with (tmp_path / "pipe").open("wb") as pipe:
        pipe.write(b"logoff\n")
        pipe.flush()
        assert process.stdout
        said = b""
        while b"pipe:1: " not in said:
            said += os.read(process.stdout.fileno(), 4096)
        at_pipe = next(each for each in children(process.pid) if str(tmp_path / "pipe") in dict(open_files(each)))
        os.kill(at_pipe, signal.SIGKILL)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == b"pipe: error: the process that replayed it was ended by signal 9 (Killed)\n"
    others = replay("fine", *["faulty"] * 5, "fine", cwd=tmp_path)[1].splitlines(keepends=True)
    assert (said + output).splitlines(keepends=True) == [others[0], said.splitlines(keepends=True)[1], *others[1:]]


@looks_at_processes
def test_each_file_that_ends_its_process_is_named(tmp_path: Path) -> None:
    """Also of files that are handed out together; those before and after it are replayed."""
    (tmp_path / "open.c").write_text("""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <signal.h>
        #include <string.h>
        static int open_other(const char *name, const char *path, int flags, int mode)
        {
            if (strstr(path, "ends") != NULL) {
                raise(SIGABRT);
            }
            return ((int (*)(const char *, int, int))dlsym(RTLD_NEXT, name))(path, flags, mode);
        }
        int open(const char *path, int flags, int mode) { return open_other("open", path, flags, mode); }
        int open64(const char *path, int flags, int mode) { return open_other("open64", path, flags, mode); }
    """, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "open.c", "-o", "open.so", "-ldl"], cwd=tmp_path, check=True)
    for name in ("fine", "ends", "also_ends"):
        (tmp_path / name).write_bytes(PAIR)
    (tmp_path / "bad").write_bytes(b"xyzzy\n")
    names = ["fine", "ends", "fine", "bad", "also_ends", "ends", "fine", "fine", "ends"] * 30 + ["fine"]
    done = subprocess.run([PROGRAM, "-j", "2", *names], env={**os.environ, "LD_PRELOAD": str(tmp_path / "open.so")}, cwd=tmp_path,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    said = {
        "fine": replay("fine", cwd=tmp_path)[1],
        "bad": replay("bad", cwd=tmp_path)[2],
        "ends": b"ends: error: the process that replayed it was ended by signal 6 (Aborted)\n",
        "also_ends": b"also_ends: error: the process that replayed it was ended by signal 6 (Aborted)\n",
    }
    assert (done.returncode, done.stdout) == (2, b"".join(said[name] for name in names))


@looks_at_processes
def test_the_other_processes_end_with_the_first(blocked: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """Even if it is killed: none is left behind."""
    process = blocked("-j", "3", "pipe", *["fine"] * 500)
    with (tmp_path / "pipe").open("wb") as pipe:
        pipe.write(PAIR)
        left = children(process.pid)
        process.kill()
        process.communicate()
    assert len(left) == 3
    until(lambda: not any(_is_running(each) for each in left))


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("to", [">/dev/full", ">&-"])
@pytest.mark.parametrize("options", [[], ["-j", "3"]])
def test_standard_output_that_cannot_be_written(options: list[str], to: str, tmp_path: Path) -> None:
    """It is said, as without -j."""
    for number in range(10):
        (tmp_path / f"{number}").write_bytes(b"logoff\n" * 10_000)
    words = ["sh", "-c", f'exec "$@" {to}', "sh", *RUNNER, PROGRAM, *options, *map(str, range(10))]
    done = subprocess.run(words, capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"mapi_session-replay: error: cannot write standard output: ") and done.stderr.count(b"\n") == 1


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """As other programs, it ends by SIGPIPE and says nothing."""
    for number in range(10):
        (tmp_path / f"{number}").write_bytes(b"logoff\n" * 10_000)
    process = subprocess.Popen([*RUNNER, PROGRAM, "-j", "3", *map(str, range(10))], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd=tmp_path)
    assert process.stdout and process.stderr
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == -signal.SIGPIPE


@looks_at_processes
def test_a_temporary_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is said, with the file whose answers did not fit; those that do fit are there."""
    (tmp_path / "much").write_bytes(b"logoff\n" * 10_000)
    (tmp_path / "fine").write_bytes(PAIR)
    names = ["fine", "much", "fine", "fine", "much", "fine"]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))

    done = subprocess.run([PROGRAM, "-j", "2", *names], cwd=tmp_path, capture_output=True, timeout=60, check=False,
                          preexec_fn=limit, restore_signals=False)
    assert done.returncode == 2
    full = b"mapi_session-replay: error: cannot write a temporary file: File too large\n"
    lost = b"much: error: the process that replayed it has ended with status 2\n"
    assert done.stderr == 2 * (full + lost)
    assert done.stdout.count(b"fine: 2 events") == 4


@looks_at_processes
@pytest.mark.parametrize("descriptors", range(4, 20))
def test_few_descriptors(descriptors: int, tmp_path: Path) -> None:
    """As many processes as can be started do it; if none can, one file comes after another."""
    (tmp_path / "bad").write_bytes(PAIR + b"xyzzy\n")
    (tmp_path / "fine").write_bytes(PAIR)
    names = ["fine", "bad", "missing", "fine"] * 30
    alone = replay(*names, cwd=tmp_path, together=True)
    done = subprocess.run([PROGRAM, "-j", "3", *names], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=60, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
    assert (done.returncode, done.stdout) == alone[:2]
