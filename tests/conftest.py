"""Fixtures that are made once for a whole run."""

import os

import pytest
from hypothesis import HealthCheck, settings
from support.longest import turn_of
from support.postgres import postgres, store_url
from support.programs import speak_to_stderr

from corridor.edge.terminal import errors, out

# A test process of several is told how wide the first one's terminal is, and tables are then cut
# to that before a test can say how wide it wants them.
os.environ.pop("COLUMNS", None)
for screen in (out, errors):  # made now: it would keep the width that is said when it is first used
    assert screen.width
# Several test processes share few cores: threads of small matrix products only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# How long one example takes says nothing on a machine that other tests share.
settings.register_profile(
    "shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared machine")

__all__ = ["events_on_stderr", "postgres", "store_url"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.fixture(autouse=True)
def events_on_stderr() -> None:
    """Keep the events of nodes that run in the test process apart from what commands print.

    For each test anew: a command that a test before it ran in this process has set up its own.
    """
    speak_to_stderr()
