"""The answers of the scorer-parity test, as a data file that comes with Corridor."""

import json
from importlib.resources import files
from typing import Any

from corridor.evaluation.rules.answers.parity import Case, Spoken

FILE = "scorer_parity.json"


def shipped() -> tuple[tuple[Case, ...], dict[str, Spoken]]:
    """Read the cases, and by language what is asked and answered."""
    text = (files("corridor.evaluation") / "data" / FILE).read_text(encoding="utf-8")
    value: dict[str, Any] = json.loads(text)
    cases = tuple(Case(**case) for case in value["cases"])
    spoken = {
        tag: Spoken(
            question=each["question"],
            choices=tuple(each["choices"]),
            reference=each["reference"],
            answers=each["answers"],
        )
        for tag, each in value["languages"].items()
    }
    return cases, spoken
