"""Fixtures that are made once for a whole run."""

import pytest
from support.postgres import postgres, store_url
from support.programs import speak_to_stderr

__all__ = ["events_on_stderr", "postgres", "store_url"]


@pytest.fixture(scope="session", autouse=True)
def events_on_stderr() -> None:
    """Keep the events of nodes that run in the test process apart from what commands print."""
    speak_to_stderr()
