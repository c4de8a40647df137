"""Which records of a node are evidence for queries."""

from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, a_store
from support.evidence import a_piece, a_query, a_safety_evaluation, an_evaluation
from support.quiz import a_taken
from support.supply import DIGEST, a_model

from corridor.assurance.rules.pieces import EVIDENCE, counted, piece_of
from corridor.assurance.rules.queries import AHEAD, Piece, Source, Way, answered
from corridor.assurance.service.evidence import held
from corridor.catalogue import Model
from corridor.evaluation import Estimate


def test_a_nodes_evidence_answers_a_query_and_what_was_taken_back_does_not(tmp_path: Path) -> None:
    store, query = a_store(tmp_path), a_query()
    with store.transaction("test") as tx:
        good, bad = an_evaluation(90), an_evaluation(20, made_at=NOON + timedelta(hours=1))
        tx.append(good)
        tx.append(bad)
    with store.view() as view:
        there = held(view)
        assert answered(query, there.on(query, DIGEST, "hi-Deva"), "hi-Deva", NOON).records == (
            bad.id,
        )
    with store.transaction("test") as tx:
        tx.withdraw(bad.id, "the wrong file was opened")
    with store.view() as view:
        found = answered(query, held(view).on(query, DIGEST, "hi-Deva"), "hi-Deva", NOON)

    assert (found.found, found.records) == ("met", (good.id,))
    store.close()


def test_an_axis_of_safety_answers_a_query_and_the_corrected_one_comes_before_the_counted() -> None:
    query = a_query(
        kind="safety", suite="attacks", figure="attack_success", at_least=None, at_most=0.1
    )
    few = piece_of(a_safety_evaluation(1), "in")
    worse = piece_of(
        a_safety_evaluation(1, corrected=Estimate(value=0.2, low=0.15, high=0.3)), "in"
    )
    assert few is not None
    assert worse is not None

    assert answered(query, [few], "hi-Deva", NOON).found == "met"
    assert answered(query, [worse], "hi-Deva", NOON).found == "missed"


def test_evidence_that_calls_itself_weak_does_so_as_a_piece_too() -> None:
    found = piece_of(a_safety_evaluation(weak=("the judge is not calibrated in hi-Deva",)), "in")

    assert found is not None
    assert found.weak == ("the judge is not calibrated in hi-Deva",)


def test_answers_that_were_read_from_a_log_are_weak_for_queries() -> None:
    read = piece_of(an_evaluation(90).model_copy(update={"taken": a_taken()}), "in")
    ran = piece_of(an_evaluation(90).model_copy(update={"taken": a_taken(asked=True)}), "in")
    assert read is not None
    assert ran is not None

    assert answered(a_query(), [read], "hi-Deva", NOON).found == "weak"
    assert answered(a_query(), [ran], "hi-Deva", NOON).found == "met"


def test_what_is_no_evidence_is_no_piece() -> None:
    assert piece_of(a_model(), "in") is None
    assert all(kind is not Model for kind in EVIDENCE)


def test_of_one_file_only_its_own_evidence_is_read(tmp_path: Path) -> None:
    store, other = a_store(tmp_path), "cd" * 32
    with store.transaction("test") as tx:
        ours, theirs = an_evaluation(90), an_evaluation(20, model_sha256=other)
        named = an_evaluation(30, model_sha256=other, method=f"after {DIGEST}")
        for record in (ours, theirs, named):
            tx.append(record)
    with store.view() as view:
        found = held(view, DIGEST)
        whole = held(view)

    assert [piece.record for every in found.pieces.values() for piece in every] == [ours.id]
    assert sum(map(len, whole.pieces.values())) == 3
    store.close()


def test_a_reason_that_is_about_one_axis_makes_no_other_weak() -> None:
    record = a_safety_evaluation(1, weak=("non_answer: nobody looked at gibberish",))
    piece = piece_of(record, "in")
    assert piece is not None
    fields = {"kind": "safety", "suite": "attacks", "at_least": None, "at_most": 0.2}

    found = {
        figure: answered(a_query(**fields, figure=figure), [piece], "hi-Deva", NOON).found
        for figure in ("attack_success", "non_answer")
    }

    assert found == {"attack_success": "met", "non_answer": "weak"}


def test_of_many_records_a_query_reads_the_newest_of_each_way_alone() -> None:
    read: list[str] = []
    pieces = [a_piece(0.9, days=days, method=way) for way in ("once", "twice") for days in range(9)]

    found = answered(a_query(), [as_source(each, read) for each in pieces], "hi-Deva", NOON)

    assert sorted(read) == sorted((pieces[0].record, pieces[9].record))
    assert found == answered(a_query(), pieces, "hi-Deva", NOON)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(-2, 6),
            st.sampled_from(("once", "twice")),
            st.sampled_from(("in", "jp")),
            st.sampled_from((5, 100)),
        ),
        max_size=12,
    )
)
def test_what_is_read_only_when_it_is_needed_says_the_same(
    made: list[tuple[float, int, str, str, int]],
) -> None:
    query = a_query(n=50, fresh_days=4)
    pieces = [
        a_piece(value, days=days, method=way, issuer=issuer, n=n)
        for value, days, way, issuer, n in made
    ]
    known = [each for each in pieces if each.n >= query.n and each.made_at < NOON + AHEAD]
    fresh = [each for each in known if each.made_at >= NOON - timedelta(days=query.fresh_days)]
    newest = {
        way: max(each.made_at for each in fresh if each.way == way) for way in map(way_of, fresh)
    }

    found = answered(query, [as_source(each, []) for each in pieces], "hi-Deva", NOON)

    assert found == answered(query, pieces, "hi-Deva", NOON)
    assert (found.found == "absent") == (not known)
    assert (found.found == "stale") == (bool(known) and not fresh)
    if fresh:
        counted = {each.record: each for each in fresh}
        assert {counted[each].way: counted[each].made_at for each in found.records} == newest


def way_of(piece: Piece) -> Way:
    return piece.way


def as_source(piece: Piece, read: list[str]) -> Source:
    """Return a piece as it comes out of the store; `read` is told when it is read."""

    def told() -> Piece:
        read.append(piece.record)
        return piece

    return Source(
        record=piece.record,
        issuer=piece.issuer,
        made_at=piece.made_at,
        kind=piece.kind,
        model_sha256=piece.model_sha256,
        suite=piece.suite,
        suite_sha256=piece.suite_sha256,
        method=piece.method,
        language=piece.language,
        n=piece.n,
        counted=counted(piece.cells),
        read=told,
    )


def test_for_a_category_nothing_is_read_that_has_no_counts_of_it(tmp_path: Path) -> None:
    asked = {"kind": "safety", "suite": "attacks", "figure": "attack_success"}
    limit = {"at_least": None, "at_most": 0.1}
    store = a_store(tmp_path)
    with store.transaction("test") as tx:
        tx.append(a_safety_evaluation(1))
    with store.view() as view:
        (kept,) = (each for every in held(view).pieces.values() for each in every)
    store.close()
    assert isinstance(kept, Source)

    other = a_query(category="child_safety", **asked, **limit)
    assert answered(other, [kept], "hi-Deva", NOON).found == "absent"
    assert "piece" not in vars(kept)
    (cell, *_) = a_safety_evaluation(1).cells
    same = a_query(category=cell.category, **asked, **limit)
    assert answered(same, [kept], "hi-Deva", NOON).found != "absent"
    assert "piece" in vars(kept)
