"""How files of models came about: what can be stated, and what a lineage comes to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.builders import NOON
from support.nodes import Node, a_node
from support.supply import a_model, a_supplier, an_organisation
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue, Provenance, descendants_of, lineage_of
from corridor.catalogue.commands import commands
from corridor.catalogue.errors import CircularLineage

BASE, TUNED, OTHER, MERGED = "ba" * 32, "fa" * 32, "ed" * 32, "ce" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        yield node


def a_provenance(file: str = TUNED, how: str = "fine_tuned", **fields: object) -> Provenance:
    defaults: dict[str, object] = {"derived_from": (BASE,) if how != "trained" else ()}
    known = {"made_at": NOON, "model": "small", "model_sha256": file, "how": how, "source": "card"}
    return Provenance.model_validate({**known, **defaults, **fields})


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"how": "trained", "derived_from": (BASE,)}, "trained from nothing"),
        ({"derived_from": ()}, "derived from 1 or more"),
        ({"how": "merged"}, "derived from 2 or more"),
        ({"how": "merged", "derived_from": (BASE, BASE)}, "derived from 2 or more"),
        ({"derived_from": (TUNED,)}, "not derived from itself"),
        ({"how": "quantised", "tokens": 5}, "fine_tuned"),
        ({"how": "quantised", "flop": 5.0}, "fine_tuned"),
        ({"parameters": 0}, "parameters"),
        ({"flop": float("inf")}, "flop"),
        ({"derived_from": ("a name",)}, "derived_from"),
    ],
)
def test_a_provenance_that_cannot_be_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        a_provenance(**fields)  # pyright: ignore[reportArgumentType]


def test_a_lineage_names_each_file_once_the_nearest_first() -> None:
    stated = {
        MERGED: a_provenance(MERGED, "merged", derived_from=(TUNED, OTHER)),
        TUNED: a_provenance(TUNED),
        OTHER: a_provenance(OTHER, "quantised"),
        BASE: a_provenance(BASE, "trained"),
    }

    found = lineage_of(MERGED, stated)

    assert found.files == (MERGED, TUNED, OTHER, BASE)
    assert found.bases == (TUNED, OTHER, BASE)
    assert found.is_whole


def test_a_lineage_says_where_nobody_knows_more() -> None:
    partly = {MERGED: a_provenance(MERGED, "merged", derived_from=(TUNED, OTHER))}
    vague = {TUNED: a_provenance(TUNED, "unknown", derived_from=(BASE,))}

    assert lineage_of(MERGED, partly).unstated == (TUNED, OTHER)
    assert lineage_of(TUNED, vague).unstated == (TUNED, BASE)
    assert lineage_of(BASE, {}) == lineage_of(BASE, partly)
    assert not lineage_of(BASE, {}).is_whole


def test_a_cycle_that_two_nodes_state_together_is_found_and_ends() -> None:
    stated = {
        TUNED: a_provenance(TUNED, derived_from=(OTHER,)),
        OTHER: a_provenance(OTHER, derived_from=(TUNED,)),
        MERGED: a_provenance(MERGED, derived_from=(TUNED,)),
    }

    assert lineage_of(TUNED, stated).cycle == (TUNED, OTHER)
    assert lineage_of(MERGED, stated).cycle == (TUNED, OTHER)
    assert not lineage_of(MERGED, stated).is_whole


FILES = [f"{number:064x}" for number in range(6)]


@given(st.dictionaries(st.sampled_from(FILES), st.sets(st.sampled_from(FILES), max_size=3)))
def test_a_lineage_without_a_cycle_has_no_file_that_descends_from_itself(
    made_from: dict[str, set[str]],
) -> None:
    bases = {file: tuple(sorted(found - {file})) for file, found in made_from.items()}
    stated = {
        file: a_provenance(file, "unknown", derived_from=found) for file, found in bases.items()
    }
    made_into = {
        base: frozenset(file for file, found in bases.items() if base in found) for base in FILES
    }

    for file in FILES:
        lineage = lineage_of(file, stated)
        assert all(file in descendants_of((base,), made_into) for base in lineage.bases)
        circular = [each for each in lineage.files if each in _bases_of(each, bases)]
        assert bool(lineage.cycle) == bool(circular)


def _bases_of(file: str, bases: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(bases.get(file, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += bases.get(each, ())
    return found


def test_a_statement_that_closes_a_circle_is_refused_and_nothing_is_kept(node: Node) -> None:
    catalogue = node.runtime.service(Catalogue)
    with node.runtime.store.transaction("test") as tx:
        catalogue.state_provenance(tx, a_provenance(TUNED, derived_from=(BASE,)))
    with (
        pytest.raises(CircularLineage, match="made from itself"),
        node.runtime.store.transaction("test") as tx,
    ):
        catalogue.state_provenance(tx, a_provenance(BASE, derived_from=(TUNED,)))

    with node.runtime.store.view() as view:
        assert set(catalogue.provenances(view)) == {TUNED}


def test_the_same_again_changes_nothing_and_another_word_counts_from_then_on(node: Node) -> None:
    catalogue = node.runtime.service(Catalogue)
    with node.runtime.store.transaction("test") as tx:
        first = catalogue.state_provenance(tx, a_provenance())
        assert catalogue.state_provenance(tx, a_provenance()) is not None
        assert [each.id for each in tx.own(Provenance)] == [first.id]
        catalogue.state_provenance(tx, a_provenance(tokens=7, parameters=5))
        assert catalogue.provenances(tx)[TUNED].tokens == 7


def test_it_is_stated_and_listed_on_the_command_line(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        catalogue = node.runtime.service(Catalogue)
        catalogue.register(tx, an_organisation())
        catalogue.register(tx, a_supplier())
        catalogue.register(tx, a_model("small", sha256=BASE))

    trained = ("--how", "trained", "--parameters", "135000000", "--tokens", "2000000000000")
    first = run(node, "add-provenance", "small", *trained, "--source", "the card")
    words = ("small-q4", "--sha256", TUNED, "--how", "quantised", "--from", "small")
    second = run(node, "add-provenance", *words, "--source", "made here")
    listed = json.loads(run(node, "provenance", "--json").output)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert [(each["model"], each["how"], each["derived_from"]) for each in listed] == [
        ("small", "trained", []),
        ("small-q4", "quantised", [BASE]),
    ]
    assert "2,000,000,000,000" in run(node, "provenance").output
