"""Make evidence again, from what its record says, and tell within what both agree."""

from dataclasses import replace
from pathlib import Path

from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.store import Kept, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation, Sample
from corridor.evaluation.rules.agreement import (
    Agreement,
    agreement,
    agreement_of_figures,
    agreement_of_samples,
)
from corridor.evaluation.service.plans import Plan, Wanted
from corridor.evaluation.service.runs import Runs


class CannotBeRepeated(Conflict):
    """What the record says is not enough to make it again, or is not to be had here."""

    advice = "`corridor evaluate show RECORD` says how it was made."


Named = Kept[Evaluation] | Kept[Measure] | Kept[SafetyEvaluation]


def evidence_named(view: View, name: str) -> Named:
    """Return evidence by its id or the beginning of it, though it may have been taken back.

    Raises:
        NotFound: if there is none, or more than one.
    """
    every: list[Named] = [
        *view.every(Evaluation, taken_back=True),
        *view.every(Measure, taken_back=True),
        *view.every(SafetyEvaluation, taken_back=True),
    ]
    found = [kept for kept in every if kept.record.id.startswith(name)]
    if len(found) != 1 or not name:
        raise NotFound(
            f"{len(found)} pieces of evidence have an id that begins with {name[:80]!r}.",
            hint="`corridor evaluate list --json` shows the ids in full.",
        )
    return found[0]


Repeatable = Evaluation | Measure


def repeatable_named(view: View, name: str) -> Repeatable:
    """Return evidence of a kind that can be made again, as `evidence_named`.

    Raises:
        NotFound: if there is none, or more than one.
        CannotBeRepeated: if it is of another kind, or a model judged the answers.
    """
    record = evidence_named(view, name).record
    if isinstance(record, SafetyEvaluation):
        raise CannotBeRepeated(
            "What a model did with a safety suite is not made again.",
            hint="Run the suite again with `corridor evaluate run --again` and compare.",
        )
    if record.judge:
        raise CannotBeRepeated(f"{record.judge} judged its answers: judge them again.")
    return record


def wanted_to_repeat(
    runs: Runs, view: View, record: Repeatable, provider: str = "", folder: Path | None = None
) -> Wanted:
    """Return what has to be asked to make evidence again.

    It is asked of the named provider; else of the record's, if this node has it with the same file;
    else of the file itself, if a model of the catalogue has it.

    Raises:
        CannotBeRepeated: if the record does not say how it was made, or nobody here has the model.
    """
    made = record.made
    if record.taken is not None:
        raise CannotBeRepeated(f"{record.taken.harness} asked for its answers: run its task again.")
    if made is None:
        raise CannotBeRepeated("Evidence of earlier releases does not say how it was made.")
    asked = made.asking
    provider, model = _whom(runs, view, record, provider)
    return Wanted(
        suite=record.suite,
        provider=provider,
        model=model,
        languages=(record.language,),
        folder=folder,
        style=asked.style,
        shots=asked.shots,
        grammar=bool(asked.grammar),
        answer_tokens=asked.answer_tokens,
        temperature=asked.temperature,
        repeats=asked.repeats,
        seed=record.seed,
        again=True,
        reproduces=record.id,
        log_visibility=made.log_visibility,
    )


def check_alike(plan: Plan, record: Repeatable) -> None:
    """Check that a plan makes the very same evidence.

    Raises:
        CannotBeRepeated: if the model, the data, or the way of asking or judging is another.
    """
    differences = [
        f"{what} is {now[:100]!r}, in the record {then[:100]!r}"
        for what, now, then in (
            ("the model's digest", plan.provider.model_sha256, record.model_sha256),
            ("the data's digest", plan.data_sha256(record.language), record.suite_sha256),
            ("the method", plan.method, record.method),
        )
        if now != then
    ]
    if differences:
        raise CannotBeRepeated(f"It cannot be made in the same way: {'; '.join(differences)}.")


def agreement_of(runs: Runs, plan: Plan, first: Repeatable, second: Repeatable) -> Agreement:
    """Tell within what two runs of the same agree.

    Raises:
        Invalid: if they have no item in common, or one of them no interval, or they are of two kinds.
    """
    folder = runs.folder / "logs"
    if isinstance(first, Measure) and isinstance(second, Measure):
        found = _of_measures(folder, first, second)
    elif isinstance(first, Evaluation) and isinstance(second, Evaluation):
        clusters = {
            item.id: f"cluster {item.cluster}" if item.cluster else f"item {item.id}"
            for item in plan.dataset.of(first.language)
        }
        found = agreement(first, second, clusters)
    else:
        raise Invalid("A share of right answers and another figure cannot be compared.")
    return replace(found, identical=_identical(folder, first, second))


def _of_measures(folder: Path, first: Measure, second: Measure) -> Agreement:
    """Compare item by item where both logs are here, else by the figures."""
    one, two = (_samples(folder, each) for each in (first, second))
    if one is None or two is None:
        return agreement_of_figures(first, second)
    return agreement_of_samples(one, two, first.seed, first.figure.value)


def _whom(runs: Runs, view: View, record: Repeatable, provider: str) -> tuple[str, str]:
    if provider:
        return provider, ""
    known = runs.catalogue.providers(view).get(record.provider)
    if known is not None and known.model_sha256 == record.model_sha256:
        return known.name, ""
    for model in runs.catalogue.models(view).values():
        if model.file.sha256 == record.model_sha256:
            return "", model.name
    raise CannotBeRepeated(
        f"Nobody here has the model of this record ({record.model_sha256[:12]}…).",
        hint="Add it to the catalogue, or name a provider with --provider.",
    )


def _identical(folder: Path, first: Repeatable, second: Repeatable) -> int | None:
    one, two = (_outputs(folder, each) for each in (first, second))
    if one is None or two is None:
        return None
    return sum(outputs == two.get(item) for item, outputs in one.items())


def _outputs(folder: Path, record: Repeatable) -> dict[str, list[str]] | None:
    """Return the digests of the answers to each item, or None where the log is not here."""
    samples = _samples(folder, record)
    if samples is None:
        return None
    found: dict[str, list[str]] = {}
    for sample in samples:
        found.setdefault(sample.item, []).append(sample.output_sha256)
    return found


def _samples(folder: Path, record: Repeatable) -> list[Sample] | None:
    digest = record.made.log_sha256 if record.made else None
    if digest is None or not logs.path_of(folder, digest).exists():
        return None
    return list(logs.samples_in(logs.read(folder, digest)))
