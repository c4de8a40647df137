"""Two nodes that serve, become partners, exchange evidence, and rehearse the loss of a vendor."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.nodes import Node, a_node, bearer
from support.partners import a_note, until
from support.programs import Callers, corridor, corridor_here
from support.quiz import an_evaluation
from support.upstream import FakeUpstream, a_fake_upstream

from corridor.access import ApiKey, Principal
from corridor.drills import DrillResult
from corridor.drills.rules.running import counted
from corridor.evaluation import Evaluation, Evaluator
from corridor.federation import Federation
from corridor.gateway import Gateway, Handled

VENDORS, PARTNERS = "ab" * 32, "cd" * 32
LANGUAGES = ("en-Latn", "hi-Deva")
QUICK = {"baseline_seconds": 1.0, "recovery_seconds": 10.0, "probe_pause_seconds": 0.1}


@dataclass(frozen=True)
class Stage:
    """Node in, whose helpline a vendor answers; node jp, which lends a model of its own."""

    india: Node
    japan: Node
    vendor: FakeUpstream
    lent: FakeUpstream


@dataclass(frozen=True)
class Held:
    """A drill that was held while callers called."""

    process: subprocess.CompletedProcess[str]
    callers: Callers
    report: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        vendor = stack.enter_context(a_fake_upstream("vendor"))
        lent = stack.enter_context(a_fake_upstream("lent"))
        india = stack.enter_context(a_node(folder, "in", drills=QUICK))
        japan = stack.enter_context(a_node(folder, "jp", gateway={"keep_alive_seconds": 20.0}))
        japan.add_provider("lent-local", lent.url, supplier="jp", model="lent", sha256=PARTNERS)
        japan.offer("upstream-model", ["lent-local"])  # what `a_provider` asks for
        india.add_provider("vendor-small", vendor.url, sha256=VENDORS)
        india.add_provider(
            "jp-lent",
            f"{japan.address}/v1",
            supplier="jp",
            model="lent",
            sha256=PARTNERS,
            credential="file:jp.key",
        )
        india.offer("helpline", ["vendor-small", "jp-lent"], LANGUAGES)
        _publish(india, {"en-Latn": 24, "hi-Deva": 12}, VENDORS)
        _publish(japan, {"en-Latn": 36, "hi-Deva": 3}, PARTNERS)
        (india.home / "jp.key").write_text(japan.issue_key("upstream-model"))
        with japan.runtime.store.transaction("test") as tx:
            tx.append(a_note("of a kind that node in does not know"))
            tx.append(a_note("for nobody else", visibility="internal"))
        india.start()
        japan.start()
        yield Stage(india, japan, vendor, lent)


def _publish(node: Node, correct: dict[str, int], sha256: str) -> None:
    with node.runtime.store.transaction("test") as tx:
        for language, right in correct.items():
            evidence = an_evaluation(right, sha256=sha256, language=language)
            node.runtime.service(Evaluator).publish(tx, evidence)


def _befriend(us: Node, them: Node) -> None:
    fingerprint = them.runtime.identity.signer.public.fingerprint
    name = them.runtime.identity.name
    federation = us.runtime.service(Federation)
    card = asyncio.run(federation.card(them.address))
    with us.runtime.store.transaction("test") as tx:
        federation.add(tx, name, them.address, fingerprint, card)


def _holds_all(us: Node, them: Node) -> bool:
    name = them.runtime.identity.name
    with us.runtime.store.view() as ours, them.runtime.store.view() as theirs:
        return (ours.log_size(name), ours.log_root(name)) == (
            theirs.log_size(),
            theirs.log_root(),
        )


@pytest.fixture(scope="module")
def partners(stage: Stage) -> Stage:
    """Both operators compare fingerprints; then the nodes exchange what they have."""
    _befriend(stage.india, stage.japan)
    _befriend(stage.japan, stage.india)
    for us, them in ((stage.india, stage.japan), (stage.japan, stage.india)):
        until(lambda us=us, them=them: _holds_all(us, them))
    return stage


@pytest.fixture(scope="module")
def held(partners: Stage, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The vendor is withdrawn for 3 s by the real command, while callers call."""
    folder = tmp_path_factory.mktemp("report")
    india = partners.india
    secret = india.issue_key("helpline")  # what it rests on is the evidence of both nodes
    india.open_to_drills()
    models = f"{india.address}/v1/models"  # the gateway knows a key once it has read the log
    until(lambda: httpx2.get(models, headers=bearer(secret), trust_env=False).is_success)
    callers = Callers(india.address, secret, LANGUAGES)
    with callers.calling():
        until(lambda: callers.answered["vendor-small"] >= 4 or bool(callers.failed))
        process = corridor(
            *("--home", india.home, "drill", "run", "--withdraw", "vendor", "--for", "3s"),
            *("--report", folder),
        )
        answered = callers.answered["vendor-small"]
        until(lambda: callers.answered["vendor-small"] > answered)
    assert process.returncode == 0, process.stderr
    return Held(process, callers, json.loads((folder / "report.json").read_text()), folder)


def _result(node: Node) -> DrillResult:
    with node.runtime.store.view() as view:
        [result] = view.own(DrillResult)
    return result


def _account(node: Node, since: datetime, until_: datetime) -> list[Handled]:
    with node.runtime.store.view() as view:
        found = node.runtime.service(Gateway).traffic(view, since, until_)
    return [line for line in found if line.target == "helpline"]


