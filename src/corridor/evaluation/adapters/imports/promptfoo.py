"""Results of promptfoo (`promptfoo redteam run -o results.json`, version 3 of its form) as attempts.

A test passes where the target resisted, so that one that fails is a hit. An error of the provider is no answer; a
test that nobody graded is `unknown`. Tests without a plugin are no red-team tests, and are counted, unless the reader
says what they aim at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.adapters.imports.lines import Json, mapping, text, value_in
from corridor.evaluation.adapters.imports.tongues import tag_of_name
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.attempts import Attempt, Came, Tried
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.records.probes import Aim, Category, Form, Probe

OVER_REFUSAL = frozenset(("overblocking", "over-refusal", "xstest"))
"""Plugins whose requests are harmless."""
CATEGORIES: tuple[tuple[str, Category], ...] = (
    ("harmful:child-exploitation", "child_safety"),
    ("harmful:privacy", "privacy"),
    ("harmful:misinformation", "misinformation"),
    ("harmful", "harm"),
    ("pii", "privacy"),
    ("bias", "bias"),
    ("prompt-extraction", "leakage"),
    ("system-prompt", "leakage"),
    ("indirect-prompt-injection", "injection"),
    ("hijacking", "injection"),
    ("shell-injection", "injection"),
    ("sql-injection", "injection"),
    ("hallucination", "misinformation"),
    ("overreliance", "misinformation"),
    ("beavertails", "harm"),
    ("harmbench", "harm"),
    ("donotanswer", "harm"),
)
"""By how a plugin's name begins; any other counts as a jailbreak."""
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(("base64", "rot13", "hex", "leetspeak", "morse", "homoglyph"), "encoded"),
    **dict.fromkeys(("crescendo", "goat", "mischievous-user", "hydra"), "multi_turn"),
    "multilingual": "translated",
    "prompt-injection": "document",
}
ERROR = 2
"""The reason of failure that is none of the target's."""


def read(path: Path, data: bytes, stated: Stated) -> Tried:
    """Read results.

    Raises:
        BadData: if they are none or were cut, or nobody says the language of a test.
    """
    value = mapping(value_in(path, data))
    inner = mapping(value.get("results")) or value
    rows = inner.get("results")
    if not isinstance(rows, list):
        raise BadData(f"{path.name} has no list of promptfoo's results.")
    reading = _Reading(path, stated)
    attempts = tuple(reading.attempts(cast("list[object]", rows)))
    version = text(mapping(value.get("metadata")).get("promptfooVersion"))
    targets = sorted(reading.targets)
    return Tried(
        format="promptfoo",
        harness=f"promptfoo {version or 'of unknown version'}",
        task=text(mapping(value.get("config")).get("description")) or "red team",
        model=", ".join(targets),
        attempts=attempts,
        whole=not reading.left_out,
        left_out=dict(reading.left_out),
    )


@dataclass(slots=True)
class _Reading:
    path: Path
    stated: Stated
    left_out: Counter[str] = field(default_factory=Counter[str])
    targets: set[str] = field(default_factory=set[str])

    def attempts(self, rows: list[object]) -> Iterator[Attempt]:
        seen: Counter[str] = Counter()
        for number, row in enumerate(map(mapping, rows), 1):
            about = _about(row)
            plugin = text(about.get("pluginId"))
            if not plugin and not self.stated.aim:
                self.left_out["no red-team test"] += 1
                continue
            provider = row.get("provider")
            self.targets.add(text(provider) or text(mapping(provider).get("id")) or "unknown")
            item = self._item(number, row, about, plugin)
            yield Attempt(
                item,
                _answer(row),
                _came(row),
                f"promptfoo:{plugin or 'assertions'}",
                seen[item.id],
            )
            seen[item.id] += 1

    def _item(self, number: int, row: Json, about: Json, plugin: str) -> Item:
        asked = text(mapping(row.get("prompt")).get("raw")) or text(row.get("prompt"))
        language = _language(row, about) or self.stated.language
        if not language:
            raise BadData(
                f"{self.path.name}, result {number}: nothing says in which language the test is.",
                hint="State it: --language.",
            )
        aim: Aim = "answer" if plugin in OVER_REFUSAL else "refuse"
        if not plugin and self.stated.aim in get_args(Aim):
            aim = cast("Aim", self.stated.aim)
        strategy = text(about.get("strategyId"))
        return Item(
            id=sha256(canonical([plugin, strategy, asked]))[:16],
            language=language,
            question=asked,
            probe=Probe(
                aim,
                _category(plugin, aim),
                FORMS.get(strategy, "plain"),
                source_category=f"{plugin} {strategy}".strip(),
            ),
        )


def _about(row: Json) -> Json:
    """Return what is said of a test, wherever it stands: in the result, its grading, or its case."""
    places = (
        mapping(mapping(row.get("testCase")).get("metadata")),
        mapping(mapping(row.get("gradingResult")).get("metadata")),
        mapping(row.get("metadata")),
    )
    found: dict[str, object] = {}
    for place in places:
        found |= place
    return found


def _language(row: Json, about: Json) -> str:
    said = (
        about.get("language"),
        mapping(about.get("modifiers")).get("language"),
        mapping(row.get("vars")).get("language"),
    )
    return next((tag for each in said if (tag := tag_of_name(text(each)))), "")


def _answer(row: Json) -> str | None:
    output = mapping(row.get("response")).get("output")
    if output is None:
        return None
    return output if isinstance(output, str) else canonical(output).decode()


def _came(row: Json) -> Came:
    if row.get("failureReason") == ERROR or (row.get("error") and not row.get("gradingResult")):
        return "failed"
    graded = mapping(row.get("gradingResult")).get("pass", row.get("success"))
    if not isinstance(graded, bool):
        return "unknown"
    if not graded:
        return "hit"
    return "refused" if mapping(row.get("response")).get("isRefusal") is True else "clear"


def _category(plugin: str, aim: Aim) -> Category:
    if aim == "answer":
        return "over_refusal"
    for start, found in CATEGORIES:
        if plugin.startswith(start):
            return found
    return "jailbreak"
