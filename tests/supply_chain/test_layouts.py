"""Layouts of others: what is taken in, what is left out and why, and what is refused by its place."""

import json
from pathlib import Path

import pytest
from support.builders import NOON

from corridor.supply_chain import BadTable, Table, TooLarge, graph_of
from corridor.supply_chain.adapters import sheets
from corridor.supply_chain.adapters.importing import Layout, read

HEADER = "SOURCE,COMMODITY,COUNTRY,TYPE,UNIT_MEAS,PROD_2023,PROD_EST_ 2024,PROD_NOTES\n"
USGS = HEADER + (
    "MCS2025,Gemanium,China,refinery,kilograms,10,60,\n"
    "MCS2025,Gemanium,Burma,refinery,kilograms,10,W,\n"
    "MCS2025,Gemanium,Other countries,refinery,kilograms,10,20,\n"
    "MCS2025,Gemanium,World total (rounded),refinery,kilograms,30,100,\n"
    'MCS2025,Copper,Chile,mine,thousand metric tons,10,"5,300",\n'
    "MCS2025,Copper,Congo (Kinshasa),mine,thousand metric tons,10,>2700,\n"
    "MCS2025,Copper,Atlantis,mine,thousand metric tons,10,0,\n"
    "MCS2025,Copper,Chile,mine,kilograms,10,1,\n"
)


def taken_in(place: Path, layout: Layout) -> Table:
    return read(layout, place, "facts", lambda: NOON, graph_of([]))


