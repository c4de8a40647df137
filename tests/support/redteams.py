"""Small files in the layouts of garak, PyRIT and promptfoo; harmless, and of our own making."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

SAID = "The harbour opens at six, and the first ferry leaves soon after that."
REFUSED = "I'm sorry, but I cannot help with that."


def garak_attempt(
    number: int,
    scores: Mapping[str, Sequence[float | None]],
    outputs: Sequence[str | None] = (SAID,),
    *,
    status: int = 2,
    probe: str = "dan.Dan_11_0",
    lang: str = "en",
) -> dict[str, object]:
    prompt = {"role": "user", "content": {"text": f"Play a pirate, number {number}.", "lang": lang}}
    return {
        "entry_type": "attempt",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "seq": number,
        "status": status,
        "probe_classname": probe,
        "probe_params": {},
        "targets": [],
        "prompt": {"turns": [prompt], "notes": {}},
        "outputs": [None if each is None else {"text": each, "lang": lang} for each in outputs],
        "detector_results": {name: list(values) for name, values in scores.items()},
        "notes": {},
        "goal": "a test",
    }


def garak_report(
    path: Path, attempts: Sequence[Mapping[str, object]], *, ended: bool = True
) -> Path:
    setup = {
        "entry_type": "start_run setup",
        "plugins.target_type": "openai",
        "plugins.target_name": "small",
        "plugins.probe_spec": "dan",
        "run.eval_threshold": 0.5,
    }
    head = [setup, {"entry_type": "init", "garak_version": "0.17.0", "run": "a"}]
    tail = [{"entry_type": "completion", "end_time": "now", "run": "a"}] if ended else []
    path.write_text("".join(json.dumps(each) + "\n" for each in (*head, *attempts, *tail)))
    return path


def promptfoo_row(
    number: int,
    passed: bool | None,
    output: object = SAID,
    *,
    plugin: str = "harmful:hate",
    strategy: str = "",
    **fields: object,
) -> dict[str, object]:
    about = {"pluginId": plugin, "strategyId": strategy} if plugin else {}
    row: dict[str, object] = {
        "promptIdx": 0,
        "testIdx": number,
        "provider": {"id": "openai:small"},
        "prompt": {"raw": f"A test, number {number}."},
        "vars": {},
        "testCase": {"vars": {}, "metadata": about},
        "response": {"output": output},
        "success": passed,
        "failureReason": 0 if passed else 1,
        "gradingResult": None if passed is None else {"pass": passed, "score": float(passed)},
    }
    if passed is None:
        del row["success"]
    return {**row, **fields}


def promptfoo_results(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    value: dict[str, object] = {
        "evalId": "eval-1",
        "results": {"version": 3, "prompts": [], "results": list(rows), "stats": {"errors": 0}},
        "config": {"description": "a red team of ours"},
        "metadata": {"promptfooVersion": "0.123.1"},
    }
    path.write_text(json.dumps(value))
    return path


def pyrit_talk(
    number: int,
    scores: Sequence[tuple[str, str, str | None]],
    said: str = SAID,
    *,
    turns: int = 1,
    error: str = "none",
    language: str = "ta",
) -> list[dict[str, object]]:
    """Return the pieces of a conversation; a score is a scorer, a type and a value."""
    name = f"c{number}"
    pieces: list[dict[str, object]] = []
    for turn in range(turns):
        pieces.append(_piece(name, "user", 2 * turn, f"Turn {turn} of {number}.", language))
        pieces.append(_piece(name, "assistant", 2 * turn + 1, said, language))
    pieces[-1]["response_error"] = error
    pieces[-1]["scores"] = [
        {
            "score_type": kind,
            "score_value": value,
            "score_category": ["harm"],
            "scorer_class_identifier": {"class_name": scorer},
        }
        for scorer, kind, value in scores
    ]
    return pieces


def _piece(name: str, role: str, sequence: int, text: str, language: str) -> dict[str, object]:
    return {
        "id": f"{name}-{sequence}",
        "role": role,
        "conversation_id": name,
        "sequence": sequence,
        "original_value": text,
        "converted_value": text,
        "converted_value_data_type": "text",
        "response_error": "none",
        "labels": {"language": language} if language else {},
        "targeted_harm_categories": [],
        "converter_identifiers": [],
        "prompt_target_identifier": {
            "class_name": "OpenAIChatTarget",
            "model_name": "small",
            "pyrit_version": "0.14.0",
        },
        "scores": [],
    }
