"""Guard policies as people write them: YAML, refused with the line of what does not fit."""

from pydantic import Field

from corridor.core.records import Part
from corridor.core.yaml_texts import parsed
from corridor.gateway.records import ALL, GuardStep, Watch


class GuardFile(Part):
    """What a file says."""

    service: str = ALL
    steps: tuple[GuardStep, ...]


class WatchFile(Part):
    """What a file says of the incidents that guards open."""

    service: str = ALL
    watches: tuple[Watch, ...] = Field(max_length=20)


def guards_in(text: str) -> GuardFile:
    """Return what a file of guards says.

    Raises:
        Invalid: if it does not fit, with the line.
    """
    return parsed(text, GuardFile, "The guide Guards shows a policy with every step.")[0]


def watches_in(text: str) -> WatchFile:
    """Return what a file says of the incidents that guards open.

    Raises:
        Invalid: if it does not fit, with the line.
    """
    return parsed(text, WatchFile, "The guide on red teams, findings and incidents shows one.")[0]
