"""Questions about models in the words of those who ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corridor.core.errors import Invalid
from corridor.evaluation.records import Style

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

    def check(self) -> None:
        """Check that it is one question about one model.

        Raises:
            Invalid: if it is not.
        """
        if bool(self.provider) == bool(self.model):
            raise Invalid("Name a provider, or a model whose file is here: one of them.")
        _ = self.kind

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
