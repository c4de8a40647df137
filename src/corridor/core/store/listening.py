"""Be told of new records at once, where the database can tell (PostgreSQL's LISTEN and NOTIFY).

It only says that it is time to look: what there is, the store says. Word of a record can be lost, as
while a connection is down, so whoever is told still looks by itself now and then.
"""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from sqlalchemy import Engine

from corridor.core.store.errors import FAILURES

CHANNEL = "corridor_log"
TELL = f"NOTIFY {CHANNEL}"
"""Said in the transaction that adds a record; heard when it commits, by whoever listens."""
LISTEN = f"LISTEN {CHANNEL}"
TURN_SECONDS = 0.25
"""How soon it notices that it is to stop."""
ALIVE_SECONDS = 5.0
"""How often it makes sure that the server is there."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""How long to wait before the next attempt to connect."""

log = structlog.get_logger()


@dataclass(slots=True)
class Listener:
    """A thread with a connection of its own that waits for word of new records."""

    engine: Engine
    wake: Callable[[], object]
    """Called in that thread for each word, and when there may have been one that was not heard."""
    _hears: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def hears(self) -> bool:
        """Whether word of a record would be heard now, as far as is known."""
        return self._hears

    @contextmanager
    def at_work(self) -> Generator["Listener"]:
        """Listen while the block runs."""
        thread = threading.Thread(target=self._run, name="listener", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join(ALIVE_SECONDS)

    def _run(self) -> None:
        dbapi = cast("Any", self.engine.dialect.loaded_dbapi)
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                with self._connected() as connection:
                    pause = FIRST_PAUSE
                    self._listen(connection)
            except (*FAILURES, dbapi.Error, OSError) as error:
                log.warning("store.listener.lost", error=type(error).__name__, pause=pause)
            finally:
                self._hears = False
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    @contextmanager
    def _connected(self) -> Generator[Any]:
        borrowed = self.engine.raw_connection()
        driver = cast("Any", borrowed.driver_connection)
        borrowed.detach()  # it does not count among the pool's
        with closing(driver):
            driver.autocommit = True
            driver.execute(LISTEN)
            yield driver

    def _listen(self, driver: Any) -> None:  # noqa: ANN401  the driver's class; it is installed only where used
        self._hears = True
        self.wake()
        alive = time.monotonic()
        while not self._stop.is_set():
            for _ in driver.notifies(timeout=TURN_SECONDS, stop_after=1):
                self.wake()
            if time.monotonic() - alive > ALIVE_SECONDS:
                driver.execute("SELECT 1")
                alive = time.monotonic()
