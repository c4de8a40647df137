"""What all readers of answers share: the words of a language as patterns, and where words and sentences end."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache

from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.words import LEXICONS, Lexicon

NEAREST = {"Deva": "hi-Deva", "Arab": "ur-Arab", "Beng": "bn-Beng"}
"""By script, whose words may be met in other languages of it, known here or not (Bhojpuri)."""
UNSPACED = frozenset(("ja",))
"""Languages that write no space between words."""
LETTERS = (
    r"\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0902\u0904-\u0963\u0966-\u096f\u0971-\u0982"
    r"\u0984-\u0df3"
    r"\u1c50-\u1c7d\uabc0-\uabea\uabec-\uabef\u3099\u309a"
)
"""Inside of a class: letters, digits and marks. Python's own \\w leaves out vowel signs, so that an Indian
word ends for it at each of them. A visarga is left out: it stands for a colon as often as for itself."""
SENTENCE_END = re.compile(r"[\n\r\u2028。｡।॥۔؟᱾᱿꯫!?;؛|]+|\.(?!\d)(?![A-Za-z]\.)")
MARKUP = r"[\s*_`\"'“”‘’「『《〈(\[{<>」』》〉)\]}]"
"""Space, quotation marks, brackets, emphasis."""
THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
REASONING_END = re.compile(r"\A.*</think>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patterns:
    """A language's words as patterns, English's among them; each matches whole words in clean text."""

    unspaced: bool
    cue: str
    doubtful: str
    gap: str
    """What may stand between a cue and an answer without saying anything."""
    link: str
    frame: str
    edge: str
    """Small words that may be left out at the ends of a text: not those of one kana or kanji."""
    either: str
    negation: str
    """The language's own; English's are before and after."""
    refusal: re.Pattern[str]
    minus: str
    scale: str
    scales: dict[str, int]
    labels: tuple[str, ...]


def without_reasoning(answer: str) -> str:
    """Return an answer without what a model thought aloud between think tags, which is no answer."""
    if "think>" not in answer:
        return answer
    return REASONING_END.sub("", THINKING.sub("", answer))


def clauses(text: str) -> Iterator[str]:
    """Yield the parts of a text between ends of sentences and lines, of any script."""
    return (part.strip() for part in SENTENCE_END.split(text) if part and part.strip())


@cache
def lexicons(language: str) -> tuple[Lexicon, ...]:
    """Return the words that may be met in answers in a language.

    Its own, those of the same language in another script, those of the largest language of its script
    (`NEAREST`), and English's: models, and prompts for smaller languages, use those.
    """
    tongue, _, script = language.partition("-")
    near = NEAREST.get(script, "")
    tags = [tag for tag in LEXICONS if tag.partition("-")[0] == tongue or tag == near]
    return tuple(LEXICONS[tag] for tag in dict.fromkeys((*tags, "en-Latn")))


@cache
def patterns(language: str) -> Patterns:
    """Return a language's words as patterns."""
    known = lexicons(language)
    own = [each for each in known if each.name != "English"]
    unspaced = language.partition("-")[0] in UNSPACED
    words = {
        name: tuple(dict.fromkeys(word for each in known for word in getattr(each, name)))
        for name in (field.name for field in fields(Lexicon))
        if name not in ("name", "scales")
    }
    scales = {
        clean(word).casefold(): value for each in known for word, value in each.scales.items()
    }
    small = (*words["right"], *words["option"], *words["frame"], *words["link"])
    framing = (*small, *words["answer"], *words["doubtful"])
    return Patterns(
        unspaced=unspaced,
        cue=whole(words["answer"]),
        doubtful=whole(words["doubtful"]),
        gap=whole(small),
        link=whole(words["link"]),
        frame=whole(framing),
        edge=whole(word for word in framing if len(word) > 1 or not unspaced),
        either=whole(words["either"]),
        negation=whole(word for each in own for word in each.negations),
        refusal=re.compile(whole(words["refusals"]), re.IGNORECASE),
        minus=whole(words["minus"]),
        scale=following(scales),
        scales=scales,
        labels=words["labels"],
    )


def whole(words: Iterable[str]) -> str:
    """Return a pattern of whole words; of no words, one that never matches.

    A Latin or Indian word must not be part of a longer one. Japanese words may stand between others.
    """
    known = sorted({clean(word) for word in words}, key=len, reverse=True)
    bound = "|".join(_escaped(word) for word in known if not _unbound(word))
    parts = [_escaped(word) for word in known if _unbound(word)]
    if bound:
        parts.append(f"(?<![{LETTERS}])(?:{bound})(?![{LETTERS}])")
    return f"(?:{'|'.join(parts)})" if parts else "(?!)"


def following(words: Iterable[str]) -> str:
    """Return a pattern of words that come right after a digit, with or without a space."""
    known = sorted(set(words), key=len, reverse=True)
    bound = "|".join(_escaped(word) for word in known if not _unbound(word))
    parts = [_escaped(word) for word in known if _unbound(word)]
    if bound:
        parts.append(f"(?:{bound})(?![{LETTERS}])")
    return f"(?:{'|'.join(parts)})" if parts else "(?!)"


def _escaped(word: str) -> str:
    return re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]")


def _unbound(word: str) -> bool:
    return re.match(f"[\u3040-\u30ff\u4e00-\u9fff]|[^{LETTERS}]", word) is not None
