"""Corridor's providers as a model of Inspect: `corridor/PROVIDER` in its logs.

The model is made by Corridor (`model_of`), which knows the provider and its key; plain Inspect reaches a
provider, or a node's own address, by its model `openai-api`.

Whoever answers is known: the provider's name, address and operator go into the log's metadata and each
output's, since Inspect's log does not tell an address that came from the environment. Retries, limits and caps are those
of the answerer that is given, so Inspect does not retry by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, cast

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    StopReason,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answered, Answerer, Message, Prompt

Style = Literal["chat", "completions"]
DEFAULT_TOKENS = 256
OURS = "corridor"
"""Under this name our facts stand in Inspect's metadata."""
STOPPED: dict[str, StopReason] = {
    "stop": "stop",
    "length": "max_tokens",
    "content_filter": "content_filter",
}


@dataclass(frozen=True, slots=True)
class Who:
    """Who answers."""

    provider: str
    model: str
    model_sha256: str = ""
    """Empty where only an endpoint and its declared version are known."""
    endpoint: str = ""
    operator: str = ""


class CorridorAPI(ModelAPI):
    """Ask an answerer of ours for Inspect."""

    def __init__(
        self,
        model_name: str,
        answerer: Answerer,
        who: Who,
        style: Style = "chat",
        config: GenerateConfig | None = None,
    ) -> None:
        super().__init__(model_name, who.endpoint or None, None, [], config or GenerateConfig())
        self.answerer = answerer
        self.who = who
        self.style: Style = style

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002  Inspect's form
        config: GenerateConfig,
    ) -> ModelOutput:
        """Ask once.

        Raises:
            NoAnswer: if there is no answer, or tools are to be used.
        """
        if tools:
            raise NoAnswer("Corridor's answerers use no tools.")
        answered = await self.answerer.answer(self._prompt(input, config))
        return _output(answered, self.who)

    def should_retry(self, ex: BaseException) -> bool:  # noqa: ARG002  Inspect's form
        """Say no: whoever answers has tried already."""
        return False

    async def aclose(self) -> None:
        """Leave the answerer open: it is its owner's to close."""

    def _prompt(self, turns: Sequence[ChatMessage], config: GenerateConfig) -> Prompt:
        messages = tuple(Message(turn.role, turn.text) for turn in turns)
        single = self.style == "completions"
        if single and len(messages) != 1:
            raise NoAnswer("A model that goes on with a text is given one message.")
        return Prompt(
            messages=() if single else messages,
            text=messages[0].text if single else "",
            stop=tuple(config.stop_seqs or ()),
            max_tokens=config.max_tokens or DEFAULT_TOKENS,
            temperature=config.temperature or 0.0,
            seed=config.seed or 0,
        )


def about(who: Who) -> dict[str, object]:
    """Return who answers as metadata, without what is not known."""
    return {OURS: {name: value for name, value in asdict(who).items() if value}}


def model_of(answerer: Answerer, who: Who, style: Style = "chat") -> Model:
    """Return a model for Inspect's `eval`."""
    registered = cast("Callable[..., ModelAPI]", corridor_api)
    return Model(registered(who.provider, answerer, who, style), GenerateConfig())


@modelapi(name="corridor")
def corridor_api() -> type[ModelAPI]:
    """Tell Inspect of the model's class."""
    return CorridorAPI


def _output(answered: Answered, who: Who) -> ModelOutput:
    output = ModelOutput.from_content(
        who.model, answered.text, STOPPED.get(answered.stopped, "unknown")
    )
    output.metadata = about(who)
    tokens = (answered.tokens_in, answered.tokens_out)
    if None not in tokens:
        read, written = (count or 0 for count in tokens)
        output.usage = ModelUsage(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
    return output
