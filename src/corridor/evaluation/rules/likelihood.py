"""What the likelihood of texts says of a model: choices, bits per byte, parity between languages.

The rule that splits a text into what is given and what is scored is that of lm-evaluation-harness, so that
the scores can be compared: spaces at the end of a context belong to the continuation; both are made
into tokens together; the continuation is what follows as many tokens as the context alone has. One case
is ours: where nothing follows, because both melt into one token, the continuation is made into tokens by
itself; it would otherwise have the probability 1 for free.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.prefixes import Scored

Norm = Literal["sum", "bytes", "characters", "tokens"]
"""By what the logarithm of a text's probability is divided before options are compared: by nothing, or
by the text's length."""
SCORER = "likelihood@1"


def split(context: str, continuation: str) -> tuple[str, str]:
    """Move the spaces at the end of a context to the continuation."""
    kept = context.rstrip()
    return kept, context[len(kept) :] + continuation


def scored(
    context: str, continuation: str, tokens_of: Callable[[str], Sequence[int]], begin: int
) -> Scored:
    """Return the tokens of a text, and where those begin that are scored.

    Without a context the first token is predicted from the token that begins a text.
    """
    given, scored_text = split(context, continuation)
    whole = tuple(tokens_of(given + scored_text))
    if not given:
        return Scored(whole, 1) if whole[:1] == (begin,) else Scored((begin, *whole), 1)
    before = tuple(tokens_of(given))
    if len(before) < len(whole):
        return Scored(whole, len(before))
    alone = tuple(tokens_of(scored_text))
    return Scored(before + (alone[1:] if alone[:1] == (begin,) else alone), len(before))


def chosen(options: Sequence[str], found: Sequence[Likelihood], norm: Norm = "sum") -> int:
    """Return which option is the likeliest; of equal ones the first."""
    values = [
        one.log_probability / max(1, length(option, one, norm))
        for option, one in zip(options, found, strict=True)
    ]
    return values.index(max(values))


def length(text: str, found: Likelihood, norm: Norm) -> int:
    """Return the length by which a text's likelihood is divided."""
    match norm:
        case "sum":
            return 1
        case "bytes":
            return len(text.encode())
        case "characters":
            return len(text)
        case "tokens":
            return found.tokens


def bits(found: Likelihood) -> float:
    """Return how many bits a model needs for a text."""
    return -found.log_probability / math.log(2)


def bits_per_byte(text: str, found: Likelihood) -> float:
    """Return the bits a model needs for each byte of a text in UTF-8; unknown (NaN) if it is empty."""
    size = len(text.encode())
    return bits(found) / size if size else math.nan


def information_parity(reference: Sequence[Likelihood], found: Sequence[Likelihood]) -> float:
    """Return the bits for a text in the reference language over the bits for it in another one.

    Both are of the same content, text by text; 1: the model tells the content as briefly in this
    language as in the reference; less: it needs more bits for it (Tsvetkov & Kipnis, "Information
    Parity", Findings of EMNLP 2024). Summed over texts; unknown (NaN) where there are none.
    """
    if len(reference) != len(found):
        raise ValueError("a parallel text has as many parts in both languages")
    total = sum(bits(one) for one in found)
    return sum(bits(one) for one in reference) / total if total else math.nan


def token_premium(reference: Sequence[Likelihood], found: Sequence[Likelihood]) -> float:
    """Return the tokens a text costs in a language over those it costs in the reference language.

    As in Petrov et al., "Language Model Tokenizers Introduce Unfairness Between Languages" (2023).
    Unknown (NaN) where there are none.
    """
    if len(reference) != len(found):
        raise ValueError("a parallel text has as many parts in both languages")
    total = sum(one.tokens for one in reference)
    return sum(one.tokens for one in found) / total if total else math.nan
