"""Two nodes hold one drill: proposed, answered, each part its own, both results in both reports."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from support.nodes import Node
from support.partners import introduce, until
from support.programs import a_program, corridor, corridor_here
from support.worlds import World, a_world

from corridor.drills import Agreements, DrillResult, DrillsJoined, DrillStarted, Proposing
from corridor.drills.errors import NoPart, PartBegan
from corridor.drills.records import AgreedLoss, Agreement, Terms
from corridor.drills.rules.stages import stages_in
from corridor.drills.rules.turns import ALL

SOON = timedelta(hours=1)


@dataclass
class Pair:
    """Node in, which proposes, and node jp, its partner; each has a vendor of its own."""

    india: World
    japan: World

    def propose(self, stages: str = "shadow:1s,full:2s", items: int = 0) -> str:
        """Propose a drill as the operator of in does; return its id once jp has it."""
        runtime = self.india.node.runtime
        now = runtime.store.clock()
        with runtime.store.transaction("test") as tx:
            made = proposing(self.india).propose(
                tx,
                ["jp"],
                AgreedLoss(supplier="vendor"),
                (now, now + SOON),
                Terms(stages=stages_in(stages), items=items),
                "before the summit",
            )
        name = str(made.proposal.record_id)
        until(lambda: any(each.proposal == made.proposal for each in every(self.japan)))
        return name

    def accept(self, name: str, stages: str, items: int = 0) -> None:
        """Accept as the operator of jp does; return once in has the answer."""
        with self.japan.node.runtime.store.transaction("test") as tx:
            proposing(self.japan).accept(tx, name, Terms(stages=stages_in(stages), items=items))
        until(lambda: seen(self.india, name).part("jp").state == "awaited")


def agreements(world: World) -> Agreements:
    return world.node.runtime.service(Agreements)


def proposing(world: World) -> Proposing:
    return world.node.runtime.service(Proposing)


def every(world: World) -> list[Agreement]:
    with world.node.runtime.store.view() as view:
        return agreements(world).agreements(view)


def seen(world: World, name: str) -> Agreement:
    with world.node.runtime.store.view() as view:
        return agreements(world).agreement(view, name)


def joined(world: World, name: str) -> list[DrillsJoined]:
    """Return what a node signed of a drill of several, oldest first."""
    with world.node.runtime.store.view() as view:
        return [each for each in view.own(DrillsJoined) if each.proposal.record_id.startswith(name)]


def last(world: World, name: str) -> str:
    """Return how the other's part stands in what a node signed last; empty if it signed nothing."""
    found = joined(world, name)
    return found[-1].others[0].state if found else ""


def result_of(node: Node, name: str) -> DrillResult:
    with node.runtime.store.view() as view:
        [found] = [
            each
            for each in view.own(DrillResult)
            if each.proposal is not None and each.proposal.record_id == name
        ]
        return found


def items_of(node: Node, name: str) -> int:
    """Return how many items of each language a node's part was to ask, as it wrote down at its beginning."""
    with node.runtime.store.view() as view:
        [found] = [
            each
            for each in view.own(DrillStarted)
            if each.proposal is not None and each.proposal.record_id == name
        ]
        return found.items


def asked(result: DrillResult) -> dict[str, tuple[int, int]]:
    """Return by service how many items were asked before the loss and in it."""
    return {
        line.service: (line.measured.before_asked, line.measured.after_asked)
        for line in result.lines
        if line.measured is not None
    }


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with ExitStack() as stack:
        india, japan = (
            a_world(stack, folder, name=name, silent_seconds=0.5) for name in ("in", "jp")
        )
        introduce(india.node.runtime, japan.node.runtime)
        introduce(japan.node.runtime, india.node.runtime)
        yield Pair(india, japan)


def test_a_partner_refuses_and_no_part_begins(pair: Pair) -> None:
    name = pair.propose()
    with pair.japan.node.runtime.store.transaction("test") as tx:
        proposing(pair.japan).refuse(tx, name, "elections that week")

    until(lambda: seen(pair.india, name).part("jp").state == "refused")
    assert seen(pair.india, name).answers["jp"].why == "elections that week"
    for world in (pair.india, pair.japan):
        with world.node.runtime.store.view() as view, pytest.raises(NoPart):
            agreements(world).part(view, name)
        assert world.nothing_is_left()


