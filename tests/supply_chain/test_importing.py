"""Tables are taken in whole, with every fault named by its place, or not at all."""

import os
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from support.builders import NOON
from support.chains import a_need, a_table, an_input, shares
from support.shared import shared_data

from corridor.supply_chain import BadTable, KindOf, Table, TooLarge, graph_of
from corridor.supply_chain.adapters.countries import alpha_2
from corridor.supply_chain.adapters.importing import Layout, read
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.rules.graph import faults
from corridor.supply_chain.rules.markets import MOST, total

OWN = {
    "citations": "id,title,licence\nr,A report,facts\n",
    "inputs": "id,title,layer\nchips,Chips,other\nsand,Sand,mineral\n",
    "actors": "id,title,type,country\nacme,Acme,company,JP\nzeta,Zeta,company,\n",
    "provisions": (
        "input,actor,share,basis,year,source\nchips,acme,60,revenue,2025,r\nchips,zeta,,,,r\n"
    ),
    "dependencies": "input,into,essentiality,source\nsand,chips,2,r\n",
    "kinds": "input,of\nchips,sand\n",
}


def written(folder: Path, **changed: str | bytes) -> Path:
    for name, text in {**OWN, **changed}.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(content)
    return folder


def taken_in(place: Path, layout: Layout = "own") -> Table:
    return read(layout, place, "facts", lambda: NOON, graph_of([]))


def test_a_table_in_our_own_layout_is_read_with_what_is_unknown(tmp_path: Path) -> None:
    table = taken_in(written(tmp_path))

    known, unknown = table.provisions
    assert (known.share, known.bounds) == (60.0, (60.0, 60.0))
    assert (unknown.share, unknown.bounds) == (None, (0.0, 100.0))
    assert table.actors[1].country is None
    assert table.dependencies[0].essentiality == 2
    assert table.sha256 != taken_in(written(tmp_path, kinds="input,of\n")).sha256


