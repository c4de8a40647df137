"""The calls of one run: none twice, none beyond the caps, none faster than the provider allows."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from corridor.evaluation.adapters.journal import Journal, Known, Skipped
from corridor.evaluation.adapters.pace import Pace
from corridor.evaluation.errors import CapReached, ModelChanged, NoAnswer
from corridor.evaluation.ports import Answered, Answerer, Prompt
from corridor.evaluation.rules.caps import Caps, Spent, reached, uncountable

LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class Calls:
    """Ask a model, each thing once, and keep what it says."""

    answerer: Answerer
    journal: Journal
    pace: Pace
    caps: Caps
    spent: Spent
    tries: int
    """How often one thing is asked while there is no answer."""
    pause: float
    """Seconds before the second try; each later pause is twice the one before."""
    patience: float
    """Seconds for which a provider may ask to be left alone; if it wants longer, the run ends."""
    began: float = field(default_factory=time.monotonic)
    declared: str = ""
    """What the answers so far say they come from."""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nothing more is to be sent."""

    def __post_init__(self) -> None:
        self.spent.calls, self.spent.lost = self.journal.sent, self.journal.lost
        for found in self.journal.known.values():
            if isinstance(found, Answered):
                self.spent.count(found.tokens_in, found.tokens_out)
                self.declared = found.declared or self.declared

    async def ask(self, key: str, prompt: Prompt) -> Known:
        """Return what the model says, or that the provider will not answer this.

        Raises:
            NoAnswer: if the provider does not answer, after all tries, or would answer nothing.
            CapReached: if a cap ends the run before this call.
            ModelChanged: if the answer comes from another model than those before.
        """
        if (known := self.journal.known.get(key)) is not None:
            return known
        for trial in range(self.tries):
            try:
                return await self._asked(key, prompt)
            except NoAnswer as error:
                self.journal.fail(key)
                if error.remedy == "skip":
                    return self._kept(key, Skipped(error.message))
                pause = self._pause(trial) if error.after is None else error.after
                if error.remedy == "stop" or trial + 1 == self.tries or pause > self.patience:
                    raise
                self.pace.pause(pause)
                self.spent.again += 1
        raise AssertionError("the last try returns or raises")

    def stop(self) -> None:
        """Send nothing more; what is on its way is still kept."""
        self.ending.set()

    async def _asked(self, key: str, prompt: Prompt) -> Known:
        while (wait := self.pace.turn()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), wait)
            if self.pace.per_second is not None or self.ending.is_set():
                break  # the turn was ours, or nobody's
        if self.ending.is_set():
            raise NoAnswer("The run is being ended.", remedy="stop")
        self._check_caps()
        self.journal.send(key)
        self.spent.calls += 1
        answer = await self.answerer.answer(prompt)
        if self.declared and answer.declared and answer.declared != self.declared:
            raise ModelChanged(
                f"Answers came from {self.declared!r}, and now come from {answer.declared!r}."
            )
        self.declared = answer.declared or self.declared
        return self._kept(key, answer)

    def _kept(self, key: str, found: Known) -> Known:
        self.journal.keep(key, found)
        if isinstance(found, Answered):
            self.spent.count(found.tokens_in, found.tokens_out)
        return found

    def _check_caps(self) -> None:
        self.spent.seconds = time.monotonic() - self.began
        if uncountable(self.caps, self.spent):
            raise CapReached(
                "The provider does not count tokens, so a cap on them or on cost cannot be kept.",
                hint="Cap the calls instead: --max-calls.",
            )
        if (cap := reached(self.caps, self.spent)) is not None:
            spent = self.spent
            raise CapReached(
                f"The cap on {cap} is reached: {spent.calls} calls, "
                f"{spent.tokens_in + spent.tokens_out} tokens, {spent.money}.",
                cap=cap,
            )

    def _pause(self, trial: int) -> float:
        return min(LONGEST_PAUSE, self.pause * 2**trial)
