"""Whether an answer declines: a phrase of its language, or of English, near its beginning.

To say that one does not know is counted with refusals: there is no answer either way.
"""

from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.reading import patterns

HEAD = 300
"""In how many characters from the beginning a phrase is looked for."""


def declines(answer: str, language: str) -> bool:
    """Tell whether a clean answer declines to answer."""
    return patterns(language).refusal.search(answer, 0, HEAD) is not None


def quotes(texts: tuple[str, ...], language: str) -> bool:
    """Tell whether given texts have such a phrase themselves, so that it says nothing of an answer."""
    return any(declines(clean(text), language) for text in texts)
