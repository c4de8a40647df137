"""Tables of several people put together: no share counts twice, and no source is taken for another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chains import SOURCE, a_share, a_table
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError
from corridor.supply_chain import Table, graph_of
from corridor.supply_chain.commands import commands
from corridor.supply_chain.rules.graph import faults

OTHER = SOURCE.model_copy(update={"title": "Another report, by the same id"})
FIRST = a_table([a_share("acme", 60.0), a_share("zeta", 40.0)], name="first")


def apart(second: Table) -> dict[str, list[float | None]]:
    """Return the shares of each market of chips, by the id of the source."""
    found = graph_of([FIRST, second]).markets("chips")
    return {market.source: [p.share for p in shares] for market, shares in found.items()}


def test_the_same_share_from_the_same_source_counts_once_and_the_first_stands() -> None:
    again = a_table([a_share("acme", 55.0), a_share("beta")], name="second")

    assert apart(again) == {SOURCE.id: [60.0, 40.0]}
    assert "beta" in {p.actor for p in graph_of([FIRST, again]).provisions["chips"]}


def test_two_sources_of_one_id_are_never_added() -> None:
    second = a_table([a_share("acme", 30.0)], name="second", citations=(OTHER,))

    assert apart(second) == {SOURCE.id: [60.0, 40.0], f"second/{SOURCE.id}": [30.0]}
    citations = graph_of([FIRST, second]).citations
    assert (citations[SOURCE.id], citations[f"second/{SOURCE.id}"].title) == (SOURCE, OTHER.title)


@given(st.floats(0, 100), st.booleans())
def test_a_table_that_says_the_same_of_others_never_takes_a_market_beyond_the_whole(
    share: float, same: bool
) -> None:
    citations = (SOURCE,) if same else (OTHER,)
    second = a_table([a_share("acme", share)], name="second", citations=citations)

    assert all(sum(s or 0.0 for s in shares) <= 100 for shares in apart(second).values())


def test_shares_that_are_too_much_with_those_of_other_tables_are_a_fault() -> None:
    more = a_table([a_share("beta", 10.0)], name="second")
    elsewhere = a_table([a_share("beta", 10.0)], name="second", citations=(OTHER,))

    (fault,) = faults(more, graph_of([FIRST]))

    assert (fault.part, fault.index, fault.field) == ("provisions", 0, "share")
    assert "come to 110 with those of other tables, which is no rounding" in fault.message
    assert list(faults(elsewhere, graph_of([FIRST]))) == []


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def written(folder: Path, provisions: str) -> str:
    folder.mkdir()
    files = {
        "citations": "id,title,licence\nr,A report,facts\n",
        "inputs": "id,title,layer\nchips,Chips,material\n",
        "actors": "id,title,country\nacme,Acme,JP\nzeta,Zeta,IN\nbeta,Beta,US\n",
        "provisions": "input,actor,share,basis,year,source\n" + provisions,
    }
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return str(folder)


def test_a_table_taken_in_beside_another_is_held_to_the_whole(node: Node, tmp_path: Path) -> None:
    first = written(tmp_path / "a", "chips,acme,60,revenue,2024,r\nchips,zeta,39,revenue,2024,r\n")
    again = written(tmp_path / "b", "chips,acme,60,revenue,2024,r\n")
    more = written(tmp_path / "c", "chips,beta,20,revenue,2024,r\n")

    assert run(node, "import", "own", first, "--name", "a").exit_code == 0
    assert run(node, "import", "own", again, "--name", "b").exit_code == 0
    refused = run(node, "import", "own", more, "--name", "c").exception

    assert isinstance(refused, CorridorError)
    assert refused.message.startswith("provisions.csv, row 2, column share: the shares of chips")
    (line,) = json.loads(run(node, "concentration", "chips", "--json").stdout)
    assert line["figures"]["hhi"]["low"] == pytest.approx(60**2 + 39**2)
