"""The static engine asked from the terminal and over HTTP, on files of firms and links."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import patient
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError
from corridor.supply_chain.commands import commands

# The eleven firms of Diem et al. (2022), all links of size 1; see test_firms.
LINKS = ((2, 1), (2, 3), (3, 7), (6, 7), (7, 4), (7, 11), (8, 11), (9, 5), (9, 10), (10, 7))
SECTORS = (1, 2, 1, 3, 4, 2, 4, 1, 2, 3, 5)
FIRMS = "firm,sector\n" + "".join(f"f{n},s{s}\n" for n, s in enumerate(SECTORS, start=1))
SALES = "supplier,buyer,sales\n" + "".join(f"f{a},f{b},1\n" for a, b in LINKS)


def files(folder: Path, firms: str = FIRMS, links: str = SALES, essential: str = "") -> list[str]:
    found = {"firms.csv": firms, "links.csv": links, "essential.csv": essential}
    for name, text in found.items():
        (folder / name).write_text(text)
    more = ["--essentiality", str(folder / "essential.csv")] if essential else []
    return ["firms", str(folder / "links.csv"), "--firms", str(folder / "firms.csv"), *more]


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words))


def test_each_firm_fails_in_turn_as_in_the_paper(tmp_path: Path) -> None:
    found = json.loads(run(*files(tmp_path), "--most", "3", "--json").stdout)

    at_risk = {each["firm"]: each["index"] for each in found["at_risk"]}
    assert at_risk == {
        "f7": pytest.approx(0.7),
        "f11": pytest.approx(0.45),
        "f2": pytest.approx(0.3666667),
    }
    assert (found["firms"], found["links"], found["settled"]) == (11, 10, True)
    assert found["tolerance"] == 1e-6
    assert len(found["notes"]) == 2


def test_essential_inputs_and_firms_that_stand_in_are_read(tmp_path: Path) -> None:
    essential = "input,into,kind\n" + "".join(f"s2,s{into},2\n" for into in range(1, 6))
    words = files(tmp_path, essential=essential)

    found = json.loads(run(*words, "--substitution", "--strict", "--most", "11", "--json").stdout)

    at_risk = {each["firm"]: each["index"] for each in found["at_risk"]}
    assert at_risk["f2"] == pytest.approx(0.3)
    assert at_risk["f9"] == pytest.approx(0.3111111)


def test_a_shock_says_who_loses_what_with_tolerance_and_horizon(tmp_path: Path) -> None:
    shown = run(*files(tmp_path), "--fail", "f9=100")

    assert shown.exit_code == 0, shown.output
    assert "Lost of all: 36.67%." in shown.stdout
    assert "tolerance 1e-06, horizon 10,000 steps: settled" in shown.stdout


@pytest.mark.parametrize(
    ("changed", "words", "said"),
    [
        ({"links": SALES + "f1,f99,1\n"}, (), "links.csv, row 12, column buyer: there is no firm"),
        ({"links": SALES + "f1,f2,-1\n"}, (), "links.csv, row 12, column sales: -1 is no amount"),
        ({"links": SALES + "f1,f2,nan\n"}, (), "row 12, column sales: nan is no amount"),
        ({"links": "supplier,buyer\nf1,f2\n"}, (), "the column 'sales' is missing"),
        ({"firms": FIRMS + "f1,s1\n"}, (), "firms.csv, row 13, column firm: f1 is there twice"),
        ({"firms": "firm,sector\n", "links": "supplier,buyer,sales\n"}, (), "There is no firm."),
        ({"essential": "input,into,kind\ns1,s9,2\n"}, (), "row 2, column into: there is no sector"),
        ({"essential": "input,into,kind\ns1,s2,5\n"}, (), "column kind: '5' is none of 0, 1 and 2"),
        ({}, ("--fail", "f77=5"), "There is no firm 'f77'; the nearest are f7"),
        ({}, ("--fail", "f7=500"), "f7 cannot lose 500 per cent."),
        ({}, ("--tolerance", "0.01"), "A tolerance of 0.01 is none."),
    ],
)
def test_what_does_not_fit_is_one_error_with_its_place(
    tmp_path: Path, changed: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    error = run(*files(tmp_path, **changed), *words).exception

    assert isinstance(error, CorridorError), repr(error)
    assert said in error.message
    assert error.hint


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def test_the_same_comes_over_http_for_the_operator_alone(node: Node, tmp_path: Path) -> None:
    here = json.loads(run(*files(tmp_path), "--fail", "f9=50", "--json").stdout)
    node.start()
    address = f"{node.address}/supply-chain/firms"
    asked = {
        "firms": [{"firm": f"f{n}", "sector": f"s{s}"} for n, s in enumerate(SECTORS, start=1)],
        "links": [{"supplier": f"f{a}", "buyer": f"f{b}", "sales": 1} for a, b in LINKS],
        "question": {"fail": {"f9": 50}},
    }

    assert patient.post(address, json=asked).status_code == 403
    assert patient.post(address, json=asked, headers=node.operator).json() == here
    broken = {**asked, "links": [{"supplier": "f1", "buyer": "nobody", "sales": 1}]}
    refused = patient.post(address, json=broken, headers=node.operator)
    assert refused.status_code == 422
    assert "links, row 1, column buyer" in refused.text
