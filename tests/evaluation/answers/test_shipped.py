"""The sets that come with Corridor are judged right by their own answers, and asked with cues we read."""

import json
from importlib.resources import files

import pytest

from corridor.evaluation.records import Dataset
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers import SCORERS, judge
from corridor.evaluation.rules.answers.reading import NEAREST
from corridor.evaluation.rules.answers.scripts import script_of
from corridor.evaluation.rules.answers.words import LEXICONS
from corridor.evaluation.service.datasets import listings, load

OWN = [name for name, each in listings().items() if each.packaged and each.kind in SCORERS]


def right_answers(item: Item, dataset: Dataset) -> tuple[str, ...]:
    if dataset.kind == "choice" and item.target is not None:
        return "ABCDEFGHIJ"[item.target], item.choices[item.target]
    return item.targets


def wrong_answer(item: Item, dataset: Dataset) -> str | None:
    """Return an answer of another item, or another choice."""
    if dataset.kind == "choice" and item.target is not None:
        return item.choices[(item.target + 1) % len(item.choices)]
    others = (other.targets for other in dataset.of(item.language))
    return next((each[0] for each in others if each and not {*each} & {*item.targets}), None)


@pytest.mark.parametrize("name", OWN)
def test_every_accepted_answer_is_right_and_another_item_s_is_not(name: str) -> None:
    dataset = load(name)
    odd: list[tuple[str, str, str]] = []
    for item in (item for tag in dataset.languages for item in dataset.of(tag)):
        for answer in right_answers(item, dataset):
            if judge(answer, item, dataset.kind).verdict != "right":
                odd.append((item.language, item.id, answer))
        other = wrong_answer(item, dataset)
        if other and judge(other, item, dataset.kind).verdict == "right":
            odd.append((item.language, item.id, other))
    assert odd == []


def test_the_word_for_answer_of_every_prompt_is_a_cue() -> None:
    text = (files("corridor.evaluation") / "data" / "prompt_words.json").read_text("utf-8")
    prompted = json.loads(text)["words"]
    known = [tag for tag in prompted if tag in LEXICONS or script_of(tag) in NEAREST]
    assert set(prompted) - set(known) <= {"si-Sinh"}  # Sinhala is asked, but its cues are not known
    for language in known:
        words = prompted[language]
        item = Item("i", language, "?", choices=("w", "x", "y", "z"), target=1)
        for said in (f"{words['answer']}: B", f"{words['answer']}：B", f"{words['answer']} B"):
            assert judge(f"C?\n{said}", item, "choice").verdict == "right", (language, said)
