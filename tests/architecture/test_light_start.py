"""What starts often or stays long, the gateway and the command line, loads nothing heavy."""

import subprocess
import sys

HEAVY = ("scipy", "polars", "numba", "inspect_ai", "huggingface_hub", "sacrebleu")
"""Evaluation's engines and statistics: asked for by who runs or reads an evaluation, by name."""
LIGHT = (
    "corridor.evaluation",
    "corridor.gateway",
    "corridor.supply_chain",
    "corridor.app.cli",
    "corridor.app.http",
    "corridor.app.serve",
    "corridor.app.worker",
    "corridor.app.workers",
)


def test_the_gateway_starts_without_what_only_evaluation_needs() -> None:
    code = f"import sys, {', '.join(LIGHT)}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(  # noqa: S603  our own line of Python
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert done.stdout.split() == []
