"""The real `corridor` command in tests, as a process of its own that is ended by its id."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import structlog

from corridor.app.cli import main
from support.nodes import bearer
from support.partners import until

QUIET = {"COLUMNS": "200", "NO_COLOR": "1"}


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without Corridor's own variables."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("CORRIDOR_")}
    return {**inherited, **QUIET, **more}


def corridor(
    *words: str | Path, seconds: float = 60, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(  # noqa: S603  our own module, by this interpreter
        [sys.executable, "-W", "error", "-m", "corridor", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment(**variables),
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left that was run in this process."""

    returncode: int
    stdout: str
    stderr: str


def speak_to_stderr() -> None:
    """Let events of nodes in this process go past what a test reads as a command's output."""
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))


def corridor_here(*words: str | Path, **variables: str) -> Ended:
    """Run the command as its `main` does, in this process: a start of Python is saved."""
    out, err = io.StringIO(), io.StringIO()
    before, given = dict(os.environ), sys.argv
    code: object = 0
    try:
        os.environ.update(variables)
        sys.argv = ["corridor", *map(str, words)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = given
        os.environ.clear()
        os.environ.update(before)
        speak_to_stderr()
    return Ended(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


@dataclass
class Program:
    """A command that runs on."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(60)

    def interrupt(self) -> int:
        """End it as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def a_program(log: Path, *words: str | Path, session: bool = False) -> Generator[Program]:
    """Run the command beside the test; it is gone when the block ends."""
    with (
        log.open("ab") as out,
        subprocess.Popen(  # noqa: S603  our own module, by this interpreter
            [sys.executable, "-m", "corridor", *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment(),
            start_new_session=session,
        ) as process,
    ):
        try:
            yield Program(process, log)
        finally:
            process.kill()


@contextmanager
def a_node_process(home: Path, address: str) -> Generator[Program]:
    """Serve a node's folder in a process of its own; it answers when the block begins."""
    with a_program(home / "process.log", "--home", home, "node", "start") as program:
        until(lambda: answers(address) or not program.runs)
        assert program.runs, program.said()
        yield program


def answers(address: str) -> bool:
    """Tell whether a node answers."""
    try:
        return httpx2.get(f"{address}/health", trust_env=False, timeout=5).is_success
    except httpx2.HTTPError:
        return False


@dataclass
class Callers:
    """Threads that call a service again and again, and note who answered or what went wrong."""

    address: str
    key: str
    languages: tuple[str, ...] = ("en-Latn",)
    answered: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sent(self) -> int:
        return self.answered.total() + len(self.failed)

    @contextmanager
    def calling(self) -> Generator["Callers"]:
        """Call while the block runs; every request is finished when it ends."""
        threads = [threading.Thread(target=self._call, args=(tag,)) for tag in self.languages]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(timeout=60)

    def _call(self, language: str) -> None:
        headers = {**bearer(self.key), "x-corridor-language": language}
        with httpx2.Client(trust_env=False, headers=headers, timeout=60) as client:
            number = 0
            while not self._stop.is_set():
                number += 1
                body = {
                    "model": "helpline",
                    "messages": [{"role": "user", "content": "hello"}],
                    "stream": number % 2 == 0,
                }
                self._note(client, body)
                self._stop.wait(0.02)

    def _note(self, client: httpx2.Client, body: Mapping[str, object]) -> None:
        try:
            answer = client.post(f"{self.address}/v1/chat/completions", json=body)
        except httpx2.HTTPError as error:
            with self._lock:
                self.failed.append(type(error).__name__)
            return
        whole = not body["stream"] or answer.text.rstrip().endswith("[DONE]")
        with self._lock:
            if answer.is_success and whole:
                self.answered[answer.headers["x-corridor-provider"]] += 1
            else:
                self.failed.append(answer.text)
