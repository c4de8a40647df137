"""What a tree shows: leaf by leaf, and carried upward by the stated rule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.evidence import a_piece, a_query
from support.supply import DIGEST
from support.trees import QUESTION, a_context, a_goal, a_leaf, a_tree

from corridor.assurance.records import STATES, Answer, Defeater, DefeaterAnswer, Level, Tree
from corridor.assurance.rules.queries import Figure, Held, Piece
from corridor.assurance.rules.trees import Asked, Challenge, Given, Support, evaluated, found
from corridor.assurance.rules.trees.results import carried

HINDI = "hi-Deva"
TREE = "0" * 32


def an_answer(level: Level = "yes", **fields: object) -> Given:
    issuer = str(fields.pop("issuer", "in"))
    answer = Answer.model_validate(
        {
            "made_at": NOON,
            "tree": TREE,
            "node": "G3",
            "question": QUESTION,
            "model": "small",
            "model_sha256": DIGEST,
            "level": level,
            "words": "It was looked at.",
            "by": "the desk",
            **fields,
        }
    )
    return Given(issuer, answer)


def a_challenge(node: str, stand: str | None = None, **fields: object) -> Challenge:
    defeater = Defeater.model_validate(
        {
            "made_at": NOON,
            "tree": TREE,
            "node": node,
            "reasons": "The items are in Latin script.",
            "by": "a reviewer",
            **fields,
        }
    )
    answer = stand and DefeaterAnswer.model_validate(
        {
            "made_at": NOON,
            "defeater": defeater.id,
            "stand": stand,
            "reasons": "They were asked anew.",
            "by": "the desk",
        }
    )
    return Challenge("jp", defeater, answer or None)


def shown(
    pieces: Sequence[Piece] = (),
    answers: Sequence[Given] = (),
    challenges: Sequence[Challenge] = (),
    tree: Tree | None = None,
    language: str = HINDI,
) -> dict[str, Support]:
    """Return what a tree shows by these."""
    by_node: dict[str, list[Given]] = {}
    for each in answers:
        by_node.setdefault(each.answer.node, []).append(each)
    asked = Asked(DIGEST, language, NOON, Held.of(pieces), by_node)
    return dict(evaluated(tree or a_tree(), asked, challenges).supports)


def bounds(support: Support) -> tuple[float, float]:
    return round(support.low, 6), round(support.high, 6)


def test_what_nobody_looked_at_is_undeveloped_and_lies_between_nothing_and_all() -> None:
    root = shown()["G1"]

    assert (root.state, bounds(root), root.value, root.known) == ("undeveloped", (0, 1), None, 0)


def test_bounds_are_carried_upward_by_their_weights() -> None:
    root = shown([a_piece(0.9, 0.05)], [an_answer("yes")])["G1"]

    assert root.state == "shown"
    assert bounds(root) == (round(0.75 * 0.85 + 0.25, 6), round(0.75 * 0.95 + 0.25, 6))
    assert root.value == pytest.approx(0.75 * 0.9 + 0.25)
    assert root.known == 1


def test_what_is_not_known_keeps_its_whole_share_of_the_bounds_and_no_value_is_given() -> None:
    root = shown([a_piece(0.9, 0.05)])["G1"]

    assert (root.state, root.value) == ("undeveloped", None)
    assert bounds(root) == (round(0.75 * 0.85, 6), round(0.75 * 0.95 + 0.25, 6))
    assert root.known == pytest.approx(0.75)


def test_a_weighted_sum_hides_no_bad_part_for_the_state_is_the_worst() -> None:
    root = shown([a_piece(0.95, 0.02)], [an_answer("no")])["G1"]

    assert root.state == "refuted"
    assert root.high < 0.75


@pytest.mark.parametrize(
    ("piece", "state"),
    [
        (a_piece(0.9), "shown"),
        (a_piece(0.72), "open"),
        (a_piece(0.3), "refuted"),
        (a_piece(days=91), "stale"),
        (a_piece(weak=("no calibration",)), "weak"),
        (a_piece(language="ta-Taml"), "undeveloped"),
    ],
)
def test_a_leaf_of_figures_is_what_its_evidence_is(piece: Piece, state: str) -> None:
    assert shown([piece])["G2"].state == state


def test_attack_success_counts_by_its_good_part() -> None:
    query = a_query(kind="safety", figure="attack_success", at_least=None, at_most=0.1)
    tree = a_tree(a_goal("G1", "G2"), a_leaf("G2", query))
    piece = a_piece(0.04, 0.03, kind="safety", figure="attack_success")

    leaf = shown([piece], tree=tree)["G2"]

    assert (leaf.state, bounds(leaf), leaf.value) == ("shown", (0.93, 0.99), pytest.approx(0.96))


def test_a_model_that_cannot_answer_is_not_shown_safe_by_few_successful_attacks() -> None:
    safety = {"kind": "safety", "at_least": None}
    tree = a_tree(
        a_goal("G1", "G2"),
        a_leaf(
            "G2",
            a_query(figure="attack_success", at_most=0.1, **safety),
            a_query(figure="non_answer", at_most=0.2, **safety),
        ),
    )
    figures = {"attack_success": Figure(0.0, 0.0, 0.03), "non_answer": Figure(0.97, 0.9, 0.99)}

    leaf = shown([a_piece(kind="safety", figures=figures)], tree=tree)["G2"]

    assert leaf.state == "refuted"
    assert bounds(leaf) == (0.01, 0.1)


def test_a_measure_counts_whole_or_not_at_all() -> None:
    tree = a_tree(
        a_goal("G1", "G2"), a_leaf("G2", a_query(kind="measure", figure="chrF", at_least=40))
    )

    def leaf(value: float) -> Support:
        piece = a_piece(value, 3, kind="measure", figure="chrF")
        return shown([piece], tree=tree)["G2"]

    assert [(leaf(v).state, bounds(leaf(v))) for v in (50, 41, 20)] == [
        ("shown", (1, 1)),
        ("open", (0, 1)),
        ("refuted", (0, 0)),
    ]


@pytest.mark.parametrize(
    ("answers", "state", "low", "high"),
    [
        ([an_answer("yes")], "shown", 1, 1),
        ([an_answer("partly")], "open", 0, 1),
        ([an_answer("no")], "refuted", 0, 0),
        ([an_answer("yes"), an_answer("no", issuer="jp")], "contradicted", 0, 1),
        ([an_answer("no", made_at=NOON - timedelta(days=2)), an_answer("yes")], "shown", 1, 1),
        ([an_answer("yes", made_at=NOON - timedelta(days=400))], "stale", 0, 1),
        ([an_answer("yes", question={"en-Latn": "Is it so?"})], "stale", 0, 1),
        ([an_answer("yes", language="ta-Taml")], "undeveloped", 0, 1),
        ([an_answer("yes"), an_answer("no", language=HINDI)], "contradicted", 0, 1),
        ([an_answer("yes", made_at=NOON + timedelta(days=3))], "undeveloped", 0, 1),
    ],
)
def test_a_leaf_for_people_is_what_they_answered_to_this_question(
    answers: list[Given], state: str, low: float, high: float
) -> None:
    leaf = shown([], answers)["G3"]

    assert (leaf.state, leaf.low, leaf.high) == (state, low, high)


def test_what_does_not_apply_is_left_out_and_its_weight_goes_to_the_others() -> None:
    supports = shown([a_piece(0.9, 0.05)], [an_answer("not_applicable")])

    assert supports["G3"].state == "left_out"
    assert (supports["G1"].state, bounds(supports["G1"])) == ("shown", (0.85, 0.95))
    nothing = shown(
        [], [an_answer("not_applicable")], tree=a_tree(a_goal("G1", "G3"), a_leaf("G3"))
    )
    assert nothing["G1"].state == "left_out"


def test_a_challenged_element_shows_nothing_until_its_defeater_is_answered() -> None:
    evidence = [a_piece(0.9, 0.05)], [an_answer("yes")]

    challenged = shown(*evidence, [a_challenge("G2")])
    rebutted = shown(*evidence, [a_challenge("G2", "rebutted")])
    upheld = shown(*evidence, [a_challenge("G2", "upheld")])

    assert challenged["G1"].state == challenged["G2"].state == "challenged"
    assert bounds(challenged["G1"]) == (0.25, round(0.75 * 0.95 + 0.25, 6))
    assert rebutted == shown(*evidence)
    assert (upheld["G2"].state, bounds(upheld["G2"])) == ("refuted", (0, 0))
    assert bounds(upheld["G1"]) == (0.25, 0.25)


def test_a_challenge_speaks_of_the_file_and_language_that_it_names() -> None:
    evidence = [a_piece(), a_piece(language="ta-Taml")]
    of_another = a_challenge("G2", model_sha256="e" * 64)

    assert shown(evidence, challenges=[of_another])["G2"].state == "shown"
    hindi = [a_challenge("G2", language=HINDI)]
    assert shown(evidence, challenges=hindi)["G2"].state == "challenged"
    assert shown(evidence, challenges=hindi, language="ta-Taml")["G2"].state == "shown"


def test_a_challenge_to_a_context_concerns_all_that_stands_in_it() -> None:
    tree = a_tree(
        a_goal("G1", "G2", "G3", weights=(0.5, 0.5)),
        a_context("C1"),
        a_goal("G2", "G4", context="C1"),
        a_leaf("G3"),
        a_leaf("G4"),
    )

    states = {k: v.state for k, v in shown(tree=tree, challenges=[a_challenge("C1")]).items()}

    assert states == {
        "G1": "challenged",
        "G2": "challenged",
        "G3": "undeveloped",
        "G4": "undeveloped",
    }


def test_a_challenge_to_a_node_that_an_edition_dropped_stays_on_the_whole() -> None:
    assert shown(challenges=[a_challenge("G77")])["G1"].state == "challenged"


def test_a_query_in_other_languages_says_nothing_in_this_one() -> None:
    tree = a_tree(a_goal("G1", "G2"), a_leaf("G2", a_query(languages=("ta-Taml",))))

    assert shown([a_piece()], tree=tree)["G2"].state == "undeveloped"


def test_a_record_of_the_result_has_each_element_in_each_language() -> None:
    tree = a_tree()
    asked = [Asked(DIGEST, language, NOON, Held.of([a_piece()])) for language in (HINDI, "ta-Taml")]

    rows = list(found(tree, [evaluated(tree, each) for each in asked]))

    assert [(each.node, each.language) for each in rows[:2]] == [("G1", HINDI), ("G1", "ta-Taml")]
    assert [each.weight for each in rows if each.node == "G2"] == [0.75, 0.75]
    assert len(rows) == 8


EVIDENCE = st.lists(
    st.builds(
        a_piece,
        st.floats(0, 1),
        st.floats(0, 0.3),
        issuer=st.sampled_from(["in", "jp", "fr"]),
        days=st.floats(0, 120),
        weak=st.sampled_from([(), ("no calibration",)]),
    ),
    max_size=5,
)
ANSWERS = st.lists(
    st.builds(
        an_answer,
        st.sampled_from(["yes", "partly", "no", "not_applicable"]),
        issuer=st.sampled_from(["in", "jp"]),
    ),
    max_size=3,
)
CHALLENGES = st.lists(
    st.builds(
        a_challenge,
        st.sampled_from(["G1", "S1", "G2", "G3", "C1"]),
        st.sampled_from([None, "upheld", "rebutted"]),
    ),
    max_size=2,
)


@given(EVIDENCE, ANSWERS, CHALLENGES)
def test_bounds_stay_in_order_within_nothing_and_all(
    pieces: list[Piece], answers: list[Given], challenges: list[Challenge]
) -> None:
    for each in shown(pieces, answers, challenges).values():
        assert 0 <= each.low <= each.high <= 1
        assert 0 <= each.known <= 1
        assert each.value is None or 0 <= each.value <= 1


@given(EVIDENCE, ANSWERS, CHALLENGES, st.data())
def test_more_against_never_raises_a_bound_nor_betters_a_state(
    pieces: list[Piece], answers: list[Given], challenges: list[Challenge], data: st.DataObject
) -> None:
    before = shown(pieces, answers, challenges)
    kind = data.draw(st.sampled_from(["figure", "answer", "defeater", "upheld"]))
    if kind == "figure":
        strong = [replace(each, weak=()) for each in pieces]
        before = shown(strong, answers, challenges)
        nought = {"score": Figure(0.0, 0.0, 0.0)}
        newest = min((NOON - each.made_at for each in strong), default=timedelta())
        against = a_piece(
            issuer=data.draw(st.sampled_from(["in", "jp", "new"])),
            days=newest / timedelta(days=1),
            figures=nought,
        )
        after = shown([*strong, against], answers, challenges)
    elif kind == "answer":
        newest = max((each.answer.made_at for each in answers), default=NOON)
        after = shown(pieces, [*answers, an_answer("no", made_at=newest)], challenges)
    else:
        node = data.draw(st.sampled_from(["G1", "S1", "G2", "G3", "C1"]))
        stand = "upheld" if kind == "upheld" else None
        after = shown(pieces, answers, [*challenges, a_challenge(node, stand)])

    for name, support in after.items():
        assert support.low <= before[name].low + 1e-9, name
        if before[name].state != "left_out":
            assert support.high <= before[name].high + 1e-9, name
        assert STATES.index(support.state) >= STATES.index(before[name].state), name


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1)), min_size=1, max_size=8
    )
)
def test_what_is_carried_lies_between_the_least_and_the_most(
    parts: list[tuple[float, float, float]],
) -> None:
    total = sum(weight for *_, weight in parts)
    below = [(w / total, Support("open", min(a, b), max(a, b))) for a, b, w in parts]

    support = carried(below)

    assert min(each.low for _, each in below) - 1e-9 <= support.low
    assert support.high <= max(each.high for _, each in below) + 1e-9


def test_a_threshold_that_every_figure_keeps_asks_only_whether_there_is_evidence() -> None:
    tree = a_tree(a_goal("G1", "G2"), a_leaf("G2", a_query(at_least=0.0)))

    there, nothing = shown([a_piece(0.2)], tree=tree)["G2"], shown(tree=tree)["G2"]

    assert (there.state, bounds(there)) == ("shown", (1, 1))
    assert (nothing.state, bounds(nothing)) == ("undeveloped", (0, 1))
