"""Ask a model of the transformers library: for an answer, or for how likely each option is.

A conversation is put by the model's own template. A model that the catalogue says was not taught to converse gets
the questions and answers in lines that llama.cpp's connection gives it. What goes wrong is sorted as for any provider.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from corridor.catalogue import Turn, question_answer_prompt
from corridor.evaluation.adapters.transformers.engine import Loading, Model, Writing
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answered, Likelihood, Prompt
from corridor.evaluation.rules.likelihood import scored
from corridor.evaluation.rules.likely import written
from corridor.evaluation.rules.prefixes import Scored

LINE_END = "\n"
"""Where an answer in lines ends."""


@dataclass(slots=True)
class TransformersAnswerer:
    """Answer in this process. The model is loaded when it is first asked; one thing is done at a time."""

    find: Callable[[], Path]
    """Returns the model's folder, after checking that it is the registered one."""
    how: Loading
    converses: bool
    """Whether the model has a template of its own for a conversation."""
    seconds: float
    """How long an answer may take."""
    _model: Model | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ending: threading.Event = field(default_factory=threading.Event)

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what the model says, or of a prompt with options what `rules.likely.written` makes of them.

        Raises:
            NoAnswer: if the model cannot say.
            DigestMismatch: if the model's folder is not the registered one.
            NoExtra: if the libraries are not installed.
            EngineFailed: if they cannot load the model.
        """
        async with self._turn:
            if self._model is None:
                self._model = await asyncio.to_thread(self._loaded)
            began = time.monotonic()
            ask = self._weighed if prompt.options else self._written
            found = await asyncio.to_thread(ask, self._model, prompt)
        return Answered(
            text=found.text,
            tokens_in=found.tokens_in,
            tokens_out=found.tokens_out,
            seconds=time.monotonic() - began,
            stopped=found.stopped,
            fingerprint=self._model.described,
        )

    async def close(self) -> None:
        """End what is being written, and let go of the model's memory."""
        self._ending.set()
        async with self._turn:
            self._model = None

    def _loaded(self) -> Model:
        return Model.load(self.find(), self.how)

    def _weighed(self, model: Model, prompt: Prompt) -> Answered:
        tokens = cache(model.tokens)
        texts = [scored(prompt.text, option, tokens, model.begin) for option in prompt.options]
        found = likelihoods(model, texts)
        tokens_in = (len(tokens(prompt.text)) if prompt.text else 0) + sum(x.tokens for x in found)
        return Answered(text=written(found), tokens_in=tokens_in, tokens_out=0)

    def _written(self, model: Model, prompt: Prompt) -> Answered:
        if prompt.grammar:
            raise NoAnswer("transformers holds no answer to a grammar here.", remedy="stop")
        stop = prompt.stop
        if prompt.messages and self.converses:
            tokens = model.conversation([(each.role, each.text) for each in prompt.messages])
        elif prompt.messages:
            turns = [Turn(each.role, each.text) for each in prompt.messages]
            tokens, stop = model.tokens(question_answer_prompt(turns)), (*stop, LINE_END)
        else:
            tokens = model.tokens(prompt.text)
        how = Writing(prompt.max_tokens, prompt.temperature, prompt.seed, stop, self.seconds)
        said = model.write(tokens or [model.begin], how, self._ending)
        return Answered(
            text=said.text,
            tokens_in=said.tokens_in,
            tokens_out=said.tokens_out,
            stopped="stop" if said.ended else "length",
        )


def likelihoods(model: Model, texts: Sequence[Scored]) -> list[Likelihood]:
    """Return how likely the scored part of each text is.

    Raises:
        NoAnswer: if a text is longer than the model can read, or has nothing to score.
    """
    for text in texts:
        if text.start >= len(text.tokens):
            raise NoAnswer("An option has no tokens of its own after its prompt.", remedy="skip")
        if len(text.tokens) > model.context_tokens:
            raise NoAnswer(
                f"A text of {len(text.tokens)} tokens is longer than the model's"
                f" {model.context_tokens}.",
                remedy="skip",
                hint="Give the model more context, or leave out examples.",
            )
    return model.score(texts)
