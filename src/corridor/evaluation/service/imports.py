"""Read other harnesses' logs: what they say of a model, as samples."""

import json
from pathlib import Path

from corridor.evaluation.adapters import inspect
from corridor.evaluation.adapters.imports import aisev, lm_eval
from corridor.evaluation.errors import BadData, NoData
from corridor.evaluation.records.imported import Format, Imported, Stated

BY_SUFFIX: dict[str, Format] = {".eval": "inspect", ".jsonl": "lm-eval", ".csv": "aisev"}


def imported(path: Path, stated: Stated | None = None) -> Imported:
    """Read a log of Inspect (`.eval`, `.json`), lm-evaluation-harness (`.jsonl`) or aisev (`.json`, `.csv`).

    Raises:
        NoData: if there is no such file.
        BadData: if it is none of these, damaged, or does not say what nobody states.
        NoExtra: if it is Inspect's and Inspect is not installed.
    """
    if not path.is_file():
        raise NoData(f"There is no file {path}.")
    told = stated or Stated()
    match format_of(path):
        case "inspect":
            return inspect.part("logs").read(path, told)
        case "lm-eval":
            return lm_eval.read(path, told)
        case "aisev":
            return aisev.read(path, told)


def format_of(path: Path) -> Format:
    """Return whose log a file is, by its name, or for `.json` by its content.

    Raises:
        BadData: if it is nobody's that we know.
    """
    if path.suffix in BY_SUFFIX:
        return BY_SUFFIX[path.suffix]
    if path.suffix != ".json":
        raise BadData(
            f"{path.name} is no log that we know.",
            hint="Inspect's .eval or .json, lm-eval's samples_*.jsonl, or aisev's .json or .csv.",
        )
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadData(f"{path.name} is no JSON: it may have been cut.") from error
    return "aisev" if isinstance(value, dict) and "tenPerspectives" in value else "inspect"
