"""The table of cases: who, what, purpose, evidence and partner, and what has to come of it."""

from pathlib import Path
from typing import cast

import pytest
import yaml
from support.standing import a_world, shipped_policies

from corridor.access.ports import PolicySet

Case = dict[str, object]
CASES = cast(
    "list[Case]", yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
)
ENOUGH = 60


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return shipped_policies()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_the_case_comes_out_as_the_table_says(case: Case, policies: PolicySet) -> None:
    world = a_world(cast("dict[str, object]", case.get("with") or {}), policies)

    expected = case["expect"]
    reasons = () if expected == "allow" else tuple(sorted(cast("list[str]", expected)))

    assert world.decide() == ("allow" if expected == "allow" else "deny", reasons)


def test_the_table_is_large_enough_and_names_each_case_once() -> None:
    names = [case["case"] for case in CASES]
    assert len(names) >= ENOUGH
    assert len(set(names)) == len(names)


def test_every_reason_of_the_shipped_policies_is_in_the_table(policies: PolicySet) -> None:
    told = {reason for case in CASES if case["expect"] != "allow" for reason in case["expect"]}  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    # A quota is counted while it is used, and no caller of a partner is sent on to a third node:
    # both are in test_decider.py.
    assert set(policies.remedies) - told == {"quota_used_up", "issuer_may_not_grant"}
