"""Taking a partner's whole log: records a second over loopback, and the memory that it needs.

Two processes of their own: a node that serves its log, and a node that begins to follow it with
nothing, by the loop that runs in every node. The time is from the loop's start to the last commit.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.partners import a_node, a_note, a_served_node

from benchmarks.rows import Row
from corridor.app.logs import configure_logs
from corridor.core.signing import PublicKey
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, FederationSettings
from corridor.federation.jobs import keep_synced
from corridor.federation.ports import Card

MOST_SECONDS = 30.0
MOST_MIB = 200.0
MOST_WAIT = 2.0
BATCH = 1_000
TEXT = "a record as large as most are, " * 8


def rows(quick: bool) -> Iterator[Row]:
    """Fill a log, serve it from one process and take it into another."""
    count = 5_000 if quick else 100_000
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder,
        _child("serve", folder, str(count)) as serving,
        _child("pull", folder, _told(serving), str(count)) as pulling,
    ):
        _tell(serving, _told(pulling))
        _tell(pulling, _told(serving))
        said = _told(pulling)
        waits = [_freshness(serving, pulling) for _ in range(5 if quick else 20)]
    found: dict[str, float] = json.loads(said)
    seconds, peak, before = found["seconds"], found["peak_mib"], found["before_mib"]
    most = MOST_SECONDS * count / 100_000
    yield Row(f"sync of {count:,} records", count / seconds, "1/s")
    yield Row(
        f"sync of {count:,} records, time",
        seconds,
        "s",
        f"{most:g} s",
        seconds / most,
        f"at most {most:g} s",
        seconds <= most,
    )
    yield Row(
        f"sync of {count:,} records, processor time",
        found["processor_seconds"],
        "s",
        "its time by the clock",
        found["processor_seconds"] / seconds,
    )
    yield Row(
        "a new record is visible at the partner, longest wait",
        max(waits),
        "s",
        f"{MOST_WAIT:g} s",
        max(waits) / MOST_WAIT,
        f"at most {MOST_WAIT:g} s",
        max(waits) <= MOST_WAIT,
    )
    yield Row(
        "peak memory of the node that takes it",
        peak,
        "MiB",
        "the same program before it began",
        peak / before,
        f"at most {MOST_MIB:g} MiB",
        peak <= MOST_MIB,
    )


def serve(folder: str, count: str) -> None:
    """Serve a log of so many records; add one for each line of the standard input, to its end."""
    with a_served_node(Path(folder) / "north", settings=FederationSettings()) as north:
        for start in range(0, int(count), BATCH):
            with north.store.transaction("benchmark") as tx:
                for number in range(start, min(start + BATCH, int(count))):
                    tx.append(a_note(f"{number}: {TEXT}", visibility="public"))
        card = north.service(Federation).own_card(north.address)
        _say(card.model_dump_json())
        _add(north, Card.model_validate_json(sys.stdin.readline()))
        _say("ready")
        for _ in sys.stdin:
            with north.store.transaction("benchmark") as tx:
                tx.append(a_note("new", visibility="public"))
            _say(str(time.time()))


def pull(folder: str, told: str, count: str) -> None:
    """Follow that log until all of it is here; say how long it took and what it needed."""
    card = Card.model_validate_json(told)
    with a_node(Path(folder) / "south", settings=FederationSettings()) as south:
        _add(south, card)
        _say(south.service(Federation).own_card(south.address).model_dump_json())
        sys.stdin.readline()
        before = _peak_mib()
        asyncio.run(_follow(south, card.name, int(count), before))


async def _follow(node: Runtime, name: str, count: int, before_mib: float) -> None:
    """Say how the first sync went; then, for each line that comes, when one more record is there."""
    stop = asyncio.Event()
    began, used = time.monotonic(), time.process_time()
    loop = asyncio.create_task(keep_synced(node, stop))
    await _until_held(node, name, count)
    found = {
        "seconds": time.monotonic() - began,
        "processor_seconds": time.process_time() - used,
        "peak_mib": _peak_mib(),
        "before_mib": before_mib,
    }
    _say(json.dumps(found))
    while await asyncio.to_thread(sys.stdin.readline):
        count += 1
        await _until_held(node, name, count)
        _say(str(time.time()))
    stop.set()
    await loop


async def _until_held(node: Runtime, name: str, count: int) -> None:
    while await asyncio.to_thread(_size, node, name) < count:
        await asyncio.sleep(0.05)


def _freshness(serving: "subprocess.Popen[str]", pulling: "subprocess.Popen[str]") -> float:
    """Return how long after its commit a new record is visible at the partner, in seconds."""
    _tell(pulling, "wait")
    _tell(serving, "add")
    return -float(_told(serving)) + float(_told(pulling))


def _size(node: Runtime, name: str) -> int:
    with node.store.view() as view:
        return view.log_size(name)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _add(node: Runtime, card: Card) -> None:
    fingerprint = PublicKey.from_hex(card.public_key).fingerprint
    with node.store.transaction("benchmark") as tx:
        node.service(Federation).add(tx, card.name, card.url, fingerprint, card)


def _told(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("A process of the benchmark ended early.")
    return line.strip()


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _child(act: str, *words: str) -> Generator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603  our own module, by this interpreter
        [sys.executable, "-m", "benchmarks.log_sync", act, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["tests", *sys.path])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    configure_logs(verbose=False, as_json=True)
    {"serve": serve, "pull": pull}[sys.argv[1]](*sys.argv[2:])
