"""The data file that comes with Corridor."""

import hashlib
from importlib.resources import files

import pytest
from support.quiz import the_suite

from corridor.catalogue import script_of
from corridor.evaluation import UnknownSuite
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.rules.answers.normal import normal

SUITE = the_suite()
DATA = files("corridor.evaluation") / "data"


def test_the_digest_of_a_suite_is_that_of_its_file() -> None:
    assert SUITE.sha256 == hashlib.sha256((DATA / "parallel_facts.json").read_bytes()).hexdigest()


def test_there_are_enough_items_for_an_interval_to_mean_something() -> None:
    assert len(SUITE.items) == 48  # as the description and the demonstration say
    assert "Forty-eight" in SUITE.description


def test_the_suite_is_in_english_hindi_and_japanese() -> None:
    assert SUITE.languages == ("en-Latn", "hi-Deva", "ja-Jpan")


def test_every_item_and_every_example_is_there_in_every_language() -> None:
    for item in SUITE.items:
        assert tuple(item.by_language) == SUITE.languages
    assert {language: len(shots) for language, shots in SUITE.shots.items()} == dict.fromkeys(
        SUITE.languages, 2
    )


@pytest.mark.parametrize("language", SUITE.languages)
def test_every_question_and_every_answer_says_something(language: str) -> None:
    for item in SUITE.items:
        question = item.by_language[language]
        assert question.question.strip(), item.id
        assert question.answers, item.id
        assert all(normal(answer) for answer in question.answers), item.id
    assert all(shot.question.strip() and normal(shot.answer) for shot in SUITE.shots[language])


def test_no_item_is_there_twice() -> None:
    ids = [item.id for item in SUITE.items]
    assert len(set(ids)) == len(ids)
    for language in SUITE.languages:
        asked = [normal(item.by_language[language].question) for item in SUITE.items]
        assert len(set(asked)) == len(asked)


def test_no_accepted_answer_is_written_twice() -> None:
    for item in SUITE.items:
        for question in item.by_language.values():
            assert len(set(question.answers)) == len(question.answers), item.id


@pytest.mark.parametrize("language", SUITE.languages)
def test_no_example_gives_an_item_away(language: str) -> None:
    asked = {normal(item.by_language[language].question) for item in SUITE.items}

    assert asked.isdisjoint(normal(shot.question) for shot in SUITE.shots[language])


def test_an_item_is_in_the_script_of_its_language() -> None:
    for item in SUITE.items:
        hindi, japanese = item.by_language["hi-Deva"], item.by_language["ja-Jpan"]
        assert any("\u0900" <= sign <= "\u097f" for sign in hindi.question), item.id
        assert any("\u3040" <= sign <= "\u30ff" for sign in japanese.question), item.id
        assert script_of(item.by_language["en-Latn"].question) == "Latn", item.id


def test_the_licence_is_stated_with_the_suite_and_beside_the_file() -> None:
    assert SUITE.licence == "CC0-1.0"
    assert "CC0-1.0" in (DATA / "LICENCE.md").read_text()


def test_the_suite_says_itself_that_it_ranks_no_models() -> None:
    assert "not yet reviewed by native speakers" in SUITE.description
    assert "too small to rank" in SUITE.description


def test_a_suite_that_is_not_there_is_refused_with_the_name_of_one_that_is() -> None:
    with pytest.raises(UnknownSuite, match="'nope'") as refusal:
        suite_named("nope")
    assert "parallel-facts" in str(refusal.value.hint)
