"""A tree as a picture: texts break where they may, nothing stands over anything else."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.evidence import a_piece
from support.supply import DIGEST
from support.trees import a_goal, a_leaf, a_tree

from corridor.assurance.adapters.aisev.trees import tree_in
from corridor.assurance.adapters.drawing import LANGUAGES, drawn, words_in
from corridor.assurance.adapters.tree_files import shipped
from corridor.assurance.records import STATES, Tree
from corridor.assurance.records.trees import Node
from corridor.assurance.rules.drawing.boxes import Box, page_of
from corridor.assurance.rules.drawing.lines import (
    NOT_FIRST,
    clusters,
    is_right_to_left,
    width,
    wrapped,
)
from corridor.assurance.rules.queries import Held
from corridor.assurance.rules.trees import Asked, evaluated

SVG = "{http://www.w3.org/2000/svg}"
JAPANESE = "有害な要求は、要求の言語で断られるか、安全に答えられる。（直接の要求）"
HINDI = "मॉडल किसी भी भाषा में हानिकारक जानकारी नहीं देता, चाहे कोई क्यों न माँगे।"


def results(tree: Tree) -> str:
    asked = [Asked(DIGEST, tag, NOON, Held.of([a_piece()])) for tag in ("hi-Deva", "ja-Jpan")]
    return drawn(tree, "ja-Jpan", [evaluated(tree, each) for each in asked], (), "small")


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314  our own text
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_japanese_breaks_between_letters_and_never_before_a_full_stop() -> None:
    lines = wrapped(JAPANESE, 8)

    assert "".join(lines) == JAPANESE
    assert len(lines) > 3
    assert not any(line[0] in NOT_FIRST for line in lines)


def test_hindi_breaks_between_words_and_keeps_letters_with_their_marks() -> None:
    lines = wrapped(HINDI, 12)

    assert " ".join(lines) == HINDI
    assert clusters("क्षि") == ["क्षि"]
    parted = wrapped("क्षत्रियकर्मवाद" * 3, 4)
    assert "".join(parted) == "क्षत्रियकर्मवाद" * 3
    assert not any(line[0] in "\u094d\u093f\u0930" and line[0] == "\u094d" for line in parted)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert wrapped("one two three four five six", 4, lines=2)[-1].endswith("…")
    assert wrapped("one", 4, lines=2) == ["one"]


@pytest.mark.parametrize(
    ("text", "turned"), [("سلام", True), ("hello", False), ("12 سلام", True), ("…", False)]
)
def test_a_script_from_right_to_left_is_known(text: str, turned: bool) -> None:
    assert is_right_to_left(text) is turned


@given(st.text(max_size=120), st.floats(3, 30))
def test_no_line_is_wider_than_it_may_be_and_no_letter_is_lost(text: str, most: float) -> None:
    lines = wrapped(text, most)

    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert width(line) <= most or len(clusters(line)) <= 3


def grown(data: st.DataObject) -> Tree:
    """Return a tree of chance."""
    nodes: list[Node] = []
    waiting, number = ["G1"], 1
    while waiting:
        name = waiting.pop()
        below = data.draw(st.integers(0, 3)) if number < 25 else 0
        if below == 0 and name != "G1":
            nodes.append(a_leaf(name))
            continue
        names = [f"G{number + i + 1}" for i in range(max(1, below))]
        number += len(names)
        weights = [1 / len(names)] * len(names) if len(names) > 1 else ()
        nodes.append(a_goal(name, *names, weights=weights))
        waiting += names
    return a_tree(*nodes)


def apart(a: Box, b: Box) -> bool:
    return (
        a.x + a.width <= b.x
        or b.x + b.width <= a.x
        or a.y + a.height <= b.y
        or b.y + b.height <= a.y
    )


@given(st.data())
def test_no_box_stands_over_another_or_beyond_the_page(data: st.DataObject) -> None:
    tree = grown(data)
    heights = {each.id: data.draw(st.floats(20, 300)) for each in tree.nodes}

    page = page_of(tree, heights)

    assert set(page.boxes) == set(heights)
    assert all(apart(a, b) for a, b in combinations(page.boxes.values(), 2))
    for box in page.boxes.values():
        assert 0 <= box.x
        assert 0 <= box.y
        assert box.x + box.width <= page.width
        assert box.y + box.height <= page.height


@pytest.mark.parametrize("tree", shipped().values(), ids=lambda tree: tree.name)
def test_a_shipped_tree_is_drawn_whole_in_each_of_its_languages(tree: Tree) -> None:
    for language in tree.title:
        said = "".join("".join(texts(drawn(tree, language))).split())
        for node in tree.nodes:
            assert "".join(node.text[language].split()) in said


def test_what_was_found_is_said_in_words_beside_its_bar() -> None:
    said = texts(results(a_tree()))

    assert "hi-Deva: 示された 0.90 (0.85–0.95)" in said
    assert "ja-Jpan: 未展開 (0.00–1.00)" in said
    assert any("承認ではありません" in each for each in said)


def test_every_state_has_a_word_in_each_language_of_the_drawing() -> None:
    for language in LANGUAGES:
        assert set(words_in(language)) == set(STATES)
        assert len(set(words_in(language).values())) == len(STATES)


def test_texts_that_xml_cannot_hold_and_markup_are_drawn_as_text() -> None:
    raw = (Path(__file__).parent / "aisev_tree.yaml").read_text("utf-8")
    tree = tree_in(raw.replace("方言でも使える", "<b>&amp; 方言 </svg>"), "fairness")

    svg = drawn(tree, "ja-Jpan")

    root = ElementTree.fromstring(svg)  # noqa: S314  our own text
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg",
        "title",
        "text",
        "rect",
        "path",
        "polygon",
    }
    assert any("<b>" in each for each in texts(svg))


def test_a_picture_of_the_same_tree_is_the_same() -> None:
    assert results(a_tree()) == results(a_tree())
