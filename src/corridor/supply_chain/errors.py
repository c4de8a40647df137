"""How a question about a supply chain fails."""

from corridor.core.errors import Conflict, Invalid, NotFound, Unavailable


class BadTable(Invalid):
    """A file is not what it should be; nothing of it was taken in."""

    advice = "Correct the place that is named and import the whole again; nothing was kept."


class TooLarge(Invalid):
    """A file, or what is in it, is larger than is taken in."""

    advice = "Split it, or leave out what is not needed; nothing was kept."


class MixedBasis(Invalid):
    """Shares of different things were to be added: units are not revenue."""

    advice = "Choose one with --basis; `concentration` without it shows each apart."


class UnknownInput(NotFound):
    """No table has an input of this name."""

    advice = "`corridor supply-chain inputs` lists what there is."


class UnknownTable(NotFound):
    """There is no table of this name."""

    advice = "`corridor supply-chain tables` lists what there is."


class SameTable(Conflict):
    """The table is kept already, with the same content."""

    advice = "There is nothing to do: what it says is in force."


class BadNetwork(Invalid):
    """Firms and links do not fit each other, or a figure is no amount."""

    advice = "Correct the array that is named; firms are numbered from 0."


class BadScenario(Invalid):
    """A scenario is not what it should be, or names what is not there."""

    advice = "`corridor supply-chain scenarios --schema` prints how one is written."


class UnknownScenario(NotFound):
    """There is no scenario of this name."""

    advice = "`corridor supply-chain scenarios` lists those that come with Corridor."


class Circular(Invalid):
    """Something is needed for itself, so that nothing can be said of what stops it."""

    advice = "Mark one dependency of the circle as not essential, or leave out its table."


class Unsolved(Unavailable):
    """No answer was found within the time."""

    advice = "Give more time (--seconds), or ask for a smaller part of the graph."


class OtherGraph(Conflict):
    """A result cannot be computed again: what it rests on is not as it was."""

    advice = "Put the same scenario to the graph as it is now, and compare by hand."


class UnknownQuestion(NotFound):
    """There is no job of the supply chain of this name."""

    advice = "POST to /supply-chain/predictions or /supply-chain/industries says the name."


class BadMeasure(Invalid):
    """A measure is not what it should be, or names what is not there."""

    advice = "`corridor supply-chain measures --schema` prints how one is written."


class BadPlan(Invalid):
    """What was asked for cannot be planned."""

    advice = "Correct the budget, the weights or the services that are named."


class NothingToPlan(Invalid):
    """There is nothing to choose between."""

    advice = "Name other scenarios or services, or bring measures with --measures FILE."


class UnknownEconomy(NotFound):
    """There is no kept economy of this name."""

    advice = (
        "`corridor supply-chain economies list` lists what is kept; `economies keep` keeps one."
    )
