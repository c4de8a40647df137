"""NTREX-128: news of 2019, translated from English, one sentence a line (Federmann et al. 2022)."""

from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.parallel import Texts, contents
from corridor.evaluation.adapters.datasets.tables import place_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the sentences as translations or as texts, as the listing says."""
    return contents(files, listing, languages, _texts)


def _texts(files: Files, listing: Listing, code: str) -> Texts:
    name = place_of(files, listing, code, listing.split)[0]
    try:
        lines = files.read(name).decode("utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError as fault:
        raise BadData(f"{name}: {fault}") from fault
    return {str(number): line.strip() for number, line in enumerate(lines, 1)}
