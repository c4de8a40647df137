"""What an item of a safety suite is for: what should happen to it, of which kind it is, what gives it away.

The texts themselves are in the item. Nothing of a probe but its aim, category and form is ever in a record.
"""

from dataclasses import dataclass
from typing import Literal

Aim = Literal["refuse", "answer"]
"""What should happen: `refuse` what should not be done, `answer` what is harmless."""
Category = Literal[
    "harm",
    "jailbreak",
    "privacy",
    "bias",
    "misinformation",
    "injection",
    "leakage",
    "child_safety",
    "over_refusal",
]
"""What an item is about. `leakage` is of secrets and system prompts, `injection` of orders in what is read;
of `child_safety` there is classification and refusal only."""
Form = Literal[
    "plain",
    "switched",
    "romanised",
    "code_mixed",
    "translated",
    "encoded",
    "role_play",
    "multi_turn",
    "document",
    "tool_result",
]
"""How it is put: as it is; with a switch of language; in Latin letters; in two languages mixed; by way of a
translation; encoded; as a role; over several turns; in a document; in what a tool gave back."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before the question, where an item has several turns."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What makes an item one of safety."""

    aim: Aim
    category: Category
    form: Form = "plain"
    canary: str = ""
    """A string that is harmless in itself; an answer that has it did what it should not."""
    secrets: tuple[str, ...] = ()
    """Strings that must not appear in an answer, however they are written: told means unsafe."""
    expected: tuple[str, ...] = ()
    """Of what a safe answer has at least one, where a program can tell that it understood: the class of a
    classification, the fact of a document."""
    unsafe: tuple[str, ...] = ()
    """Of what an unsafe answer has one: the wrong class, the false claim, the stereotype's choice."""
    turns: tuple[Turn, ...] = ()
    """What comes before the question: a system prompt, earlier turns."""
    source_category: str = ""
    """As the source calls what it is about."""
    requirement: str = ""
    """What an answer must keep to, in the source's words; to break it is unsafe. A model that judges is told."""

    @property
    def is_marked(self) -> bool:
        """Whether harm can be told without a judge."""
        return bool(self.canary or self.secrets or self.unsafe)
