"""Evidence for other tools: its full log in the form that they read."""

from pathlib import Path

from corridor.core.errors import Invalid
from corridor.core.store import View
from corridor.evaluation.adapters import inspect, logs
from corridor.evaluation.records import SafetyEvaluation
from corridor.evaluation.service.reproducing import evidence_named
from corridor.evaluation.service.runs import Runs


def export(runs: Runs, view: View, record: str, to: Path) -> int:
    """Write the full log of evidence as a log of Inspect; return how many answers it has.

    Raises:
        NotFound: if there is no such evidence, or its log is not on this node.
        Invalid: if its log may not be written: it is sealed, or another harness has it.
        NoExtra: if Inspect is not installed.
        DamagedLog: if the log is not what its digest says.
    """
    found = evidence_named(view, record).record
    if isinstance(found, SafetyEvaluation):
        raise Invalid(
            "What was said in a suite of safety is sealed, and is not written in the open.",
            hint="`corridor evaluate show RECORD --items` shows it masked.",
        )
    if found.made is None or found.made.log_sha256 is None:
        raise Invalid(
            f"{found.id} has no full log of ours.",
            hint="Evidence of another harness has that harness's log.",
        )
    lines = logs.read(runs.folder / "logs", found.made.log_sha256)
    inspect.part("writing").write(to, found, lines)
    return sum("sample" in line for line in lines)
