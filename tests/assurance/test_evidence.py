"""Which records of a node are evidence for queries."""

from datetime import timedelta
from pathlib import Path

from support.builders import NOON, a_store
from support.evidence import a_query, an_evaluation
from support.supply import DIGEST

from corridor.assurance.rules.queries import answered
from corridor.assurance.service.evidence import held


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
