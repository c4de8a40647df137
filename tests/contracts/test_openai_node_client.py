"""The real `openai` client for Node, unmodified, against a served node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.partners import until
from support.stages import SERVICE, Stage

PLACE = Path(sys.prefix) / "node"
STORY = Path(__file__).parent / "node" / "story.mjs"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (PLACE / "node_modules" / "openai").exists(),
    reason="Node or its openai package is not here: `make .venv/.node` installs it.",
)


def told(stage: Stage, story: str) -> Any:  # noqa: ANN401  what the client saw, as JSON
    assert NODE is not None
    variables = {
        "BASE_URL": f"{stage.node.address}/v1",
        "API_KEY": stage.secret,
        "MODEL": SERVICE,
        "NODE_PLACE": str(PLACE),
    }
    done = subprocess.run(  # noqa: S603  our own script
        [NODE, str(STORY), story],
        capture_output=True,
        check=False,
        env=variables,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_chats(stage: Stage) -> None:
    assert told(stage, "chat")["content"] == "alpha says hello"


def test_it_streams(stage: Stage) -> None:
    assert told(stage, "stream") == {"said": "alpha says hello", "finish": "stop"}


def test_it_streams_with_usage(stage: Stage) -> None:
    assert told(stage, "usage")["usage"]["total_tokens"] == 6


def test_it_lists_the_models(stage: Stage) -> None:
    assert told(stage, "models") == [SERVICE, "alpha", "beta"]


def test_it_gets_embeddings(stage: Stage) -> None:
    stage.alpha.mode = "vectors"

    assert told(stage, "embeddings") == [0.25, -0.5]


def test_it_uses_the_responses_api(stage: Stage) -> None:
    stage.serve_responses()

    assert told(stage, "responses") == "alpha says hello"


def test_a_broken_stream_raises_while_it_is_read(stage: Stage) -> None:
    stage.alpha.mode = "cut"

    seen = told(stage, "stream")

    assert seen["said"] == "alpha says"
    assert seen["kind"] == "APIError"
    assert "broke before its end" in seen["error"]
    assert "finish" not in seen


def test_refusals_are_its_own_errors(stage: Stage) -> None:
    unknown = {"kind": "NotFoundError", "status": 404, "code": "model_not_found"}
    wrong = {"kind": "AuthenticationError", "status": 401, "code": "invalid_api_key"}

    assert told(stage, "unknown") == unknown
    assert told(stage, "wrongKey") == wrong


def test_a_client_that_stops_reading_stops_the_provider(stage: Stage) -> None:
    stage.alpha.mode = "hang_in_the_middle"

    assert told(stage, "cancel") == "alpha"
    until(lambda: stage.alpha.left == 1)
