"""The node's one worker: which capability does which job of the outbox."""

import threading
from collections.abc import Iterator, Mapping

from corridor.app.taking_in import taken_in
from corridor.core.jobs import Work, Worker
from corridor.edge.runtime import Runtime

CAPABILITIES = ("evaluation", "supply_chain")
"""Those with jobs for the worker."""


class Works(Mapping[str, Work]):
    """What does each job, by its name; taken in when there is a job to be done."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, Work] = {}

    def __getitem__(self, name: str) -> Work:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Work]:
        if not self._known:
            parts = [taken_in(f"corridor.{each}.jobs:work") for each in CAPABILITIES]
            self._known = {
                name: work for part in parts for name, work in part(self._runtime).items()
            }
        return self._known


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Do the jobs of the outbox until told to stop."""
    Worker(runtime.store, Works(runtime)).run(stop)
