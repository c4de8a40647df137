"""The demonstration with its two real models: played, cut off in the middle, and played again."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.partners import until
from support.programs import a_program, corridor

from corridor.app.assembly import open_node
from corridor.app.demo.roles import LANGUAGES, Stage
from corridor.app.home import Home
from corridor.app.locks import holder
from corridor.app.serve import PortInUse, bound_socket
from corridor.app.serve_model import LOCK
from corridor.evaluation import Evaluation
from corridor.gateway import Gateway

pytestmark = [pytest.mark.models, pytest.mark.alone, pytest.mark.timeout(1500)]
FIGURE = {"value", "low", "high"}


def three_free_ports() -> int:
    """Return the first of three free ports in a row; each test process looks among its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    for port in range(23_401 + worker * 500, 23_900 + worker * 500, 3):
        with suppress(PortInUse):
            for number in range(3):
                bound_socket("127.0.0.1", port + number).close()
            return port
    raise AssertionError("There are no three free ports in a row.")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("demo") / "d", three_free_ports())
    with (tmp_path_factory.getbasetemp().parent / "one-demonstration").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two at once would take all cores for minutes
        try:
            yield stage
        finally:
            corridor("demo", "--folder", stage.folder, "--port", str(stage.port), "--stop")


def words(stage: Stage, *more: str) -> tuple[str, ...]:
    given = (
        "--folder",
        str(stage.folder),
        "--port",
        str(stage.port),
        "--drill-for",
        "8s",
        "--items",
        "6",
    )
    return ("demo", *given, *more)


def pids(stage: Stage) -> list[int | None]:
    nodes = [Home(home).pid() for home in (stage.home_in, stage.home_jp)]
    return [*nodes, holder(stage.vendor / LOCK)]


def processes_of(stage: Stage) -> list[str]:
    """Return the command line of every process that names the folder."""
    found: list[str] = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = command.read_bytes().decode(errors="replace").replace("\0", " ")
            if str(stage.folder) in line and "pytest" not in line:
                found.append(line)
    return found


def check_report(stage: Stage) -> None:
    report: dict[str, Any] = json.loads((stage.folder / "report.json").read_text())
    assert sorted(line["language"] for line in report["services"]) == sorted(LANGUAGES)
    for line in report["services"]:
        assert set(line) >= {"service", "language", "before", "after", "continuity"}
        for name in ("before", "after", "continuity"):
            assert set(line[name]) == FIGURE
            assert line[name]["value"] is not None
        assert {line["before_evidence"]["issuer"], line["after_evidence"]["issuer"]} == {"in", "jp"}
    requests = report["requests"]
    assert requests["failed"] == 0
    assert requests["sent"] == requests["served"] + requests["moved"]
    assert requests["moved"] > 0
    assert 0 < report["switch_seconds"]
    assert report["recovered_seconds"] is not None
    assert report["worst_case"]["language"] in LANGUAGES
    assert "What continues without" in (stage.folder / "report.html").read_text()


def evidence_of(home: Path) -> list[tuple[str, str]]:
    node = open_node(home)
    with node.store.view() as view:
        found = [(kept.entry.issuer, kept.record.language) for kept in view.every(Evaluation)]
        assert node.service(Gateway).suspensions(view) == []
    node.store.close()
    return sorted(found)


def check_evidence(stage: Stage) -> None:
    every = sorted((issuer, language) for issuer in ("in", "jp") for language in LANGUAGES)
    assert evidence_of(stage.home_in) == every
    assert evidence_of(stage.home_jp) == every


def test_cut_off_during_its_drill_it_plays_again_from_what_is_there_and_leaves_no_process(
    stage: Stage, tmp_path: Path
) -> None:
    with a_program(tmp_path / "cut.log", *words(stage), session=True) as first:
        until(lambda: "withdrawn for" in first.said() or not first.runs, 600)
        assert first.runs, first.said()
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait(60)
    assert first.said().count("SHA-256") == 2
    assert "Gemma Terms of Use" in first.said()
    survivors = pids(stage)
    assert None not in survivors
    assert survivors[1] is not None
    os.kill(survivors[1], signal.SIGKILL)  # of the nodes one survives, one does not
    until(lambda: pids(stage)[1] is None)

    second = corridor(*words(stage), seconds=600)

    assert second.returncode == 0, second.stdout + second.stderr
    assert "0 failed." in second.stdout
    assert "what is there is used again" in second.stdout
    assert second.stdout.count("evidence of an earlier run is used again") == 2
    assert second.stdout.count("runs already") == 2
    check_report(stage)
    check_evidence(stage)
    assert None not in pids(stage)

    ended = corridor(*words(stage, "--drill-for", "no time", "--exit"), seconds=200)

    assert ended.returncode != 0  # and yet all is ended
    assert ended.stdout.count(": ended") == 3
    assert pids(stage) == [None, None, None]
    until(lambda: processes_of(stage) == [])
