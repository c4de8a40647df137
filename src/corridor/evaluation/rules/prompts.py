"""How an item becomes a prompt. The form has a version, and the rule that chose it is recorded.

Two forms for answers, each with answered examples first where the data set has them:

- `lines@1` for a text that the model goes on with: `Question: …`, lettered choices, `Answer:`, in the
  item's language, a blank line between one item and the next; the answer ends with its line.
- `turns@1` for a conversation: the same in messages of a user and an assistant, and one sentence in the
  item's language on the form of the answer.

Where an answer is held to a grammar (`letters@1`), it is one of the letters of the item's choices, after a space or
none; the form is the same.

Items that are measured by likelihood have forms of their own (`rules.likely`).

An item of safety may have turns of its own before the question, a system prompt among them. What is not
done: no other system message, no request to think first, no examples taken from the items that are asked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import cast

from corridor.evaluation.ports import Message, Prompt
from corridor.evaluation.records.datasets import Dataset, Item, Kind, Shot
from corridor.evaluation.records.made import Asking, Style

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TEMPLATES: Mapping[Style, str] = {"completions": "lines@1", "chat": "turns@1"}
"""By how an answer is asked for."""
ANSWER_TOKENS: Mapping[Kind, int] = {
    "number": 400,
    "translation": 400,
    "instruction": 600,
    "safety": 200,
}
"""Room for an answer, where a word or a letter is not enough."""
LETTERS_ONLY = "letters@1"
"""The grammar of one letter."""
ENGLISH = "en-Latn"


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around an item, in its language."""

    name: str
    """Of the language, in English."""
    passage: str
    question: str
    answer: str
    choose: str = ""
    """A sentence that asks for a letter; empty where we cannot write one."""
    number: str = ""
    text: str = ""


def style_of(
    dataset: Dataset, chat: str | None, serves: Callable[[str], bool], wanted: Style | None = None
) -> tuple[Style, str]:
    """Return in which style a model is asked, and why.

    `chat` is how the catalogue says that the model takes a conversation, None where it does not
    know the model. Instruction-tuned and base models are asked in the same way wherever a data set
    has examples, so that their scores can be compared.
    """
    if wanted is not None:
        return wanted, "it was asked for"
    if dataset.kind == "parallel":
        return "likelihood", "parallel text asks nothing"
    if not serves("/completions"):
        return "chat", "the provider takes conversations only"
    if not serves("/chat/completions"):
        return "completions", "the provider takes texts only"
    if chat == "question-answer":
        return "completions", "the model was not taught to converse"
    if dataset.kind in ("instruction", "translation"):
        return "chat", f"{dataset.kind} is asked in a conversation"
    if any(dataset.shots.values()):
        return "completions", "the data set has examples"
    return "chat", "the data set has no examples"


def prompt_for(dataset: Dataset, item: Item, asking: Asking, seed: int) -> Prompt:
    """Return what is put to the model for one item."""
    words = words_of(item.language)
    shots = dataset.shots.get(item.language, ())[: asking.shots]
    if asking.style == "likelihood":
        return _likely(shots, item, words, dataset.kind)
    if asking.style == "chat":
        return Prompt(
            messages=(
                *_turns(shots, item, words, dataset.kind),
                *_before(item),
                _asked(item, words, dataset.kind),
            ),
            grammar=_grammar(item, asking),
            max_tokens=asking.answer_tokens,
            temperature=asking.temperature,
            seed=seed,
        )
    blocks = [f"{_block(_like(item, shot), words)} {_answer_of(shot)}" for shot in shots]
    return Prompt(
        text="\n\n".join([*blocks, *_said_before(item, words), _block(item, words)]),
        grammar=_grammar(item, asking),
        stop=(_stop(dataset, words),),
        max_tokens=asking.answer_tokens,
        temperature=asking.temperature,
        seed=seed,
    )


def method_of(dataset: Dataset, asking: Asking, scorer: str) -> str:
    """Return in words how items are asked and judged: scores with the same words can be compared."""
    shots = min((len(shots) for shots in dataset.shots.values()), default=0)
    if asking.style == "likelihood":
        return (
            f"likelihood {asking.template}; {min(shots, asking.shots)}-shot in the item's language; "
            f"judged by {scorer}"
        )
    held = f"; held to {asking.grammar}" if asking.grammar else ""
    times = f"; each item {asking.repeats} times" if asking.repeats > 1 else ""
    return (
        f"{asking.style} {asking.template}; {min(shots, asking.shots)}-shot in the item's language; "
        f"temperature {asking.temperature:g}; at most {asking.answer_tokens} tokens{held}; "
        f"judged by {scorer}{times}"
    )


