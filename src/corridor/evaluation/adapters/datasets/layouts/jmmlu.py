"""JMMLU: knowledge in Japanese, one CSV a subject, in a ZIP file on the hub (Yin et al. 2024)."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corridor.evaluation.adapters.datasets.reading import (
    Place,
    choice_item,
    letter_index,
    texts_of,
)
from corridor.evaluation.adapters.datasets.tables import Row, kept_rows, place_of, rows_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item

OPTIONS = ("A", "B", "C", "D")
NATIVE = ("japanese_", "world_history")
"""Subjects that were written in Japanese; the others are MMLU's, translated."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The files in a ZIP file."""

    members: zipfile.ZipFile
    version: str

    def names(self) -> Sequence[str]:
        """Return the paths of all files but those that an archiver added."""
        return sorted(name for name in self.members.namelist() if "/._" not in name)

    def read(self, name: str) -> bytes:
        """Return a file."""
        return self.members.read(name)


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items of all subjects. There are no examples.

    Raises:
        NoData, BadData: if there are no files, or not as the layout says.
    """
    unpacked = _unpacked(files)
    return Contents(items={tag: tuple(_items(unpacked, listing, tag)) for tag in languages})


def _unpacked(files: Files) -> Files:
    packed = next((name for name in files.names() if name.endswith("JMMLU.zip")), None)
    if packed is None:
        return files
    try:
        return Archive(zipfile.ZipFile(io.BytesIO(files.read(packed))), files.version)
    except zipfile.BadZipFile as fault:
        raise BadData(f"{packed}: {fault}") from fault


def _items(files: Files, listing: Listing, tag: str) -> Iterator[Item]:
    for name in place_of(files, listing, listing.languages[tag], listing.split):
        subject = name.rsplit("/", 1)[-1].removesuffix(".csv")
        rows = ({**row, "subject": subject} for row in rows_of(files, [name]))
        for number, row in enumerate(kept_rows(rows, listing.only), 1):
            yield _item(row, Place(tag, "", number, name), subject)


def _item(row: Row, place: Place, subject: str) -> Item:
    return choice_item(
        row,
        place,
        name=f"{subject}/{place.number}",
        choices=texts_of(row, OPTIONS, place),
        target=letter_index(row.get("answer")),
        topic=subject,
        origin="native" if subject.startswith(NATIVE) else "translated",
    )
