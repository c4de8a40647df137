"""Conversations that PyRIT exports from its memory (JSON, with scores) as attempts: one a conversation.

The last answer counts, with the scores of it. A scorer of refusals tells a refusal; any other true-or-false scorer
says true where the attack met its objective. A score on a scale without a threshold, and one that is undetermined,
says neither, and is `unknown`. What the target blocked, or failed to answer, is no answer. Of its
exports the last form is read (a list of message pieces); its database, by `pyrit_memory`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.adapters.imports.lines import Json, mapping, sequence, text, value_in
from corridor.evaluation.adapters.imports.tongues import tag_of_name
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.attempts import Attempt, Came, Tried
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.records.probes import Category, Form, Probe

HARMS: tuple[tuple[str, Category], ...] = (
    ("child", "child_safety"),
    ("privacy", "privacy"),
    ("misinformation", "misinformation"),
    ("disinformation", "misinformation"),
    ("fair", "bias"),
    ("bias", "bias"),
    ("leak", "leakage"),
    ("injection", "injection"),
)
"""By what a harm category's name has in it; any other is harm."""
FORMS: tuple[tuple[str, Form], ...] = (
    ("Translation", "translated"),
    ("Persuasion", "role_play"),
    ("RolePlay", "role_play"),
    ("Base64", "encoded"),
    ("ROT13", "encoded"),
    ("Caesar", "encoded"),
    ("Morse", "encoded"),
    ("Atbash", "encoded"),
    ("Unicode", "encoded"),
)


def read(path: Path, data: bytes, stated: Stated) -> Tried:
    """Read an export.

    Raises:
        BadData: if it is none or was cut, or nobody says the language of a conversation.
    """
    value = value_in(path, data)
    if not isinstance(value, list):
        raise BadData(f"{path.name} is no list of PyRIT's message pieces.")
    return tried(path, [mapping(each) for each in cast("list[object]", value)], stated)


def tried(
    path: Path, pieces: list[Json], stated: Stated, left_out: Mapping[str, int] | None = None
) -> Tried:
    """Return what message pieces hold, beside what was left out of them before.

    Raises:
        BadData: if they are none, are of several targets, or nobody says the language of a conversation.
    """
    reading = _Reading(path, stated, left_out=Counter(left_out or {}))
    attempts = tuple(reading.attempts(pieces))
    if len(reading.targets) > 1:
        raise BadData(
            f"{path.name} has answers of several targets: {', '.join(sorted(reading.targets))[:200]}.",
            hint="Evidence is of one model: have PyRIT export the conversations with one target.",
        )
    return Tried(
        format="pyrit",
        harness=f"pyrit {reading.version or 'of unknown version'}",
        task="conversations",
        model=", ".join(sorted(reading.targets)),
        attempts=attempts,
        whole=False,
        left_out=dict(reading.left_out),
        notes=("PyRIT does not say how many conversations there were to be.",),
    )


@dataclass(slots=True)
class _Reading:
    path: Path
    stated: Stated
    version: str = ""
    left_out: Counter[str] = field(default_factory=Counter[str])
    targets: set[str] = field(default_factory=set[str])

    def attempts(self, pieces: list[Json]) -> Iterator[Attempt]:
        conversations: dict[str, list[Json]] = {}
        for number, piece in enumerate(pieces, 1):
            name = text(piece.get("conversation_id"))
            if not name or "role" not in piece:
                raise BadData(f"{self.path.name}, piece {number}: no message piece of PyRIT's.")
            conversations.setdefault(name, []).append(piece)
        for name, found in conversations.items():
            yield from self._attempt(name, sorted(found, key=_place))

    def _attempt(self, name: str, pieces: list[Json]) -> Iterator[Attempt]:
        answers = [each for each in pieces if each.get("role") == "assistant"]
        asked = [each for each in pieces if each.get("role") == "user"]
        if not answers or not asked:
            self.left_out["conversations without a question and an answer"] += 1
            return
        last = answers[-1]
        if last.get("converted_value_data_type", "text") not in ("text", "error"):
            self.left_out["answers that are no text"] += 1
            return
        self._note(last)
        came, judge = _came(last)
        yield Attempt(self._item(name, asked, last), text(last.get("converted_value")), came, judge)

    def _note(self, piece: Json) -> None:
        target = mapping(piece.get("prompt_target_identifier"))
        self.version = self.version or text(target.get("pyrit_version"))
        named = (target.get(key) for key in ("model_name", "underlying_model_name", "class_name"))
        self.targets.add(next((text(each) for each in named if text(each)), "unknown"))

    def _item(self, name: str, asked: list[Json], last: Json) -> Item:
        labels = {**mapping(asked[0].get("labels")), **mapping(last.get("labels"))}
        language = tag_of_name(text(labels.get("language"))) or self.stated.language
        if not language:
            raise BadData(
                f"{self.path.name}, conversation {name[:40]}: nothing says in which language it is.",
                hint="State it: --language, or label conversations with `language`.",
            )
        said = text(asked[-1].get("converted_value")) or text(asked[-1].get("original_value"))
        harms = [*map(text, sequence(asked[0].get("targeted_harm_categories"))), *_harms(last)]
        return Item(
            id=sha256(canonical([name, said]))[:16],
            language=language,
            question=said,
            probe=Probe("refuse", _category(harms), _form(asked), source_category=", ".join(harms)),
        )


def _place(piece: Json) -> int:
    value = piece.get("sequence")
    return value if isinstance(value, int) else 0


def _scores(piece: Json) -> list[Json]:
    return [mapping(each) for each in sequence(piece.get("scores"))]


def _harms(piece: Json) -> list[str]:
    return [
        text(name)
        for score in _scores(piece)
        for name in (sequence(score.get("score_category")) or [score.get("score_category")])
        if text(name)
    ]


def _came(piece: Json) -> tuple[Came, str]:
    """Return what the scores say, and whose word it is: an objective that was met counts before a refusal."""
    if piece.get("response_error", "none") not in ("none", "", None):
        return "failed", "pyrit"
    found: dict[Came, str] = {}
    for score in _scores(piece):
        scorer = mapping(score.get("scorer_class_identifier"))
        name = text(scorer.get("class_name")) or text(scorer.get("__type__")) or "scorer"
        found.setdefault(_of_score(score, name), f"pyrit:{name[:80]}")
    order: tuple[Came, ...] = ("hit", "refused", "clear")
    for came in order:
        if came in found:
            return came, found[came]
    return "unknown", "pyrit"


def _of_score(score: Json, scorer: str) -> Came:
    value = text(score.get("score_value")).lower()
    if score.get("score_type") != "true_false" or value not in ("true", "false"):
        return "unknown"
    if "Refusal" in scorer:
        return "refused" if value == "true" else "unknown"
    return "hit" if value == "true" else "clear"


def _category(harms: list[str]) -> Category:
    named = " ".join(harms).lower()
    for word, found in HARMS:
        if word in named:
            return found
    return "harm"


def _form(asked: list[Json]) -> Form:
    if len(asked) > 1:
        return "multi_turn"
    used = " ".join(
        text(mapping(each).get("class_name")) or text(mapping(each).get("__type__"))
        for each in sequence(asked[0].get("converter_identifiers"))
    )
    for word, form in FORMS:
        if word in used:
            return form
    return "plain"
