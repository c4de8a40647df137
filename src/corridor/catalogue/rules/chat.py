"""How chat becomes a prompt for a model that was not taught to chat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from corridor.catalogue.rules.scripts import script_of
from corridor.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a chat: text only."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Labels:
    """How a language marks questions and answers, with two examples of it."""

    question: str
    answer: str
    examples: tuple[tuple[str, str], ...]


ENGLISH = Labels(
    "Question",
    "Answer",
    (("What do bees make?", "Honey"), ("How many days are in a week?", "7")),
)
HINDI = Labels(
    "प्रश्न",
    "उत्तर",
    (("मधुमक्खियाँ क्या बनाती हैं?", "शहद"), ("एक सप्ताह में कितने दिन होते हैं?", "7")),
)
JAPANESE = Labels(
    "質問",
    "答え",
    (("ミツバチは何を作りますか?", "はちみつ"), ("1週間は何日ですか?", "7")),
)

QUESTION_STOP = "\n"
"""Where an answer in lines ends."""


def turns_of(body: dict[str, object]) -> list[Turn]:
    """Read the messages of a chat request.

    Raises:
        Invalid: if there are none, or one is not text.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Invalid("`messages` must be a list of at least one message.")
    return [_turn(message) for message in cast("list[object]", messages)]


def question_answer_prompt(turns: Sequence[Turn]) -> str:
    """Return the prompt that makes a base model answer the last message in one line.

    Earlier exchanges stand before it as examples; where there are none, two fixed examples in
    the question's own language do.
    """
    labels = _labels([turn for turn in turns if turn.role == "user"])
    asked = [turn for turn in turns if turn.role in ("user", "assistant")]
    lines: list[str] = [turn.text for turn in turns if turn.role in ("system", "developer")]
    if not any(turn.role == "assistant" for turn in asked):
        examples: Iterable[tuple[str, str]] = labels.examples
        lines += [f"{labels.question}: {q}\n{labels.answer}: {a}\n" for q, a in examples]
    for turn in asked:
        line = " ".join(turn.text.split())
        lines.append(
            f"{labels.question}: {line}" if turn.role == "user" else f"{labels.answer}: {line}\n"
        )
    return "\n".join(lines) + f"\n{labels.answer}:"


def _labels(questions: Sequence[Turn]) -> Labels:
    script = script_of(questions[-1].text if questions else "")
    return {"Deva": HINDI, "Jpan": JAPANESE, "Hani": JAPANESE}.get(script, ENGLISH)


def _turn(message: object) -> Turn:
    fields = cast("dict[str, object]", message) if isinstance(message, dict) else {}
    role, content = fields.get("role"), fields.get("content")
    if isinstance(content, list):
        content = _text_parts(cast("list[object]", content))
    if not isinstance(role, str) or not isinstance(content, str):
        raise Invalid("Each message must have a `role` and a text `content`.")
    return Turn(role, content)


def _text_parts(parts: list[object]) -> str | None:
    texts: list[str] = []
    for part in parts:
        fields = cast("dict[str, object]", part) if isinstance(part, dict) else {}
        text = fields.get("text")
        if fields.get("type") != "text" or not isinstance(text, str):
            return None
        texts.append(text)
    return "\n".join(texts)
