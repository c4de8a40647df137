"""What callers see of a first provider that refuses, hangs or answers 500: nothing, we hope.

One node offers four services: by a supplier that is well, and by a broken one before the same
supplier. No request may fail; once the circuit of the broken one is open, the median has to be
near that of the service whose supplier is well, measured in turns. Last, the node and the supplier
that is well are stopped for a moment in which requests are on their way.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from support.workers import a_free_port

from benchmarks.load.caller import Task
from benchmarks.load.gateways import a_prepared_node, running
from benchmarks.load.processes import HOST, a_supplier, call, calling, share, told
from benchmarks.rows import Row

REQUESTS, QUICK_REQUESTS = 3_000, 600
CONNECTIONS = 8
MOST_RATIO = 2.0
PAUSED_AFTER_SECONDS, PAUSED_SECONDS = 1.5, 1.5
SETTINGS = {"attempt_seconds": 1.0}
"""So that a supplier that hangs is given up before the benchmark's patience is."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure the service that is well, then each that is broken."""
    requests = QUICK_REQUESTS if quick else REQUESTS
    with (
        tempfile.TemporaryDirectory() as folder,
        a_supplier() as good,
        a_supplier("hang") as hanging,
        a_supplier("error") as failing,
    ):
        broken = {
            "refusing": f"http://{HOST}:{a_free_port()}",
            "hanging": hanging.address,
            "failing": failing.address,
        }
        services = {name: [address, good.address] for name, address in broken.items()}
        services["healthy"] = [good.address]
        with (
            a_prepared_node(Path(folder), services, gateway=SETTINGS) as prepared,
            running(prepared) as node,
        ):
            healthy = Task(node.address, prepared.key, "healthy", requests, CONNECTIONS)
            call(replace(healthy, requests=200))  # the first ones open connections
            for name in broken:
                yield from beside(healthy, name, requests)
            lasting = replace(healthy, model="failing", rate=requests / (3 * PAUSED_SECONDS))
            yield paused(lasting, (node.pid, good.pid))


def paused(task: Task, pids: Sequence[int]) -> Row:
    """Hold a node and the only supplier that is well up for longer than an attempt may take."""
    with calling(task) as process:
        time.sleep(PAUSED_AFTER_SECONDS)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(PAUSED_SECONDS)
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
        failed = told(process).failed
    return Row(
        f"first provider failing, all paused for {PAUSED_SECONDS} s: failed of {task.requests:,}",
        failed,
        "requests",
        "",
        None,
        "none",
        failed == 0,
    )


def beside(healthy: Task, name: str, requests: int) -> Iterator[Row]:
    """Measure a service whose first provider is broken, beside the one that is well."""
    task = replace(healthy, model=name)
    opening = call(replace(task, requests=100))  # the circuit opens
    before = call(healthy).times
    seen = call(task)
    well = (share(before, 0.5) + share(call(healthy).times, 0.5)) / 2
    failed = opening.failed + seen.failed
    yield Row(
        f"first provider {name}: failed of {requests + 100:,}",
        failed,
        "requests",
        "",
        None,
        "none",
        failed == 0,
    )
    found = share(seen.times, 0.5)
    yield Row(
        f"first provider {name}: p50 once its circuit is open",
        found * 1e3,
        "ms",
        f"{well * 1e3:.2f} ms while all is well",
        found / well,
        f"at most {MOST_RATIO:.0f} x",
        found / well <= MOST_RATIO,
    )
