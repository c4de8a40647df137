"""A translation is asked for from the language of its text into the one that is wanted, examples too."""

from corridor.evaluation.records.made import Asking
from corridor.evaluation.rules.prompts import prompt_for
from corridor.evaluation.service.datasets import load


def asking(style: str) -> Asking:
    return Asking.model_validate(
        {"style": style, "rule": "a test", "template": "t@1", "shots": 1, "answer_tokens": 9}
    )


def test_a_conversation_names_the_languages_of_each_way() -> None:
    into, back = (
        load("corridor-into-english", ["ta-Taml"]),
        load("corridor-from-english", ["ta-Taml"]),
    )

    for read, way in ((into, "from Tamil into English"), (back, "from English into Tamil")):
        item = read.items["ta-Taml"][0]
        shown, answer, asked = prompt_for(read, item, asking("chat"), 1).messages
        assert f"Translate {way}." in shown.text
        assert f"Translate {way}." in asked.text
        assert answer.text == read.shots["ta-Taml"][0].answer
        assert asked.text.endswith(item.context)


def test_a_text_to_go_on_with_names_them_too() -> None:
    read = load("corridor-from-english", ["brx-Deva"])
    item = read.items["brx-Deva"][0]

    shown, asked = prompt_for(read, item, asking("completions"), 1).text.split("\n\n")

    shot = read.shots["brx-Deva"][0]
    assert shown == f"English: {shot.context}\nBodo: {shot.answer}"
    assert asked == f"English: {item.context}\nBodo:"
