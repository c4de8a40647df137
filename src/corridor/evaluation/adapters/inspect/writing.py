"""A full log of ours as a log of Inspect, so that `inspect view` opens it; read back, it gives the same samples."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalMetric,
    EvalResults,
    EvalSample,
    EvalScore,
    EvalSpec,
    EvalStats,
    write_eval_log,
)
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, ModelOutput
from inspect_ai.model import ModelUsage as Usage
from inspect_ai.scorer import Score
from pydantic import TypeAdapter

from corridor.evaluation.adapters.inspect.provider import OURS
from corridor.evaluation.adapters.inspect.scoring import SCORER, VERDICT
from corridor.evaluation.ports import Prompt
from corridor.evaluation.records import JUDGED, Evaluation, Measure, Sample

Json = Mapping[str, object]
SAMPLE, PROMPT = TypeAdapter(Sample), TypeAdapter(Prompt)
TURNS = {"system": ChatMessageSystem, "assistant": ChatMessageAssistant, "user": ChatMessageUser}


def write(path: Path, record: Evaluation | Measure, lines: Sequence[Json]) -> None:
    """Write the log of a record as Inspect's, by the ending of the name: `.eval` or `.json`."""
    write_eval_log(log_of(record, lines), str(path))


def log_of(record: Evaluation | Measure, lines: Sequence[Json]) -> EvalLog:
    """Return a log of Inspect that says what the lines of ours say, the first of which is its head."""
    kept = [(SAMPLE.validate_python(line["sample"]), line) for line in lines if "sample" in line]
    samples = [_sample(sample, line) for sample, line in kept]
    scores = [sample.score for sample, _ in kept if sample.verdict in JUDGED]
    who = {
        "model": record.model,
        "model_sha256": record.model_sha256,
        "provider": record.provider,
        "record": record.id,
        "method": record.method,
    }
    ids = list(dict.fromkeys(sample.id for sample in samples))
    return EvalLog(
        status="success",
        eval=EvalSpec(
            created=(record.made.began_at if record.made else record.made_at).isoformat(),
            task=f"{record.suite} {record.language}",
            task_version=record.suite_version,
            dataset=EvalDataset(name=record.suite, samples=len(ids), sample_ids=ids),
            model=f"{OURS}/{record.provider}",
            config=EvalConfig(epochs=max(Counter(each.id for each in samples).values(), default=1)),
            metadata={OURS: who},
        ),
        metadata={OURS: who},
        results=EvalResults(
            total_samples=len(samples),
            completed_samples=len(samples),
            scores=[
                EvalScore(
                    name=record.scorer or "score",
                    scorer=record.scorer or "score",
                    scored_samples=len(scores),
                    metrics={"mean": EvalMetric(name="mean", value=sum(scores) / len(scores))},
                )
            ]
            if scores
            else [],
        ),
        stats=_stats(record, samples),
        samples=samples,
    )


def _stats(record: Evaluation | Measure, samples: Sequence[EvalSample]) -> EvalStats:
    """Return when the run was made, and the tokens of all answers where they were counted."""
    made = record.made
    counted = [usage for sample in samples for usage in sample.model_usage.values()]
    total = sum(counted[1:], counted[0]) if counted else None
    return EvalStats(
        started_at=(made.began_at if made else record.made_at).isoformat(),
        completed_at=(made.ended_at if made else record.made_at).isoformat(),
        model_usage={f"{OURS}/{record.provider}": total} if total else {},
    )


def _sample(sample: Sample, line: Json) -> EvalSample:
    prompt = PROMPT.validate_python(line["prompt"])
    text = cast("str | None", line.get("answer"))
    messages = [TURNS[turn.role](content=turn.text) for turn in prompt.messages]
    shown = messages or [ChatMessageUser(content=prompt.text)]  # as Inspect puts a text itself
    output = ModelOutput.from_content(sample.model, text or "")
    output.time = sample.seconds
    usage = _usage(sample)
    output.usage = usage
    about = {VERDICT: sample.verdict, SCORER: sample.scorer}
    score = Score(value=sample.score, answer=str(line.get("extracted") or ""), metadata=about)
    failed = sample.verdict not in JUDGED
    score.explanation = str(line.get("reason") or "") or sample.verdict
    return EvalSample(
        id=sample.item,
        epoch=sample.repeat + 1,
        input=list(messages) if messages else prompt.text,
        target=[str(each) for each in cast("Sequence[object]", line.get("targets") or ())],
        messages=[*shown, ChatMessageAssistant(content=text or "")],
        output=output,
        scores={"corridor": score},
        total_time=sample.seconds,
        working_time=sample.seconds,
        model_usage={f"{OURS}/{sample.provider}": usage} if usage else {},
        metadata={
            "language": sample.language,
            "data_sha256": sample.data_sha256,
            "verdict": "failed" if failed else sample.verdict,
            "item": {
                "id": sample.item,
                "cluster": sample.cluster,
                "origin": sample.origin,
                "cultural": sample.cultural,
            },
        },
    )


def _usage(sample: Sample) -> Usage | None:
    if sample.tokens_in is None or sample.tokens_out is None:
        return None
    return Usage(
        input_tokens=sample.tokens_in,
        output_tokens=sample.tokens_out,
        total_tokens=sample.tokens_in + sample.tokens_out,
    )
