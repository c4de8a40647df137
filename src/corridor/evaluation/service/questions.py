"""Questions about models in the words of those who ask, and what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from corridor.core.errors import Invalid
from corridor.core.store import View
from corridor.evaluation.records import Style
from corridor.evaluation.rules.statistics.sequential import Question
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.deciding import Asked, Side, side_of
from corridor.evaluation.service.plans import Wanted
from corridor.evaluation.service.reading import Reading
from corridor.evaluation.service.runs import Runs

Kind = Literal["gap", "better", "at least"]


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody asks: exactly one of `gap_under`, `better_than` and `at_least`."""

    language: str
    provider: str = ""
    """A provider of the catalogue; or, with `model`, none."""
    model: str = ""
    """A model of the catalogue, whose file is opened here."""
    suite: str = "parallel-facts"
    gap_under: float | None = None
    """Is the language behind `against` by less than this?"""
    against: str = "en"
    better_than: str = ""
    """Is it better than this one? A provider, or a model where `model` is one."""
    at_least: float | None = None
    """Is its score at least this?"""
    error: float = 0.05
    """How often the answer may be wrong."""
    style: Style | None = None
    """How items are asked; None: by the rule."""
    folder: Path | None = None
    """Where the data are."""
    seed: int = 0
    """Of the order in which items are asked."""
    by: str = "operator"

    @property
    def kind(self) -> Kind:
        """Which of the three questions it is.

        Raises:
            Invalid: if it is none of them, or several.
        """
        asked: dict[Kind, bool] = {
            "gap": self.gap_under is not None,
            "better": bool(self.better_than),
            "at least": self.at_least is not None,
        }
        chosen: list[Kind] = [kind for kind, is_asked in asked.items() if is_asked]
        if len(chosen) != 1:
            raise Invalid("Ask one question: --gap-under, --better-than or --at-least.")
        return chosen[0]

    @property
    def whom(self) -> str:
        """Whose answers it is about."""
        return self.provider or self.model

    @property
    def words(self) -> str:
        """The question."""
        where = f"on {self.suite}"
        match self.kind:
            case "gap":
                return (
                    f"Is {self.whom} in {self.language} less than {self.gap_under} behind "
                    f"{self.against} {where}?"
                )
            case "better":
                return f"Is {self.whom} better than {self.better_than} in {self.language} {where}?"
            case "at least":
                return f"Is the score of {self.whom} in {self.language} at least {self.at_least} {where}?"


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
