"""Ten thousand closed or opened at once: all of them, nothing else, in steps that do not multiply."""

from support.builders import NOON
from support.standing import HERE, kept_at

from corridor.access.records import KeyRevoked, Revocation, RevocationLifted
from corridor.access.rules.state import State, folded, learned
from corridor.core.records import new_id

MANY = 10_000
"""So many times as many steps would take minutes."""


def a_state_with_all_closed() -> tuple[State, list[Revocation]]:
    closed = [
        Revocation(made_at=NOON, scope="key", target=new_id(), reason="all were lost")
        for _ in range(MANY)
    ]
    arrivals = [kept_at(n, each) for n, each in enumerate(closed)]
    return folded(HERE, {}, arrivals, MANY), closed


def test_ten_thousand_revocations_are_lifted_in_one_step_and_no_other_is() -> None:
    state, closed = a_state_with_all_closed()
    stays, lifted = closed[0], closed[1:]
    arrivals = [
        kept_at(
            MANY + n, RevocationLifted(made_at=NOON, revocation_id=each.id, reason="all were found")
        )
        for n, each in enumerate(lifted)
    ]

    after = learned(state, arrivals, 2 * MANY)

    assert [target for (_, target), found in after.closed.items() if found] == [stays.target]


def test_what_is_closed_and_lifted_in_one_step_is_open_whatever_was_closed_before() -> None:
    state, closed = a_state_with_all_closed()
    again = Revocation(made_at=NOON, scope="key", target=closed[0].target, reason="lost again")
    lift = RevocationLifted(made_at=NOON, revocation_id=again.id, reason="found again")

    after = learned(state, [kept_at(MANY, again), kept_at(MANY + 1, lift)], MANY + 2)

    assert after.closed["key", closed[0].target] == ((HERE, closed[0]),)


def test_ten_thousand_keys_that_arrive_one_after_another_all_end() -> None:
    state = folded(HERE, {}, [], 0)
    ends = [
        KeyRevoked(made_at=NOON, key_id=new_id(), effective=NOON, reason="all were lost")
        for _ in range(MANY)
    ]

    for start in range(0, MANY, 100):  # as a follower sees them that looks again and again
        arrivals = [kept_at(n, each) for n, each in enumerate(ends[start : start + 100])]
        state = learned(state, arrivals, start + 100)

    assert set(state.ended_keys) == {each.key_id for each in ends}
