"""A drill's report put together from records: what is named, where it lies, and what to do first."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.drilled import a_figure, a_line, a_result, a_taker
from support.foretold import VENDORS, a_world
from support.nodes import Node, bearer
from support.quiz import an_evaluation, kept_of_a_partner
from typer.testing import CliRunner

from corridor.core.errors import NotFound
from corridor.core.records import RecordId
from corridor.drills import Asked, DrillResult, Planning, Reporting
from corridor.drills.commands import commands
from corridor.drills.records import DrillCosts, Quality, Source, Spent
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.reporting import Report
from corridor.evaluation import Evaluation
from corridor.gateway import PriceTable
from corridor.gateway.records import Price

RESULT = "d" * 32


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_world(tmp_path_factory.mktemp("reporting") / "node") as made:
        _held(made)
        yield made


@pytest.fixture(scope="module")
def report(node: Node) -> Report:
    return reported(node, RESULT)


def _held(node: Node) -> None:
    """Keep the records of a drill without the vendor, in which Hindi went otherwise than foretold."""
    with node.runtime.store.transaction("test") as tx:
        planning = node.runtime.service(Planning)
        planning.reader.decider.refresh(tx)
        foretold = planning.keep(tx, planning.plan_without(tx, "vendor", Asked({})), "partners")
        kept = next(
            k
            for k in tx.every(Evaluation)
            if (k.record.language, k.record.n, k.record.model_sha256) == ("hi-Deva", 48, VENDORS)
        )
        source = Source(
            issuer="in",
            record_id=kept.record.id,
            position=kept.entry.position,
            sha256=kept.entry.sha256,
            n=48,
        )
        before = Quality(provider="vendor-small", figure=a_figure(24), source=source)
        hindi = a_line("hi-Deva", after=a_figure(0)).model_copy(
            update={"before": before, "takers": (a_taker("partner-small", 0),)}
        )
        prices = PriceTable(
            made_at=node.runtime.store.clock(),
            valid_from=node.runtime.store.clock(),
            prices=(
                Price(
                    of="provider",
                    name="vendor-small",
                    per_million_in=1,
                    per_million_out=1,
                    currency="INR",
                ),
            ),
        )
        tx.append(prices)
        result = a_result(
            hindi, a_line("ta-Taml", after=UNKNOWN), supplier="vendor", prediction_id=foretold.id
        )
        tx.append(result)
        nothing = Spent(answered=0, unpriced=0)
        tx.append(
            DrillCosts(
                made_at=result.made_at,
                result_id=result.id,
                lines=(),
                before=nothing,
                during=nothing.model_copy(update={"price_ids": (prices.id,)}),
            )
        )


def reported(node: Node, wanted: str) -> Report:
    with node.runtime.store.view() as view:
        return node.runtime.service(Reporting).report(view, wanted)


def test_every_record_is_listed_once_where_it_lies(node: Node, report: Report) -> None:
    with node.runtime.store.view() as view:
        entries = {each.record_id: each for each in view.entries()}

    assert [each.number for each in report.records] == list(range(1, len(report.records) + 1))
    kinds = [each.kind for each in report.records]
    assert kinds[:4] == [
        "drills.result",
        "drills.prediction",
        "drills.costs",
        "gateway.price_table",
    ]
    here = [each for each in report.records if each.record_id in entries]
    assert len(here) == 5
    for each in here:
        entry = entries[each.record_id]
        assert (each.position, each.sha256, each.own) == (entry.position, entry.sha256, True)


def test_evidence_that_is_not_here_is_listed_as_the_drill_names_it(report: Report) -> None:
    [away] = [each for each in report.records if each.record_id == "e" * 32]

    assert (away.issuer, away.position, away.made_at) == ("in", 7, None)


def test_what_was_foretold_stands_beside_and_what_contradicts_it_is_named(report: Report) -> None:
    [wrong] = report.contradictions

    assert (wrong.language, wrong.why) == ("hi-Deva", "less continued than was foretold")
    hindi = next(line for line in report.lines if line.language == "hi-Deva")
    assert report.foretold(hindi) == wrong.foretold
    assert report.contradicts(hindi) == (wrong,)
    assert [line.language for line in report.lines] == ["ta-Taml", "hi-Deva"]


def test_where_another_stands_in_the_supply_chain_has_nothing_to_plan_and_the_library_is_asked(
    report: Report,
) -> None:
    loss, every = report.advice

    assert (loss.of, loss.steps, every.of) == ("loss", None, "library")
    assert "No service loses anything" in loss.why
    assert every.tables[0].startswith("cited (sha256:")
    assert "live" in every.tables


def test_where_nobody_stands_in_what_to_do_first_is_said(node: Node) -> None:
    line = a_line("ja-Jpan").model_copy(update={"service": "tutor"})
    with node.runtime.store.transaction("test") as tx:
        tx.append(a_result(line, id="7" * 32, supplier="vendor"))

    [advice] = reported(node, "7" * 32).advice

    assert advice.steps is not None
    assert [step.title for step in advice.steps.steps] == ["Tutor: Partner-Small joins the route"]
    assert advice.steps.steps[0].left == pytest.approx(0.0)


def test_if_what_was_lost_is_here_no_more_that_is_said(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(a_result(id="6" * 32, supplier="long-gone"))

    [advice] = reported(node, "6" * 32).advice

    assert (advice.steps, advice.why) == (None, "Nothing that was lost is on this node any more.")


def test_a_partners_drill_is_reported_without_costs_and_without_advice(node: Node) -> None:
    shared = a_result(id="8" * 32, drill_id=RecordId("1" * 32))
    with node.runtime.store.transaction("test") as tx:
        kept_of_a_partner(tx, an_evaluation(3), shared)

    found = reported(node, "8" * 32)

    assert (found.issuer, found.node, found.costs, found.advice) == ("jp", "in", None, ())
    assert (found.records[0].issuer, found.records[0].position, found.records[0].own) == (
        "jp",
        1,
        False,
    )


def test_a_drill_that_is_not_there_is_not_found(node: Node) -> None:
    for wrong in ("", "nothing"):
        with pytest.raises(NotFound) as refusal:
            reported(node, wrong)
        assert refusal.value.hint


def test_the_command_draws_it_again_and_shows_live_requests(node: Node, tmp_path: Path) -> None:
    words = ["report", RESULT[:6], "--report", str(tmp_path / "again")]

    shown = CliRunner(env={"COLUMNS": "200"}).invoke(commands, words, obj=node.runtime)

    assert shown.exit_code == 0, shown.output
    assert "contradicts" in shown.stdout
    assert "degraded" in shown.stdout
    assert (tmp_path / "again" / "report.html").is_file()
    with node.runtime.store.view() as view:
        assert view.find(DrillResult, RESULT).record.id == RESULT


def test_an_operator_reads_it_over_http_as_data_and_as_a_page(node: Node) -> None:
    node.start()
    token = bearer(node.runtime.operator_token)
    with httpx2.Client(base_url=node.address, trust_env=False, timeout=60) as web:
        found = web.get(f"/drills/results/{RESULT[:8]}/report", headers=token)
        shown = web.get(f"/drills/results/{RESULT[:8]}/report.html", headers=token)
        nobody = web.get(f"/drills/results/{RESULT[:8]}/report.html")
        nothing = web.get("/drills/results/none/report", headers=token)

    assert found.json()["contradictions"][0]["language"] == "hi-Deva"
    assert "What continues without vendor" in shown.text
    assert shown.headers["content-type"].startswith("text/html")
    assert (nobody.status_code in (401, 403), nothing.status_code) == (True, 404)
