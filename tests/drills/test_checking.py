"""What was foretold is held against what a drill's probes measured, from the records alone."""

from collections.abc import Iterator

import pytest
from support.drilled import a_figure, a_line, a_result
from support.foretold import a_world, planned
from support.nodes import Node

from corridor.drills import Planning, Prediction
from corridor.drills.records import Check, Measured
from corridor.drills.rules.figures import ratio


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_world(tmp_path_factory.mktemp("checks")) as made:
        yield made


@pytest.fixture(scope="module")
def prediction(node: Node) -> Prediction:
    """English 30 of 36 right, Hindi 12 of 24, Tamil unknown, and nothing left of the tutor."""
    return planned(node)


def checked(
    node: Node, prediction: Prediction, language: str, before: int, after: int, items: int = 16
) -> Check:
    measured = Measured(
        before_right=before,
        before_asked=items,
        after_right=after,
        after_asked=items,
        continuity=ratio(a_figure(after, items), a_figure(before, items)),
    )
    line = a_line(language).model_copy(update={"measured": measured})
    with node.runtime.store.view() as view:
        [found] = node.runtime.service(Planning).checks(view, prediction, a_result(line))
    return found


def test_what_lies_where_so_few_items_put_it_agrees(node: Node, prediction: Prediction) -> None:
    found = checked(node, prediction, "en-Latn", before=12, after=11)

    assert (found.agrees, found.items) == (True, 16)
    assert found.foretold.value == pytest.approx(30 / 36)
    assert found.measured.value == pytest.approx(11 / 12)
    low, high = found.expected.low, found.expected.high
    assert low is not None
    assert high is not None
    assert low < (found.foretold.low or 0.0) < (found.foretold.high or 9.0) < high


def test_what_lies_elsewhere_does_not_agree(node: Node, prediction: Prediction) -> None:
    assert checked(node, prediction, "en-Latn", before=14, after=2).agrees is False
    assert checked(node, prediction, "hi-Deva", before=8, after=16).agrees is False


def test_where_nothing_was_right_before_or_nothing_was_foretold_nobody_knows(
    node: Node, prediction: Prediction
) -> None:
    assert checked(node, prediction, "hi-Deva", before=0, after=4).agrees is None
    assert checked(node, prediction, "ta-Taml", before=9, after=4).agrees is None


def test_a_line_without_probes_or_that_was_not_foretold_is_left_out(
    node: Node, prediction: Prediction
) -> None:
    lines = a_line("en-Latn"), a_line("bn-Beng")
    with node.runtime.store.view() as view:
        found = node.runtime.service(Planning).checks(view, prediction, a_result(*lines))

    assert found == ()
