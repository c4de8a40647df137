"""People answer trees and challenge them; a challenge stays visible until it is answered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evidence import an_evaluation
from support.nodes import Node, a_node
from support.partners import introduce, until
from support.quiz import kept_of_a_partner
from support.supply import DIGEST, a_model, a_supplier, an_organisation
from support.trees import a_goal, a_tree
from typer.testing import CliRunner, Result

from corridor.assurance import Answer, Defeater, DefeaterAnswer, Reviews, Trees
from corridor.assurance.commands import commands
from corridor.assurance.errors import NotStated, OwnChallenge
from corridor.assurance.rules.trees import BadTree
from corridor.catalogue import Catalogue
from corridor.core.clock import wall_clock
from corridor.core.errors import Conflict, CorridorError, NotFound
from corridor.federation import Federation

WHY = "Only Latin script was asked."


def furnish(node: Node) -> None:
    """Give a node a model, evidence on it, and a tree."""
    catalogue = node.runtime.service(Catalogue)
    with node.runtime.store.transaction("test") as tx:
        for record in (an_organisation(), a_supplier(), a_model("small", visibility="partners")):
            catalogue.register(tx, record)
        tx.append(an_evaluation(90, made_at=wall_clock()))
        node.runtime.service(Trees).keep(tx, a_tree())


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        furnish(made)
        yield made


def run(node: Node, *words: str | Path) -> Result:
    runner = CliRunner(env={"COLUMNS": "220"})
    return runner.invoke(commands, ["tree", *map(str, words)], obj=node.runtime)


def done(node: Node, *words: str | Path) -> str:
    result = run(node, *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result: Result, kind: type[CorridorError]) -> str:
    assert isinstance(result.exception, kind), result.output
    return result.exception.message


def states(node: Node, tree: str = "facts-hold") -> dict[str, str]:
    with node.runtime.store.view() as view:
        outcome = node.runtime.service(Trees).evaluate(view, tree, "small", sha256=DIGEST)
    return {name: each.state for name, each in outcome.evaluations[0].supports.items()}


ANSWER = ("--model", "small", "--words", "Looked at on Monday.", "--by", "safety desk")


def test_an_answer_with_its_document_carries_its_leaf(node: Node, tmp_path: Path) -> None:
    document = tmp_path / "duties.txt"
    document.write_text("who does what")

    done(node, "answer", "facts-hold", "G3", "--level", "yes", *ANSWER, "--document", document)

    assert states(node)["G1"] == "shown"
    with node.runtime.store.view() as view:
        [answer] = view.own(Answer)
    assert [each.name for each in answer.subjects()] == ["small", "duties.txt"]
    done(node, "answer", "facts-hold", "G3", "--level", "no", *ANSWER)
    assert states(node)["G3"] == "refuted"


def test_an_answer_holds_for_a_later_edition_that_asks_the_same_and_no_longer_where_it_asks_another(
    node: Node,
) -> None:
    done(node, "answer", "facts-hold", "G3", "--level", "yes", *ANSWER)
    later = a_tree(edition="2")
    asks_other = later.model_copy(
        update={
            "nodes": tuple(
                each.model_copy(update={"question": {"en-Latn": "Who pays?"}})
                if each.id == "G3"
                else each
                for each in later.nodes
            )
        }
    )
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Trees).keep(tx, later)
    assert states(node)["G3"] == "shown"
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Trees).keep(tx, asks_other)
    assert states(node)["G3"] == "stale"


def test_a_challenge_stays_visible_in_every_edition_until_it_is_answered(node: Node) -> None:
    done(node, "challenge", "facts-hold", "G2", "--reasons", WHY, "--by", "a reviewer")
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Trees).keep(tx, a_tree(edition="2"))

    assert states(node)["G2"] == "challenged"
    assert WHY in done(node, "evaluate", "facts-hold", "--model", "small")
    [waiting] = json.loads(done(node, "challenges", "--waiting", "--json"))
    assert (waiting["node"], waiting["answer"]) == ("G2", None)

    words = ("--reasons", "Both scripts were asked.", "--by", "safety desk")
    done(node, "settle", waiting["challenge"][:10], "rebutted", *words)

    assert states(node)["G2"] == "shown"
    assert json.loads(done(node, "challenges", "--waiting", "--json")) == []
    assert "rebutted" in done(node, "challenges")
    done(node, "settle", waiting["challenge"], "upheld", *words)
    assert states(node)["G2"] == "refuted"


def test_nobody_answers_their_own_challenge_but_may_take_it_back(node: Node) -> None:
    done(node, "challenge", "facts-hold", "G2", "--reasons", WHY, "--by", "a reviewer")
    with node.runtime.store.view() as view:
        [defeater] = view.own(Defeater)

    words = ("rebutted", "--reasons", "It is fine, really.", "--by", "a reviewer")
    refused(run(node, "settle", defeater.id, *words), OwnChallenge)
    with node.runtime.store.transaction("test") as tx:
        tx.append(
            DefeaterAnswer(
                made_at=wall_clock(),
                defeater=defeater.id,
                stand="rebutted",
                reasons="It is fine, really.",
                by="a reviewer",
            )
        )
    assert states(node)["G2"] == "challenged"
    with node.runtime.store.transaction("test") as tx:
        tx.withdraw(defeater.id, "I was wrong")
    assert states(node)["G2"] == "shown"


def test_a_challenge_names_its_evidence_and_the_model_that_it_speaks_of(node: Node) -> None:
    with node.runtime.store.view() as view:
        [record] = [each.record_id for each in view.entries() if each.kind == "evaluation.result"]
    words = ("--reasons", WHY, "--by", "a reviewer", "--model", "small", "--evidence")

    done(node, "challenge", "facts-hold", "G2", *words, record)

    with node.runtime.store.view() as view:
        [defeater] = view.own(Defeater)
    assert (defeater.evidence, defeater.model_sha256) == ((record,), DIGEST)
    assert "no record of evidence" in refused(
        run(node, "challenge", "facts-hold", "G2", *words, "0" * 32), NotFound
    )


def test_what_cannot_be_answered_or_challenged_is_said(node: Node) -> None:
    why = ("--reasons", WHY, "--by", "a reviewer")

    refused(run(node, "challenge", "jp-01-toxic-output", "G2", *why), NotStated)
    refused(run(node, "challenge", "facts-hold", "G9", *why), NotFound)
    refused(run(node, "answer", "facts-hold", "G1", "--level", "yes", *ANSWER), NotFound)
    refused(run(node, "settle", "0", "upheld", *why), NotFound)
    for _ in range(17):  # of so many ids, two begin with the same digit
        done(node, "challenge", "facts-hold", "G2", *why)
    with node.runtime.store.view() as view:
        firsts = [each.id[0] for each in view.own(Defeater)]
    twice = next(first for first in firsts if firsts.count(first) > 1)
    refused(run(node, "settle", twice, "upheld", *why), Conflict)


def test_a_partner_challenges_our_tree_and_only_we_answer_it_here(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as india, a_node(tmp_path, "jp") as japan:
        furnish(india)
        for node in (india, japan):
            node.start()
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)

        def arrived(node: Node, tree: str) -> bool:
            with node.runtime.store.view() as view:
                return any(each.called == tree for each in node.runtime.service(Trees).trees(view))

        until(lambda: arrived(japan, "in/facts-hold"))
        reviews = japan.runtime.service(Reviews)
        with japan.runtime.store.transaction("operator") as tx:
            theirs = reviews.challenge(tx, "in/facts-hold", "G2", WHY, "JP review")
            reviews.settle(tx, theirs.id, "rebutted", "It is fine after all.", "JP desk")

        until(lambda: states(india)["G2"] == "challenged")

        def settled() -> bool:
            with india.runtime.store.view() as view:
                return any(kept.entry.issuer == "jp" for kept in view.every(DefeaterAnswer))

        until(settled)
        assert states(india)["G2"] == "challenged"  # their answer to it is not ours
        assert states(japan, "in/facts-hold")["G2"] == "shown"  # at their own node it counts
        with india.runtime.store.transaction("operator") as tx:
            ours = india.runtime.service(Reviews)
            ours.settle(tx, theirs.id, "upheld", "It is so; we ask anew.", "IN desk")
        assert states(india)["G2"] == "refuted"
        until(lambda: states(japan, "in/facts-hold")["G2"] == "refuted")
        with india.runtime.store.transaction("operator") as tx:
            india.runtime.service(Federation).suspend(tx, "jp", "apart for a test")
        assert states(india)["G2"] == "refuted"  # to part with a partner silences nothing


def test_a_partners_tree_with_a_fault_is_listed_and_not_used(node: Node) -> None:
    around = a_tree(a_goal("G1", "G2"), a_goal("G2", "G1"), name="around")
    with node.runtime.store.transaction("test") as tx:
        kept_of_a_partner(tx, around)

    assert "jp/around" in done(node, "list")
    assert done(node, "challenges") == "Challenges: none yet.\n"
    for words in (
        ("show", "jp/around"),
        ("draw", "jp/around", "-o", "x.svg"),
        ("evaluate", "jp/around", "--model", "small"),
        ("import", "jp/around"),
    ):
        assert "node G1: It supports itself" in refused(run(node, *words), BadTree)
