"""What our own sets are built from: words and sentences of one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tables:
    """The words of a language, in the same order in every language, and sentences by what they say."""

    tag: str
    """BCP-47 with script."""
    name: str
    """Of the language, in itself."""
    english: str
    """Its name in English."""
    comma: str
    """What separates the words of a list."""
    numbers: tuple[str, ...]
    """One to ten."""
    days: tuple[str, ...]
    """Monday to Sunday."""
    animals: tuple[str, ...]
    fruits: tuple[str, ...]
    colours: tuple[str, ...]
    body: tuple[str, ...]
    """Parts of the body."""
    asked: Mapping[str, str]
    """Questions and instructions, with places to fill in."""
    said: Mapping[str, str]
    """Sentences that say the same in every language."""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Other words for a word, accepted in its place."""
    notes: tuple[str, ...] = ()

    @property
    def nouns(self) -> tuple[str, ...]:
        """The words for things, in order."""
        return (*self.animals, *self.fruits, *self.colours, *self.body)

    def words(self, first: int, count: int) -> tuple[str, ...]:
        """Return some nouns, all different, from different tables where that can be."""
        stride = (
            7  # prime to the number of nouns, 24, so that none comes twice; longer than a table
        )
        return tuple(
            self.nouns[(first + stride * place) % len(self.nouns)] for place in range(count)
        )

    def accepted(self, word: str) -> tuple[str, ...]:
        """Return a word and the others that stand for it."""
        return (word, *self.also.get(word, ()))
