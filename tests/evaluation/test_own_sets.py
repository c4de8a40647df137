"""Our own sets are whole, parallel, in the right script, and their answers are what a program computes."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.evaluation.adapters.datasets.folders import Folder
from corridor.evaluation.adapters.datasets.layouts.own import tables_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.records import Dataset
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.answers.score import judge
from corridor.evaluation.rules.own import SETS
from corridor.evaluation.service.datasets import PACKAGED, listings, load

LANGUAGES = [
    "en-Latn",
    "ja-Jpan",
    "as-Beng",
    "bn-Beng",
    "brx-Deva",
    "doi-Deva",
    "gu-Gujr",
    "hi-Deva",
    "hi-Latn",
    "kn-Knda",
    "kok-Deva",
    "ks-Arab",
    "mai-Deva",
    "ml-Mlym",
    "mni-Mtei",
    "mr-Deva",
    "ne-Deva",
    "or-Orya",
    "pa-Guru",
    "sa-Deva",
    "sat-Olck",
    "sd-Arab",
    "ta-Taml",
    "te-Telu",
    "ur-Arab",
]
"""English, Japanese, the 22 languages of the Eighth Schedule of India's constitution, romanised Hindi."""
NAMED = {
    "Latn": ("LATIN",),
    "Jpan": ("CJK UNIFIED", "HIRAGANA", "KATAKANA"),
    "Beng": ("BENGALI",),
    "Deva": ("DEVANAGARI",),
    "Gujr": ("GUJARATI",),
    "Knda": ("KANNADA",),
    "Arab": ("ARABIC",),
    "Mlym": ("MALAYALAM",),
    "Mtei": ("MEETEI MAYEK",),
    "Orya": ("ORIYA",),
    "Guru": ("GURMUKHI",),
    "Olck": ("OL CHIKI",),
    "Taml": ("TAMIL",),
    "Telu": ("TELUGU",),
}
"""How Unicode calls the letters of each script."""
UNSURE = {"brx-Deva", "doi-Deva", "kok-Deva", "ks-Arab", "mai-Deva", "mni-Mtei", "sa-Deva"} | {
    "sat-Olck",
    "sd-Arab",
}
ALL = {name: load(name) for name in SETS}
TABLES = {tag: tables_of(Folder(PACKAGED), "languages/{code}.yaml", tag) for tag in LANGUAGES}
every_set = pytest.mark.parametrize("name", SETS)
every_language = pytest.mark.parametrize("tag", LANGUAGES)


def texts_of(tables: Tables) -> Iterator[str]:
    yield from (tables.name, *tables.numbers, *tables.days, *tables.nouns)
    yield from (re.sub(r"\{\w+\}", "", text) for text in tables.asked.values())
    yield from tables.said.values()
    for word, others in tables.also.items():
        yield from (word, *others)