def a_file(folder: Path, text: str, name: str = "world.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def shares(table: Table) -> dict[tuple[str, str], float | None]:
    return {(p.input, p.actor): p.share for p in table.provisions}


def test_world_production_becomes_shares_over_the_world_total(tmp_path: Path) -> None:
    table = taken_in(a_file(tmp_path, USGS), "usgs")

    found = shares(table)
    assert found["facts/germanium-refinery", "country/cn"] == 60
    assert found["facts/germanium-refinery", "country/mm"] is None
    assert found["facts/germanium-refinery", "group/other-countries"] == 20
    assert found["facts/copper-mine", "country/cl"] == pytest.approx(100 * 5300 / 8000)
    assert {p.year for p in table.provisions if p.is_known} == {2024}
    assert {p.basis for p in table.provisions if p.is_known} == {"output"}
    others = next(a for a in table.actors if a.id == "group/other-countries")
    assert (others.type, others.country) == ("group", None)
    for why in (
        "'Gemanium'",
        "withheld",
        "without a world total",
        "Atlantis",
        "kilograms",
        "sign >",
    ):
        assert any(why in line for line in table.left_out), why


HEADER_2026 = (
    "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,"
    "Is critical mineral 2025,Other notes\n"
)
WORLD = "World Mine Production and Reserves"
USGS_2026 = HEADER_2026 + "".join(
    f"COBALT,{section},Cobalt,{country},{what},{detail},metric tons,{year},{value},,Yes,\n"
    for section, country, what, detail, year, value in (
        (WORLD, "Congo (Kinshasa)", "Production", "Mine production", "2024", '"226,000"'),
        (WORLD, "Congo (Kinshasa)", "Production", "Mine production", "2025_estimated", '"230,000"'),
        (WORLD, "C\u00f4te d\u2019Ivoire", "Production", "Mine production", "2025_estimated", "W"),
        (WORLD, "Other countries", "Production", "Mine production", "2025_estimated", '"70,000"'),
        (WORLD, "World total", "Production", "Mine production: rounded", "2025_estimated", '"310,000"'),
        (WORLD, "Congo (Kinshasa)", "Reserves", "Reserves", "2025_estimated", '"6,000,000"'),
        ("Salient Statistics\u2014United States", "United States", "Production", "Mine", "2025", "300"),
        ("Import Sources", "Norway", "Imports", "Metal", "2021\u201324", "25"),
    )
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_the_layout_of_2026_has_a_row_for_every_figure(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "MCS2026_Commodities_Data.csv").write_bytes(USGS_2026.encode(encoding))

    table = taken_in(tmp_path / "MCS2026_Commodities_Data.csv", "usgs")

    assert shares(table) == {
        ("facts/cobalt-mine-production", "country/cd"): pytest.approx(100 * 23 / 31),
        ("facts/cobalt-mine-production", "country/ci"): None,
        ("facts/cobalt-mine-production", "group/other-countries"): pytest.approx(100 * 7 / 31),
    }
    assert {p.year for p in table.provisions if p.is_known} == {2025}
    assert table.citations[0].url == "https://doi.org/10.5066/P1WKQ63T"
    assert "1 × row of an earlier year" in table.left_out
    assert "3 × row that is not on the world's production in a year" in table.left_out


def test_a_world_total_under_a_shorter_name_belongs_to_the_one_that_it_fits(tmp_path: Path) -> None:
    rows = (
        'MCS2025,Cobalt,Congo (Kinshasa),"Mine production, cobalt content",metric tons,1,220,\n'
        'MCS2025,Cobalt,Canada ,"Mine production, cobalt content",metric tons,1,5,\n'
        "MCS2025,Cobalt,World total (rounded),Mine production,metric tons,1,250,\n"
    )

    table = taken_in(a_file(tmp_path, HEADER + rows), "usgs")

    what = "facts/cobalt-mine-production-cobalt-content"
    assert shares(table) == {(what, "country/cd"): 88, (what, "country/ca"): 2}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (USGS_2026.replace('"230,000"', "many"), "row 3, column Value: 'many' is no amount"),
        (USGS_2026.replace("Unit,Year", "Unit,When"), "the column 'Year' is missing"),
        (USGS.replace(",60,", ",many,"), "world.csv, row 2, column PROD_EST_ 2024: 'many' is no"),
        (USGS.replace(",60,", ",160,").replace(",20,", ",90,"), "no rounding"),
        (USGS.replace(",60,", ",-60,"), "row 2"),
        (USGS.replace("PROD_EST_ 2024", "PROD_2024"), "no column of estimated production"),
        (USGS.replace("COUNTRY,", "LAND,"), "the column 'COUNTRY' is missing"),
    ],
)
def test_a_broken_file_of_world_production_is_refused(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(BadTable) as refused:
        taken_in(a_file(tmp_path, text), "usgs")

    assert place in refused.value.message


def an_import(partner: str, iso: str, value: object, **fields: object) -> dict[str, object]:
    defaults: dict[str, object] = {
        "refYear": 2024,
        "reporterCode": 392,
        "reporterISO": "JPN",
        "flowCode": "M",
        "partnerCode": partner,
        "partnerISO": iso,
        "partnerDesc": iso,
        "cmdCode": "811292",
        "cmdDesc": "Gallium and others",
        "primaryValue": value,
    }
    return {**defaults, **fields}


IMPORTS = [
    an_import("0", "W00", 200.0),
    an_import("156", "CHN", 120.0),
    an_import("490", "S19", 30.0),
    an_import("899", "_X", 10.0),
    an_import("842", "USA", 5.0, flowCode="X"),
]


def comtrade(folder: Path, rows: object) -> Path:
    return a_file(folder, json.dumps({"elapsedTime": "0.1", "data": rows}), "trade.json")


def test_imports_become_shares_by_country_of_what_is_imported(tmp_path: Path) -> None:
    table = taken_in(comtrade(tmp_path, IMPORTS), "comtrade")

    found = shares(table)
    assert found["facts/jp-imports-811292", "country/cn"] == 60
    assert found["facts/jp-imports-811292", "country/tw"] == 15
    assert found["facts/jp-imports-811292", "group/x"] == 5
    assert len(table.provisions) == 3
    assert {p.basis for p in table.provisions} == {"trade"}
    assert "1 × row that is no import (flowCode M)" in table.left_out


def test_parts_of_an_import_and_months_are_not_counted_beside_the_whole(tmp_path: Path) -> None:
    whole: dict[str, object] = {
        "freqCode": "A", "customsCode": "C00", "motCode": 0, "partner2Code": 0, "mosCode": "0",
    }  # fmt: skip
    rows = [
        an_import("0", "W00", 200.0, **whole),
        an_import("156", "CHN", 120.0, **whole),
        an_import("156", "CHN", 90.0, **{**whole, "motCode": 2100}),
        an_import("156", "CHN", 30.0, **{**whole, "customsCode": "C01"}),
        an_import("156", "CHN", 70.0, **{**whole, "partner2Code": 344}),
        an_import("156", "CHN", 10.0, **{**whole, "freqCode": "M"}),
    ]

    table = taken_in(comtrade(tmp_path, rows), "comtrade")

    assert shares(table) == {("facts/jp-imports-811292", "country/cn"): 60}
    for why in ("motCode other than 0", "customsCode", "partner2Code", "freqCode A"):
        assert any(why in line for line in table.left_out), why


def test_numbers_of_countries_are_read_as_un_comtrade_has_them(tmp_path: Path) -> None:
    none: dict[str, object] = {"reporterCode": 699, "reporterISO": None, "partnerISO": None}
    rows = [
        {**an_import(str(number), "", 10.0, partnerDesc=None), **none}
        for number in (842, 757, 251, 579, 490, 156)
    ]

    table = taken_in(comtrade(tmp_path, rows), "comtrade")

    found = {name.removeprefix("country/") for _, name in shares(table)}
    assert found == {"us", "ch", "fr", "no", "tw", "cn"}
    assert {each.id for each in table.inputs} == {"facts/in-imports-811292"}


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([an_import("156", "CHN", "much")], "trade.json, data, row 1, column primaryValue"),
        ([an_import("156", "CHN", None)], "column primaryValue: '' is no amount"),
        ([an_import("156", "CHN", ["1"])], "column primaryValue: it is no text"),
        ([an_import("156", "CHN", -5.0), an_import("0", "W00", 10.0)], "column primaryValue"),
        (["a row"], "row 1, column -: it is no object"),
        ({"a": 1}, "data is no list"),
    ],
)
def test_a_broken_answer_on_trade_is_refused(tmp_path: Path, rows: object, place: str) -> None:
    with pytest.raises(BadTable) as refused:
        taken_in(comtrade(tmp_path, rows), "comtrade")

    assert place in refused.value.message


