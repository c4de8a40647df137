"""Trees drawn as SVG: text as text, one file, no script, and no font but the reader's own."""

from corridor.assurance.adapters.drawing.svg import drawn
from corridor.assurance.adapters.drawing.words import LANGUAGES, words_in

__all__ = ["LANGUAGES", "drawn", "words_in"]
