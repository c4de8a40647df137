"""Guard policies as people write them: YAML, refused with the line of what does not fit."""

from corridor.core.records import Part
from corridor.core.yaml_texts import parsed
from corridor.gateway.records import ALL, GuardStep


class GuardFile(Part):
    """What a file says."""

    service: str = ALL
    steps: tuple[GuardStep, ...]


def guards_in(text: str) -> GuardFile:
    """Return what a file of guards says.

    Raises:
        Invalid: if it does not fit, with the line.
    """
    return parsed(text, GuardFile, "The guide Guards shows a policy with every step.")[0]
