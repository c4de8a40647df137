"""Run an Inspect task, ours or any other, over a model of ours; the answers come back as samples.

Everything of Inspect that talks to people or to the network beside the model is off: no display, no control
server, no agent server. Inspect itself reads a `.env` file of the working folder, as it always does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as run_tasks  # pyright: ignore[reportUnknownVariableType]  its scanner is untyped
from inspect_ai._util.error import PrerequisiteError  # no public name
from inspect_ai.model import Model

from corridor.core.canonical import sha256
from corridor.core.errors import Invalid
from corridor.evaluation.adapters.inspect.logs import imported
from corridor.evaluation.adapters.inspect.provider import Style, Who, about, model_of
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answerer
from corridor.evaluation.records.imported import Imported, Stated


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left."""

    found: Imported
    log: Path
    """Inspect's own log; `inspect view` opens it."""


def run_over(
    task: Task | str,
    answerer: Answerer,
    who: Who,
    folder: Path,
    *,
    style: Style = "chat",
    stated: Stated | None = None,
    limit: int | None = None,
    arguments: Mapping[str, object] | None = None,
    at_once: int | None = None,
) -> Ran:
    """Run a task over an answerer of ours; not inside a running event loop.

    Args:
        task: a task, or its name or `file.py@name`, as Inspect has it.
        answerer: asks the model; is left open.
        who: who answers, for the log and the samples.
        style: whether the model converses or goes on with a text.
        folder: where Inspect's log is written.
        stated: what the task's items do not say, their language for one.
        limit: at most so many samples.
        arguments: of a task that is named.
        at_once: how many requests may be on their way together; None for Inspect's own number.

    Raises:
        Invalid: if there is no such task, or it is more than one.
        NoAnswer: if the task failed as a whole.
        BadData: if nobody says the language of its items.
    """
    model = model_of(answerer, who, style)
    return run(
        task,
        model,
        folder,
        who=who,
        stated=stated,
        limit=limit,
        arguments=arguments,
        at_once=at_once,
    )


def run(
    task: Task | str,
    model: Model | str,
    folder: Path,
    *,
    who: Who | None = None,
    stated: Stated | None = None,
    limit: int | None = None,
    arguments: Mapping[str, object] | None = None,
    at_once: int | None = None,
) -> Ran:
    """Run a task over a model of Inspect, or one of ours."""
    try:
        logs = run_tasks(
            task,
            model=model,
            task_args=dict(arguments or {}),
            limit=limit,
            max_connections=at_once,
            metadata=about(who) if who else None,
            log_dir=str(folder),
            log_format="eval",
            display="none",
            ctl_server=False,
            acp_server=False,
            fail_on_error=False,
            score_display=False,
            log_level="error",
        )
    except (PrerequisiteError, FileNotFoundError) as error:
        said = str(error).removeprefix("Error: ")
        raise Invalid(f"Inspect can not run {task!r}: {said}") from error
    if len(logs) != 1:
        raise Invalid(f"{task!r} is {len(logs)} tasks.", hint="Name one of them: file.py@name.")
    [log] = logs
    if log.error is not None:
        raise NoAnswer(f"Inspect's task {log.eval.task} failed: {log.error.message}.")
    path = Path(log.location.removeprefix("file://"))
    return Ran(imported(log, sha256(path.read_bytes()), stated or Stated()), path)
