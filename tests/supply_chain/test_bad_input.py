"""What is wrong with a file or a question is told in one sentence with its place, and nothing is kept."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError
from corridor.supply_chain import SupplyChain
from corridor.supply_chain.commands import commands

GOOD = {
    "citations": "id,title,licence\nr,A report,facts\n",
    "inputs": "id,title,layer\nlamps,Lamps,other\nglass,Glass,material\n",
    "actors": "id,title,country\nacme,Acme,JP\nzeta,Zeta,\n",
    "provisions": "input,actor,share,basis,year,source\nlamps,acme,60,revenue,2025,r\n",
    "dependencies": "input,into,source\nglass,lamps,r\n",
}
BROKEN: dict[str, tuple[str, str, str]] = {
    "a circle of kinds": (
        "kinds", "input,of\nlamps,glass\nglass,lamps\n",
        "kinds.csv, row 3, column of: glass would be a kind of itself",
    ),
    "an id that is nowhere": (
        "dependencies", "input,into,source\nglas,lamps,r\n",
        "dependencies.csv, row 2, column input: there is no 'glas'; the nearest are glass",
    ),
    "an actor that is nowhere": (
        "provisions", "input,actor,source\nlamps,acm,r\n",
        "provisions.csv, row 2, column actor: there is no 'acm'; the nearest are acme",
    ),
    "shares beyond 105": (
        "provisions",
        "input,actor,share,basis,year,source\nlamps,acme,60,units,2025,r\nlamps,zeta,46,units,2025,r\n",
        "provisions.csv, row 3, column share: the shares of lamps by units in 2025 come to 106",
    ),
    "a negative share": (
        "provisions", "input,actor,share,basis,year,source\nlamps,acme,-3,units,2025,r\n",
        "provisions.csv, row 2, column share",
    ),
    "a share that is no number": (
        "provisions", "input,actor,share,basis,year,source\nlamps,acme,NaN,units,2025,r\n",
        "provisions.csv, row 2, column share",
    ),
    "a stock that is no number": (
        "dependencies", "input,into,inventory_days,source\nglass,lamps,nan,r\n",
        "dependencies.csv, row 2, column inventory_days",
    ),
    "parts of the cost beyond all": (
        "dependencies", "input,into,quantity,source\nglass,lamps,1.2,r\n",
        "dependencies.csv, row 2, column quantity: the parts of the cost of lamps come to 120",
    ),
    "bounds in the wrong order": (
        "dependencies",
        "input,into,lag_days_low,lag_days_high,source\nglass,lamps,9,3,r\n",
        "dependencies.csv, row 2, column lag_days",
    ),
    "a share without a basis": (
        "provisions", "input,actor,share,source\nlamps,acme,3,r\n",
        "provisions.csv, row 2, column share: a figure needs its basis and its year",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_node(tmp_path_factory.mktemp("node")) as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def written(folder: Path, **changed: str) -> Path:
    for name, text in {**GOOD, **changed}.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def refused(node: Node, *words: str) -> CorridorError:
    """Return the error, once it is seen that nothing was kept."""
    with node.runtime.store.view() as view:
        before = view.log_size(), set(node.runtime.service(SupplyChain).tables(view))
    error = run(node, *words).exception
    assert isinstance(error, CorridorError), repr(error)
    assert error.hint
    assert "\n" not in error.message
    with node.runtime.store.view() as view:
        assert (view.log_size(), set(node.runtime.service(SupplyChain).tables(view))) == before
    return error


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_table_is_refused_by_file_row_and_column(
    node: Node, tmp_path: Path, what: str
) -> None:
    part, text, said = BROKEN[what]
    folder = written(tmp_path, **{part: text})

    error = refused(node, "import", "own", str(folder), "--name", "broken")

    assert error.message.startswith(said)


def test_a_file_of_two_gibibytes_is_refused_and_nothing_is_kept(node: Node, tmp_path: Path) -> None:
    folder = written(tmp_path)
    os.truncate(folder / "dependencies.csv", 2 * 1024**3)

    error = refused(node, "import", "own", str(folder), "--name", "large")

    assert error.message == "dependencies.csv has 2,048 MiB; at most 256 are read."


def test_a_table_of_too_many_rows_is_refused_before_all_are_read(
    node: Node, tmp_path: Path
) -> None:
    rows = "".join(f"i{n},I,other\n" for n in range(40_100))
    folder = written(tmp_path, inputs="id,title,layer\n" + rows)

    error = refused(node, "import", "own", str(folder), "--name", "many")

    assert error.message.startswith("inputs.csv, row 40001")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{kind: input, inputs: [hbn]}", "There is no input 'hbn'; the nearest are hbm"),
        ("{kind: supplier, actor: sk-hynx}", "There is no actor 'sk-hynx'; the nearest are sk-hynix"),
        ("{kind: country, country: AQ}", "No actor is at home in AQ."),
        ("{kind: price, inputs: [hbn], rise: 5}", "There is no input 'hbn'; the nearest are hbm"),
        ("{kind: price, inputs: [hbm]}", "a rise belongs to the kind price"),
        ("{kind: input, inputs: [hbm], part: .nan}", "disruptions.0.part"),
        ("{kind: input, inputs: [hbm], part: 120}", "disruptions.0.part"),
        ("{kind: input, inputs: [hbm], duration_days: {low: 9, high: 1}}", "low is above high"),
        ("{kind: input, inputs: [hbm], duration: 9}", "disruptions.0.duration"),
    ],
)  # fmt: skip
def test_a_scenario_that_makes_no_sense_is_refused(
    node: Node, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\ntitle: M\ndisruptions: [{text}]\n")

    error = refused(node, "shock", str(file), "--keep")

    assert said in error.message


def test_shares_on_two_bases_are_shown_apart_and_asking_for_a_name_that_is_not_there_helps(
    node: Node, tmp_path: Path
) -> None:
    two = "lamps,acme,60,revenue,2025,r\nlamps,zeta,70,units,2025,r\n"
    header = "input,actor,share,basis,year,source\n"
    folder = written(tmp_path, provisions=header + two)

    assert run(node, "import", "own", str(folder), "--name", "lamps").exit_code == 0
    shown = json.loads(run(node, "concentration", "lamps", "--json").stdout)

    assert {(each["basis"], each["figures"]["covered"]) for each in shown} == {
        ("revenue", 60.0), ("units", 70.0),
    }  # fmt: skip
    assert "the nearest are lamps" in refused(node, "show", "lamsp").message
    assert "the nearest are" in refused(node, "shock", "taiwan-strat-closed").message
    assert (
        "the nearest are lamps" in refused(node, "concentration", "hbm", "--table", "lamp").message
    )
