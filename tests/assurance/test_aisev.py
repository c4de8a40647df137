"""What aisev reads and writes goes through Corridor without loss."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.shared import shared_data
from support.supply import DIGEST

from corridor.assurance.adapters.aisev.questions import (
    NoQuestionsOfAisev,
    data_of,
    sheet_in,
)
from corridor.assurance.adapters.aisev.trees import NoTreeOfAisev, text_of, tree_in
from corridor.assurance.records import Goal, Leaf
from corridor.assurance.rules.trees import faults
from corridor.assurance.service.scoring import Whose, by_leaf, evidence_in

TREE = (Path(__file__).parent / "aisev_tree.yaml").read_text("utf-8")
SHIPPED = {
    "01_aisi_toxic_v0.1.csv": 120,
    "02_aisi_misinformation_v0.1.csv": 12,
    "03_aisi_fairness_v0.1.csv": 108,
    "06_aisi_security_v0.1.csv": 6,
    "07_aisi_explainability_v0.1.csv": 3,
    "08_aisi_robustness_v0.1.csv": 9,
}
"""aisev's files, and how many questions each has."""
HEAD = "ten_perspective,scorer,requirement,text,gsn_perspective"
OF_A_SMALL = Whose("small", DIGEST, "ja-Jpan", "a judge", "operator", "in", NOON)


def as_aisev_reads(text: str) -> object:
    """Return what a file of aisev says, as its own program reads it: U+000B taken out."""
    return yaml.safe_load(text.replace("\x0b", "").replace("\\v", ""))


def test_a_tree_of_aisev_is_read_with_its_control_character_and_its_stray_bracket() -> None:
    tree = tree_in(TREE, "fairness")

    assert list(faults(tree)) == []
    goal, strategy = tree.node("G3-1"), tree.node("S3-1")
    assert isinstance(goal, Goal)
    assert (tree.root, goal.title["ja-Jpan"]) == ("G3-1", "Goal: 誰にも公平であること]")
    assert strategy is not None
    assert strategy.text["ja-Jpan"].endswith("/a/\x0bb")
    assert [leaf.id for leaf in tree.leaves()] == ["G3-3", "G3-20", "G3-21"]


def test_a_tree_of_aisev_is_written_back_without_loss() -> None:
    tree = tree_in(TREE, "fairness")

    written = text_of(tree)

    assert tree_in(written, "fairness").nodes == tree.nodes
    assert as_aisev_reads(written) == as_aisev_reads(TREE)
    assert yaml.safe_load(written)["S3-1"]["text"].endswith("/a/\x0bb")


@given(st.text(max_size=60))
def test_any_text_of_an_element_comes_back(text: str) -> None:
    tree = tree_in(TREE, "fairness")
    leaf = tree.node("G3-3")
    assert isinstance(leaf, Leaf)
    texts = {"text": {"ja-Jpan": text}, "question": {"ja-Jpan": text}}
    changed = [each.model_copy(update=texts) if each is leaf else each for each in tree.nodes]

    written = text_of(tree.model_copy(update={"nodes": tuple(changed)}))

    assert list(tree_in(written, "fairness").nodes) == changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("G3-3:\n", "G3-3:\n  colour: red\n"), "G3-3: colour means nothing here"),
        (("G3-3:\n", "G3-1:\n"), "G3-1 is there twice"),
        (("G3-3:\n", "X3-3:\n"), "X3-3: an id begins with"),
        (("scoreRate: [0.7,0.3]", "scoreRate: [much]"), "S3-1: weights.0"),
        (('text: "方言でも使える"', "text: 7"), "G3-3: text is no text"),
        (("supportedBy: [S3-1]", "supportedBy: []"), "G3-1: supported_by"),
        (("definition", "\U000f000bdefinition"), "plane 15"),
    ],
)
def test_a_tree_that_breaks_the_layout_is_refused_with_the_place(
    change: tuple[str, str], words: str
) -> None:
    with pytest.raises(NoTreeOfAisev) as refused:
        tree_in(TREE.replace(*change, 1), "fairness")

    assert words in refused.value.message


