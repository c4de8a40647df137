"""What is wrong with a data set is found, counted and shown; what cannot be used is left out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.errors import BadData, NoData, NotAllowed
from corridor.evaluation.records.datasets import Constraint, Dataset, Item, Kind, Shot
from corridor.evaluation.rules.checks.contamination import contained
from corridor.evaluation.rules.checks.findings import TREATMENTS, findings
from corridor.evaluation.rules.checks.near import likeness, near_duplicates, pieces_of
from corridor.evaluation.rules.checks.usable import usable
from corridor.evaluation.rules.licences import require_allowed
from corridor.evaluation.rules.own import SETS
from corridor.evaluation.service.checks import examined
from corridor.evaluation.service.datasets import listing_of, load

LONG = "The river rises in the hills of the north and runs for nine days before it meets the sea."


def asked(name: str, question: str = "", language: str = "en-Latn", **more: object) -> Item:
    item = Item(name, language, question or f"What is number {name}?", targets=("x",))
    for field, value in more.items():
        object.__setattr__(item, field, value)
    return item


def dataset(*items: Item, kind: Kind = "text", shots: tuple[Shot, ...] = ()) -> Dataset:
    by_language = dict[str, list[Item]]()
    for item in items:
        by_language.setdefault(item.language, []).append(item)
    return Dataset(
        name="made",
        version="1",
        kind=kind,
        licence="CC0-1.0",
        commercial=True,
        source="here",
        sha256="",
        items={tag: tuple(there) for tag, there in by_language.items()},
        shots={tag: shots for tag in by_language} if shots else {},
    )


def found(made: Dataset) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(each.kind, each.language): each.items for each in findings(made)}


@pytest.mark.parametrize(
    ("item", "kind", "reason"),
    [
        (Item("1", "en-Latn", "  ", targets=("x",)), "text", "nothing that is asked"),
        (Item("1", "en-Latn", "q", choices=("a", "b")), "choice", "label out of range"),
        (Item("1", "en-Latn", "q", choices=("a",), target=1), "choice", "label out of range"),
        (Item("1", "en-Latn", "q", choices=("a",), target=-1), "choice", "label out of range"),
        (Item("1", "en-Latn", "q", choices=("a", ""), target=0), "choice", "empty choice"),
        (Item("1", "en-Latn", "q"), "number", "without a right answer"),
        (Item("1", "en-Latn", "q", targets=(" ",)), "text", "without a right answer"),
        (Item("1", "en-Latn", "q"), "instruction", "without a constraint"),
        (Item("", "en-Latn", "q", targets=("x",)), "text", "without a name"),
    ],
)
def test_an_item_that_cannot_be_used_is_left_out_and_counted(
    item: Item, kind: Kind, reason: str
) -> None:
    kept, notes = usable({"en-Latn": (item,)}, kind)

    assert kept == {"en-Latn": ()}
    (note,) = notes
    assert "en-Latn: 1 items left out" in note
    assert reason in note


def test_an_item_that_can_be_used_is_kept() -> None:
    items = (
        Item("1", "en-Latn", "q", targets=("x",), choices=("x", "y"), target=0),
        Item("2", "en-Latn", "", context="passage", targets=("y",), choices=("x", "y"), target=1),
    )
    assert usable({"en-Latn": items}, "choice") == ({"en-Latn": items}, ())
    bare = Item("1", "en-Latn", "q", constraints=(Constraint("lines", 2),))
    assert usable({"en-Latn": (bare,)}, "instruction") == ({"en-Latn": (bare,)}, ())


def test_of_items_of_one_name_the_first_is_kept() -> None:
    kept, notes = usable({"en-Latn": (asked("1", "one?"), asked("1", "two?"))}, "text")

    assert [item.question for item in kept["en-Latn"]] == ["one?"]
    assert "with the name of an earlier one" in notes[0]


def test_what_a_language_lacks_of_a_parallel_set_is_found() -> None:
    made = dataset(asked("1"), asked("2"), asked("1", "पहला?", "hi-Deva"))

    assert found(made) == {("missing", "hi-Deva"): ("2",)}


def test_a_set_that_is_not_parallel_lacks_nothing() -> None:
    assert found(dataset(asked("en-1"), asked("hi-1", "पहला?", "hi-Deva"))) == {}


def test_answers_that_contradict_each_other_between_languages_are_found() -> None:
    made = dataset(
        asked("1", targets=("7",)),
        asked("2", choices=("a", "b"), target=0),
        asked("1", "पहला?", "hi-Deva", targets=("8",)),
        asked("2", "दूसरा?", "hi-Deva", choices=("क", "ख"), target=1),
    )

    assert found(made) == {("differs", "hi-Deva"): ("1", "2")}


def test_an_item_that_is_there_twice_is_found_in_whatever_form() -> None:
    made = dataset(asked("1", "क्या १ बड़ा है?", "hi-Deva"), asked("2", "क्या 1 बड़ा है ?", "hi-Deva"))

    assert found(made) == {("duplicate", "hi-Deva"): ("2",)}


def test_an_item_that_is_almost_there_twice_is_found() -> None:
    made = dataset(asked("1", LONG), asked("2", LONG.replace("the sea.", "the seas.")), asked("3"))

    assert found(made) == {("near-duplicate", "en-Latn"): ("2",)}


def test_items_that_differ_by_their_numbers_are_no_near_duplicates() -> None:
    made = dataset(asked("1", f"{LONG} How many are 3?"), asked("2", f"{LONG} How many are 4?"))

    assert found(made) == {}


def test_an_example_that_gives_an_item_away_is_found() -> None:
    made = dataset(asked("1", "Where?"), asked("2", "When?"), shots=(Shot("Where ?", "here"),))

    assert found(made) == {("shown", "en-Latn"): ("1",)}


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("This is English altogether.", "hi-Deva", "script"),
        ("यह वाक्य लंबा है पर पूरा नहीं mixed partly", "hi-Deva", "mixed"),
        ("یہ جملہ English کا ہے۔", "ur-Arab", "both-ways"),
        ("left\u202eright", "en-Latn", "direction"),
        ("a lost \ufffd letter", "en-Latn", "broken"),
    ],
)
def test_strange_texts_are_found(text: str, language: str, kind: str) -> None:
    assert kind in {each.kind for each in findings(dataset(asked("1", text, language)))}


def test_a_text_from_right_to_left_is_not_strange_by_itself() -> None:
    assert found(dataset(asked("1", "یہ جملہ اردو کا ہے، 7 دن۔", "ur-Arab"))) == {}


def test_every_finding_says_what_is_done() -> None:
    made = dataset(asked("1", LONG), asked("2", LONG))

    assert all(each.treatment == TREATMENTS[each.kind] for each in findings(made))


@pytest.mark.parametrize("name", SETS)
def test_our_own_sets_are_clean_but_for_sentences_that_differ_in_a_word(name: str) -> None:
    kinds = {each.kind for each in findings(load(name, ["hi-Deva", "ur-Arab"]))}

    assert kinds <= {"near-duplicate"}


@given(st.lists(st.text("abc ", max_size=40), max_size=8))
def test_near_duplicates_are_as_alike_as_is_said(texts: list[str]) -> None:
    for one, other in near_duplicates(texts):
        assert one < other
        assert likeness(pieces_of(texts[one]), pieces_of(texts[other])) >= 0.9


def test_near_duplicates_are_found_among_many() -> None:
    texts = [
        f"{place:x} {LONG[place % 40 :]} {'abcdefghij'[place % 10] * 20} {place}"
        for place in range(300)
    ]
    texts += ["A " + LONG * 2, "B " + LONG * 2]

    assert (300, 301) in near_duplicates(texts)


def test_an_item_that_a_text_contains_is_found() -> None:
    items = (
        asked("1", LONG),
        asked("2", "Who wrote the letter that never reached the harbour?"),
        asked("3", "Why?"),
    )
    text = ["Something else.", f"As one reads: {LONG.upper()} And so on.", "Nothing more."]

    assert contained(items, text) == ["1"]
    assert contained(items, [*text, "She asked: why? Nobody knew."]) == ["1", "3"]
    assert contained((), text) == []


def test_a_text_is_looked_through_for_every_language(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text(f"before\n{LONG}\nafter\n", encoding="utf-8")
    made = dataset(asked("1", LONG), asked("2", "एक लंबा प्रश्न जो कहीं नहीं लिखा है?", "hi-Deva"))

    assert examined(made, tmp_path / "corpus.txt").contained == {"en-Latn": ["1"], "hi-Deva": []}
    assert examined(made).contained is None


def test_a_text_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(NoData):
        examined(dataset(asked("1")), tmp_path / "nowhere")
    with pytest.raises(BadData):
        examined(dataset(asked("1")), tmp_path / "bytes")


def test_a_licence_that_excludes_commerce_is_kept_unless_the_set_is_named() -> None:
    listing = listing_of("jmmlu")

    require_allowed(listing, "research")
    require_allowed(listing, "commercial", ["jmmlu"])
    require_allowed(listing_of("mgsm"), "commercial")
    with pytest.raises(NotAllowed, match="jmmlu is under CC-BY-SA-4.0 AND CC-BY-NC-ND-4.0"):
        require_allowed(listing, "commercial", ["mgsm"])


def test_a_set_is_not_read_at_all_for_a_purpose_that_its_licence_excludes(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        load("jmmlu", folder=tmp_path, purpose="commercial")
    with pytest.raises(NoData):
        load("jmmlu", folder=tmp_path, purpose="commercial", despite=["jmmlu"])
