"""Two thousand streams at the same time: none may drop, and each may hold little memory."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, a_prepared_node, running
from benchmarks.load.processes import a_supplier, allow_many_files, calling, memory, told
from benchmarks.rows import Row

STREAMS, QUICK_STREAMS = 2_000, 500
EVENT_SECONDS = 0.5
"""Between two of the 22 events of a stream, so that all are open together for some seconds."""
MOST_KIB = 100.0
LOOK_SECONDS = 0.2
WATCHED_SECONDS = 60.0
"""Then the memory is looked at no more."""


def rows(quick: bool) -> Iterator[Row]:
    """Open all, watch the memory while they run, and count what came to its end."""
    streams = QUICK_STREAMS if quick else STREAMS
    allow_many_files()
    with (
        tempfile.TemporaryDirectory() as folder,
        a_supplier(seconds=EVENT_SECONDS) as supplier,
        a_prepared_node(Path(folder), {SERVICE: [supplier.address]}) as prepared,
        running(prepared) as node,
    ):
        task = Task(node.address, prepared.key, SERVICE, streams, streams, stream=True)
        with calling(replace(task, requests=20, connections=20)) as process:
            told(process)
        before = most = memory(node.pid)
        end = time.monotonic() + WATCHED_SECONDS
        with calling(task) as process:
            while process.poll() is None and time.monotonic() < end:
                most = max(most, memory(node.pid))
                time.sleep(LOOK_SECONDS)
            seen = told(process)
    yield Row(
        f"{streams:,} streams at a time, dropped",
        seen.failed,
        "streams",
        "",
        None,
        "none",
        seen.failed == 0,
    )
    each = (most - before) / streams
    yield Row(
        "memory of each",
        each,
        "KiB",
        f"limit of {MOST_KIB:.0f} KiB",
        each / MOST_KIB,
        f"at most {MOST_KIB:.0f} KiB",
        each <= MOST_KIB,
    )
