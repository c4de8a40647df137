"""What clients of the gateway share: one served node a module, and OpenAI's own client of it."""

from collections.abc import Iterator

import openai
import pytest
from support.stages import Stage, a_stage


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("stage"), gateway={"failures_to_open": 10_000}) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


@pytest.fixture
def client(stage: Stage) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{stage.node.address}/v1", api_key=stage.secret, max_retries=0, timeout=60
    ) as client:
        yield client
