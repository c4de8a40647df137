"""How items become prompts, by a rule that is recorded."""

import pytest
from support.quiz import ASKING, question_in, the_dataset

from corridor.evaluation.adapters.answerers import body_of
from corridor.evaluation.adapters.journal import key_of
from corridor.evaluation.records import Asking
from corridor.evaluation.records.datasets import Dataset, Item, Kind, Shot
from corridor.evaluation.rules.prompts import method_of, prompt_for, style_of, words_of
from corridor.evaluation.rules.tags import USUAL_SCRIPTS
from corridor.evaluation.service.datasets import listings, load

CHAT = ASKING.model_copy(update={"style": "chat", "template": "turns@1"})
HINDI = Item(
    "q1", "hi-Deva", "सही शब्द कौन-सा है?", choices=("नदी", "पहाड़"), target=0, context="एक\nवाक्य।"
)


def a_dataset(kind: Kind = "choice", *shots: Shot) -> Dataset:
    return Dataset(
        "own",
        "1",
        kind,
        "CC0-1.0",
        True,
        "a test",
        "ab" * 32,
        {"hi-Deva": (HINDI,)},
        {"hi-Deva": shots},
    )


def serving(*paths: str) -> frozenset[str]:
    return frozenset(paths)


BOTH = serving("/completions", "/chat/completions")


@pytest.mark.parametrize(
    ("kind", "shots", "chat", "serves", "style"),
    [
        ("choice", True, "native", BOTH, "completions"),
        ("choice", True, None, BOTH, "completions"),
        ("choice", False, "native", BOTH, "chat"),
        ("choice", False, "question-answer", BOTH, "completions"),
        ("instruction", True, "native", BOTH, "chat"),
        ("translation", False, "question-answer", BOTH, "completions"),
        ("choice", True, "native", serving("/chat/completions"), "chat"),
        ("choice", False, "native", serving("/completions"), "completions"),
    ],
)
def test_the_style_follows_from_model_provider_and_data_and_says_why(
    kind: Kind, shots: bool, chat: str | None, serves: frozenset[str], style: str
) -> None:
    dataset = a_dataset(kind, *([Shot("?", "!")] if shots else []))

    found, why = style_of(dataset, chat, serves.__contains__)

    assert found == style
    assert why
    assert style_of(dataset, chat, serves.__contains__, "chat")[0] == "chat"


def test_a_text_to_go_on_with_is_in_the_language_of_its_item() -> None:
    shot = Shot("फूल कौन-सा है?", "कमल", ("पत्थर", "कमल"))

    prompt = prompt_for(a_dataset("choice", shot), HINDI, ASKING, 7)

    assert prompt.text == (
        "प्रश्न: फूल कौन-सा है?\nA. पत्थर\nB. कमल\nउत्तर: B\n\n"
        "अनुच्छेद: एक वाक्य।\nप्रश्न: सही शब्द कौन-सा है?\nA. नदी\nB. पहाड़\nउत्तर:"
    )
    assert (prompt.stop, prompt.messages, prompt.seed) == (("\n",), (), 7)


def test_a_conversation_shows_examples_as_turns_and_asks_for_a_letter() -> None:
    shot = Shot("फूल कौन-सा है?", "कमल", ("पत्थर", "कमल"))

    prompt = prompt_for(a_dataset("choice", shot), HINDI, CHAT, 7)

    assert [message.role for message in prompt.messages] == ["user", "assistant", "user"]
    assert prompt.messages[1].text == "B"
    assert "A. नदी\nB. पहाड़" in prompt.messages[2].text
    assert "केवल सही विकल्प का अक्षर" in prompt.messages[2].text
    assert (prompt.stop, prompt.text) == ((), "")


def test_no_more_examples_are_shown_than_asked_for() -> None:
    dataset = a_dataset("choice", *(Shot(f"{n}?", "नदी", ("नदी", "वन")) for n in range(5)))

    for shots in range(6):
        asking = ASKING.model_copy(update={"shots": shots})
        assert prompt_for(dataset, HINDI, asking, 0).text.count("उत्तर: A") == min(shots, 5)
        assert f"{shots}-shot" in method_of(dataset, asking, "choice@1")


