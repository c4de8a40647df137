"""The node's one worker: which capability does which job of the outbox."""

import threading

from corridor.core.jobs import Worker
from corridor.edge.runtime import Runtime
from corridor.evaluation import jobs as evaluation
from corridor.supply_chain import jobs as supply_chain


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Do the jobs of the outbox until told to stop."""
    Worker(runtime.store, {**evaluation.work(runtime), **supply_chain.work(runtime)}).run(stop)
