"""The demonstration's story, where a step of it fails."""

import asyncio
from pathlib import Path

import pytest
from support.nodes import a_node
from support.supply import DIGEST

from corridor.app.demo import setup, story
from corridor.app.demo.roles import PARTNER_LOCAL, VENDOR_PROVIDER, Stage
from corridor.app.demo.story import DemoRuns, Story, alone
from corridor.core.errors import CorridorError
from corridor.evaluation import Evaluation, NoAnswer


def test_a_model_that_does_not_answer_is_told_as_one_failure_and_leaves_no_evidence(
    tmp_path: Path,
) -> None:
    with a_node(tmp_path, "in") as india, a_node(tmp_path, "jp") as japan:
        india.add_provider(VENDOR_PROVIDER, "http://127.0.0.1:9/v1", sha256=DIGEST)
        japan.add_provider(PARTNER_LOCAL, "http://127.0.0.1:9/v1", sha256=DIGEST)
        pair = setup.Nodes(india.runtime, japan.runtime)

        with pytest.raises(NoAnswer) as failure:
            asyncio.run(story._evaluated(pair))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  a step of it

        assert isinstance(failure.value, CorridorError)
        with india.runtime.store.view() as view:
            assert list(view.own(Evaluation)) == []


def test_a_story_that_is_being_played_is_not_begun_a_second_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 18_971)
    with alone(stage), pytest.raises(DemoRuns), alone(stage):
        Story(stage, "5s").play()
    assert not stage.home_in.exists()
