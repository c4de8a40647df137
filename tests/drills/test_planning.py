"""Plans: what a loss is foretold to leave, from records alone, in a world with known scores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.foretold import a_world, continuity, planned
from support.nodes import Node


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Node]:
    with a_world(tmp_path) as node:
        yield node


def test_what_continues_is_the_score_of_what_answers_then_over_that_of_what_answers_now(
    world: Node,
) -> None:
    found = planned(world)

    assert continuity(found) == {
        ("helpline", "ta-Taml"): None,
        ("tutor", "ja-Jpan"): 0.0,
        ("helpline", "hi-Deva"): pytest.approx(12 / 24, abs=1e-9),
        ("helpline", "en-Latn"): pytest.approx(30 / 36, abs=1e-9),
    }
