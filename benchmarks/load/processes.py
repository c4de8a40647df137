"""Start the parts of a benchmark as processes of their own, and see what they cost."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from support.workers import a_free_port

from benchmarks.load.caller import Task, Told

HOST = "127.0.0.1"
CPUCLOCK_SCHED = 2
MANY_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """A process that answers at an address."""

    pid: int
    address: str


@contextmanager
def a_part(name: str, *words: str) -> Generator[Part]:
    """Run one of our modules on a port of its own; it answers when the block begins."""
    port = a_free_port()
    with subprocess.Popen(  # noqa: S603  our own module, by this interpreter
        [sys.executable, "-m", f"benchmarks.load.{name}", str(port), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101  it is a pipe
            if process.stdout.readline() != b"ready\n":
                raise AssertionError(f"{name} did not start.")
            yield Part(process.pid, f"http://{HOST}:{port}")
        finally:
            process.kill()


@contextmanager
def a_supplier(mode: str = "answer", seconds: float = 0.001) -> Generator[Part]:
    """Run a supplier; so many seconds lie between two events of its streams."""
    with a_part("supplier", mode, str(seconds)) as part:
        yield part


@contextmanager
def a_bare(supplier: Part) -> Generator[Part]:
    """Run a pass-through with no features before a supplier."""
    with a_part("bare", supplier.address) as part:
        yield part


def call(task: Task) -> Told:
    """Ask by a process of its own."""
    with calling(task) as process:
        return told(process)


@contextmanager
def calling(task: Task) -> Generator[subprocess.Popen[bytes]]:
    """Ask by a process of its own while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.caller"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None  # noqa: S101  it is a pipe
        process.stdin.write(json.dumps(asdict(task)).encode())
        process.stdin.close()
        process.stdin = None
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[bytes]) -> Told:
    """Wait until a caller is done; return what it saw."""
    said, _ = process.communicate()
    return Told(**json.loads(said))


def well(seen: Told) -> Told:
    """Return what was seen.

    Raises:
        AssertionError: if not all was answered.
    """
    if seen.failed:
        raise AssertionError(f"{seen.failed} requests were not answered: {seen.sample}")
    return seen


def share(times: Sequence[float], part: float) -> float:
    """Return the time below which a part of some times lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def family(pid: int) -> list[int]:
    """Return a process and those that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def processor_seconds(pid: int) -> float:
    """Return what a process and those that it started have used, of all their threads, to the nanosecond."""
    return sum(time.clock_gettime(_clock_of(each)) for each in family(pid))


def _clock_of(pid: int) -> int:
    """Return the number of the clock of a process's time, as Linux forms it: `clock_getcpuclockid(3)`."""
    return (~pid << 3) | CPUCLOCK_SCHED


def memory(pid: int) -> float:
    """Return how many KiB a process and those that it started hold in memory."""
    return sum(_resident(each) for each in family(pid))


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


def allow_many_files() -> None:
    """Let this process and what it starts open many connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(MANY_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
