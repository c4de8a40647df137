"""Processes that die at any moment: what was kept is whole, and what was suspended comes back."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.partners import a_note, until
from support.programs import Callers, a_node_process, a_program
from support.upstream import a_fake_upstream

from corridor.app.home import Home
from corridor.core import merkle
from corridor.core.signing import opened
from corridor.core.statements import claim_of
from corridor.drills import DrillEnded, DrillResult
from corridor.gateway import Gateway, Suspension

ROUNDS = 2
SEED = 20260702
QUICK = {"baseline_seconds": 0.5, "recovery_seconds": 60.0, "probe_pause_seconds": 0.1}


@dataclass(frozen=True)
class Stage:
    """A folder that other processes serve; the test looks into its store beside them."""

    node: Node
    key: str

    @property
    def home(self) -> Path:
        return self.node.home

    @property
    def address(self) -> str:
        return self.node.address

    def callers(self) -> Callers:
        return Callers(self.address, self.key)

    def suspensions(self) -> list[Suspension]:
        with self.node.runtime.store.view() as view:
            return self.node.runtime.service(Gateway).suspensions(view)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with (
        a_fake_upstream("vendor") as vendor,
        a_fake_upstream("second") as second,
        a_node(tmp_path, "in", drills=QUICK) as node,
    ):
        node.add_provider("vendor-small", vendor.url)
        node.add_provider("second-small", second.url, supplier="second")
        node.offer("helpline", ["vendor-small", "second-small"])
        node.open_to_drills()
        node.listener.close()  # the port is for the process that will serve the folder
        yield Stage(node, node.issue_key("helpline"))


def check_all_that_is_kept(node: Node) -> int:
    """Verify every signature, every commitment and the root over them; return how many there are."""
    key = node.runtime.identity.signer.public
    with node.runtime.store.view() as view:
        leaves = view.leaves(0, 1_000_000)
        for position, leaf in enumerate(leaves):
            assert leaf.position == position
            assert claim_of(opened(leaf.envelope, key)).issuer == "in"
        assert view.log_root() == merkle.edge_over(leaf.commitment for leaf in leaves).root
        assert view.log_size() == len(leaves)
    return len(leaves)


def test_a_node_that_is_killed_while_callers_call_goes_on_from_what_it_kept(stage: Stage) -> None:
    chance = random.Random(SEED)  # noqa: S311  nobody is to guess
    kept = check_all_that_is_kept(stage.node)
    for number in range(ROUNDS):
        callers = stage.callers()
        with a_node_process(stage.home, stage.address) as process:
            accounted = len(stage.node.traffic())
            with callers.calling():
                until(lambda callers=callers: callers.answered.total() > 0)
                for _ in range(chance.randrange(1, 12)):
                    with stage.node.runtime.store.transaction("test") as tx:
                        tx.append(a_note(f"round {number}"))
                    kept += 1
                process.kill()
            assert callers.answered.total() > 0
        assert Home(stage.home).pid() is None
        assert check_all_that_is_kept(stage.node) == kept
        assert len(stage.node.traffic()) - accounted <= callers.sent

    with a_node_process(stage.home, stage.address):
        callers = stage.callers()
        with callers.calling():
            until(lambda: callers.answered["vendor-small"] >= 3)
    assert callers.failed == []


def test_a_supplier_comes_back_by_itself_when_the_drill_and_the_node_are_killed(
    stage: Stage, tmp_path: Path
) -> None:
    words = ("--home", stage.home, "drill", "run", "--withdraw", "vendor", "--for", "1s")
    with a_node_process(stage.home, stage.address) as process:
        with a_program(tmp_path / "drill.log", *words) as drill:
            until(lambda: bool(stage.suspensions()) or not drill.runs)
            assert drill.runs, drill.said()
            drill.kill()
        process.kill()
    assert stage.suspensions()  # nobody was left to lift them, and their end is not here yet
    assert all(each.is_leased for each in stage.suspensions())

    callers = stage.callers()
    with a_node_process(stage.home, stage.address), callers.calling():
        until(lambda: callers.answered["vendor-small"] > 0)
        until(lambda: stage.suspensions() == [])  # the node writes the drill's end down

    assert callers.failed == []
    with stage.node.runtime.store.view() as view:
        [ended] = view.own(DrillEnded)
        assert list(view.own(DrillResult)) == []
    assert (ended.how, ended.why) == ("lapsed", "nothing was heard of it any more")
    check_all_that_is_kept(stage.node)


def test_a_node_that_is_killed_during_a_drill_leaves_a_drill_that_ends_and_nothing_suspended(
    stage: Stage, tmp_path: Path
) -> None:
    words = ("--home", stage.home, "drill", "run", "--withdraw", "vendor", "--for", "1s")
    with (
        a_node_process(stage.home, stage.address) as process,
        a_program(tmp_path / "drill.log", *words) as drill,
    ):
        until(lambda: bool(stage.suspensions()) or not drill.runs)
        assert drill.runs, drill.said()
        process.kill()
        with a_node_process(stage.home, stage.address):
            assert drill.process.wait(60) == 0, drill.said()

    assert stage.suspensions() == []
    with stage.node.runtime.store.view() as view:
        [result] = view.own(DrillResult)
    assert result.lines[0].before.provider == "vendor-small"
    assert result.recovered_seconds is not None
    check_all_that_is_kept(stage.node)


def test_a_node_ends_in_good_order_on_ctrl_c_and_frees_its_folder(stage: Stage) -> None:
    callers = stage.callers()
    with a_node_process(stage.home, stage.address) as process, callers.calling():
        until(lambda: callers.answered.total() >= 3)
        process.interrupt()

    assert Home(stage.home).pid() is None
    assert "Traceback" not in process.said()
    assert len(stage.node.traffic()) >= 3
    assert stage.key not in process.said()
    check_all_that_is_kept(stage.node)
