"""The supply chain on the command line and over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import patient
from support.chains import a_table, an_input
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.supply_chain import BadTable, SameTable, Table, UnknownInput, UnknownTable, graph_of
from corridor.supply_chain.commands import commands

FILES = {
    "citations": "id,title,licence\nr,A report,facts\n",
    "inputs": "id,title,layer\nchips,Chips,other\n",
    "actors": "id,title,type,country\nacme,Acme,company,JP\nzeta,Zeta,company,IN\n",
    "provisions": "input,actor,share,basis,year,source\nchips,acme,60,revenue,2025,r\nchips,zeta,30,revenue,2025,r\n",
}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "facts"
    place.mkdir()
    for name, text in FILES.items():
        (place / f"{name}.csv").write_text(text)
    return place


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def kept(node: Node) -> list[Table]:
    with node.runtime.store.view() as view:
        return list(view.own(Table))


def test_the_shipped_table_answers_without_anything_taken_in(node: Node) -> None:
    shown = run(node, "concentration", "hbm", "--by", "country")
    [line] = json.loads(run(node, "concentration", "hbm", "--by", "country", "--json").stdout)

    assert "6,682" in shown.stdout
    assert line["figures"]["hhi"]["low"] == 6682
    assert (line["basis"], line["year"]) == ("units", 2025)
    assert line["source"]["via"]


def test_all_inputs_are_shown_and_those_without_a_share_are_counted(node: Node) -> None:
    shown = run(node, "concentration")

    assert "gallium" in shown.stdout
    assert "inputs have providers and no known share" in shown.stdout


def test_a_table_is_taken_in_once_and_stays_on_this_node(node: Node, folder: Path) -> None:
    first = run(node, "import", "own", str(folder), "--name", "mine", "--json")
    again = run(node, "import", "own", str(folder), "--name", "mine")

    assert json.loads(first.stdout)["provisions"] == 2
    assert isinstance(again.exception, SameTable)
    [table] = kept(node)
    assert (table.name, table.visibility) == ("mine", "internal")
    [line] = json.loads(run(node, "concentration", "chips", "--json").stdout)
    assert line["figures"]["hhi"] == {"low": 4500.0, "high": 4600.0}


def test_a_table_of_the_same_name_stands_in_the_place_of_the_earlier(
    node: Node, folder: Path
) -> None:
    run(node, "import", "own", str(folder), "--name", "mine")
    (folder / "actors.csv").write_text(FILES["actors"].replace("IN", "JP"))
    run(node, "import", "own", str(folder), "--name", "mine")

    found = run(node, "concentration", "chips", "--by", "country", "--json")

    assert json.loads(found.stdout)[0]["figures"]["hhi"]["low"] == 8100
    assert "mine" in run(node, "tables").stdout


def test_a_broken_file_leaves_nothing(node: Node, folder: Path) -> None:
    (folder / "provisions.csv").write_text(FILES["provisions"] + "chips,acme,x,revenue,2025,r\n")

    refused = run(node, "import", "own", str(folder), "--name", "mine")

    assert isinstance(refused.exception, BadTable)
    assert "provisions.csv, row 4, column share" in refused.exception.message
    assert kept(node) == []


def test_what_is_not_there_is_named_with_what_is_near(node: Node) -> None:
    nothing = run(node, "concentration", "galium")
    no_table = run(node, "inputs", "--table", "cite")

    assert isinstance(nothing.exception, UnknownInput)
    assert "gallium" in nothing.exception.message
    assert isinstance(no_table.exception, UnknownTable)
    assert "cited" in no_table.exception.message


def test_a_word_of_a_title_leads_to_the_input() -> None:
    graph = graph_of([a_table(inputs=(an_input("n19", title="EUV-scanners"),))])

    with pytest.raises(UnknownInput, match=r"of n19 \(EUV-scanners\)"):
        graph.input("euv-scanners")


def test_what_a_table_left_out_is_listed_with_the_reason(node: Node, tmp_path: Path) -> None:
    place = tmp_path / "world.csv"
    place.write_text(
        "SOURCE,COMMODITY,COUNTRY,TYPE,UNIT_MEAS,PROD_2023,PROD_EST_ 2024,PROD_NOTES\n"
        "MCS2025,Tin,China,mine,tons,10,W,\n"
    )
    run(node, "import", "usgs", str(place), "--name", "world")

    assert "world, left out: 1 × " in run(node, "tables").stdout


def test_the_running_corridor_is_part_of_the_graph(node: Node) -> None:
    node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
    node.add_provider("own-small", None)
    node.offer("helpline", ["vendor-small", "own-small"])

    service = json.loads(run(node, "show", "service:helpline", "--json").stdout)
    by_name = json.loads(run(node, "show", "helpline", "--json").stdout)
    vendor = json.loads(run(node, "show", "provider:vendor-small", "--json").stdout)
    own = json.loads(run(node, "show", "provider:own-small", "--json").stdout)

    assert by_name == service
    assert [(d["input"], d["alternative"]) for d in service["needs"]] == [
        ("provider:vendor-small", "route"),
        ("provider:own-small", "route"),
    ]
    assert [p["actor"] for p in vendor["provisions"]] == ["organisation:acme"]
    assert vendor["needs"][0]["input"] == "hosted-inference"
    assert vendor["needs"][0]["source"] == "corridor/assumed"
    assert own["needs"][0]["input"] == "own-inference"


def test_inputs_are_listed_by_layer_and_shown_with_their_sources(node: Node) -> None:
    layers = {i["layer"] for i in json.loads(run(node, "inputs", "--json").stdout)}
    memory = run(node, "inputs", "--layer", "memory").stdout
    shown = run(node, "show", "abf-film").stdout

    assert {"mineral", "material", "equipment", "cloud", "service"} <= layers
    assert "hbm" in memory
    assert "gallium" not in memory
    assert "95 to 100" in shown
    assert "TrendForce" in shown


def test_the_same_answers_come_over_http_for_the_operator_alone(node: Node) -> None:
    node.start()
    address = f"{node.address}/supply-chain"

    refused = patient.get(f"{address}/concentration")
    found = patient.get(
        f"{address}/concentration", params={"input": "foundry"}, headers=node.operator
    )
    tables = patient.get(f"{address}/tables", headers=node.operator)
    unknown = patient.get(f"{address}/concentration?input=nothing", headers=node.operator)

    assert refused.status_code == 403
    assert found.json()[0]["figures"]["hhi"]["low"] == pytest.approx(5007.34)
    assert [table["name"] for table in tables.json()] == ["cited", "live"]
    assert unknown.status_code == 404


def test_no_command_takes_in_what_only_some_need() -> None:
    heavy = ("numpy", "scipy", "numba", "altair", "vl_convert", "polars")
    program = (
        "import sys, corridor.supply_chain.commands, corridor.supply_chain.routes\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )

    found = subprocess.run(  # noqa: S603  our own lines of Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
