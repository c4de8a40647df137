"""The database in which PyRIT keeps its memory (SQLite), as the message pieces that its exports consist of.

Read of 0.10 and later, whose columns differ: labels, harm categories and the target of a conversation were first in
its messages, and are now in tables of their own. Where attacks are listed, only their conversations are read: those
of scorers, of attacking models, and those that an attack gave up lie in the same tables. Nothing is written, and what is
read is what the file's digest is of.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

from corridor.evaluation.adapters.imports import pyrit
from corridor.evaluation.adapters.imports.lines import Json, mapping, text
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.attempts import Tried
from corridor.evaluation.records.imported import Stated

HEADER = b"SQLite format 3\0"
WAL, PLAIN = b"\2\2", b"\1\1"
"""How a database is written to, in its bytes 18 and 19: one that is in memory has no log beside it."""
PIECES, TALKS = "PromptMemoryEntries", "Conversations"
SCORES, ATTACKS = "ScoreEntries", "AttackResultEntries"
NEEDED = ("id", "role", "conversation_id", "sequence", "converted_value")
IN_JSON = frozenset(
    (
        "labels",
        "targeted_harm_categories",
        "converter_identifiers",
        "prompt_target_identifier",
        "target_identifier",
        "score_category",
        "scorer_class_identifier",
    )
)


def is_database(path: Path) -> bool:
    """Tell whether a file is a database of SQLite, by how it begins."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def read(path: Path, data: bytes, stated: Stated) -> Tried:
    """Read a memory.

    Raises:
        BadData: if it is none, is damaged or is being written to, or as an export's reading does.
    """
    for beside in ("-wal", "-journal"):
        file = path.with_name(path.name + beside)
        if file.exists() and file.stat().st_size:
            raise BadData(
                f"{path.name} is being written to: there is {file.name}.",
                hint="End what uses it, and read it then.",
            )
    left_out: Counter[str] = Counter()
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.row_factory = sqlite3.Row
            database.deserialize(data[:18] + PLAIN + data[20:] if data[18:20] == WAL else data)
            pieces = list(_pieces(path, database, left_out))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise BadData(f"{path.name} cannot be read as SQLite: it may have been cut.") from error
    return pyrit.tried(path, pieces, stated, left_out)


def _pieces(path: Path, database: sqlite3.Connection, left_out: Counter[str]) -> Iterator[Json]:
    attacks = {text(each.get("conversation_id")): each for each in _rows(database, ATTACKS)}
    talks = {text(each.get("conversation_id")): each for each in _rows(database, TALKS)}
    scores = _scores(database, attacks)
    passed: set[str] = set()
    found = list(_rows(database, PIECES))
    if not found:
        raise BadData(f"{path.name} has no messages of PyRIT's.")
    if lacking := [name for name in NEEDED if name not in found[0]]:
        raise BadData(f"{path.name} is no memory of PyRIT's: it has no {lacking[0]}.")
    for row in found:
        name = text(row["conversation_id"])
        if attacks and name not in attacks:
            passed.add(name)
            continue
        yield _piece(row, attacks.get(name, {}), talks.get(name, {}), scores)
    if passed:
        left_out["conversations that are no attack's: of scorers, attackers, or given up"] = len(
            passed
        )


def _piece(row: Json, attack: Json, talk: Json, scores: Mapping[str, list[Json]]) -> Json:
    """Return a message as an export has it."""
    target = mapping(talk.get("target_identifier")) or mapping(row.get("prompt_target_identifier"))
    version = text(row.get("pyrit_version")) or text(talk.get("pyrit_version"))
    same = {text(row.get("id")), text(row.get("original_prompt_id"))}
    return {
        **row,
        "labels": {**mapping(row.get("labels")), **mapping(attack.get("labels"))},
        "targeted_harm_categories": row.get("targeted_harm_categories")
        or attack.get("targeted_harm_categories"),
        "prompt_target_identifier": {"pyrit_version": version, **target} if version else target,
        "scores": [score for each in sorted(same) for score in scores.get(each, ())],
    }


def _scores(database: sqlite3.Connection, attacks: Mapping[str, Json]) -> dict[str, list[Json]]:
    """Return scores by the message that they are of: an attack's last one may name none."""
    last = {
        text(each.get("last_score_id")): text(each.get("last_response_id"))
        for each in attacks.values()
    }
    found: dict[str, list[Json]] = {}
    for score in _rows(database, SCORES):
        of = text(score.get("prompt_request_response_id")) or last.get(text(score.get("id")), "")
        found.setdefault(of, []).append(score)
    return found


def _rows(database: sqlite3.Connection, table: str) -> Iterator[Json]:
    """Yield the rows of a table in the order of time; none where there is no such table."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if database.execute(known, (table,)).fetchone() is None:
        return
    for row in database.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):  # noqa: S608  ours
        values = dict(zip(row.keys(), cast("tuple[object, ...]", tuple(row)), strict=True))
        yield {name: _value(name, value) for name, value in values.items()}


def _value(name: str, value: object) -> object:
    if name not in IN_JSON or not isinstance(value, str):
        return value
    try:
        return cast("object", json.loads(value))
    except ValueError:
        return None
