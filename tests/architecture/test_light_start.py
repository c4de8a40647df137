"""What starts often or stays long, the gateway and the command line, loads nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = ("scipy", "polars", "inspect_ai", "huggingface_hub", "sacrebleu")
"""Evaluation's engines and statistics: asked for by who runs or reads an evaluation, by name."""


@pytest.mark.parametrize(
    "module",
    [
        "corridor.evaluation",
        "corridor.gateway",
        "corridor.app.cli",
        "corridor.app.http",
        "corridor.app.serve",
        "corridor.app.worker",
        "corridor.app.workers",
    ],
)
def test_it_starts_without_what_only_evaluation_needs(module: str) -> None:
    code = f"import sys, {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.split() == []
