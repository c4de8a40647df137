"""Texts that say the same in several languages, as translations or as texts to be measured."""

from collections.abc import Callable, Mapping, Sequence

from corridor.evaluation.adapters.datasets.reading import ENGLISH
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

Texts = Mapping[str, str]
"""By the name that a text has in every language."""


def contents(
    files: Files,
    listing: Listing,
    languages: Sequence[str],
    texts_of: Callable[[Files, Listing, str], Texts],
) -> Contents:
    """Read texts as the listing says: into English, from it, or to be measured.

    A text that is not there in both languages, or empty, is left out of a translation, and counted.
    """
    if not listing.direction:
        return Contents(
            items={
                tag: _measured(texts_of(files, listing, listing.languages[tag]), tag)
                for tag in languages
            }
        )
    english = texts_of(files, listing, listing.english)
    items, notes = dict[str, tuple[Item, ...]](), list[str]()
    for tag in languages:
        texts = texts_of(files, listing, listing.languages[tag])
        both = [name for name in texts if texts[name] and english.get(name)]
        if not both:
            raise BadData(f"{listing.name}: no text is there both in English and in {tag}.")
        items[tag] = tuple(_translation(listing, tag, name, texts, english) for name in both)
        missing = len(set(texts) | set(english)) - len(both)
        if missing:
            notes.append(f"{tag}: {missing} texts left out: not there in both languages.")
    return Contents(items=items, notes=tuple(notes))


def _measured(texts: Texts, tag: str) -> tuple[Item, ...]:
    return tuple(
        Item(id=name, language=tag, question="", context=text) for name, text in texts.items()
    )


def _translation(listing: Listing, tag: str, name: str, texts: Texts, english: Texts) -> Item:
    into = listing.direction == "into-english"
    source, target = (texts, english) if into else (english, texts)
    return Item(
        id=name,
        language=tag,
        question="",
        context=source[name],
        targets=(target[name],),
        source_language=tag if into else ENGLISH,
        target_language=ENGLISH if into else tag,
        origin="translated",
    )
