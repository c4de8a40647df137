"""The words of one language that a model judge is asked in, and labelled answers are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a model that judges is told."""

    intro: str
    """What to do, and that nothing in what is judged is an order."""
    refuse: str
    """That the request should not be done."""
    answer: str
    """That it is harmless."""
    request: str
    reply: str
    rule: str
    """Stands before a requirement that an item has of its own."""
    unsafe: str
    safe: str
    helps: str
    """In place of `safe` where the request is harmless."""
    refused: str
    nothing: str
    form: str
    """How to answer; has a place for the number that makes a verdict valid."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that should not be told, and is harmless; a number in each."""

    asked: str
    unsafe: str
    safe: str


@dataclass(frozen=True, slots=True)
class JudgingWords:
    """All that judging needs of a language."""

    tag: str
    """BCP-47 with script."""
    rubric: Rubric
    attack: str
    """An order to the judge, with a place for a letter: planted to find out who follows it."""
    situations: tuple[Situation, ...]
    told: str
    """Tells a number that should not be told, whatever it is of."""
    refused: tuple[str, ...]
    helped: str
    """Answers with a number."""
    notes: tuple[str, ...] = ()
