"""Why an evaluation cannot be made or found."""

from corridor.core.errors import Forbidden, Invalid, NotFound, Unavailable


class UnknownSuite(NotFound):
    """There is no task of this name."""

    advice = "`parallel-facts` comes with Corridor."


class NoAnswer(Unavailable):
    """The provider gave no usable answer, so nothing can be said of its model."""

    advice = "Check that the provider runs; an evaluation is all of its items or none."


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
