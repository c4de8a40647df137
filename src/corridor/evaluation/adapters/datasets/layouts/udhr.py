"""The Universal Declaration of Human Rights, one text a numbered article (UDHR in Unicode's XML)."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from corridor.evaluation.adapters.datasets.parallel import Texts, contents
from corridor.evaluation.adapters.datasets.tables import place_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the articles, without their titles and the preamble."""
    return contents(files, listing, languages, _texts)


def _texts(files: Files, listing: Listing, code: str) -> Texts:
    name = place_of(files, listing, code, listing.split)[0]
    data = files.read(name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadData(f"{name}: declares its own entities.")
    try:
        root = ET.fromstring(data)  # noqa: S314  no entities, see above
    except ET.ParseError as fault:
        raise BadData(f"{name}: {fault}") from fault
    articles = (each for each in root.iter() if _named(each) == "article")
    return {
        number: text
        for article in articles
        if (number := article.get("number", "")).isdecimal() and (text := _text(article))
    }


def _text(article: ET.Element) -> str:
    paragraphs = (each for each in article.iter() if _named(each) == "para")
    text = " ".join("".join(paragraph.itertext()) for paragraph in paragraphs)
    return re.sub(r"\s+", " ", text).strip()


def _named(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
