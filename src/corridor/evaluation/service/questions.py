"""What a question is about: the models, languages and items that it names. Takes in NumPy."""

from collections.abc import Sequence
from dataclasses import replace

from corridor.core.store import View
from corridor.evaluation.rules.statistics.sequential import Question
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.deciding import Asked, Side, side_of
from corridor.evaluation.service.meant import Meant
from corridor.evaluation.service.plans import Wanted
from corridor.evaluation.service.reading import Reading
from corridor.evaluation.service.runs import Runs


def asked_of(runs: Runs, view: View, meant: Meant, known: Sequence[Reading]) -> Asked:
    """Return what a question is about, with what is known of it already.

    Raises:
        UnknownProvider, UnknownModel, UnknownSuite: if there is none of this name.
        Invalid: if it is no single question, or none that this suite can answer.
    """
    kind = meant.kind
    first = _side(runs, view, meant, known)
    if kind == "gap":
        question = Question("under", meant.gap_under or 0.0, meant.error)
        other = _side(runs, view, replace(meant, language=meant.against), known)
        return Asked(question, first, other, meant.words)
    if kind == "better":
        named = "model" if meant.model else "provider"
        other = _side(runs, view, replace(meant, **{named: meant.better_than}), known)
        return Asked(Question("under", 0.0, meant.error), first, other, meant.words)
    return Asked(Question("at least", meant.at_least or 0.0, meant.error), first, None, meant.words)


def _side(runs: Runs, view: View, meant: Meant, known: Sequence[Reading]) -> Side:
    wanted = Wanted(
        suite=meant.suite,
        provider=meant.provider,
        model=meant.model,
        languages=(meant.language,),
        folder=meant.folder,
        style=meant.style,
        by=meant.by,
    )
    plan = runs.plan(view, wanted)
    return side_of(plan, tag_of(meant.language, plan.dataset.languages), known)
