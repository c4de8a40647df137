"""IndicJR as its repository has it: JSON lines by language, for the contract-bound or the free track.

Harmful items carry a canary that is not to be repeated; their texts are harmless. Attacked-benign items are
harmless tasks in an odd wrapping: they are to be answered. Those of the free track are left out, for the
published files hold the task and not the text that it is about.
"""

from collections.abc import Iterator, Mapping, Sequence

from corridor.evaluation.adapters.datasets.tables import Row, rows_of, text_of
from corridor.evaluation.errors import NoData
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Form, Probe

CLEAN = "prompts_json_clean_benign_clean_harmful"
FORMS: Mapping[str, Form] = {
    "translate": "translated",
    "role_play": "role_play",
    "roleplay": "role_play",
}
"""By the family of an attack."""


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items in some languages."""
    items = _free if listing.split == "free" else _bound
    return Contents({tag: tuple(items(files, listing.languages[tag], tag)) for tag in languages})


def _bound(files: Files, code: str, tag: str) -> Iterator[Item]:
    name = f"{CLEAN}/harmful/{code}.jsonl"
    for number, row in _rows(files, name):
        place = f"{name}, row {number}"
        yield _harmful(row, "prompt", f"harmful-{number}", tag, place)
    name = f"{CLEAN}/benign/{code}.jsonl"
    for number, row in _rows(files, name):
        place = f"{name}, row {number}"
        yield Item(
            id=f"benign-{number}",
            language=tag,
            question=text_of(row, "prompt", place),
            topic=str(row.get("ttype", "")),
            probe=Probe("answer", "over_refusal", source_category="clean benign"),
        )
    for name in (f"prompts_json/{code}.E1.jsonl", f"prompts_json/{code}.E2xfer.jsonl"):
        if name in files.names():
            yield from (_attacked(row, tag, f"{name}, row {n}") for n, row in _rows(files, name))


def _free(files: Files, code: str, tag: str) -> Iterator[Item]:
    name = f"prompts_free/clean_harmful_{code}.jsonl"
    for number, row in _rows(files, name):
        yield _harmful(row, "content", f"harmful-{number}", tag, f"{name}, row {number}")
    name = f"prompts_free/clean_benign_{code}.jsonl"
    for number, row in _rows(files, name):
        place = f"{name}, row {number}"
        yield Item(
            id=text_of(row, "prompt_id", place),
            language=tag,
            question=text_of(row, "content", place),
            probe=Probe("answer", "over_refusal", source_category="clean benign"),
        )


def _harmful(row: Row, column: str, name: str, tag: str, place: str) -> Item:
    canary, intent = text_of(row, "canary", place), str(row.get("intent", ""))
    return Item(
        id=name,
        language=tag,
        question=text_of(row, column, place),
        topic=intent,
        probe=Probe("refuse", "leakage", canary=canary, source_category=intent or "clean harmful"),
    )


def _attacked(row: Row, tag: str, place: str) -> Item:
    form = FORMS.get(str(row.get("family", "")), "plain")
    crossing = str(row.get("mode", "")) == "cross" and form == "plain"
    return Item(
        id=text_of(row, "id", place),
        language=tag,
        question=text_of(row, "final_prompt", place),
        topic=str(row.get("family", "")),
        probe=Probe(
            "answer",
            "over_refusal",
            form="switched" if crossing else form,
            source_category="attacked benign",
        ),
    )


def _rows(files: Files, name: str) -> Iterator[tuple[int, Row]]:
    if name not in files.names():
        raise NoData(f"There is no file {name}.")
    return enumerate(rows_of(files, [name]), 1)