def test_both_hold_their_parts_and_both_reports_name_the_others_result(
    pair: Pair, tmp_path: Path
) -> None:
    earlier = pair.india.held("shadow:1s")
    name = pair.propose("shadow:1s,full:2s", ALL)
    pair.accept(name, "shadow:1s", 6)
    worlds = {"in": pair.india, "jp": pair.japan}

    def part(own: str) -> str:
        words = ("part", name[:12], "--wait", "2m", "--report", tmp_path / own)
        done = corridor("--home", worlds[own].node.home, "drill", *words, seconds=240)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(part, worlds))
    results = {own: result_of(world.node, name) for own, world in worlds.items()}
    assert [each.kind for each in results["in"].stages] == ["shadow", "full"]
    assert [each.kind for each in results["jp"].stages] == ["shadow"]  # its own limits
    assert {own: items_of(world.node, name) for own, world in worlds.items()} == {"in": 48, "jp": 6}
    assert asked(results["in"]) == {"helpline": (48, 48)}  # all, before the loss and in it
    assert asked(results["jp"])["helpline"] >= (6, 6)

    for own, other in (("in", "jp"), ("jp", "in")):
        until(lambda own=own: last(worlds[own], name) == "finished")
        cited = joined(worlds[own], name)[-1].others[0].result
        with worlds[other].node.runtime.store.view() as view:
            entry = view.entry(results[other].id)
        assert cited is not None
        assert (cited.issuer, cited.position, cited.sha256) == (other, entry.position, entry.sha256)
        found = json.loads((tmp_path / own / "report.json").read_text())
        assert found["proposal"]["record_id"] == name
        assert found["joined"]["others"][0]["result"] == cited.model_dump()
        page = (tmp_path / own / "report.html").read_text()
        assert f"position {entry.position} of the log of {other}" in page
        assert entry.sha256 in page
        assert worlds[own].nothing_is_left()
        with worlds[own].node.runtime.store.view() as view, pytest.raises(PartBegan):
            agreements(worlds[own]).part(view, name)  # one acceptance, one part

    home, ours, theirs = pair.india.node.home, results["in"].id, results["jp"].id
    for last_one in (earlier.id, theirs):  # with its last drill, and with the partner's part
        done = corridor_here("--home", home, "drill", "compare", last_one, ours, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert (found["first"]["record_id"], found["second"]["issuer"]) == (last_one, "in")
        assert [each["service"] for each in found["lines"]] == ["helpline"]


def test_nodes_hold_their_parts_by_themselves_where_their_operators_said_so(pair: Pair) -> None:
    words = ("--to", "jp", "--withdraw", "vendor", "--stages", "shadow:1s", "--until", "5m")
    asked = corridor_here(
        *("--home", pair.india.node.home, "drill", "propose", *words),
        *("--at-once", "--why", "a small one", "--json"),
    )
    assert asked.returncode == 0, asked.stderr
    name = str(json.loads(asked.stdout)["proposal"]["record_id"])
    until(lambda: any(each.proposal.record_id == name for each in every(pair.japan)))
    home = pair.japan.node.home
    done = corridor_here("--home", home, "drill", "accept", name[:12], "--at-once")
    assert done.returncode == 0, done.stderr
    assert "begins it by itself" in done.stdout

    for world in (pair.india, pair.japan):
        until(lambda world=world: last(world, name) == "finished")
        assert joined(world, name)[-1].own.state == "finished"
        until(world.nothing_is_left)
    listed = corridor_here("--home", home, "drill", "proposals").stdout
    assert "in: finished" in listed


def test_what_the_report_names_of_the_other_is_verified_by_its_bundle(
    pair: Pair, tmp_path: Path
) -> None:
    name = next(each.proposal.record_id for each in every(pair.india) if each.joined)
    cited = joined(pair.india, name)[-1].others[0].result
    assert cited is not None
    japan, bundle = pair.japan.node, tmp_path / "part.json"
    keys = tmp_path / "trusted.keys"
    key = corridor_here("--home", japan.home, "node", "verifier-key").stdout.strip()
    keys.write_text(f"log {key}\n")

    corridor_here("--home", japan.home, "log", "bundle", str(cited.position), "-o", bundle)
    done = corridor_here("verify", bundle, "--trust", keys, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["facts"]["envelope_sha256"] == cited.sha256


def test_a_partner_that_falls_silent_half_way_takes_nothing_with_it(
    pair: Pair, tmp_path: Path
) -> None:
    name = pair.propose("shadow:1s,full:600s")
    pair.accept(name, "full:600s")
    japan = pair.japan.node
    with (
        a_program(tmp_path / "jp.log", "--home", japan.home, "drill", "part", name) as theirs,
        a_program(
            tmp_path / "in.log",
            "--home",
            pair.india.node.home,
            "drill",
            "part",
            name,
            "--wait",
            "1s",
        ) as ours,
    ):
        until(lambda: {w.stage() for w in (pair.india, pair.japan)} == {"full"}, 120)
        until(lambda: seen(pair.india, name).part("jp").state == "running")
        os.kill(theirs.process.pid, signal.SIGKILL)  # their part dies ...
        japan.stop()  # ... and with it their node
        until(lambda: seen(pair.india, name).part("jp").state == "silent")
        assert pair.india.stage() == "full"  # ours goes on
        assert pair.india.asked() == "other"
        with pair.india.node.runtime.store.transaction("test") as tx:
            pair.india.rehearsals.abort(tx, "seen enough")
        assert ours.process.wait(60) == 0, ours.said()

    until(lambda: pair.india.asked() == "vendor")
    assert pair.india.nothing_is_left()
    first = joined(pair.india, name)[-1]
    assert (first.own.state, first.own.how) == ("ended early", "aborted")
    assert [(each.node, each.state, each.result) for each in first.others] == [
        ("jp", "silent", None)
    ]

    japan.start()  # it comes back, and writes down that its part lapsed
    until(lambda: last(pair.india, name) == "ended early")
    later = joined(pair.india, name)[-1]
    assert later.others[0].how == "lapsed"
    assert later.others[0].ended is not None
    until(lambda: last(pair.japan, name) == "ended early")  # and it signs what it has of ours
    assert joined(pair.japan, name)[-1].others[0].result is not None
    until(pair.japan.nothing_is_left)


def test_a_withdrawn_proposal_begins_nowhere(pair: Pair) -> None:
    name = pair.propose()
    pair.accept(name, "shadow:1s")
    with pair.india.node.runtime.store.transaction("test") as tx:
        proposing(pair.india).withdraw(tx, name, "under repair")

    until(lambda: seen(pair.japan, name).state == "withdrawn")
    for world in (pair.india, pair.japan):
        with world.node.runtime.store.view() as view, pytest.raises(NoPart, match="under repair"):
            agreements(world).part(view, name)


def test_operators_agree_over_http(pair: Pair) -> None:
    node, now = pair.india.node, pair.india.node.runtime.store.clock()
    shadow = {"stages": [{"kind": "shadow", "seconds": 1, "share": 0}]}
    asked = {
        "to": ["jp"],
        "lost": {"supplier": "vendor"},
        "begins": now.isoformat(),
        "until": (now + SOON).isoformat(),
        "terms": shadow,
        "why": "a small one",
    }
    with (
        httpx2.Client(base_url=node.address, headers=node.operator, trust_env=False) as ours,
        httpx2.Client(
            base_url=pair.japan.node.address, headers=pair.japan.node.operator, trust_env=False
        ) as theirs,
    ):
        made = ours.post("/drills/proposals", json=asked)
        assert made.status_code == 201, made.text
        place = f"/drills/proposals/in/{made.json()['proposal']['record_id']}"
        until(lambda: theirs.get(place).status_code == 200)
        assert theirs.post(f"{place}/withdraw", json={"why": "not ours"}).status_code == 403
        assert ours.post(f"{place}/accept", json={}).status_code == 403
        more = {"terms": {"stages": [{"kind": "full", "seconds": 1, "share": 1}]}}
        assert theirs.post(f"{place}/accept", json=more).status_code == 422
        assert theirs.post(f"{place}/part", json={}).status_code == 409
        assert theirs.post(f"{place}/refuse", json={"why": "not now"}).status_code == 200
        assert theirs.post(f"{place}/accept", json={}).json()["answers"]["jp"]["accepted"] is True
        begun = theirs.post(f"{place}/part", json={})
        assert begun.status_code == 202, begun.text
        assert (
            begun.json()["drill"]["proposal"]["record_id"] == made.json()["proposal"]["record_id"]
        )
        assert theirs.post(f"{place}/refuse", json={"why": "too late"}).status_code == 409
        assert ours.post(f"{place}/withdraw", json={"why": "seen enough"}).status_code == 200
        until(lambda: ours.get(place).json()["parts"][1]["state"] == "finished")
        assert httpx2.get(f"{node.address}/drills/proposals", trust_env=False).status_code == 403
