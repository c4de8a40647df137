"""Drills with partners on the command line."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.agreed import Peer
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError, Invalid, NotFound
from corridor.drills import DrillProposed
from corridor.drills.commands import commands
from corridor.drills.errors import (
    BeyondProposal,
    NodeDown,
    NoPart,
    NoStages,
    NotYours,
    OutsideWindow,
)
from corridor.drills.records import AgreedLoss, Terms
from corridor.drills.rules.stages import stages_in

ASKED = ("propose", "--to", "jp", "--withdraw", "vendor", "--why", "before the summit")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, clock=StoppedClock()) as made:
        made.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        made.offer("helpline", ["vendor-small"])
        made.open_to_drills(granted=False)
        yield made


@pytest.fixture
def japan(node: Node) -> Peer:
    return Peer("jp", node.runtime).introduce()


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def asked_by(peer: Peer, now: datetime, items: int = 0) -> str:
    """Let a partner propose a drill; return its id."""
    return peer.states(
        DrillProposed(
            made_at=now,
            visibility="partners",
            to=("in",),
            lost=AgreedLoss(supplier="vendor"),
            begins=now,
            until=now + timedelta(hours=1),
            terms=Terms(stages=stages_in("shadow:30s,canary:60s@10%"), items=items),
            why="a test",
        )
    ).record_id


@pytest.mark.usefixtures("japan")
def test_a_proposal_says_what_when_and_how_far(node: Node) -> None:
    window = ("--from", "2h", "--until", "2026-01-02T09:00Z")
    made = run(node, *ASKED, "--stages", "shadow:30s", *window, "--ceiling", "0.2", "--json")

    assert made.exit_code == 0, made.exception
    found = json.loads(made.stdout)
    now = node.runtime.store.clock()
    assert datetime.fromisoformat(found["proposed"]["begins"]) == now + timedelta(hours=2)
    assert found["proposed"]["until"] == "2026-01-02T09:00:00Z"
    assert found["proposed"]["terms"]["ceiling"] == 0.2
    listed = run(node, "proposals").stdout
    assert "jp: unanswered" in listed
    assert found["proposal"]["record_id"][:12] in listed


@pytest.mark.usefixtures("japan")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--stages", "full:1s,shadow:1s"), NoStages),
        (("--until", "2026-01-02T09:00"), Invalid),
        (("--until", "soon"), Invalid),
        (("--until", "10s"), OutsideWindow),
        (("--at", "1h", "--at-once"), Invalid),
        (("--at", "23h59m"), Invalid),
        (("model-withdrawn",), Invalid),
        (("--worse",), Invalid),
        (("--items", "some"), Invalid),
        (("--items", "all", "--until", "5m"), OutsideWindow),
        (("--set", "country"), Invalid),
        (("--without", "nowhere"), NotFound),
        (("--to", "kr"), NotFound),
    ],
)
def test_a_proposal_that_can_not_be_is_an_error_with_a_hint_and_leaves_nothing(
    node: Node, words: tuple[str, ...], kind: type[CorridorError]
) -> None:
    refused = run(node, *ASKED, *words)
    assert isinstance(refused.exception, kind), refused.exception
    assert isinstance(refused.exception, CorridorError)
    assert refused.exception.hint
    assert json.loads(run(node, "proposals", "--json").stdout) == []


def test_an_operator_accepts_refuses_after_all_and_accepts_again(node: Node, japan: Peer) -> None:
    name = asked_by(japan, node.runtime.store.clock())[:8]
    accepted = run(node, "accept", name, "--stages", "shadow:20s", "--at", "30m")
    assert accepted.exit_code == 0, accepted.exception
    assert "shadow:20s; the node begins it by itself" in accepted.stdout
    assert "in: awaited" in accepted.stdout

    refused = run(node, "refuse", name, "--why", "elections that week")
    assert "in: refused: elections that week" in refused.stdout
    assert isinstance(run(node, "part", name).exception, NoPart)
    assert isinstance(run(node, "withdraw", name, "--why", "not ours").exception, NotYours)

    again = run(node, "accept", name, "--without", "helpline")
    assert f"corridor drill part {name}" in again.stdout
    down = run(node, "part", name, "--detach").exception
    assert isinstance(down, NodeDown)


@pytest.mark.usefixtures("japan")
def test_a_proposal_is_withdrawn_with_a_reason(node: Node) -> None:
    made = json.loads(run(node, *ASKED, "--json").stdout)
    gone = run(node, "withdraw", made["proposal"]["record_id"], "--why", "under repair")
    assert ": withdrawn." in gone.stdout
    again = run(node, "part", made["proposal"]["record_id"]).exception
    assert isinstance(again, NoPart)


def test_a_proposal_says_how_many_items_are_asked_and_a_partner_lowers_it(
    node: Node, japan: Peer
) -> None:
    made = run(node, *ASKED, "--items", "all")
    assert "shadow:30s, all items" in made.stdout
    assert "all items" in run(node, "proposals").stdout

    name = asked_by(japan, node.runtime.store.clock(), items=24)[:8]
    assert "20s, 24 items;" in run(node, "accept", name, "--stages", "shadow:20s").stdout
    fewer = run(node, "accept", name, "--stages", "shadow:20s", "--items", "12")
    assert "20s, 12 items;" in fewer.stdout
    none = run(node, "accept", name, "--stages", "shadow:20s", "--items", "none")
    assert "shadow:20s; begin it" in none.stdout
    more = run(node, "accept", name, "--items", "all").exception
    assert isinstance(more, BeyondProposal)
    assert more.hint
