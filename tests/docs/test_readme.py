"""The README's commands for a node of one's own can be pasted as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.programs import a_program

from corridor.app.serve import bound_socket

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
START = "corridor node start\n"


@pytest.mark.models
@pytest.mark.timeout(900)
def test_a_node_made_as_the_readme_says_answers_its_first_application(tmp_path: Path) -> None:
    (block,) = (
        text
        for text in re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
        if "node init" in text
    )
    assert block.endswith(START)
    with bound_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    commands = block.removesuffix(START).replace("8841", str(port))
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("CORRIDOR_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  the README's own commands
        ["/bin/bash", "-c", f"set -euo pipefail\n{commands}"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**inherited, "PATH": path},
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    key = (tmp_path / "caller.key").read_text(encoding="ascii").strip()
    asked = {"model": "helpline", "messages": [{"role": "user", "content": "Hello"}]}
    with a_program(tmp_path / "log", "--home", tmp_path / "my-node", "node", "start") as node:

        def answered() -> bool:
            assert node.runs, node.said()
            try:
                reply = httpx2.post(
                    f"http://127.0.0.1:{port}/v1/chat/completions",
                    json={**asked, "max_tokens": 4},
                    headers={**bearer(key), "x-corridor-language": "en-Latn"},
                    timeout=60,
                    trust_env=False,
                )
            except httpx2.ConnectError:
                return False
            return reply.status_code == 200

        until(answered)
        node.interrupt()