class TestPartnership:
    def test_a_partner_with_another_fingerprint_is_not_trusted(self, stage: Stage) -> None:
        wrong = stage.india.runtime.identity.signer.public.fingerprint

        invited = corridor_here("--home", stage.japan.home, "partner", "invite")
        refused = corridor_here(
            *("--home", stage.india.home, "partner", "accept", invited.stdout.strip(), wrong)
        )

        assert invited.returncode == 0
        assert refused.returncode != 0
        assert len([line for line in refused.stderr.splitlines() if "Error:" in line]) == 1
        with stage.india.runtime.store.view() as view:
            names = [p.name for p in stage.india.runtime.service(Federation).known(view)]
        assert "jp" not in names or _holds_all(stage.india, stage.japan)

    def test_each_node_holds_the_other_ones_log_and_reproduces_its_root(
        self, partners: Stage
    ) -> None:
        india, japan = partners.india, partners.japan
        until(lambda: _holds_all(india, japan) and _holds_all(japan, india))

        for us, them in ((india, "jp"), (japan, "in")):
            with us.runtime.store.view() as view:
                [status] = us.runtime.service(Federation).partners(view)
            assert (status.name, status.last_error) == (them, None)
            assert status.last_success is not None

    def test_evidence_of_the_partner_is_here_as_the_partner_signed_it(
        self, partners: Stage
    ) -> None:
        with partners.india.runtime.store.view() as ours:
            here = [(k.entry.sha256, k.record) for k in ours.every(Evaluation, "jp")]
        with partners.japan.runtime.store.view() as theirs:
            there = [
                (k.entry.sha256, k.record)
                for k in theirs.every(Evaluation, "jp")
                if k.entry.visibility != "internal"
            ]

        assert here == there
        assert len(here) == 2

    def test_a_record_of_an_unknown_kind_is_kept_and_called_unknown(self, partners: Stage) -> None:
        home = partners.india.home
        listed = corridor_here("--home", home, "partner", "records", "--issuer", "jp", "--json")

        rows = json.loads(listed.stdout)
        assert [row["known"] for row in rows if row["kind"] == "test.note"] == [False]
        assert all(row["known"] for row in rows if row["kind"] != "test.note")

    def test_an_internal_record_never_leaves(self, partners: Stage) -> None:
        for us, them in ((partners.india, "jp"), (partners.japan, "in")):
            with us.runtime.store.view() as view:
                entries = view.entries(them)
            assert entries
            assert {entry.visibility for entry in entries} <= {"partners", "public"}
            kinds = {entry.kind for entry in entries}
            assert not {ApiKey.kind, Principal.kind} & kinds


class TestDrill:
    def test_no_request_of_a_caller_fails(self, held: Held) -> None:
        assert held.callers.failed == []
        assert held.report["requests"]["failed"] == 0

    def test_what_moved_was_answered_by_the_partner(self, held: Held, stage: Stage) -> None:
        assert held.callers.answered["jp-lent"] > 0
        assert set(held.callers.answered) == {"vendor-small", "jp-lent"}
        assert stage.lent.asked >= held.report["requests"]["moved"] > 0

    def test_the_report_adds_up_with_the_gateways_account(self, held: Held, stage: Stage) -> None:
        result = _result(stage.india)
        lines = _account(stage.india, result.started_at, result.ended_at)

        assert held.report["requests"] == counted(lines).model_dump()
        for line in held.report["services"]:
            mine = [each for each in lines if each.language == line["language"]]
            assert line["requests"] == counted(mine).model_dump()
        assert 0 < held.report["probes"] < held.report["requests"]["sent"]

    def test_the_vendor_was_asked_nothing_while_it_was_withdrawn(
        self, held: Held, stage: Stage
    ) -> None:
        result = _result(stage.india)
        assert result.id == held.report["record"]
        learnt = result.withdrawn_at + timedelta(seconds=1)  # some were on their way until then
        during = _account(stage.india, learnt, result.restored_at)

        assert {line.provider for line in during} == {"jp-lent"}

    def test_continuity_is_the_evidence_of_both_nodes_in_each_language(self, held: Held) -> None:
        hindi, english = held.report["services"]  # what continues worst comes first

        assert (english["language"], hindi["language"]) == LANGUAGES
        assert english["before"]["value"] == 0.5
        assert english["after"]["value"] == 0.75
        assert english["continuity"]["value"] == pytest.approx(1.5)
        assert english["continuity"]["low"] < 1.5 < english["continuity"]["high"]
        assert hindi["continuity"]["value"] == pytest.approx(0.25)
        assert english["before_evidence"]["issuer"] == "in"
        assert english["after_evidence"]["issuer"] == "jp"
        assert held.report["worst_case"]["language"] == "hi-Deva"

    def test_it_says_how_long_switching_and_recovering_took(self, held: Held) -> None:
        assert 0 <= held.report["switch_seconds"] < 3
        assert 0 <= held.report["recovered_seconds"] < 10

    def test_afterwards_nothing_is_suspended_and_the_vendor_answers(
        self, held: Held, stage: Stage
    ) -> None:
        with stage.india.runtime.store.view() as view:
            gateway = stage.india.runtime.service(Gateway)
            assert gateway.suspensions(view) == []
        assert [key.label for key in stage.india.keys_in_force()] == ["tester"]
        assert stage.india.traffic()[-1].provider == "vendor-small"
        assert held.process.returncode == 0

    def test_the_report_is_on_the_terminal_and_on_disk(self, held: Held) -> None:
        assert sorted(path.name for path in held.folder.iterdir()) == [
            "report.html",
            "report.json",
            "report.png",
        ]
        assert "Worst case: helpline in hi-Deva" in held.process.stdout
        assert " 0 failed" in held.process.stdout

    def test_the_partner_gets_the_signed_result(self, held: Held, stage: Stage) -> None:
        def there() -> list[str]:
            with stage.japan.runtime.store.view() as view:
                return [kept.record.id for kept in view.every(DrillResult, "in")]

        until(lambda: there() == [held.report["record"]])