@pytest.mark.parametrize("text", ["", "- a\n", "7", "G1: 7", "a: [", "{}"])
def test_what_is_no_mapping_of_elements_is_refused(text: str) -> None:
    with pytest.raises(NoTreeOfAisev):
        tree_in(text, "fairness")


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), SHIPPED.items())
def test_a_table_that_aisev_ships_is_read_and_written_back_byte_for_byte(
    name: str, count: int
) -> None:
    data = (shared_data("safety_ja_aisi") / "TEST-ONLY" / name).read_bytes()

    sheet = sheet_in(data)

    assert len(list(sheet.asked())) == count
    assert sum(map(len, by_leaf(sheet).values())) == count
    assert data_of(sheet) == data


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), SHIPPED.items())
def test_a_table_that_aisev_ships_is_scored_leaf_by_leaf(name: str, count: int) -> None:
    sheet = sheet_in((shared_data("safety_ja_aisi") / "TEST-ONLY" / name).read_bytes())
    told = [("答え", number % 3 > 0) for number in range(count)]

    scored = sheet_in(data_of(sheet.with_scores(told)))
    records = evidence_in(scored, OF_A_SMALL)

    assert [(each.answer, each.score) for each in scored.asked()] == told
    assert sum(each.n for each in records) == count
    assert sum(each.correct for each in records) == sum(right for _, right in told)
    assert {each.suite for each in records} == {f"aisev/{leaf}" for leaf in by_leaf(sheet)}
    assert "答え" not in "".join(each.model_dump_json() for each in records)


def a_table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows, ""]).encode()


CHOICES = "ID,ten_perspective,text,scorer,ans0,ans1,output"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (a_table("公平性,requirement,,文,G3-1"), "Row 2: requirement is empty"),
        (a_table("公平性,requirement,要件,文,G3-1", "公平性,vote,要件,文,G3-1"), "Row 3: 'vote'"),
        (a_table("公平性,requirement,要件,文"), "Row 2 has 4 cells, and there are 5"),
        (a_table("1,公平性,文,multiplechoice,甲,,A", head=CHOICES), "Row 2: multiplechoice needs"),
        (a_table("1,公平性,文,multiplechoice,甲,乙,C", head=CHOICES), "none of A, B"),
        (a_table("公平性,文", head="ten_perspective,text"), "Row 2: output is empty"),
        (a_table("公平性", head="ten_perspective"), "no column 'text'"),
        (a_table("a,b,c", head="text,text,ten_perspective"), "'text' is there twice"),
        (a_table("公平性,文,答,5", head="ten_perspective,text,output,score"), "off the scale"),
        (a_table(), "no question"),
        (b"", "empty"),
        (b"\xff", "byte 0"),
        (a_table('公平性,requirement,"要件,文,G3-1'), "cannot be read"),
    ],
)
def test_a_table_that_breaks_the_contract_is_refused_with_its_row(data: bytes, words: str) -> None:
    with pytest.raises(NoQuestionsOfAisev) as refused:
        sheet_in(data)

    assert words in refused.value.message


def test_all_three_scorers_are_read() -> None:
    head = f"{CHOICES},requirement"
    sheet = sheet_in(
        a_table(
            "1,公平性,文,multiplechoice,甲,乙,b,",
            "2,公平性,文,requirement,,,,要件",
            "3,公平性,文,,,,期待,",
            head=head,
        )
    )

    found = list(sheet.asked())

    assert [each.scorer for each in found] == ["multiplechoice", "requirement", "model_graded_qa"]
    assert [each.right for each in found] == ["b", "要件", "期待"]
    assert found[0].options == ("甲", "乙")


CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\x00"))


@given(
    st.lists(st.tuples(CELL.map(lambda c: f"文{c}"), CELL, CELL), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_table_of_the_contract_comes_back_byte_for_byte(
    rows: list[tuple[str, str, str]], end: str, marked: bool
) -> None:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator=end)
    table.writerow(["text", "ten_perspective", "output", "note", "other"])
    table.writerows([text, "公平性", "答", *others] for text, *others in rows)
    data = (("\ufeff" if marked else "") + written.getvalue()).encode()

    sheet = sheet_in(data)

    assert data_of(sheet) == data
    assert [each.text for each in sheet.asked()] == [text for text, *_ in rows]


def test_a_table_that_is_scored_in_part_gives_no_evidence() -> None:
    head = f"{HEAD},answer,score"
    rows = ("公平性,requirement,要件,文,G3-20,答,1", "公平性,requirement,要件,文二,G3-21,,")

    with pytest.raises(NoQuestionsOfAisev, match="Row 3"):
        evidence_in(sheet_in(a_table(*rows, head=head)), OF_A_SMALL)
    without = sheet_in(a_table("公平性,requirement,要件,文,"))
    with pytest.raises(NoQuestionsOfAisev, match="gsn_perspective"):
        evidence_in(without, OF_A_SMALL)


def test_the_head_says_how_lines_end_whatever_a_cell_holds() -> None:
    data = b'text,ten_perspective,output\n"a\r\nb",x,y\n'

    assert data_of(sheet_in(data)) == data
