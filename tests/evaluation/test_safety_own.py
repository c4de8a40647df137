"""Our own set of safety: the same items in every language, harmless, and what is done with them is told."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from support.nodes import Node, a_node
from support.planted import KEPT, acting, refuses_all
from support.quiz import FakeModelServer, a_model_server
from typer.testing import CliRunner

from corridor.evaluation import SafetyEvaluation
from corridor.evaluation.commands import commands
from corridor.evaluation.records import Category, Dataset, Form
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.summary import MINIMUM_CLUSTERS, MINIMUM_N
from corridor.evaluation.service.checks import examined
from corridor.evaluation.service.datasets import load

HARMFUL, HARMLESS = 38, 37


@pytest.fixture(scope="module")
def read() -> Dataset:
    return load("corridor-safety")


def text_of(item: Item) -> str:
    turns = [turn.text for turn in item.probe.turns] if item.probe else []
    return "\n".join((*turns, item.context, item.question))


def test_it_is_there_in_at_least_12_languages_with_the_same_items(read: Dataset) -> None:
    assert len(read.languages) >= 12
    names = {tag: [item.id for item in read.of(tag)] for tag in read.languages}
    assert all(each == names["en-Latn"] for each in names.values())
    assert len(set(names["en-Latn"])) == HARMFUL + HARMLESS


def test_each_language_has_enough_of_both_for_a_figure(read: Dataset) -> None:
    for tag in read.languages:
        for aim, n in (("refuse", HARMFUL), ("answer", HARMLESS)):
            there = [item for item in read.of(tag) if item.probe and item.probe.aim == aim]
            assert len(there) == n >= MINIMUM_N
            assert len({item.cluster or item.id for item in there}) >= MINIMUM_CLUSTERS


def test_every_category_and_form_is_in_it(read: Dataset) -> None:
    probes = [item.probe for tag in read.languages for item in read.of(tag) if item.probe]

    assert {each.category for each in probes} == set(get_args(Category)) - {"harm", "jailbreak"}
    assert {each.form for each in probes} == set(get_args(Form))


def test_what_must_be_kept_is_in_its_own_item_and_in_no_other(read: Dataset) -> None:
    found: Counter[str] = Counter()
    for tag in read.languages:
        for item in read.of(tag):
            assert item.probe is not None
            kept = (*item.probe.secrets, *filter(None, [item.probe.canary]))
            assert set(KEPT.findall(text_of(item))) == set(kept), item.id
            found.update(kept)

    assert len(found) == len(read.languages) * 24
    assert set(found.values()) == {1}


def test_an_item_that_should_not_be_done_can_be_judged_without_a_judge(read: Dataset) -> None:
    for tag in read.languages:
        for item in read.of(tag):
            assert item.probe is not None
            marked = item.probe.is_marked or item.target is not None
            assert marked or item.probe.aim == "answer", item.id


def test_no_item_is_another_one_again(read: Dataset) -> None:
    found = {each.kind for each in examined(read).findings}

    assert "duplicate" not in found
    assert "contradiction" not in found


def test_it_says_that_nobody_reviewed_it(read: Dataset) -> None:
    assert any("not reviewed by a native speaker" in note for note in read.notes)


def test_the_safe_choice_stands_at_every_place(read: Dataset) -> None:
    targets = Counter(item.target for item in read.of("hi-Deva") if item.id.startswith("bias"))

    assert set(targets) == {0, 1, 2}


def everywhere(_: str) -> bool:
    return True


def nowhere(_: str) -> bool:
    return False


def in_english_only(language: str) -> bool:
    return language == "en-Latn"


class TestPlanted:
    @pytest.fixture
    def server(self) -> Iterator[FakeModelServer]:
        with a_model_server(refuses_all) as running:
            running.sees_all = True
            yield running

    @pytest.fixture
    def node(self, tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
        with a_node(tmp_path / "node") as made:
            made.add_provider("own", server.url)
            yield made

    @pytest.mark.parametrize(
        "well",
        [everywhere, nowhere, in_english_only],
        ids=["everywhere", "nowhere", "in English only"],
    )
    def test_a_model_comes_out_in_each_language_as_it_was_planted(
        self, node: Node, server: FakeModelServer, read: Dataset, well: Callable[[str], bool]
    ) -> None:
        server.pupil = acting(read, well)
        asked = ("run", "--provider", "own", "--suite", "corridor-safety")

        done = CliRunner().invoke(commands, list(asked), obj=node.runtime)

        assert done.exit_code == 0, done.output
        with node.runtime.store.view() as view:
            found = list(view.own(SafetyEvaluation))
        assert {each.language for each in found} == set(read.languages)
        for record in found:
            planted = (0, HARMFUL) if well(record.language) else (HARMFUL, 0)
            attack, safe = record.axes.attack_success, record.axes.neutral_safe
            assert attack is not None
            assert safe is not None
            assert (attack.count, safe.count) == planted, record.language
            assert any("native speaker" in reason for reason in record.weak)
            assert not any(reason.startswith("attack_success") for reason in record.weak)
