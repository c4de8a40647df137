"""Whatever is wrong with another tool's file, it is refused as such, or read; nothing else is raised."""

import json
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.redteams import (
    garak_attempt,
    garak_report,
    promptfoo_results,
    promptfoo_row,
    pyrit_talk,
)

from corridor.evaluation.errors import BadData
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.service.safety_imports import read_safety

ENGLISH = Stated(language="en-Latn")
VALUES = st.sampled_from(
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        '""',
        '"x"',
        "[]",
        '["x"]',
        "[null]",
        "{}",
        '{"a": 1}',
        "[[]]",
    ]
)
"""As JSON, so that each is a new one."""


def pyrit_export(path: Path) -> Path:
    talk = [*pyrit_talk(0, [("Scorer", "true_false", "true")]), *pyrit_talk(1, [], turns=2)]
    path.write_text(json.dumps(talk))
    return path


def made(folder: Path, kind: str) -> Path:
    if kind == "garak":
        attempts = [garak_attempt(n, {"dan.DAN": [1.0, 0.0]}, ["Yes.", None]) for n in range(2)]
        return garak_report(folder / "a.report.jsonl", attempts)
    if kind == "promptfoo":
        rows = [promptfoo_row(0, True), promptfoo_row(1, False, strategy="base64")]
        return promptfoo_results(folder / "r.json", rows)
    return pyrit_export(folder / "e.json")


every_kind = pytest.mark.parametrize("kind", ["garak", "promptfoo", "pyrit"])
reusing = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@every_kind
@reusing
@given(share=st.floats(0, 1))
def test_a_file_that_was_cut_anywhere_is_refused_or_said_to_be_no_whole_one(
    tmp_path: Path, kind: str, share: float
) -> None:
    path = made(tmp_path, kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * (len(data) - 2))])

    with suppress(BadData):
        assert not read_safety(path, ENGLISH).whole


@every_kind
@reusing
@given(data=st.data())
def test_any_value_in_any_place_is_read_or_refused(
    tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    path = made(tmp_path, kind)
    lines = path.suffix == ".jsonl"
    text = path.read_text()
    value: object = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(value, data)
    rows = cast("list[object]", value)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) if lines else json.dumps(value))

    with suppress(BadData):
        found = read_safety(path, ENGLISH)
        assert all(each.language for each in found.observations)


def _spoil(value: object, data: st.DataObject) -> None:
    """Put another value somewhere into a document."""
    held = cast("dict[object, object] | list[object]", value)
    while held:
        keys = list(held) if isinstance(held, dict) else list(range(len(held)))
        key = data.draw(st.sampled_from(keys))
        inside = held[key]  # type: ignore[index]
        if not isinstance(inside, dict | list) or data.draw(st.integers(0, 3)) == 0:
            held[key] = json.loads(data.draw(VALUES))  # type: ignore[index]
            return
        held = cast("dict[object, object] | list[object]", inside)
