"""Items of a suite as single requests: for whoever asks a model, or a service, as it is in use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from corridor.core.errors import CorridorError
from corridor.core.store import View
from corridor.evaluation.adapters.answerers import body_of
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.prompts import prompt_for
from corridor.evaluation.service.judging import judged
from corridor.evaluation.service.plans import Plan, Wanted
from corridor.evaluation.service.runs import Runs


@dataclass(frozen=True, slots=True)
class Question:
    """An item as it is put to a model, in OpenAI's form, without the model's name."""

    item: str
    """Its id."""
    path: str
    """Under the address of the interface: /completions or /chat/completions."""
    body: Mapping[str, object]
    _plan: Plan = field(repr=False)
    _item: Item = field(repr=False)

    def is_right(self, text: str) -> bool:
        """Tell whether an answer is right, by the suite's own rule."""
        return judged(self._plan, self._item, text).verdict == "right"


@dataclass(frozen=True, slots=True)
class Quizzes:
    """Know the questions of suites."""

    runs: Runs

    def questions(
        self, view: View, suite: str, provider: str, language: str
    ) -> tuple[Question, ...]:
        """Return the items of a suite in a language as a provider is asked them when it is evaluated.

        None where the data are not there, or where nothing is asked of a model in words.
        """
        try:
            wanted = Wanted(suite=suite, provider=provider, languages=(language,))
            plan = self.runs.plan(view, wanted)
        except CorridorError:
            return ()
        if plan.asking.style == "likelihood" or plan.dataset.kind in ("safety", "translation"):
            return ()
        return tuple(self._question(plan, item) for item in plan.dataset.of(language))

    def _question(self, plan: Plan, item: Item) -> Question:
        prompt = prompt_for(plan.dataset, item, plan.asking, plan.seed)
        path = "/chat/completions" if prompt.messages else "/completions"
        return Question(item.id, path, body_of(prompt), plan, item)
