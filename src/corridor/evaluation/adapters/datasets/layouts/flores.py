"""FLORES+: the same sentences in many languages (Goyal et al. 2022; NLLB Team 2022; OLDI)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.parallel import Texts, contents
from corridor.evaluation.adapters.datasets.tables import number_of, place_of, rows_of, text_of
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the sentences as translations or as texts, as the listing says."""
    return contents(files, listing, languages, _texts)


def _texts(files: Files, listing: Listing, code: str) -> Texts:
    names = place_of(files, listing, code, listing.split)
    return {
        str(number_of(row, "id", f"{names[0]}, row {line}")): text_of(
            row, "text", f"{names[0]}, row {line}"
        )
        for line, row in enumerate(rows_of(files, names), 1)
    }
