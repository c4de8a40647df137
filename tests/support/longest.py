"""The test files that take longest, the longest first: several processes begin with them.

A long file that were begun last would keep the whole run waiting while other processors are idle. What
is in here is of one run on two cores; it only has to be about right.
"""

LONGEST = (
    "tests/evaluation/test_runs_models.py",
    "tests/evaluation/test_safety_models.py",
    "tests/evaluation/judging/test_real_judge.py",
    "tests/drills/test_holding.py",
    "tests/drills/test_faults.py",
    "tests/journeys/test_drill_with_partner.py",
    "tests/journeys/test_restore.py",
    "tests/app/workers/test_store_gone.py",
    "tests/app/workers/test_suspended_everywhere.py",
    "tests/app/workers/test_supervisor.py",
    "tests/app/workers/test_worker.py",
    "tests/drills/test_hosting.py",
    "tests/drills/test_scenarios.py",
    "tests/docs/test_readme.py",
    "tests/contracts/test_control_api.py",
    "tests/journeys/test_kill.py",
    "tests/journeys/test_witness_kill.py",
    "tests/docs/test_trusted_access_guide.py",
    "tests/evaluation/test_likelihood_models.py",
    "tests/soak/test_convergence.py",
    "tests/soak/test_access_crash.py",
    "tests/soak/test_gateway_crash.py",
    "tests/soak/test_crash.py",
    "tests/gateway/test_many_keys.py",
    "tests/evaluation/test_pairing.py",
    "tests/evaluation/judging/test_judges.py",
    "tests/evaluation/test_paired.py",
    "tests/evaluation/judging/test_corrections.py",
    "tests/evaluation/judging/test_clustered_labels.py",
    "tests/gateway/test_tokens.py",
    "tests/gateway/test_keeping_to_objections.py",
    "tests/gateway/test_limits_served.py",
    "tests/gateway/test_never_a_mixture.py",
    "tests/evaluation/test_inspect_runs.py",
    "tests/evaluation/test_inspect.py",
    "tests/evaluation/test_deciding.py",
    "tests/journeys/test_partnership.py",
    "tests/journeys/test_two_nodes.py",
    "tests/journeys/test_access_across_borders.py",
    "tests/journeys/test_forked_partner.py",
    "tests/journeys/test_bad_partner.py",
    "tests/acceptance/test_scenarios.py",
    "tests/access/test_cedar_slicing.py",
    "tests/catalogue/test_models.py",
)
_TURNS = {name: turn for turn, name in enumerate(LONGEST)}


def turn_of(test: str) -> int:
    """Return when a test's file is begun, by the test's id."""
    return _TURNS.get(test.partition("::")[0], len(LONGEST))
