"""Drills on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.drilled import a_line, a_result
from support.nodes import Node, a_node
from support.supply import DIGEST
from support.upstream import a_fake_upstream
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError, Invalid, NotFound, Unavailable
from corridor.drills import DrillResult, NodeDown
from corridor.drills.commands import commands
from corridor.drills.errors import NoDrillAccess, NoDuration, NothingLive
from corridor.drills.rules.figures import UNKNOWN
from corridor.gateway import Gateway, Suspension

QUICK = {
    "baseline_seconds": 0.3,
    "baseline_items": 3,
    "return_seconds": 0.2,
    "recovery_seconds": 5.0,
    "probe_pause_seconds": 0.05,
}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, drills=QUICK) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.offer("helpline", ["vendor-small"])
        offer_another(made)
        made.open_to_drills(granted=False)
        made.publish({DIGEST: 30})
        made.issue_key("*")
        yield made


def offer_another(node: Node) -> None:
    """Offer a service that does not depend on the vendor: else a drill takes everything away."""
    node.add_provider("spare", "http://127.0.0.1:9/v1", supplier="spare-inc")
    node.offer("tutor", ["spare"])


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def keep(node: Node, *results: DrillResult) -> None:
    with node.runtime.store.transaction("test") as tx:
        for result in results:
            tx.append(result)


def left_behind(node: Node) -> tuple[int, int, int]:
    """Count the suspensions ever made, the keys of drills in force, and the drills that were signed."""
    with node.runtime.store.view() as view:
        return (
            len(list(view.own(Suspension))),
            sum(key.label == "drill" for key in node.keys_in_force()),
            len(list(view.own(DrillResult))),
        )


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--withdraw", "vendor", "--for", "3s"), NodeDown),
        (("--withdraw", "nobody"), NothingLive),
        (("--withdraw", "vendor", "--for", "soon"), NoDuration),
        (("--withdraw", "vendor", "--for", "0s"), NoDuration),
        (("--withdraw", "vendor", "--service", "nowhere"), NotFound),
        (("--withdraw", "vendor", "--items", "most"), Invalid),
    ],
)
def test_a_drill_that_can_not_be_held_is_an_error_with_a_hint_and_leaves_nothing(
    node: Node, words: tuple[str, ...], kind: type[CorridorError]
) -> None:
    result = run(node, "run", *words)

    assert isinstance(result.exception, kind)
    assert isinstance(result.exception, CorridorError)
    assert result.exception.hint
    assert left_behind(node) == (0, 0, 0)


def test_a_drill_against_a_served_node_ends_with_a_report_and_leaves_no_key(tmp_path: Path) -> None:
    with a_fake_upstream("alpha") as alpha, a_node(tmp_path, drills=QUICK) as node:
        node.add_provider("vendor-small", alpha.url)
        node.offer("helpline", ["vendor-small"])
        offer_another(node)
        node.open_to_drills()
        node.publish({DIGEST: 30})
        node.start()

        result = run(
            node,
            *("run", "--withdraw", "vendor", "--for", "1s"),
            *("--report", str(tmp_path / "report")),
        )

        assert result.exit_code == 0, result.exception
        answer = json.loads((tmp_path / "report" / "report.json").read_text())
        [line] = answer["services"]
        assert (line["before_provider"], line["after_provider"]) == ("vendor-small", None)
        assert line["after"] == {"value": 0.0, "low": 0.0, "high": 0.0}
        assert line["switch_seconds"] is None
        assert answer["requests"]["failed"] > 0
        assert answer["recovered_seconds"] is not None
        assert left_behind(node) == (8, 0, 1)  # of its own probes, and of all requests; thrice less
        with node.runtime.store.view() as view:
            assert node.runtime.service(Gateway).suspensions(view) == []


def test_a_drill_that_may_not_ask_is_told_so_and_withdraws_nothing(tmp_path: Path) -> None:
    with a_fake_upstream("alpha") as alpha, a_node(tmp_path, drills=QUICK) as node:
        node.add_provider("vendor-small", alpha.url)
        node.offer("helpline", ["vendor-small"])
        offer_another(node)
        node.publish({DIGEST: 30})
        node.issue_key("*")
        unknown = run(node, "run", "--withdraw", "vendor", "--for", "1s")
        node.open_to_drills(granted=False)
        node.start()

        refused = run(node, "run", "--withdraw", "vendor", "--for", "1s")

        assert isinstance(unknown.exception, NoDrillAccess)
        assert isinstance(refused.exception, NoDrillAccess)
        assert "helpline in en-Latn" in str(refused.exception)
        assert refused.exception.hint
        assert (alpha.asked, left_behind(node)) == (0, (0, 0, 0))


def test_the_list_shows_the_drills_that_were_held(node: Node) -> None:
    assert run(node, "list").stdout.startswith("Drills: none yet.\n")
    assert json.loads(run(node, "list", "--json").stdout) == []
    keep(node, a_result(), a_result(a_line(after=UNKNOWN), id="e" * 32))

    table = run(node, "list").stdout
    rows = json.loads(run(node, "list", "--json").stdout)

    assert "d" * 12 in table
    assert "unknown" in table
    assert [row["record"] for row in rows] == ["d" * 32, "e" * 32]
    assert rows[0]["requests"] == {"sent": 18, "served": 10, "moved": 6, "failed": 2}


def test_a_report_is_drawn_again_from_the_record(node: Node, tmp_path: Path) -> None:
    keep(node, a_result())

    result = run(node, "report", "d" * 32, "--report", str(tmp_path / "again"))

    assert result.exit_code == 0
    assert (tmp_path / "again" / "report.html").exists()
    assert "Worst case: helpline in hi-Deva" in result.stdout
    assert "18 sent, 10 served, 6 moved, 2 failed" in result.stdout
    assert json.loads(run(node, "report", "ddd", "--json").stdout)["record"] == "d" * 32


def test_without_a_folder_a_report_lies_in_the_nodes_own(node: Node) -> None:
    keep(node, a_result())

    assert run(node, "report", "d" * 32).exit_code == 0

    assert (node.home / "reports" / ("d" * 32) / "report.json").exists()


def test_a_report_without_evidence_says_so(node: Node) -> None:
    keep(node, a_result(a_line(after=UNKNOWN, switch_seconds=None)))

    shown = run(node, "report", "d" * 32).stdout

    assert "Worst case: unknown; there is no evidence to tell it from." in shown
    assert "never" in shown


def test_a_report_that_can_not_be_written_says_that_the_drill_is_kept(
    node: Node, tmp_path: Path
) -> None:
    keep(node, a_result())
    (tmp_path / "file").write_text("a regular file")

    result = run(node, "report", "d" * 32, "--report", str(tmp_path / "file" / "x"))

    assert isinstance(result.exception, Unavailable)
    assert "d" * 32 in str(result.exception.hint)


def test_a_report_of_a_drill_that_is_not_there_is_not_found(node: Node) -> None:
    assert isinstance(run(node, "report", "f" * 32).exception, NotFound)
    keep(node, a_result(), a_result(id="d" * 31 + "e"))
    assert isinstance(run(node, "report", "d").exception, NotFound)