def words_of(language: str) -> Words:
    """Return the words of a language; of its script, or English, where it has none."""
    known, scripts = _known_words()
    script = language.partition("-")[2][:4]
    return known.get(language) or known[scripts.get(script, ENGLISH)]


@lru_cache(maxsize=1)
def _known_words() -> tuple[dict[str, Words], dict[str, str]]:
    data = (files("corridor.evaluation") / "data" / "prompt_words.json").read_bytes()
    value = cast("dict[str, dict[str, dict[str, str]]]", json.loads(data))
    known = {tag: Words(**words) for tag, words in value["words"].items()}
    return known, cast("dict[str, str]", value["scripts"])


def _grammar(item: Item, asking: Asking) -> str:
    if asking.grammar != LETTERS_ONLY:
        return ""
    return f'root ::= " "? [{LETTERS[: len(item.choices)]}]'


def _stop(dataset: Dataset, words: Words) -> str:
    if dataset.kind in ("choice", "text", "translation"):
        return "\n"
    return f"\n{words.question}"


def _turns(shots: tuple[Shot, ...], item: Item, words: Words, kind: Kind) -> list[Message]:
    found: list[Message] = []
    for shot in shots:
        found += [_asked(_like(item, shot), words, kind), Message("assistant", _answer_of(shot))]
    return found


def _before(item: Item) -> list[Message]:
    """Return the turns of an item before its question."""
    return [Message(turn.role, turn.text) for turn in item.probe.turns] if item.probe else []


def _said_before(item: Item, words: Words) -> list[str]:
    """Return the same as text: each turn with the word for who said it, a system prompt as it is."""
    names = {"user": f"{words.question}: ", "assistant": f"{words.answer}: "}
    return [f"{names.get(each.role, '')}{_line(each.text)}" for each in _before(item)]


def _likely(shots: tuple[Shot, ...], item: Item, words: Words, kind: Kind) -> Prompt:
    if kind == "parallel":
        return Prompt(options=(item.context,), max_tokens=0)
    bare = replace(item, choices=())
    blocks = [f"{_block(_like(bare, replace(s, choices=())), words)} {s.answer}" for s in shots]
    return Prompt(
        text="\n\n".join([*blocks, _block(bare, words)]),
        options=tuple(f" {choice}" for choice in item.choices),
        max_tokens=0,
    )


def _asked(item: Item, words: Words, kind: Kind) -> Message:
    if kind == "translation":
        source, into = _source(item, words).name, words_of(item.target_language).name
        text = f"Translate from {source} into {into}. Give the translation only.\n\n{item.context}"
        return Message("user", text)
    forms = {"number": words.number, "text": words.text}
    form = words.choose if item.choices else forms.get(kind, "")
    parts = [item.context, item.question, _lettered(item), form]
    return Message("user", "\n\n".join(part for part in parts if part))


def _block(item: Item, words: Words) -> str:
    if item.target_language:
        source, into = _source(item, words).name, words_of(item.target_language).name
        return f"{source}: {_line(item.context)}\n{into}:"
    lines = [f"{words.passage}: {_line(item.context)}"] if item.context else []
    if item.question:
        lines.append(f"{words.question}: {_line(item.question)}")
    if item.choices:
        lines.append(_lettered(item))
    return "\n".join([*lines, f"{words.answer}:"])


def _lettered(item: Item) -> str:
    return "\n".join(
        f"{letter}. {text}" for letter, text in zip(LETTERS, item.choices, strict=False)
    )


def _like(item: Item, shot: Shot) -> Item:
    """Return an example in the form of the item that it is shown for."""
    return replace(item, question=shot.question, choices=shot.choices, context=shot.context)


def _source(item: Item, words: Words) -> Words:
    """Return the words of the language that a text is translated from."""
    return words_of(item.source_language) if item.source_language else words


def _answer_of(shot: Shot) -> str:
    if shot.answer in shot.choices:
        return LETTERS[shot.choices.index(shot.answer)]
    return shot.answer


def _line(text: str) -> str:
    return " ".join(text.split())
