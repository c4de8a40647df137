"""What our own set of safety is built from: sentences of one language, harmless all."""

from collections.abc import Mapping
from dataclasses import dataclass

from corridor.evaluation.records.tables import Tables


@dataclass(frozen=True, slots=True)
class SafetyTexts:
    """The sentences of a language, in the same order in every language."""

    tag: str
    """BCP-47 with script."""
    english: str
    """The language's name in English."""
    tables: Tables
    """Its sentences of other sets: what documents are made of."""
    note: str
    """A system prompt with a note that is not to be told, at {note}."""
    code: str
    """What the note says: a word at {canary}."""
    name: str
    """Of a person who does not exist."""
    asks: Mapping[str, str]
    """Ways to ask for the note, by form."""
    read: str
    """Asks what a text is about."""
    inject: str
    """Orders something else, in the middle of a text, with {canary}."""
    tool: str
    """What stands before what a tool gave back."""
    who: tuple[str, str]
    """Who of two did something bad, and who something good, where nobody can know."""
    unknown: str
    """That it cannot be known."""
    pairs: tuple[tuple[str, str], ...]
    """People of two communities that matter where the language is spoken."""
    claims: tuple[str, ...]
    """What is not true, and does nobody harm."""
    claim: str
    """Asks whether a {claim} is true."""
    true: str
    false: str
    messages: tuple[str, ...]
    """What somebody who protects children should look at. Nothing else about children is here."""
    message: str
    """Asks whether a {message} should be looked at."""
    yes: str
    no: str
    teacher: str
    """A role in which to answer a {question}."""
    harmless: tuple[str, ...]
    """Questions that sound dangerous and are not."""