def given_in(template: str, question: str) -> dict[str, str]:
    """Return what stands at each place of a template in a question, in the order of the places' names."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    found = re.fullmatch(pattern, question)
    assert found, question
    return dict(sorted(found.groupdict().items()))


def items(name: str, tag: str) -> tuple[Item, ...]:
    return ALL[name].items[tag]


def test_the_languages_are_english_japanese_and_those_of_the_eighth_schedule() -> None:
    assert set(TABLES) == set(LANGUAGES)
    assert len(LANGUAGES) == 25
    assert {path.stem for path in (PACKAGED / "languages").iterdir()} == set(LANGUAGES)


@every_set
def test_a_set_has_every_item_in_every_language(name: str) -> None:
    found = ALL[name]
    ids = [item.id for item in next(iter(found.items.values()))]

    assert set(found.languages) >= set(LANGUAGES) - {"en-Latn"}
    assert len(set(ids)) == len(ids)
    for tag, there in found.items.items():
        assert [item.id for item in there] == ids, tag
        assert {item.language for item in there} == {tag}
        assert len(found.shots.get(tag, ())) == len(next(iter(found.shots.values()), ()))


def test_every_set_but_translations_has_sixty_items_or_more() -> None:
    sizes = {
        name: {len(there) for there in found.items.values()}
        for name, found in ALL.items()
        if found.kind != "translation"
    }

    assert len(sizes) == 6
    assert all(min(counts) >= 60 for counts in sizes.values())


def test_there_is_a_set_of_every_kind() -> None:
    kinds = {found.kind for found in ALL.values()}

    assert kinds == {"choice", "text", "number", "translation", "instruction", "parallel"}


@every_language
def test_every_letter_is_of_the_language_s_script(tag: str) -> None:
    names = NAMED[tag.partition("-")[2]]
    strange = {
        letter
        for text in texts_of(TABLES[tag])
        for letter in text
        if unicodedata.category(letter)[0] in "LM"
        and letter not in "\u200c\u200d"
        and not unicodedata.name(letter).startswith(names)
    }

    assert strange == set()


@every_language
def test_every_text_is_composed_and_whole(tag: str) -> None:
    for text in texts_of(TABLES[tag]):
        assert unicodedata.is_normalized("NFC", text), text
        assert text.strip()


@every_language
def test_a_language_has_the_same_places_in_its_questions_as_english(tag: str) -> None:
    english, other = TABLES["en-Latn"], TABLES[tag]

    assert set(other.asked) == set(english.asked)
    assert set(other.said) == set(english.said)
    for name, text in english.asked.items():
        places = re.findall(r"\{\w+\}", text)
        assert sorted(re.findall(r"\{\w+\}", other.asked[name])) == sorted(places), name


@every_language
def test_no_word_stands_for_two_things(tag: str) -> None:
    tables = TABLES[tag]
    words = [*tables.nouns, *tables.days]

    assert len(set(words)) == len(words) == 31
    assert len(set(tables.numbers)) == 10
    assert set(tables.also) <= set(tables.days)


@every_language
def test_nothing_is_said_twice(tag: str) -> None:
    said = list(TABLES[tag].said.values())

    assert len(set(said)) == len(said) == 20


@every_set
def test_no_item_is_there_twice_and_no_example_is_an_item(name: str) -> None:
    found = ALL[name]
    for tag, there in found.items.items():
        asked = [(item.question, item.choices, item.context) for item in there]
        assert len(set(asked)) == len(asked), tag
        shown = {(shot.question, shot.choices, shot.context) for shot in found.shots.get(tag, ())}
        assert shown.isdisjoint(asked), tag


@every_set
def test_every_place_is_filled(name: str) -> None:
    for there in ALL[name].items.values():
        for item in there:
            assert not re.search(r"[{}]", item.question + item.context), item


@every_language
def test_the_problems_are_answered_by_their_numbers(tag: str) -> None:
    for item in items("corridor-reckoning", tag):
        given = given_in(TABLES[tag].asked[item.topic], item.question)
        answer = reckoned(item.topic, *map(int, given.values()))
        assert item.targets == (str(int(answer)),), item
        assert answer == int(answer) > 0


def reckoned(topic: str, a: int, b: int = 0, c: int = 0) -> float:
    """Return the answer to a problem, by its numbers alone."""
    return {
        "birds": a + b,
        "mangoes": a - b,
        "boxes": a * b,
        "sweets": a / (b or 1),
        "age": a + b,
        "money": c - a * b,
        "class": a + b - c,
        "weeks": 7 * a,
    }[topic]


@every_language
def test_number_words_are_answered_by_their_places_in_the_table(tag: str) -> None:
    tables = TABLES[tag]
    value = {word: number for number, word in enumerate(tables.numbers, 1)}
    for item in items("corridor-number-words", tag):
        (given,) = given_in(tables.asked[item.topic], item.question).values()
        parts = given.split(" ") if item.topic == "reckon" else given.split(tables.comma)
        assert item.targets == (str(answered(item.topic, parts, value)),), item


def answered(topic: str, parts: list[str], value: dict[str, int]) -> int:
    """Return what the answer is, by the words of a question alone."""
    match topic:
        case "digits":
            return value[parts[0]]
        case "largest":
            return max(value[part] for part in parts)
        case "count":
            return len(parts)
        case _:
            one, other = value[parts[0]], value[parts[2]]
            return {"+": one + other, "−": one - other, "×": one * other}[parts[1]]


@every_language
def test_the_right_choice_is_the_only_one_of_its_kind(tag: str) -> None:
    tables = TABLES[tag]
    kinds = {
        "animal": tables.animals,
        "fruit": tables.fruits,
        "colour": tables.colours,
        "body": tables.body,
        "day": tables.days,
    }
    for item in items("corridor-kinds", tag):
        fitting = [place for place, word in enumerate(item.choices) if word in kinds[item.topic]]
        assert fitting == [item.target], item
        assert len(set(item.choices)) == 4
        assert item.targets == (item.choices[item.target or 0],)


def test_the_right_choice_stands_at_each_place_equally_often() -> None:
    places = Counter(item.target for item in items("corridor-kinds", "en-Latn"))

    assert places == {0: 15, 1: 15, 2: 15, 3: 15}


@every_language
def test_days_follow_each_other_and_words_are_where_they_are_asked_for(tag: str) -> None:
    tables = TABLES[tag]
    steps = {"after": 1, "before": -1, "two-days-after": 2}
    places = {"first": 0, "third": 2, "last": -1, "copy": 0}
    for item in items("corridor-lists", tag):
        (given,) = given_in(tables.asked[item.topic], item.question).values()
        if item.topic in steps:
            expected = tables.days[(tables.days.index(given) + steps[item.topic]) % 7]
        else:
            expected = given.split(tables.comma)[places[item.topic]]
        assert item.targets[0] == expected, item


@pytest.mark.parametrize("tag", [*{tag.partition("-")[2]: tag for tag in LANGUAGES}.values()])
@pytest.mark.parametrize(
    "name", [name for name in SETS if ALL[name].kind in ("choice", "number", "text", "translation")]
)
def test_the_right_answer_is_judged_right_and_another_wrong(name: str, tag: str) -> None:
    found = ALL[name]
    there = found.items[tag]
    others = [*there[1:], there[0]]
    for item, other in list(zip(there, others, strict=True))[::7]:
        assert judge(item.targets[0], item, found.kind).score == 1.0, item
        if set(item.targets).isdisjoint(other.targets):
            assert judge(other.targets[0], item, found.kind).score < 1.0, (item, other.targets)


@every_language
def test_a_text_is_as_long_as_its_english_one_in_order_of_magnitude(tag: str) -> None:
    for text, english in zip(
        items("corridor-sentences", tag), items("corridor-sentences", "en-Latn"), strict=True
    ):
        assert 0.2 < math.sqrt(len(text.context) / len(english.context)) < 2, text


def test_translations_are_the_same_sentences_both_ways() -> None:
    into, back = ALL["corridor-into-english"], ALL["corridor-from-english"]
    for tag in into.languages:
        for one, other in zip(into.items[tag], back.items[tag], strict=True):
            assert (one.source_language, one.target_language) == (tag, "en-Latn")
            assert (other.source_language, other.target_language) == ("en-Latn", tag)
            assert (one.context,) == other.targets
            assert (other.context,) == one.targets


def test_every_set_says_that_no_native_speaker_reviewed_it_and_where_its_author_is_unsure() -> None:
    for found in ALL.values():
        notes = " ".join(found.notes)
        assert notes.count("not reviewed by a native speaker") >= 24
        for tag in UNSURE:
            assert f"{TABLES[tag].english}: The author is unsure of this language" in notes
        assert (found.licence, found.commercial) == ("CC0-1.0", True)


def test_the_digest_of_a_set_is_that_of_its_items_and_no_other_s() -> None:
    assert len({found.sha256 for found in ALL.values()}) == len(ALL)
    again: Dataset = load("corridor-kinds", ["hi-Deva"])
    assert again.digests["hi-Deva"] == ALL["corridor-kinds"].digests["hi-Deva"]


@pytest.mark.parametrize("text", ["- a list", "name: [", "name: only a name", "\xff"])
def test_a_file_of_a_language_that_is_not_whole_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "en-Latn.yaml").write_bytes(text.encode("latin-1"))

    with pytest.raises(BadData, match=r"en-Latn.yaml"):
        tables_of(Folder(tmp_path), "{code}.yaml", "en-Latn")


def test_our_sets_come_first_in_the_list() -> None:
    assert list(listings())[: len(SETS)] == list(SETS)


def kept_by(item: Item, tables: Tables) -> str:
    """Return an answer that keeps an instruction, made from the tables alone."""
    said = tables.said["rain-tomorrow"]
    values = {each.name: each.value for each in item.constraints}
    words = " ".join(text for text in (str(value) for value in values.values()) if text)
    match item.topic:
        case "lines":
            return "\n".join(tables.animals[: int(str(values["lines"]))])
        case "bullets":
            return "\n".join(f"- {word}" for word in tables.colours[: int(str(values["lines"]))])
        case "contains":
            return f"{values['contains']} {said}"
        case "ends":
            return f"{said} {words}"
        case "begins":
            return f"{words} {said}"
        case "brackets":
            return f"[{values['contains']}]"
        case _:
            word, times = values["repeats"] if isinstance(values["repeats"], tuple) else ("", "0")
            return " ".join([word] * int(times))


@every_language
def test_an_instruction_that_is_kept_is_judged_kept_and_one_that_is_not_is_not(tag: str) -> None:
    tables = TABLES[tag]
    there = items("corridor-instructions", tag)
    for item in there:
        assert judge(kept_by(item, tables), item, "instruction").score == 1.0, item
        assert judge(tables.said["where-hospital"] * 7, item, "instruction").score == 0.0, item
