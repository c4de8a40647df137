"""Why an evaluation cannot be made or found."""

from typing import Literal

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

Remedy = Literal["again", "skip", "stop"]
"""What a run does about an answer that is missing: ask again; count the item as unanswered and go on,
because the provider will not answer it; or end, because it would not answer anything."""


class UnknownSuite(NotFound):
    """There is no task of this name."""

    advice = "`parallel-facts` comes with Corridor."


class NoAnswer(Unavailable):
    """The provider gave no usable answer, so nothing can be said of its model."""

    advice = (
        "Check that the provider runs, and give the same command again: what was answered is kept, "
        "and only the rest is asked."
    )

    def __init__(
        self,
        message: str,
        *,
        remedy: Remedy = "again",
        after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.remedy: Remedy = remedy
        """What to do about it."""
        self.after = after
        """For how many seconds the provider wants not to be asked; None if it does not say."""

    def on(self, item: str, language: str, *, told: bool = True) -> "NoAnswer":
        """Return the same with the item that there was no answer to.

        What the provider said of it is left out unless it may be told: it can quote what it was asked.
        """
        why = f": {self.message}" if told else "."
        message = f"There is no answer to {item} in {language}{why}"
        return NoAnswer(message, remedy=self.remedy, after=self.after, hint=self.hint)


class CapReached(Conflict):
    """A run has used what it was allowed to."""

    advice = (
        "What was answered is kept. Give the same command with a higher cap: it goes on from there."
    )


class ModelChanged(Conflict):
    """In the middle of a run the answers began to come from another model."""

    advice = (
        "Evidence of two models in one is none. The answers so far were put aside; give the command "
        "again to measure the model that is there now."
    )


class RunEnded(Conflict):
    """Somebody asked for a run to be ended."""

    advice = "What was answered is kept: the same run, asked for again, goes on from there."


class RunGoesOn(Conflict):
    """Another process makes the very same run."""

    advice = "Wait for it, or end it: what it was answered is kept."


class NotAllowed(Forbidden):
    """The licence of a data set does not allow this purpose."""

    advice = (
        "Use it for research, choose another set, or override the gate for this set by its name."
    )


class BadData(Invalid):
    """A data set's files are not as its layout says; nothing of them is used."""

    advice = "Compare the file with the layout that the set is published in."


class NoData(NotFound):
    """A data set's files are not where they were looked for."""

    advice = "Name a folder in the published layout, or a revision that has the file."


class HubFailed(Unavailable):
    """The hub of data sets did not give a file."""

    advice = "Check the network and, for a gated set, that the account accepted its terms."


class NoExtra(Unavailable):
    """A library is missing that the default install leaves out."""

    advice = "Install it: pip install 'corridor[evaluation]'"


class EngineUnknown(Unavailable):
    """An engine that an evaluation needs is not installed, or not in a version that we know."""

    advice = (
        "Install the versions of the lock file: pip install --require-hashes -r locks/runtime.txt"
    )
