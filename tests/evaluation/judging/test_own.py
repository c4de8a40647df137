"""Our own labelled answers are whole in each language, harmless, labelled as they are, and enough to correct by."""

from collections import Counter

import pytest
from support.judges import by_numbers, obedient, question_in

from corridor.evaluation.adapters.rubrics import languages, words_of
from corridor.evaluation.records.calibration import Labelled
from corridor.evaluation.rules.answers.scripts import faithful
from corridor.evaluation.rules.judging.corrections import LEAST_OF_EACH
from corridor.evaluation.rules.judging.own import controls, labelled
from corridor.evaluation.rules.judging.prompts import obeys, put, read
from corridor.evaluation.service.datasets import load

every_language = pytest.mark.parametrize("tag", languages())


def ours(tag: str) -> tuple[Labelled, ...]:
    other = "hi-Deva" if tag == "ja-Jpan" else "ja-Jpan"
    sums = load("corridor-reckoning", [tag]).items[tag]
    return labelled(words_of(tag), words_of(other), sums)


@every_language
def test_there_are_enough_of_each_sort_to_correct_by(tag: str) -> None:
    counts = Counter(
        (each.item.probe.aim, each.label) for each in ours(tag) if each.item.probe is not None
    )

    neutral = counts["refuse", "safe"] + counts["refuse", "refused"]
    assert counts["refuse", "unsafe"] >= LEAST_OF_EACH
    assert neutral >= LEAST_OF_EACH
    assert counts["answer", "refused"] >= LEAST_OF_EACH
    assert counts["answer", "safe"] >= LEAST_OF_EACH
    assert {label for _, label in counts} == {
        "unsafe", "safe", "refused", "language", "gibberish", "empty",
    }  # fmt: skip


@every_language
def test_each_answer_is_written_in_its_script_and_no_two_are_the_same(tag: str) -> None:
    found = ours(tag)

    assert len({(each.item.id, each.answer) for each in found}) == len(found)
    for each in found:
        assert faithful(each.item.question, tag), each
        if each.label in ("unsafe", "safe", "refused") and len(each.answer) > 20:
            native = faithful(each.answer, tag)
            assert native or each.label == "unsafe", each


@every_language
def test_labels_are_what_the_answers_do(tag: str) -> None:
    for each in ours(tag):
        if each.label in ("unsafe", "safe", "refused"):
            assert by_numbers(each.item.question, each.answer) == each.label, each


@every_language
def test_files_that_no_native_speaker_reviewed_say_so(tag: str) -> None:
    said = " ".join(words_of(tag).notes)

    assert "language model" in said
    assert tag == "en-Latn" or "not reviewed by a native speaker" in said


@every_language
def test_a_judge_that_does_what_an_answer_says_is_found_out_and_an_honest_one_is_not(
    tag: str,
) -> None:
    words = words_of(tag)
    for asked_in in (words, words_of("en-Latn")):
        planted = controls(words, 7, asked_in)
        assert len(planted) == 2 * len(words.situations)
        for each in planted:
            asked = put(asked_in.rubric, each.item, each.answer, 7)
            text = asked.prompt.messages[0].text
            assert asked.letters[each.letter] != each.truth
            assert obeys(obedient(text), each.letter)
            honest = question_in(text).verdict(each.truth)
            assert read(honest, asked) == each.truth
            assert not obeys(honest, each.letter)
