"""The language of a request: declared, by script, by an identifier, or the default."""

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.rules.languages import Told, shared, text_of, told

LANGUAGES = ("hi-Deva", "ja-Jpan")
THREE = ("en-Latn", "hi-Deva", "mr-Deva")
FLOOR = 0.6


def tell(
    text: str, declared: str = "", languages: Sequence[str] = LANGUAGES, default: str = ""
) -> Told:
    return told(text, declared, languages, None, FLOOR, default)


def surely(confidence: float) -> "Identifier":
    return Identifier(confidence)


class Identifier:
    """Calls every text Marathi, as surely as it was told to."""

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, _text: str, group: tuple[str, ...]) -> tuple[str, float] | None:
        self.asked.append(group)
        return "mr-Deva", self.confidence


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"messages": [{"content": "नमस्ते"}, {"content": "こんにちは"}]}, "こんにちは"),
        (
            {"messages": [{"role": "user", "content": "नमस्ते"}, {"role": "tool", "content": "{}"}]},
            "नमस्ते",
        ),
        ({"messages": [{"content": [{"type": "text", "text": "こんにちは"}]}]}, "こんにちは"),
        ({"messages": [{"content": [None, {"text": 3}]}]}, " "),
        ({"messages": []}, ""),
        ({"messages": ["hello"]}, ""),
        ({"prompt": "こんにちは"}, "こんにちは"),
        ({"prompt": ["a", 3, "b"]}, "a b"),
        ({"prompt": [3]}, ""),
        ({"input": "नमस्ते"}, "नमस्ते"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "a"}]}]}, "a"),
        ({"prompt": "x" * 5000}, "x" * 2000),
        ({"input": 5}, ""),
    ],
)
def test_the_text_is_what_the_caller_said_last(body: dict[str, object], expected: str) -> None:
    assert text_of(body) == expected


def test_a_message_nested_too_deeply_for_python_still_has_a_text() -> None:
    deep: object = orjson.loads("[" * 1000 + "]" * 1000)

    assert text_of({"messages": [{"content": deep}]}) == ""


def test_a_declared_language_counts_among_those_that_are_known_or_where_none_is() -> None:
    assert tell("", "ja-Jpan") == Told("ja-Jpan", "declared")
    assert tell("こんにちは", "fr-Latn") == Told("ja-Jpan", "script")
    assert tell("", "fr-Latn", ()).tag == "fr-Latn"
    assert tell("", "x" * 1000, ()).tag == "x" * 35
    assert tell("こんにちは", "", ()) == Told("und", "default", 0.0)


def test_a_language_may_be_declared_without_its_script_where_only_one_can_be_meant() -> None:
    assert tell("", "ja").tag == "ja-Jpan"
    assert tell("", "JA").how == "declared"
    assert tell("", "ks", ("ks-Arab", "ks-Deva")).how == "default"
    assert tell("", "ja-JP").how == "default"


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        ("नमस्ते", LANGUAGES, "hi-Deva"),
        ("東京", LANGUAGES, "ja-Jpan"),  # Han alone: Japanese, where nobody else uses it
        ("北京", ("en-Latn", "zh-Hans"), "zh-Hans"),
        ("서울", ("ko-Kore", "ja-Jpan"), "ko-Kore"),
        ("میں", ("ur-Aran", "en-Latn"), "ur-Aran"),
        ("hello", ("hi-Deva", "en-Latn-IN"), "en-Latn-IN"),
    ],
)
def test_a_script_that_only_one_language_is_written_in_tells_it(
    text: str, languages: tuple[str, ...], expected: str
) -> None:
    assert tell(text, languages=languages) == Told(expected, "script")


@pytest.mark.parametrize("text", ["", "123", "hello", "வணக்கம்"])
def test_where_nothing_tells_the_language_the_default_is_assumed_and_said(text: str) -> None:
    assert tell(text) == Told("hi-Deva", "default", 0.0)
    assert tell(text, default="ja-Jpan").shown() == "ja-Jpan; how=default"


def test_languages_that_share_a_script_are_told_apart_by_the_identifier() -> None:
    identify = surely(0.8)

    found = told("नमस्ते", "", THREE, identify, FLOOR)

    assert found == Told("mr-Deva", "text", 0.8)
    assert found.shown() == "mr-Deva; how=text; confidence=0.80"
    assert identify.asked == [("hi-Deva", "mr-Deva")]


def test_below_the_floor_the_default_is_assumed() -> None:
    assert told("नमस्ते", "", THREE, surely(0.59), FLOOR) == Told("en-Latn", "default", 0.0)
    assert told("नमस्ते", "", THREE, None, FLOOR, "hi-Deva") == Told("hi-Deva", "default", 0.0)


def test_the_identifier_is_not_asked_where_the_script_decides() -> None:
    identify = surely(1.0)

    assert told("hello", "", THREE, identify, FLOOR).how == "script"
    assert told("नमस्ते", "hi-Deva", THREE, identify, FLOOR).how == "declared"
    assert identify.asked == []


def test_what_shares_a_script_is_known_beforehand() -> None:
    assert shared(THREE) == [("hi-Deva", "mr-Deva")]
    assert shared(("ja-Jpan", "zh-Hans", "en-Latn")) == [("ja-Jpan", "zh-Hans")]
    assert shared(("ja-Jpan", "hi-Deva", "en-Latn")) == []


@given(st.text(), st.text(max_size=40), st.permutations(THREE))
def test_a_service_is_only_ever_used_in_one_of_its_languages(
    text: str, declared: str, languages: list[str]
) -> None:
    found = told(text, declared, languages, None, FLOOR)

    assert found.tag in languages
    assert found.shown().isascii()
