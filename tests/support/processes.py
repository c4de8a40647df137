"""Other processes, for what only another process can show: locks, kills, limits."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[1]


@contextmanager
def a_child(act: Callable[..., None], *arguments: str | Path) -> Generator[subprocess.Popen[str]]:
    """Run one of `support.children` in a process of its own; it is gone when the block ends."""
    command = [sys.executable, "-m", "support.children", act.__name__, *map(str, arguments)]
    with subprocess.Popen(  # noqa: S603  our own module, by this interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """Wait for the child to say something."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def what_was_said(act: Callable[..., None], *arguments: str | Path) -> list[str]:
    """Run a child to its end and return the lines it said."""
    with a_child(act, *arguments) as process:
        said, _ = process.communicate(timeout=60)
    return said.splitlines()
