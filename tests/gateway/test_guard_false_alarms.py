"""How often detectors find something in public texts that hold nothing of anybody."""

import re
from collections import Counter
from pathlib import Path

import pytest

from corridor.gateway.rules.guards.finding import DETECTORS, found_in

pytestmark = pytest.mark.shared

DATA = Path(__file__).parents[3] / "shared" / "data"
SENTENCES, ARTICLES = DATA / "sib200" / "train-dev", DATA / "udhr"
EVERY = tuple(DETECTORS.values())


def texts(folder: Path) -> list[str]:
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: no false alarms are counted")
    found: list[str] = []
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".tsv":
            lines = file.read_text(encoding="utf-8").splitlines()[1:]
            found += [line.split("\t")[-1] for line in lines]
        elif file.suffix == ".xml":
            text = file.read_text(encoding="utf-8")
            found += re.findall(r"<para>(.*?)</para>", text, re.DOTALL)
    return found


def alarms(folder: Path) -> tuple[int, Counter[str]]:
    every = texts(folder)
    return len(every), Counter(each.kind for text in every for each in found_in(text, EVERY))


def test_nothing_is_found_in_the_universal_declaration_but_a_translators_address() -> None:
    count, found = alarms(ARTICLES)

    assert count > 1000
    assert found == {"email": 1}


def test_nothing_is_found_in_sentences_of_news_and_encyclopedias() -> None:
    count, found = alarms(SENTENCES)

    assert count > 10_000
    assert not found
