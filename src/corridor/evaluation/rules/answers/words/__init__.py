"""Words of each language, as data: cues, small words, refusals, multipliers.

They are what a reader of answers must know and no more. None was reviewed by a native speaker.
"""

from corridor.evaluation.rules.answers.words import (
    arabic,
    devanagari,
    eastern,
    romanised,
    romanised_south,
    southern,
    western,
)
from corridor.evaluation.rules.answers.words.english import ENGLISH
from corridor.evaluation.rules.answers.words.japanese import JAPANESE
from corridor.evaluation.rules.answers.words.lexicon import Lexicon
from corridor.evaluation.rules.answers.words.measures import UNITS
from corridor.evaluation.rules.answers.words.telling import FOREIGN, TELLING

LEXICONS: dict[str, Lexicon] = {
    "en-Latn": ENGLISH,
    "ja-Jpan": JAPANESE,
    "as-Beng": eastern.ASSAMESE,
    "bn-Beng": eastern.BENGALI,
    "brx-Deva": devanagari.BODO,
    "doi-Deva": devanagari.DOGRI,
    "gu-Gujr": western.GUJARATI,
    "hi-Deva": devanagari.HINDI,
    "kn-Knda": southern.KANNADA,
    "ks-Arab": arabic.KASHMIRI,
    "kok-Deva": devanagari.KONKANI,
    "mai-Deva": devanagari.MAITHILI,
    "ml-Mlym": southern.MALAYALAM,
    "mni-Mtei": eastern.MANIPURI,
    "mni-Beng": eastern.MANIPURI_BENGALI,
    "mr-Deva": devanagari.MARATHI,
    "ne-Deva": devanagari.NEPALI,
    "or-Orya": eastern.ODIA,
    "pa-Guru": western.PUNJABI,
    "sa-Deva": devanagari.SANSKRIT,
    "sat-Olck": eastern.SANTALI,
    "sd-Arab": arabic.SINDHI,
    "sd-Deva": devanagari.SINDHI,
    "ta-Taml": southern.TAMIL,
    "te-Telu": southern.TELUGU,
    "ur-Arab": arabic.URDU,
    "as-Latn": romanised.ASSAMESE,
    "bn-Latn": romanised.BENGALI,
    "gu-Latn": romanised.GUJARATI,
    "hi-Latn": romanised.HINDI,
    "ja-Latn": romanised_south.JAPANESE,
    "kn-Latn": romanised_south.KANNADA,
    "ml-Latn": romanised_south.MALAYALAM,
    "mr-Latn": romanised.MARATHI,
    "ne-Latn": romanised.NEPALI,
    "or-Latn": romanised.ODIA,
    "pa-Latn": romanised.PUNJABI,
    "ta-Latn": romanised_south.TAMIL,
    "te-Latn": romanised_south.TELUGU,
    "ur-Latn": romanised.URDU,
}
"""By BCP-47 tag with script, the languages that this harness reads."""

__all__ = ["FOREIGN", "LEXICONS", "TELLING", "UNITS", "Lexicon"]
