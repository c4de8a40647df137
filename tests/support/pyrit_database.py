"""Databases laid out as PyRIT lays out its memory: as 1.1 does, and as it did while messages said all of it.

The layouts are those of files that PyRIT 1.1.0 and its own migrations make.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

Said = Sequence[tuple[str, str, str | None]]
"""Scores of an answer: a scorer, a type, a value."""
NEW = """
CREATE TABLE "PromptMemoryEntries" (id, role, conversation_id, sequence, converter_identifiers,
  response_error, original_value, converted_value, converted_value_data_type, original_prompt_id, pyrit_version);
CREATE TABLE "Conversations" (conversation_id, target_identifier, pyrit_version);
CREATE TABLE "ScoreEntries" (id, score_value, score_type, score_category, scorer_class_identifier,
  prompt_request_response_id, status);
CREATE TABLE "AttackResultEntries" (id, conversation_id, labels, targeted_harm_categories, last_response_id,
  last_score_id);
"""
OLD = """
CREATE TABLE "PromptMemoryEntries" (id, role, conversation_id, sequence, labels, targeted_harm_categories,
  converter_identifiers, prompt_target_identifier, response_error, original_value, converted_value,
  converted_value_data_type, original_prompt_id);
CREATE TABLE "ScoreEntries" (id, score_value, score_type, score_category, scorer_class_identifier,
  prompt_request_response_id, task);
"""


class Memory:
    """A memory that is being made."""

    def __init__(self, path: Path, *, old: bool = False, target: str = "small") -> None:
        """Make its tables."""
        self.path, self.old, self.target, self.talks = path, old, target, 0
        with closing(sqlite3.connect(path)) as database:
            database.executescript(OLD if old else NEW)

    def talk(
        self,
        said: str,
        scores: Said = (),
        *,
        attack: bool = True,
        linked: bool = True,
        turns: int = 1,
    ) -> str:
        """Keep a conversation; `linked`: its scores name the answer, else only the attack does."""
        self.talks += 1
        name = f"talk-{self.talks}"
        target = json.dumps({"class_name": "OpenAIChatTarget", "model_name": self.target})
        with closing(sqlite3.connect(self.path)) as database, database:
            for turn in range(turns):
                self._piece(database, name, "user", 2 * turn, f"turn {turn} of {name}", target)
                self._piece(database, name, "assistant", 2 * turn + 1, said, target)
            last = f"{name}-{2 * turns - 1}"
            ids = self._scores(database, name, scores, last if linked else None)
            if not self.old:
                _insert(database, "Conversations", conversation_id=name, target_identifier=target)
                if attack:
                    self._attack(database, name, last, ids)
        return name

    def _piece(
        self, database: sqlite3.Connection, talk: str, role: str, place: int, said: str, target: str
    ) -> None:
        name = f"{talk}-{place}"
        same = {"prompt_target_identifier": target, "labels": '{"language": "ta"}'}
        _insert(
            database,
            "PromptMemoryEntries",
            id=name,
            role=role,
            conversation_id=talk,
            sequence=place,
            converter_identifiers="[]",
            response_error="none",
            original_value=said,
            converted_value=said,
            converted_value_data_type="text",
            original_prompt_id=name,
            **(same if self.old else {"pyrit_version": "1.1.0"}),
        )

    def _scores(
        self, database: sqlite3.Connection, talk: str, scores: Said, of: str | None
    ) -> list[str]:
        for number, (scorer, kind, value) in enumerate(scores):
            _insert(
                database,
                "ScoreEntries",
                id=f"{talk}-score-{number}",
                score_value=value,
                score_type=kind,
                score_category='["harm"]',
                scorer_class_identifier=json.dumps({"class_name": scorer}),
                prompt_request_response_id=of,
            )
        return [f"{talk}-score-{number}" for number in range(len(scores))]

    def _attack(
        self, database: sqlite3.Connection, talk: str, last: str, scores: Sequence[str]
    ) -> None:
        _insert(
            database,
            "AttackResultEntries",
            id=f"{talk}-attack",
            conversation_id=talk,
            labels='{"language": "ta"}',
            targeted_harm_categories='["privacy"]',
            last_response_id=last,
            last_score_id=scores[-1] if scores else None,
        )


def _insert(database: sqlite3.Connection, table: str, **values: str | int | None) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(values.values()))  # noqa: S608
