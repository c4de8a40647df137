"""Input-output tables are read as pymrio saves them, kept, run over HTTP, and taken in as facts."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import patient
from support.builders import NOON
from support.nodes import Node, a_node
from support.partners import until
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError
from corridor.supply_chain import BadTable, graph_of
from corridor.supply_chain.adapters.economies import Economies, stated
from corridor.supply_chain.adapters.importing import read as take_in
from corridor.supply_chain.adapters.mrio import Mrio, read
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadNetwork, TooLarge, UnknownEconomy
from corridor.supply_chain.records import EconomyQuestion, Range
from corridor.supply_chain.rules.firms.network import Network
from corridor.supply_chain.rules.firms.prices import prices
from corridor.supply_chain.rules.industries.prices import consumers_rise, rises
from corridor.supply_chain.service.industries import ran

MRIO = Path(sys.prefix) / "boario" / "mrio"
"""The test table of pymrio, written there by the benchmark; its licence keeps it out of here."""
NAMES = (("IN", "food"), ("IN", "steel"), ("JP", "food"), ("JP", "steel"))
SALES = ((1.0, 2.0, 0.0, 1.0), (3.0, 4.0, 2.0, 5.0), (0.5, 0.0, 2.0, 1.0), (1.0, 1.0, 3.0, 6.0))
CONSUMERS = (20.0, 15.0, 25.0, 10.0)


def an_mrio() -> Mrio:
    return stated(NAMES, SALES, CONSUMERS)


def written(folder: Path, sep: str = "\t") -> Path:
    """Write the economy as pymrio does, with the files beside it that are not read."""
    head = [["region", "", *(r for r, _ in NAMES)], ["sector", "", *(s for _, s in NAMES)]]
    names = ["region", "sector"]
    z = [*head, [*names, *[""] * 4], *([*n, *map(str, row)] for n, row in zip(NAMES, SALES, strict=True))]  # fmt: skip
    y = [["region", "", "IN"], ["category", "", "all"], [*names, ""]]
    y += [[*n, str(c)] for n, c in zip(NAMES, CONSUMERS, strict=True)]
    folder.mkdir(exist_ok=True)
    for name, rows in (("Z", z), ("Y", y)):
        (folder / f"{name}.txt").write_text("\n".join(sep.join(row) for row in rows) + "\n")
    for name in ("A.txt", "unit.txt", "metadata.json", "population.txt"):
        (folder / name).write_text("")
    (folder / "emissions").mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("sep", ["\t", ",", ";"])
def test_a_folder_is_read_whatever_separates_its_figures_and_the_rest_is_said(
    tmp_path: Path, sep: str
) -> None:
    mrio = read(written(tmp_path / "t", sep))

    assert mrio.names == NAMES
    assert mrio.economy.sales.tolist() == [list(row) for row in SALES]
    assert mrio.left_out == (
        "1 × category of final demand by region, summed up",
        "1 × A.txt, which follows from Z and Y",
        "1 × account emissions, for only amounts of money are read",
        "1 × population.txt, which is no table of industries",
        "1 × unit.txt; all amounts are taken to be in one unit",
    )


def test_a_folder_of_parquet_files_is_read(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    columns = {str(name): [row[at] for row in SALES] for at, name in enumerate(NAMES)}
    ends = {"region": [r for r, _ in NAMES], "sector": [s for _, s in NAMES]}
    polars.DataFrame({**columns, **ends}).write_parquet(tmp_path / "Z.parquet")
    polars.DataFrame({"('IN', 'all')": CONSUMERS, **ends}).write_parquet(tmp_path / "Y.parquet")

    mrio = read(tmp_path)

    assert mrio.names == NAMES
    assert mrio.economy.sales.tolist() == [list(row) for row in SALES]
    polars.DataFrame({"nobody": CONSUMERS, **ends}).write_parquet(tmp_path / "Y.parquet")
    with pytest.raises(BadTable, match=r"Y\.parquet: the columns nobody, region, sector"):
        read(tmp_path)
    (tmp_path / "Y.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadTable, match=r"Y\.parquet is no Parquet file"):
        read(tmp_path)


def test_an_economy_is_taken_in_as_facts_with_its_regions_and_shares(tmp_path: Path) -> None:
    table = take_in("mrio", written(tmp_path), "two", lambda: NOON, graph_of([]))

    graph = graph_of([table])
    [shares] = graph.markets("two/food-0").values()
    assert {p.actor: p.share for p in shares} == pytest.approx(
        {"country/in": 100 * 24 / 52.5, "country/jp": 100 * 28.5 / 52.5}
    )
    need = {(d.input, d.into): d for d in table.dependencies}["two/steel-1", "two/food-0"]
    assert (need.quantity, need.essentiality) == (pytest.approx(9 / 52.5), 1)
    assert "2 × sector that buys of itself" in table.left_out
    assert any("which region buys of which" in each for each in table.left_out)


def test_the_table_of_pymrio_is_really_read() -> None:
    if not MRIO.is_dir():
        pytest.skip("`just bench supply_chain_boario` puts pymrio's test table there")

    mrio = read(MRIO)
    table = take_in("mrio", MRIO, "test", lambda: NOON, graph_of([]))

    assert (mrio.economy.size, len(mrio.left_out)) == (48, 8)
    assert (len(table.inputs), len(table.actors), len(table.provisions)) == (8, 6, 48)


def test_a_kept_economy_is_the_same_again(tmp_path: Path) -> None:
    kept = Economies(tmp_path / "economies")
    mrio = an_mrio()

    kept.keep("two", mrio)

    again = kept.named("two")
    assert kept.names() == ["two"]
    assert again.names == mrio.names
    assert (again.economy.sales == mrio.economy.sales).all()
    with pytest.raises(UnknownEconomy, match="the nearest are two"):
        kept.named("tow")
    with pytest.raises(BadTable, match="is no name"):
        kept.keep("../two", mrio)


def test_prices_are_those_of_the_leontief_inverse() -> None:
    economy = an_mrio().economy
    costs = economy.sales / (economy.output * 365)

    found = rises(economy, {1: 0.5})

    assert found[1] == 0.5
    for j in (0, 2, 3):
        assert found[j] == pytest.approx(costs[:, j] @ found)
    assert 0 < consumers_rise(economy, found) < 0.5
    with pytest.raises(BadNetwork, match="cannot be dearer"):
        rises(economy, {9: 0.5})


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 3), st.floats(0, 3), st.integers(0, 3))
def test_firms_and_industries_with_the_same_links_have_the_same_prices(
    one: float, other: float, at: int
) -> None:
    economy = an_mrio().economy
    suppliers, buyers = np.nonzero(economy.sales)
    added = economy.output * 365 - economy.sales.sum(axis=0)
    firms = Network(
        suppliers, buyers, economy.sales[suppliers, buyers], economy.sectors,
        np.ones((2, 2), np.int8), economy.consumers, added,
    )  # fmt: skip

    small, large = (prices(firms, {at: rise}) for rise in sorted((one, other)))

    assert small.settled
    assert small.rise == pytest.approx(rises(economy, {at: min(one, other)}), abs=1e-6)
    assert (large.rise >= small.rise - 1e-12).all()


def test_what_is_uncertain_is_drawn_and_summed_up_in_quantiles() -> None:
    question = EconomyQuestion(
        lose={"IN/steel": Range(low=20, high=80)},
        whole=Range(low=5, high=40),
        recovery=Range(low=1, high=40),
        held=Range(low=2, high=9),
        dearer={"JP/steel": Range(low=10, high=90)},
        days=60, draws=30, seed=4,
    )  # fmt: skip

    found, again = ran(an_mrio(), question), ran(an_mrio(), question)
    other = ran(an_mrio(), question.model_copy(update={"seed": 5}))
    sure = ran(an_mrio(), EconomyQuestion(lose={"IN/steel": 50}, days=60))

    assert found == again
    assert found != other
    assert (found.draws, sure.draws) == (30, 1)
    for each in found.spread.values():
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.high
    assert sure.spread["days_lost"].p5 == sure.days_lost == sure.spread["days_lost"].p95
    assert 0.1 < found.dearer["JP/steel"] < 0.9


@pytest.mark.parametrize("what", ["lose", "whole", "recovery", "held"])
def test_each_uncertain_figure_is_drawn_by_itself(what: str) -> None:
    fields = {"lose": {"IN/steel": 50.0}, "whole": 20, "recovery": 20, "held": 5, "days": 90}
    uncertain = {"lose": {"IN/steel": {"low": 20, "high": 80}}}.get(what, {"low": 3, "high": 60})

    asked = EconomyQuestion.model_validate({**fields, what: uncertain, "draws": 20})

    spread = ran(an_mrio(), asked).spread["days_lost"]
    assert spread.p5 is not None
    assert spread.p95 is not None
    assert spread.p5 < spread.p95


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_the_same_comes_over_http_as_on_the_command_line(node: Node, tmp_path: Path) -> None:
    words = [
        "--lose", "IN/steel=50", "--destroy", "JP/steel=5", "--rebuilt-by", "food=1",
        "--dearer", "JP/food=10", "--days", "40", "--json",
    ]  # fmt: skip
    # First of all, so that the engine's loops are compiled before somebody waits for the node.
    folder = json.loads(run(node, "industries", str(written(tmp_path / "t")), *words).stdout)
    node.start()
    address, head = f"{node.address}/supply-chain", node.operator
    told = {"industries": NAMES, "sales": SALES, "consumers": CONSUMERS}

    kept = patient.put(f"{address}/economies/two", json=told, headers=head)
    question = {
        "lose": {"IN/steel": 50}, "destroy": {"JP/steel": 5}, "rebuilt_by": {"food": 1.0},
        "dearer": {"JP/food": 10}, "days": 40,
    }  # fmt: skip
    asked = {"economy": "two", "question": question}
    begun = patient.post(f"{address}/industries", json=asked, headers=head)
    job = f"{address}/jobs/{begun.json()['job']}"
    until(lambda: patient.get(job, headers=head).json()["state"] not in ("waiting", "running"))
    found = patient.get(job, headers=head).json()
    here = json.loads(run(node, "industries", "two", *words).stdout)

    assert kept.json() == {"name": "two", "industries": 4, "left_out": []}
    assert patient.get(f"{address}/economies", headers=head).json() == ["two"]
    assert found["state"] == "done", found
    assert found["result"] == here == folder
    assert here["damage"][1] > here["damage"][-1] > 0
    assert here["consumers_dearer"] > 0


def test_what_is_wrong_is_refused_before_there_is_a_job(node: Node) -> None:
    node.start()
    address, head = f"{node.address}/supply-chain", node.operator
    told = {"industries": NAMES, "sales": SALES, "consumers": CONSUMERS}
    patient.put(f"{address}/economies/two", json=told, headers=head)
    refusals: list[tuple[str, dict[str, object], int, str]] = [
        ("two", {"lose": {"IN/stell": 5}}, 422, "the nearest are IN/steel"),
        (
            "two",
            {"destroy": {"IN/steel": 5}, "rebuilt_by": {"fod": 1}},
            422,
            "the nearest are food",
        ),
        ("tow", {"lose": {"IN/steel": 5}}, 404, "the nearest are two"),
        ("two", {"lose": {"IN/steel": -5}}, 422, ""),
        ("two", {"lose": {"IN/steel": 5}, "days": 99999}, 422, ""),
        ("two", {}, 422, ""),
    ]

    for economy, question, status, why in refusals:
        asked = {"economy": economy, "question": question}
        refused = patient.post(f"{address}/industries", json=asked, headers=head)
        assert refused.status_code == status, refused.text
        assert why in refused.text
    short = {**told, "consumers": CONSUMERS[:3]}
    for broken in (short, {**told, "sales": SALES[:3]}, {**told, "industries": NAMES[:1] * 4}):
        refused = patient.put(f"{address}/economies/x", json=broken, headers=head)
        assert refused.status_code == 422
    assert patient.get(f"{address}/economies", headers=head).json() == ["two"]


def test_a_question_that_would_take_hours_is_refused() -> None:
    asked = EconomyQuestion(lose={"IN/steel": Range(low=1, high=2)}, days=3650, draws=10_000)
    many = stated([(f"r{i}", "s") for i in range(60)], np.ones((60, 60)).tolist(), [1.0] * 60)

    with pytest.raises(TooLarge, match="are too many"):
        ran(many, asked.model_copy(update={"lose": {"r0/s": Range(low=1, high=2)}}))


def test_tables_are_kept_and_listed_on_the_command_line(node: Node, tmp_path: Path) -> None:
    said = run(node, "economies", "keep", str(written(tmp_path / "t")), "--name", "two").stdout
    ranges = run(node, "industries", "two", "--lose", "IN/steel=40..60", "--draws", "5").stdout

    assert "Kept two: 4 industries." in said
    assert "Left out: 1 × A.txt, which follows from Z and Y." in said
    assert json.loads(run(node, "economies", "list", "--json").stdout) == ["two"]
    assert "Medians of 5 draws, seed 0" in ranges
    for words in (["--lose", "IN/steel"], ["--for", "x"], [], ["--destroy", "IN/steel=5"]):
        refused = run(node, "industries", "two", *words)
        assert isinstance(refused.exception, CorridorError), words
        assert refused.exception.hint
