"""LiteLLM's proxy in an environment of its own: one worker, its smallest config, nothing leaves loopback.

It is no part of the product or its tests: part of it is proprietary. The environment is made from
a lock with hashes when a benchmark first asks for it, and is kept beside the program's own.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from support.workers import a_free_port

from benchmarks.load.processes import HOST, Part

LOCK = Path(__file__).parents[2] / "locks" / "litellm.txt"
FOLDER = Path(sys.prefix) / "litellm"
MARK = FOLDER / "installed-from.txt"
KEY = "sk-benchmark"
MODEL = "helpline"
PATIENCE_SECONDS = 90.0
CONFIG = """\
model_list:
  - model_name: {model}
    litellm_params: {{model: openai/mock, api_base: "{address}/v1", api_key: none}}
litellm_settings: {{telemetry: false}}
general_settings: {{master_key: {key}}}
"""
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOG": "ERROR",
    "LITELLM_TELEMETRY": "False",
    "DISABLE_ADMIN_UI": "True",
    "NO_PROXY": HOST,
}


def environment() -> Path:
    """Return the folder of the programs, installed from the lock if they are not yet."""
    if MARK.exists() and MARK.read_text() == LOCK.read_text():
        return FOLDER / "bin"
    shutil.rmtree(FOLDER, ignore_errors=True)
    python = str(FOLDER / "bin" / "python")
    _run("venv", "-q", "--python", sys.executable, str(FOLDER))
    _run("pip", "install", "-q", "--require-hashes", "--python", python, "-r", str(LOCK))
    shutil.copy(LOCK, MARK)
    return FOLDER / "bin"


@contextmanager
def a_litellm(folder: Path, supplier: Part) -> Generator[Part]:
    """Run LiteLLM's proxy in front of a supplier; it answers when the block begins."""
    config, port = folder / "litellm.yaml", a_free_port()
    config.write_text(CONFIG.format(model=MODEL, address=supplier.address, key=KEY))
    words = ["--config", str(config), "--host", HOST, "--port", str(port), "--num_workers", "1"]
    program = environment() / "litellm"
    with (
        (folder / "litellm.log").open("wb") as out,
        subprocess.Popen(  # noqa: S603  installed by us
            [str(program), *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **QUIET},
        ) as process,
    ):
        try:
            part = Part(process.pid, f"http://{HOST}:{port}")
            _wait(part, process)
            yield part
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(part: Part, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            address = f"{part.address}/health/liveliness"
            if httpx2.get(address, trust_env=False, timeout=5).is_success:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("LiteLLM did not start.")


def _run(*words: str) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    subprocess.run([str(uv), *words], check=True)  # noqa: S603  of our own environment
