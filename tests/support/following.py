"""Follow a guide in a shell: its files are written, its commands run, in the order of the page."""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support.programs import corridor_here

ADDRESS = "http://127.0.0.1:8801"
"""Of node `in`, in every guide."""
NEXT = "---- the next step\n"
BLOCK = re.compile(
    r"(?:Write this into `(?P<file>[^`]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)

CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect("{socket}")
    file = line.makefile("rwb")
    file.write(json.dumps([sys.argv[1:], os.environ["CORRIDOR_HOME"]]).encode() + b"\\n")
    file.flush()
    code, said, wrong = json.loads(file.readline())
sys.stdout.write(said)
sys.stderr.write(wrong)
sys.exit(code)
"""
"""The `corridor` of the shell: it hands its words over and prints what is answered."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What the shell of somebody who followed a guide said, step by step."""

    shells: tuple[str, ...]
    """The blocks of commands."""
    returncode: int
    steps: tuple[str, ...]
    errors: str

    def after(self, command: str) -> str:
        """Return what the step printed that has a command."""
        (number,) = (n for n, text in enumerate(self.shells) if command in text)
        return self.steps[number]


def follow(guide: str, folder: Path, address: str) -> Followed:
    """Follow a guide in a folder, with node `in` at an address.

    Its `corridor` is run in this process: many starts of Python are saved.
    """
    lines, shells = ["set -euo pipefail"], list[str]()
    for block in BLOCK.finditer(guide):
        text = block["text"].replace(ADDRESS, address)
        if block["file"]:
            lines.append(f"cat > {block['file']} <<'THE-END-OF-IT'\n{text}THE-END-OF-IT")
        elif block["language"] == "sh":
            lines += [text, f"echo {NEXT.strip()}"]
            shells.append(block["text"])
    done = _in_a_shell(folder, "\n".join(lines))
    steps = tuple(done.stdout.split(NEXT))
    return Followed(tuple(shells), done.returncode, steps, done.stderr)


def _in_a_shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    tools = folder / "tools"
    tools.mkdir()
    client = tools / "corridor"
    client.write_text(CLIENT.format(python=sys.executable, socket=folder / "s"), encoding="utf-8")
    client.chmod(0o700)
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("CORRIDOR_")}
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    said, wrong = folder / "said", folder / "wrong"
    with (
        socket.socket(socket.AF_UNIX) as listener,
        said.open("wb") as out,
        wrong.open("wb") as err,
    ):
        listener.bind(str(folder / "s"))
        listener.listen()
        listener.settimeout(0.2)
        shell = subprocess.Popen(  # noqa: S603  the guide's own commands
            ["/bin/bash", "-c", script.replace('"$PWD/.venv/bin:$PATH"', '"$PATH"')],
            stdout=out,
            stderr=err,
            cwd=folder,
            env={**inherited, "PATH": path, "NO_PROXY": "*"},
        )
        while shell.poll() is None:
            with suppress(TimeoutError):
                _answer(listener.accept()[0])
    return subprocess.CompletedProcess(
        script,
        shell.returncode,
        said.read_text(encoding="utf-8"),
        wrong.read_text(encoding="utf-8"),
    )


def _answer(connection: socket.socket) -> None:
    with connection, connection.makefile("rwb") as file:
        words, home = json.loads(file.readline())
        ended = corridor_here(*words, CORRIDOR_HOME=home, COLUMNS="200", NO_COLOR="1")
        told = [ended.returncode, ended.stdout, ended.stderr]
        file.write(json.dumps(told).encode() + b"\n")
