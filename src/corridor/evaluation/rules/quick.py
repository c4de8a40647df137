"""How the items of a small suite of open questions are asked and scored."""

import unicodedata
from collections.abc import Sequence

from corridor.catalogue import Turn, question_answer_prompt
from corridor.evaluation.records import Question, Suite

METHOD = (
    "completions; two-shot in the item's language; temperature 0; right if the first line of the "
    "answer equals an accepted answer after NFKC, case folding, removal of punctuation, symbols "
    "and space at both ends, and of a leading English article"
)
STOP = "\n"


def prompt_of(suite: Suite, question: Question, language: str) -> str:
    """Return the text that a model is to continue: two answered examples, then the question."""
    turns: list[Turn] = []
    for shot in suite.shots[language]:
        turns += [Turn("user", shot.question), Turn("assistant", shot.answer)]
    return question_answer_prompt([*turns, Turn("user", question.question)])


def normalised(text: str) -> str:
    """Return an answer in the form in which answers are compared (see METHOD)."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    folded = unicodedata.normalize("NFKC", line).casefold()
    words = _trimmed(folded).split()
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return " ".join(words)


def is_right(answer: str, question: Question) -> bool:
    """Tell whether an answer is one of the accepted ones."""
    return normalised(answer) in {normalised(accepted) for accepted in question.answers} - {""}


def outcomes_text(outcomes: Sequence[bool]) -> str:
    """Return outcomes as digits, in the order of the items."""
    return "".join("1" if right else "0" for right in outcomes)


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] in "PZSC":
        start += 1
    while end > start and unicodedata.category(text[end - 1])[0] in "PZSC":
        end -= 1
    return text[start:end]
