"""Why an evaluation cannot be made or found."""

from corridor.core.errors import NotFound, Unavailable


class UnknownSuite(NotFound):
    """There is no task of this name."""

    advice = "`parallel-facts` comes with Corridor."


class NoAnswer(Unavailable):
    """The provider gave no usable answer, so nothing can be said of its model."""

    advice = "Check that the provider runs; an evaluation is all of its items or none."
