"""A full log of ours, written as Inspect's, says the same when it is read back, and Inspect's own tools open it."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.evaluating import own_evidence, say
from support.nodes import Node
from support.quiz import FakeModelServer

from corridor.core.errors import Invalid, NotFound
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Evaluation, Sample
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.service.runs import Runs

pytest.importorskip("inspect_ai", reason="needs the extra evaluation")


def evidence(node: Node) -> Evaluation:
    done = say(node, "run", "--provider", "own", "--languages", "hi")
    assert done.exit_code == 0, done.output
    return own_evidence(node)[-1]


def by_item(sample: Sample) -> str:
    return sample.item


def test_a_log_is_opened_by_inspect_and_read_back_it_gives_the_same_samples(
    node: Node, tmp_path: Path
) -> None:
    from corridor.evaluation.adapters.inspect.logs import read

    record = evidence(node)
    file = tmp_path / "hindi.eval"
    done = say(node, "export", record.id[:8], file)
    assert done.exit_code == 0, done.output + repr(done.exception)
    back = read(file, Stated())
    folder = node.runtime.service(Runs).folder / "logs"
    assert record.made is not None
    assert record.made.log_sha256 is not None
    ours = list(logs.samples_in(logs.read(folder, record.made.log_sha256)))
    assert sorted(back.samples, key=by_item) == sorted(ours, key=by_item)
    assert back.whole
    dumped = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-m", "inspect_ai", "log", "dump", "--header-only", str(file)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert record.id.encode() in dumped.stdout


def test_inspects_viewer_finds_when_a_run_was_and_what_it_took(
    node: Node, server: FakeModelServer, tmp_path: Path
) -> None:
    from inspect_ai.log import read_eval_log

    server.usage = {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}
    record = evidence(node)
    file = tmp_path / "hindi.eval"
    say(node, "export", record.id, file)

    written = read_eval_log(str(file))

    assert record.made is not None
    assert written.stats.started_at == record.made.began_at.isoformat()
    assert written.stats.completed_at == record.made.ended_at.isoformat()
    [used] = written.stats.model_usage.values()
    assert used.input_tokens == record.made.tokens_in == 30 * record.n
    assert used.output_tokens == record.made.tokens_out
    for sample in written.samples or []:
        assert sample.total_time == sample.output.time is not None
        assert sample.model_usage


def test_what_cannot_be_written_is_said(node: Node, tmp_path: Path) -> None:
    record = evidence(node)
    assert isinstance(say(node, "export", record.id, tmp_path / "x.txt").exception, Invalid)
    (tmp_path / "x.eval").write_text("")
    assert isinstance(say(node, "export", record.id, tmp_path / "x.eval").exception, Invalid)
    assert isinstance(say(node, "export", "f" * 32, tmp_path / "y.eval").exception, NotFound)
    assert record.made is not None
    path = logs.path_of(node.runtime.service(Runs).folder / "logs", record.made.log_sha256 or "")
    path.unlink()
    assert isinstance(say(node, "export", record.id, tmp_path / "y.eval").exception, NotFound)
    assert not (tmp_path / "y.eval").exists()
