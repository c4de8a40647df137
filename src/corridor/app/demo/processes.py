"""The processes of the demonstration: started apart, so that they outlive it, and found again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from corridor.app.demo.roles import VENDOR_MODEL, Stage
from corridor.app.home import Home
from corridor.app.locks import holder
from corridor.app.serve import bound_socket
from corridor.app.serve_model import LOCK
from corridor.app.settings import settings_at
from corridor.core.errors import Unavailable

START_SECONDS = 60
STOP_SECONDS = 10


class DidNotStart(Unavailable):
    """A process of the demonstration ended or stayed silent."""

    advice = "Mend the cause; `make demo` then goes on from what is there."


@dataclass(frozen=True, slots=True)
class Actor:
    """A process of the demonstration."""

    name: str
    arguments: tuple[str, ...]
    """Of the `corridor` command."""
    host: str
    port: int
    health: str
    folder: Path
    key: str | None = None

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "process.log"

    def pid(self) -> int | None:
        """Return its process id if it runs."""
        if self.name.startswith("node"):
            return Home(self.folder).pid()
        return holder(self.folder / LOCK)

    def start(self) -> bool:
        """Start it unless it runs; return whether that was needed.

        Raises:
            PortInUse: if another program has its port.
            DidNotStart: if it does not answer in time.
        """
        if self.pid() is not None and self._answers():
            return False
        self.stop()
        bound_socket(self.host, self.port).close()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own command, no shell
                [sys.executable, "-m", "corridor", *self.arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            ended = process.poll() is not None and self.pid() is None
            if ended or time.monotonic() > end:
                raise DidNotStart(
                    f"{self.name} did not start. Its log, {self.log}, ends: {self._last_words()}"
                )
            time.sleep(0.1)
        return True

    def stop(self) -> bool:
        """End it, politely and then not; return whether it ran."""
        pid = self.pid()
        if pid is None:
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return True
            end = time.monotonic() + STOP_SECONDS
            while time.monotonic() < end:
                if self.pid() is None:
                    return True
                time.sleep(0.05)
        return True

    def peak_mib(self) -> int | None:
        """Return the most memory it has held, in MiB, where the system tells."""
        return peak_mib(self.pid())

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return " ".join(lines[-2:]) or "(nothing)"

    def _answers(self) -> bool:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            response = httpx2.get(
                f"http://{self.host}:{self.port}{self.health}",
                headers=headers,
                timeout=2,
                trust_env=False,
            )
        except httpx2.HTTPError:
            return False
        return response.is_success


def node_actor(home: Path) -> Actor:
    """Return the process that serves the node in a folder."""
    node = settings_at(home).node
    arguments = ("--home", str(home), "node", "start")
    return Actor(f"node {node.name}", arguments, node.host, node.port, "/health", home)


def vendor_actor(stage: Stage) -> Actor:
    """Return the process that plays the vendor."""
    arguments = (
        "serve-model",
        VENDOR_MODEL,
        "--port",
        str(stage.vendor_port),
        "--folder",
        str(stage.vendor),
        "--key-file",
        str(stage.vendor_key),
    )
    key = stage.vendor_key.read_text().strip() if stage.vendor_key.exists() else None
    port = stage.vendor_port
    return Actor("vendor", arguments, "127.0.0.1", port, "/v1/models", stage.vendor, key)


def actors(stage: Stage) -> Sequence[Actor]:
    """Return the processes that have been set up so far."""
    nodes = [node_actor(h) for h in (stage.home_in, stage.home_jp) if Home(h).exists]
    return [*nodes, vendor_actor(stage)]


def peak_mib(pid: int | str | None) -> int | None:
    """Return the most memory a process has held, in MiB, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if pid is None or not status.exists():
        return None
    lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) // 1024 if lines else None
