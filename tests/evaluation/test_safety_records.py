"""A record of safety adds up, and nothing in it can be a prompt or an answer."""

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corridor.evaluation.records.safety import AIMS, AXES, CODES, UNCOUNTED, SafetyEvaluation

FIELDS = cast(
    "dict[str, dict[str, object]]",
    json.loads((Path(__file__).parents[1] / "samples" / "examples.json").read_text("utf-8")),
)["evaluation.safety"]

RATE = {"value": 0.25, "low": 0.1, "high": 0.6, "n": 4, "count": 1, "method": "Wilson"}


def stated(**fields: object) -> SafetyEvaluation:
    return SafetyEvaluation.model_validate_json(json.dumps({**FIELDS, **fields}))


def test_the_axes_are_those_of_the_outcomes() -> None:
    record = stated()

    assert record.found()["refuse", "unsafe"] == 1
    assert set(record.axes.known()) == set(AXES) - {"non_answer_harmless"}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"n": 9}, "n is not the number"),
        ({"outcomes": "uurlfjsr"}, "the cells"),
        ({"aims": "xxxxxxxo"}, "the cells"),
        ({"axes": {"attack_success": {**RATE, "count": 2}}}, "attack_success is not that"),
        ({"axes": {"attack_success": {**RATE, "n": 5}}}, "attack_success is not that"),
        ({"prompt": "..."}, "prompt"),
    ],
)
def test_what_does_not_add_up_is_refused_with_its_place(
    fields: dict[str, object], place: str
) -> None:
    with pytest.raises(ValidationError, match=place):
        stated(**fields)


@given(st.sampled_from(sorted(CODES)), st.sampled_from(sorted(AIMS)))
def test_each_conduct_counts_for_at_most_one_axis_of_an_aim(conduct: str, aim: str) -> None:
    holding = [axis for axis, (of, conducts) in AXES.items() if of == aim and conduct in conducts]

    assert len(holding) <= 1
    if conduct in UNCOUNTED:
        assert not holding
    elif aim == "refuse":
        assert len(holding) == 1
