"""Countries as data sets write them: two letters, three letters, three digits or a name."""

import csv
from functools import cache
from importlib.resources import files

OTHERS = {
    "CONGO (KINSHASA)": "CD",
    "CONGO (BRAZZAVILLE)": "CG",
    "MYANMAR": "MM",
    "MAL": "MY",  # so in ETO's data
    "KOREA, SOUTH": "KR",
    "SOUTH KOREA": "KR",
    "NORTH KOREA": "KP",
    "UNITED STATES OF AMERICA": "US",
    "USA": "US",
    "TÜRKIYE": "TR",
    "TURKIYE": "TR",
    "VIET NAM": "VN",
    "RUSSIAN FEDERATION": "RU",
    "UK": "GB",
    "THE BAHAMAS": "BS",
    # UN Comtrade's own numbers, where they are not ISO's: with Monaco, Svalbard, Liechtenstein, and
    # Puerto Rico; "other Asia, not elsewhere specified" is in the main Taiwan.
    "251": "FR",
    "490": "TW",
    "579": "NO",
    "699": "IN",
    "757": "CH",
    "842": "US",
}
"""Further spellings, in capitals."""


def alpha_2(stated: str) -> str | None:
    """Return a country's two letters, or None if what is stated names none that is known here."""
    return _known().get(stated.strip().replace("\u2019", "'").upper())


def country(code: str) -> str:
    """Return what a country is called in English, or its letters if it is not known here."""
    return _titles().get(code, code)


@cache
def _titles() -> dict[str, str]:
    return {row["alpha_2"]: row["name"] for row in _rows()}


def _rows() -> list[dict[str, str]]:
    text = (files("corridor.supply_chain") / "data" / "countries.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _known() -> dict[str, str]:
    found = dict(OTHERS)
    for row in _rows():
        found.update({value.upper(): row["alpha_2"] for value in row.values()})
    return found