def test_a_translation_names_both_languages() -> None:
    item = Item("t1", "hi-Deva", "", context="नदी ठंडी है।", target_language="ta-Taml")

    asked = prompt_for(a_dataset("translation"), item, CHAT, 0).messages[0].text
    gone_on_with = prompt_for(a_dataset("translation"), item, ASKING, 0).text

    assert "from Hindi into Tamil" in asked
    assert gone_on_with == "Hindi: नदी ठंडी है।\nTamil:"


@pytest.mark.parametrize(
    "changed",
    [
        {"style": "chat", "template": "turns@1"},
        {"template": "lines@2"},
        {"answer_tokens": 25},
        {"temperature": 0.5},
        {"repeats": 2},
        {"shots": 1},
    ],
)
def test_the_words_for_a_method_differ_where_scores_cannot_be_compared(
    changed: dict[str, object],
) -> None:
    dataset = a_dataset("choice", Shot("?", "!"), Shot("?", "!"))
    other = Asking.model_validate({**ASKING.model_dump(), **changed})

    assert method_of(dataset, other, "choice@1") != method_of(dataset, ASKING, "choice@1")
    assert method_of(dataset, ASKING, "choice@2") != method_of(dataset, ASKING, "choice@1")


def test_every_scheduled_language_has_words_of_its_own() -> None:
    for short, script in USUAL_SCRIPTS.items():
        words = words_of(f"{short}-{script}")
        assert words.question
        assert words.answer
        if short != "en":
            assert words.name != "English", short


def test_a_language_without_words_takes_those_of_its_script_or_english() -> None:
    assert words_of("bho-Deva") == words_of("hi-Deva")
    assert words_of("xx-Zzzz") == words_of("en-Latn")


@pytest.mark.parametrize("language", ["en-Latn", "hi-Deva", "ja-Jpan"])
def test_the_question_stands_last_in_the_prompt(language: str) -> None:
    dataset = the_dataset()
    for item in dataset.of(language):
        prompt = prompt_for(dataset, item, ASKING, 0)
        assert question_in(prompt.text) == item.question
        assert all(prompt.text.count(shot.question) == 1 for shot in dataset.shots[language])


@pytest.mark.parametrize("name", [n for n, each in listings().items() if each.packaged])
def test_every_item_that_comes_with_corridor_becomes_a_prompt_of_both_styles(name: str) -> None:
    dataset = load(name)
    for language in dataset.languages:
        item = next(dataset.of(language))
        for asking in (ASKING, CHAT):
            prompt = prompt_for(dataset, item, asking, 0)
            whole = prompt.text or prompt.messages[-1].text
            assert (item.question or item.context).split()[0] in whole


class TestLetters:
    HELD = CHAT.model_copy(update={"grammar": "letters@1"})

    def test_an_answer_is_held_to_the_letters_that_the_item_has(self) -> None:
        for style in ("chat", "completions"):
            asking = self.HELD.model_copy(update={"style": style})
            prompt = prompt_for(a_dataset(), HINDI, asking, 1)
            free = prompt_for(a_dataset(), HINDI, asking.model_copy(update={"grammar": ""}), 1)
            assert prompt.grammar == 'root ::= " "? [AB]'
            assert (prompt.messages, prompt.text) == (free.messages, free.text)
            assert free.grammar == ""

    def test_the_method_says_so_and_the_calls_are_others(self) -> None:
        held, free = (method_of(a_dataset(), each, "choice@1") for each in (self.HELD, CHAT))
        one, other = (prompt_for(a_dataset(), HINDI, each, 1) for each in (self.HELD, CHAT))

        assert held.replace("; held to letters@1", "") == free != held
        assert key_of({}, one, 0) != key_of({}, other, 0)
        assert body_of(one)["grammar"] == one.grammar
        assert "grammar" not in body_of(other)