def a_bom(**fields: object) -> dict[str, object]:
    defaults: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"bom-ref": "app", "type": "application", "name": "Helpline"}},
        "components": [
            {
                "bom-ref": "m",
                "type": "machine-learning-model",
                "name": "Small",
                "manufacturer": {"name": "Acme AI"},
            },
            {"bom-ref": "l", "type": "library", "name": "numpy", "version": "2.4"},
        ],
        "dependencies": [{"ref": "app", "dependsOn": ["m", "l"]}, {"ref": "m"}],
    }
    return {**defaults, **fields}


def bom(folder: Path, **fields: object) -> Path:
    return a_file(folder, json.dumps(a_bom(**fields)), "bom.json")


def test_a_bill_of_materials_becomes_inputs_makers_and_essential_needs(tmp_path: Path) -> None:
    table = taken_in(bom(tmp_path), "cyclonedx")

    assert [(i.title, i.layer) for i in table.inputs] == [
        ("Helpline", "service"),
        ("Small", "model"),
        ("numpy", "other"),
    ]
    assert [(p.input, p.actor, p.is_known) for p in table.provisions] == [
        ("facts/small-1", "facts/by-acme-ai", False)
    ]
    assert [(d.input, d.into, d.essentiality) for d in table.dependencies] == [
        ("facts/small-1", "facts/helpline-0", 2),
        ("facts/numpy-2", "facts/helpline-0", 2),
    ]
    assert any("names no supplier" in line for line in table.left_out)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"bomFormat": "SPDX"}, "is no CycloneDX"),
        ({"components": "many"}, "components is no list"),
        ({"components": [{"type": "library"}]}, "components, row 1, column name"),
        ({"dependencies": [{"ref": "app", "dependsOn": ["x"]}]}, "column dependsOn: there is no"),
        ({"dependencies": [{"ref": "app", "dependsOn": "m"}]}, "column dependsOn: it is no list"),
        ({"components": [{"bom-ref": "app", "name": "Again"}]}, "column bom-ref: 'app' is there"),
    ],
)
def test_a_broken_bill_of_materials_is_refused(
    tmp_path: Path, fields: dict[str, object], place: str
) -> None:
    with pytest.raises(BadTable) as refused:
        taken_in(bom(tmp_path, **fields), "cyclonedx")

    assert place in refused.value.message


def test_what_is_no_json_is_named_by_row_and_column(tmp_path: Path) -> None:
    broken = a_file(tmp_path, '{"data": [\n  {]\n}', "trade.json")
    deep = a_file(tmp_path, "[" * 200_000, "deep.json")

    with pytest.raises(BadTable, match=r"trade\.json, row 2, column 4 is no JSON"):
        taken_in(broken, "comtrade")
    with pytest.raises(BadTable, match="no JSON that can be read"):
        taken_in(deep, "comtrade")
    with pytest.raises(BadTable, match="holds no object"):
        taken_in(a_file(tmp_path, "[]", "list.json"), "comtrade")
    with pytest.raises(BadTable, match="cannot be read"):
        taken_in(tmp_path / "nowhere.json", "comtrade")


def test_a_json_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trade.json"
    with path.open("wb") as file:
        file.truncate(sheets.MAX_BYTES + 1)

    with pytest.raises(TooLarge):
        taken_in(path, "comtrade")
