"""What an operator can set about evaluation."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EvaluationSettings(BaseModel):
    """The `[evaluation]` section of corridor.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_answer_tokens: int = Field(default=24, ge=1)
    """Longer answers are cut, where a suite asks for a word, a letter or a number."""
    item_seconds: float = Field(default=60.0, gt=0)
    """How long a provider may take for one answer."""
    at_once: int = Field(default=4, ge=1, le=256)
    """How many requests of one run wait at a provider at the same time; a model in this process is
    asked one thing after the other, so that its answers do not depend on what is asked beside. On a
    cluster this holds for each worker."""
    rates: dict[str, float] = Field(default_factory=dict[str, float])
    """Requests a second to a provider, by its name, all runs on this node together. Without one, it is
    asked as fast as it answers, until it says that it is asked too often."""
    tries: int = Field(default=6, ge=1, le=100)
    """How often one thing is asked while there is no answer; each pause is twice the one before."""
    pause_seconds: float = Field(default=0.5, gt=0)
    """Before the second try; unless the provider says when to ask again."""
    patience_seconds: float = Field(default=120.0, gt=0)
    """For how long a provider may ask to be left alone; if it wants longer, a run ends, to be taken up
    later."""
    journal_days: float = Field(default=90.0, gt=0)
    """For how long a journal of what a judge, or a model of a red team, was asked and said is kept after
    it was last used: until then the same command asks nothing again."""
    seed: int = 20260702
    """Sent to the provider with every item; kept in the record."""
    torch_device: str = Field(default="cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$")
    """Where a model in a folder of safetensors computes. Only `cpu` is tested."""
    torch_numbers: Literal["float32", "bfloat16", "float16", "auto"] = "float32"
    """In which arithmetic it does; `auto`: in that of its files. The record says which it was."""
