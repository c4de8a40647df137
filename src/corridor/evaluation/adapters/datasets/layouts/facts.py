"""The parallel facts that come with Corridor, as a data set."""

from collections.abc import Sequence

from corridor.evaluation.adapters.suites import suite_in
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item, Shot


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items of some languages."""
    suite = suite_in(files.read(listing.files[0]))
    return Contents(
        items={
            tag: tuple(
                Item(
                    id=item.id,
                    language=tag,
                    question=item.by_language[tag].question,
                    targets=item.by_language[tag].answers,
                    topic=item.topic,
                    origin="unknown",
                )
                for item in suite.items
            )
            for tag in languages
        },
        shots={
            tag: tuple(Shot(shot.question, shot.answer) for shot in suite.shots[tag])
            for tag in languages
        },
        version=suite.version,
    )
