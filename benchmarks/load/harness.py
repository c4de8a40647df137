"""lm-evaluation-harness in an environment of its own, and an address on loopback at which it finds a model.

The address speaks what the harness asks of a server for likelihoods: tokens of a text, and the logarithm of
each token's probability (`echo`). It reads each text alone and whole, or all texts of a request together, each
common beginning once. The environment is made from a lock with hashes when it is first asked for.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import cast

from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.prefixes import Scored

LOCK = Path(__file__).parents[2] / "locks" / "lm-eval.txt"
FOLDER = Path(sys.prefix) / "lm-eval"
SECONDS = 3 * 3600
"""How long the harness waits for an answer: to all texts of a set, perhaps."""
MARK = FOLDER / "installed-from.txt"
HOST = "127.0.0.1"
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "NO_PROXY": HOST,
    "TOKENIZERS_PARALLELISM": "false",
}
TASK = """\
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{prompt}}}}"
doc_to_choice: choices
doc_to_target: target
target_delimiter: ""
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: acc_bytes
metadata:
  version: 1
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A text and its continuations, one of which is right."""

    prompt: str
    choices: tuple[str, ...]
    target: int


@dataclass(frozen=True, slots=True)
class Said:
    """What the harness found."""

    scores: Mapping[str, float]
    logs: Sequence[Sequence[float]]
    """By question and choice."""


def environment() -> Path:
    """Return the harness's program, installed from the lock if it is not yet."""
    program = FOLDER / "bin" / "lm_eval"
    if MARK.exists() and MARK.read_text() == LOCK.read_text():
        return program
    shutil.rmtree(FOLDER, ignore_errors=True)
    python = str(FOLDER / "bin" / "python")
    _run("venv", "-q", "--python", sys.executable, str(FOLDER))
    _run("pip", "install", "-q", "--require-hashes", "--python", python, "-r", str(LOCK))
    shutil.copy(LOCK, MARK)
    return program


def harness(
    name: str, questions: Sequence[Question], address: str, folder: Path, batch: int = 1
) -> Said:
    """Have the harness answer questions by likelihood at an address, so many texts in a request."""
    docs = folder / f"{name}.jsonl"
    docs.write_text("".join(json.dumps(_doc(question)) + "\n" for question in questions))
    (folder / f"{name}.yaml").write_text(TASK.format(name=name, file=docs))
    arguments = f"base_url={address}/v1/completions,tokenizer_backend=remote,model=here"
    more = f"timeout={SECONDS}"
    words = ["--model", "local-completions", "--model_args", f"{arguments},{more}"]
    words += ["--tasks", name, "--batch_size", str(batch)]
    places = ["--include_path", str(folder), "--output_path", str(folder / "out"), "--log_samples"]
    subprocess.run(  # noqa: S603  installed by us
        [str(environment()), "run", *words, *places],
        check=True,
        capture_output=True,
        cwd=folder,
        env={**os.environ, **QUIET, "HF_HOME": str(folder / "home")},
    )
    return _said(name, folder / "out")


@contextmanager
def an_address(model: Model) -> Generator[str]:
    """Serve the model's tokens and likelihoods for the length of a block."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"eos_token": None, "bos_token": None})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            body = cast("dict[str, object]", json.loads(data))
            if self.path == "/tokenize":
                self._answer({"tokens": model.tokens(str(body["prompt"]))})
            else:
                prompts = cast("list[list[int]]", body["prompt"])
                told = each(model, prompts)
                self._answer({"choices": [_echo(i, found) for i, found in enumerate(told)]})

        def _answer(self, value: object) -> None:
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer((HOST, 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=10)


def each(model: Model, prompts: Sequence[Sequence[int]]) -> list[list[Likelihood]]:
    """Return the likelihood of each token but the first, of each text."""
    texts = [Scored(tuple(tokens), 1) for tokens in prompts]
    return model.told(model.plan(texts), texts)


def _echo(index: int, found: Sequence[Likelihood]) -> dict[str, object]:
    """Return a completion of one token after an echo; the new token is never looked at."""
    logs = [None, *(one.log_probability for one in found), 0.0]
    best = [{"": one.log_probability if one.greedy else 0.0} for one in found]
    return {
        "index": index,
        "text": "",
        "logprobs": {"token_logprobs": logs, "top_logprobs": [None, *best, {"": 0.0}]},
    }


def _doc(question: Question) -> dict[str, object]:
    return {
        "prompt": question.prompt,
        "choices": list(question.choices),
        "target": question.target,
    }


def _said(name: str, folder: Path) -> Said:
    [results] = folder.rglob("results_*.json")
    [samples] = folder.rglob(f"samples_{name}_*.jsonl")
    values = cast("dict[str, dict[str, dict[str, float]]]", json.loads(results.read_text()))
    lines = [json.loads(line) for line in samples.read_text().splitlines()]
    return Said(
        {
            metric: values["results"][name][f"{metric},none"]
            for metric in ("acc", "acc_norm", "acc_bytes")
        },
        [[float(response[0]) for response in line["filtered_resps"]] for line in lines],
    )


def _run(*words: str) -> None:
    subprocess.run([str(Path(sys.prefix) / "bin" / "uv"), *words], check=True)  # noqa: S603  our own