@pytest.mark.parametrize(
    ("part", "text", "place"),
    [
        ("provisions", "input,actor,share,basis,year,source\nchips,acme,-1,revenue,2025,r\n", "row 2, column share"),
        ("provisions", "input,actor,share,basis,year,source\nchips,acme,nan,revenue,2025,r\n", "row 2, column share"),
        ("provisions", "input,actor,share,basis,year,source\nchips,acme,101,revenue,2025,r\n", "row 2, column share"),
        ("provisions", "input,actor,share,basis,year,source\nchips,acme,60,,,r\n", "row 2, column share: a figure needs its basis"),
        ("provisions", "input,actor,source\nchip,acme,r\n", "row 2, column input: there is no 'chip'; the nearest are chips"),
        ("provisions", "input,actor,source\nchips,acne,r\n", "column actor: there is no 'acne'"),
        ("provisions", "input,actor,source\nchips,acme,s\n", "column source: there is no 's'"),
        ("provisions", "input,actor,share,basis,year,source\nchips,acme,60,revenue,2025,r\nchips,zeta,46,revenue,2025,r\n", "row 3, column share: the shares of chips by revenue in 2025 come to 106"),
        ("provisions", "input,actor\nchips,acme\n", "row 1: the column 'source' is missing"),
        ("provisions", "input,actor,source,source\nchips,acme,r,r\n", "row 1: the column 'source' is there twice"),
        ("provisions", "input,actor,source,colour\nchips,acme,r,red\n", "row 1: there is no column 'colour'"),
        ("provisions", "input,actor,source\nchips,acme\n", "row 2: 2 cells, not 3"),
        ("provisions", 'input,actor,source\nchips,"acme,r\n', "provisions.csv, row 2"),
        ("provisions", b"input,actor,source\nchips,\xff,r\n", "no UTF-8 at byte 25"),
        ("dependencies", "input,into,essentiality,source\nsand,chips,3,r\n", "row 2, column essentiality"),
        ("dependencies", "input,into,inventory_days,source\nsand,chips,inf,r\n", "row 2, column inventory_days"),
        ("dependencies", "input,into,quantity,source\nsand,chips,-0.1,r\n", "row 2, column quantity"),
        ("dependencies", "input,into,quantity,source\nsand,chips,0.6,r\nchips,chips,0.5,r\n", "row 3, column quantity: the parts of the cost of chips come to 110 per cent"),
        ("dependencies", "input,into,lag_days_low,source\nsand,chips,3,r\n", "row 2, column lag_days: lag_days has one bound"),
        ("inputs", "id,title,layer\nchips,Chips,other\nchips,Sand,mineral\n", "row 3, column id: chips is there twice"),
        ("inputs", "id,title,layer\nchips,Chips,roof\n", "row 2, column layer"),
        ("kinds", "input,of\nchips,sand\nsand,chips\n", "row 3, column of: sand would be a kind of itself"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_row_and_column(
    tmp_path: Path, part: str, text: str | bytes, place: str
) -> None:
    with pytest.raises(BadTable) as refused:
        taken_in(written(tmp_path, **{part: text}))

    assert place in refused.value.message
    assert refused.value.message.startswith(f"{part}.csv")
    assert refused.value.hint


def test_shares_that_come_to_a_little_over_100_are_rounding(tmp_path: Path) -> None:
    rows = "chips,acme,60,revenue,2025,r\nchips,zeta,44,revenue,2025,r\n"
    table = taken_in(written(tmp_path, provisions=OWN["provisions"].split("\n")[0] + "\n" + rows))

    assert total(table.provisions) == 104


def test_a_file_of_two_gibibytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    written(tmp_path)
    os.truncate(tmp_path / "provisions.csv", 2 * 1024**3)

    tracemalloc.start()
    with pytest.raises(TooLarge, match=r"provisions\.csv has 2,048 MiB; at most 256 are read"):
        taken_in(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 1024**2


def test_more_rows_than_are_taken_in_are_refused_at_the_first_too_many(tmp_path: Path) -> None:
    rows = "".join(f"i{n},Input {n},other\n" for n in range(50))
    folder = written(tmp_path, inputs="id,title,layer\n" + rows)

    with pytest.raises(TooLarge, match=r"inputs\.csv, row 11: this is row 11 of all; at most 10"):
        read("own", folder, "facts", lambda: NOON, graph_of([]), most=10)


def test_a_large_file_in_json_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bom = tmp_path / "bom.json"
    bom.write_text("{}")
    os.truncate(bom, 65 * 1024**2)

    with pytest.raises(TooLarge, match=r"bom\.json has 65 MiB; at most 64 are read"):
        taken_in(bom, "cyclonedx")


def test_a_folder_without_a_part_of_a_table_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match=r"none of citations\.csv"):
        taken_in(tmp_path)


def test_the_same_facts_as_parquet_give_the_same_table(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    table = taken_in(written(tmp_path))
    for path in list(tmp_path.glob("*.csv")):
        polars.read_csv(path).write_parquet(path.with_suffix(".parquet"))
        path.unlink()

    again = taken_in(tmp_path)

    assert again.provisions == table.provisions
    assert again.dependencies == table.dependencies


def test_a_long_chain_of_kinds_is_no_circle_and_is_checked_at_once() -> None:
    names = [f"k{i}" for i in range(20_000)]
    chain = tuple(KindOf(input=a, of=b) for a, b in pairwise(names))
    table = a_table(inputs=tuple(an_input(name) for name in names), kinds=chain)

    assert list(faults(table)) == []


def test_a_circle_of_kinds_through_another_table_is_found() -> None:
    names = tuple(an_input(name) for name in ("a", "b"))
    known = graph_of([a_table(inputs=names, kinds=(KindOf(input="a", of="b"),))])
    more = a_table(inputs=names, kinds=(KindOf(input="b", of="a"),))

    assert list(faults(more)) == []
    assert [fault.message for fault in faults(more, known)] == ["b would be a kind of itself"]


def test_the_shipped_table_is_whole_and_every_figure_has_source_year_and_basis() -> None:
    table = shipped(lambda: NOON)

    assert len(table.inputs) >= 60
    assert len(table.provisions) >= 150
    assert list(faults(table)) == []
    for each in table.provisions:
        assert not each.is_known or (each.basis and each.year)
    cited = {c.id: c for c in table.citations}
    figures = [cited[p.source] for p in table.provisions if p.is_known]
    assert all(each.url or each.via for each in figures)


def test_dependencies_of_the_shipped_table_have_no_circle() -> None:
    table = shipped(lambda: NOON)
    as_kinds = tuple(KindOf(input=d.input, of=d.into) for d in table.dependencies)

    assert list(faults(a_table(inputs=table.inputs, kinds=as_kinds))) == []


@pytest.mark.parametrize(
    ("stated", "letters"),
    [("JPN", "JP"), ("392", "JP"), ("jp", "JP"), ("Burma", "MM"), ("MAL", "MY"), ("Various", None)],
)
def test_countries_are_known_by_letters_digits_and_names(stated: str, letters: str | None) -> None:
    assert alpha_2(stated) == letters


def test_a_table_may_name_inputs_that_another_table_has() -> None:
    known = graph_of([a_table(shares({"acme": 50.0}))])
    more = a_table(needs=(a_need("chips", "phones"),), inputs=(an_input("phones"),))

    assert [fault.message for fault in faults(more)] == ["there is no 'chips'"]
    assert list(faults(more, known)) == []


@pytest.mark.shared
def test_etos_five_files_are_taken_in_with_their_traps() -> None:
    table = taken_in(shared_data("eto"), "eto")

    assert (len(table.inputs), len(table.actors)) == (79 + 3, 294)
    assert len(table.provisions) == 660
    assert sum(p.is_known for p in table.provisions) == 206
    assert (len(table.dependencies), len(table.kinds)) == (62, 31)
    assert table.licence == "CC-BY-NC-4.0"
    assert "1 × country 'Various', which is none" in table.left_out
    various = next(a for a in table.actors if a.title == "Various")
    assert (various.type, various.country) == ("group", None)
    graph = graph_of([table])
    sums = [total(s) for name in graph.inputs for s in graph.markets(name).values()]
    assert max(sums) == 104
    assert max(sums) <= MOST
    unknown = [a for a in table.actors if a.type == "company" and a.country is None]
    assert len(unknown) == 0


@pytest.mark.shared
def test_the_same_files_with_one_missing_are_refused(tmp_path: Path) -> None:
    for path in shared_data("eto").glob("*.csv"):
        if path.name != "sequence.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())

    with pytest.raises(BadTable, match=r"has no sequence\.csv"):
        taken_in(tmp_path, "eto")
