"""What happens to an economy, event by event, in YAML files of an operator's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.core.yaml_texts import parsed
from corridor.supply_chain.adapters.sheets import check_size
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import MOST_EVENTS, EconomyEvent

HINT = "`corridor supply-chain industries --schema` prints how one is written."


class EventFile(Part):
    """Events that happen to one economy; each begins and ends on days of its own."""

    events: Annotated[tuple[EconomyEvent, ...], Field(min_length=1, max_length=MOST_EVENTS)]


def events_in(path: Path) -> tuple[EconomyEvent, ...]:
    """Read the events of a file.

    Raises:
        BadScenario: if it is not there or not as it should be, with the line.
    """
    check_size(path)
    try:
        found, _ = parsed(path.read_text(encoding="utf-8", errors="replace"), EventFile, HINT)
    except Invalid as error:
        said = error.message[0].lower() + error.message[1:]
        raise BadScenario(f"{path.name}, {said}", hint=error.hint) from error
    return found.events


def schema() -> Mapping[str, object]:
    """Return the JSON Schema of a file of events."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **EventFile.model_json_schema(),
    }
