"""Whatever a stranger sends to a parser, nothing but our own error comes out of it.

In `just test` every input that the fuzzer ever found interesting is given to its parser again; in
`just soak` the fuzzer (atheris) looks for new ones.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fuzzing import CORPUS, TARGETS, tried

SOAK = bool(os.environ.get("CORRIDOR_SOAK"))
SECONDS = int(os.environ.get("CORRIDOR_FUZZ_SECONDS", "120"))
TESTS = Path(__file__).parents[1]


def inputs() -> Iterator[tuple[str, Path]]:
    for name in TARGETS:
        for file in sorted((CORPUS / name).iterdir()):
            yield name, file


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_inputs(name: str) -> None:
    assert list((CORPUS / name).iterdir())


@pytest.mark.parametrize(
    ("name", "file"), [pytest.param(*i, id=f"{i[0]}-{i[1].name[:8]}") for i in inputs()]
)
def test_an_input_of_the_corpus_is_answered(name: str, file: Path) -> None:
    tried(TARGETS[name], file.read_bytes())


def test_a_defect_in_a_parser_is_seen() -> None:
    def defective(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        tried(defective, b"x")


@pytest.mark.skipif(not SOAK, reason="the fuzzer runs in `just soak`")
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", TARGETS)
def test_the_fuzzer_finds_nothing(name: str, tmp_path: Path) -> None:
    found = tmp_path / "found"
    found.mkdir()
    done = subprocess.run(  # noqa: S603  the fuzzer, no shell
        [
            sys.executable,
            "-m",
            "support.fuzzing",
            name,
            str(found),
            str(CORPUS / name),
            f"-max_total_time={SECONDS}",
            f"-artifact_prefix={tmp_path}/",
            "-timeout=20",
            "-rss_limit_mb=2048",
        ],
        cwd=TESTS,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
