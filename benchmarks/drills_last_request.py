"""How soon after a suspension nothing reaches the lost supplier any more, as the supplier itself sees it.

A node in a process of its own, with the settings that come along, is asked for a service all the
time by many connections. Another process writes the suspension into the log, as a drill does that an
operator's terminal holds, and as a suspension in earnest. The supplier notes when a request came last, by
the machine's monotonic clock.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
from support.partners import until

from benchmarks.load.caller import Task
from benchmarks.load.gateways import SERVICE, a_prepared_node, running
from benchmarks.load.processes import Part, a_supplier, calling
from benchmarks.rows import Row
from corridor.app.assembly import open_node
from corridor.edge.runtime import Runtime
from corridor.gateway import Extent, Gateway, Target

TIMES, QUICK_TIMES = 20, 4
LIMIT = 1.0
RATE = 200.0
QUIET_SECONDS = 1.5
"""So long nothing has to come before the last request counts as the last."""
PATIENCE_SECONDS = 60.0
LOST = f"{SERVICE}-0-inc"
FAR_AHEAD = 3600.0


@dataclass(frozen=True, slots=True)
class Lost:
    """The supplier that is lost, and what it saw."""

    part: Part
    web: httpx2.Client

    def seen(self) -> tuple[float, int]:
        """Return when a request came last, and how many came."""
        told = self.web.get(f"{self.part.address}/last").json()
        return float(told["last"]), int(told["count"])

    def is_asked(self) -> bool:
        """Wait a moment; tell whether a request came meanwhile."""
        before = self.seen()[1]
        time.sleep(0.05)
        return self.seen()[1] > before


def rows(quick: bool) -> Iterator[Row]:
    """Suspend again and again, as a drill and in earnest."""
    times = QUICK_TIMES if quick else TIMES
    with (
        tempfile.TemporaryDirectory() as folder,
        a_supplier() as first,
        a_supplier() as second,
        httpx2.Client(trust_env=False) as web,
        a_prepared_node(Path(folder), {SERVICE: [first.address, second.address]}) as prepared,
        running(prepared) as node,
    ):
        lost, runtime = Lost(first, web), open_node(prepared.home)
        task = Task(node.address, prepared.key, SERVICE, 10**9, rate=RATE, seconds=FAR_AHEAD)
        try:
            with calling(task):
                until(lost.is_asked, 30)
                for name, leased in (("rehearsed", True), ("in earnest", False)):
                    found = [_suspended(runtime, lost, leased=leased) for _ in range(times)]
                    yield from _told(name, found)
        finally:
            runtime.store.close()


def _suspended(runtime: Runtime, lost: Lost, *, leased: bool) -> float:
    """Suspend the supplier; return how long after the commit a request came to it last."""
    gateway = runtime.service(Gateway)
    extent = Extent(services=[SERVICE], is_leased=leased)
    with runtime.store.transaction("benchmark") as tx:
        target = Target(kind="supplier", name=LOST)
        made = gateway.suspend(tx, target, timedelta(minutes=1), "it is measured", extent)
        gateway.beat(tx, [made])
    committed = time.monotonic()
    while time.monotonic() < max(committed, last := lost.seen()[0]) + QUIET_SECONDS:
        time.sleep(0.25)
        if time.monotonic() > committed + PATIENCE_SECONDS:
            raise AssertionError("Requests go on coming to a supplier that is suspended.")
        with runtime.store.transaction("benchmark") as tx:
            gateway.beat(tx, [made] if leased else [])
    with runtime.store.transaction("benchmark") as tx:
        gateway.lift(tx, made, "it was measured")
    until(lost.is_asked, 30)
    return max(0.0, last - committed)


def _told(name: str, found: list[float]) -> Iterator[Row]:
    median, worst = statistics.median(found), max(found)
    yield Row(f"from suspension to the last request, {name}, median", median * 1e3, "ms")
    yield Row(
        f"from suspension to the last request, {name}, worst of {len(found)}",
        worst * 1e3,
        "ms",
        f"limit of {LIMIT:.0f} s",
        worst / LIMIT,
        f"at most {LIMIT:.0f} s",
        worst <= LIMIT,
    )
