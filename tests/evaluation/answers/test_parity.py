"""The scorer-parity test: the same answers are judged the same in every language."""

import json
from collections.abc import Sequence
from typing import get_args

import pytest
from typer.testing import CliRunner

from corridor.app.cli import cli
from corridor.evaluation.adapters.parity import shipped
from corridor.evaluation.records import Verdict
from corridor.evaluation.rules.answers.parity import Row, Spoken, forms, rows
from corridor.evaluation.rules.answers.words import LEXICONS

SCHEDULED = [
    "as",
    "bn",
    "brx",
    "doi",
    "gu",
    "hi",
    "kn",
    "ks",
    "kok",
    "mai",
    "ml",
    "mni",
    "mr",
    "ne",
    "or",
    "pa",
    "sa",
    "sat",
    "sd",
    "ta",
    "te",
    "ur",
]  # the eighth schedule of India's constitution


@pytest.fixture(scope="module")
def judged() -> Sequence[Row]:
    return tuple(rows(*shipped()))


def test_every_answer_is_judged_as_expected_in_every_language(judged: Sequence[Row]) -> None:
    odd = [(row.case, row.language, row.answer, row.verdict) for row in judged if not row.equal]
    assert odd == []


def test_english_japanese_and_the_scheduled_languages_of_india_are_all_there() -> None:
    _, spoken = shipped()
    assert {tag.partition("-")[0] for tag in spoken} == {"en", "ja", *SCHEDULED}
    assert set(spoken) == set(LEXICONS)


def test_each_case_is_asked_in_every_language_but_for_those_it_cannot_apply_to() -> None:
    cases, spoken = shipped()
    for language, told in spoken.items():
        missing = {case.id for case in cases} - set(told.answers)
        latin = language.endswith("Latn")
        expected = {"text-foreign"} if latin else set[str]()
        if language == "en-Latn":
            expected.add("translation-foreign")
        assert missing == expected


def test_wrong_answers_are_as_many_as_needed_to_notice_a_scorer_that_takes_all() -> None:
    cases, _ = shipped()
    assert {case.verdict for case in cases} == set(get_args(Verdict)) - {"failed"}
    assert sum(case.verdict != "right" for case in cases) >= sum(
        case.verdict == "right" for case in cases
    )


def test_a_scorer_that_knows_english_alone_has_a_language_gap(judged: Sequence[Row]) -> None:
    right = [row for row in judged if row.expected == "right"]
    counted = {
        tag: sum(row.plain for row in right if row.language == tag)
        for tag in ("en-Latn", "ja-Jpan")
    }
    assert counted["ja-Jpan"] < counted["en-Latn"]


def test_a_row_that_is_not_as_expected_is_shown_as_such() -> None:
    cases, spoken = shipped()
    told = spoken["hi-Deva"]
    swapped = Spoken(told.question, told.choices, told.reference, {"choice-letter": "C"})
    (row,) = rows(cases[:1], {"hi-Deva": swapped})
    assert (row.equal, row.verdict) == (False, "wrong")


def test_each_answer_is_judged_in_forms_that_look_the_same() -> None:
    assert len(set(forms("がっこう"))) >= 3


def test_the_command_shows_each_language_and_ends_well() -> None:
    done = CliRunner().invoke(cli, ["evaluate", "parity"])
    assert done.exit_code == 0
    assert "mni-Mtei" in done.output


def test_the_command_gives_every_answer_as_json() -> None:
    done = CliRunner().invoke(cli, ["evaluate", "parity", "--json"])
    told = json.loads(done.output)
    assert told["unequal"] == []
    assert len(told["rows"]) == sum(each["answers"] for each in told["languages"])
