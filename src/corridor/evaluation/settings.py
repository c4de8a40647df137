"""What an operator can set about evaluation."""

from pydantic import BaseModel, ConfigDict, Field


class EvaluationSettings(BaseModel):
    """The `[evaluation]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_answer_tokens: int = Field(default=24, ge=1)
    """Longer answers are cut; the tasks ask for a word or a number."""
    item_seconds: float = Field(default=60.0, gt=0)
    """How long a provider may take for one item."""
    seed: int = 20260702
    """Sent to the provider with every item; kept in the record."""
