"""What somebody has stated for the formula of supply risk, in a YAML file."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from corridor.supply_chain.adapters.sheets import check_size
from corridor.supply_chain.errors import BadTable
from corridor.supply_chain.rules.supply_risk import Criticality


def read(path: Path) -> Criticality:
    """Read what is known of countries and materials.

    Raises:
        TooLarge: if the file is larger than is read.
        BadTable: if it is not as it should be, with the place.
    """
    check_size(path)
    try:
        text = path.read_text(encoding="utf-8")
        return Criticality.model_validate(yaml.safe_load(text))
    except UnicodeDecodeError as error:
        raise BadTable(f"{path.name} is no text in UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", row {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise BadTable(f"{path.name}{line} is no YAML.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadTable(f"{path.name}, {place}: {first['msg']}.") from error
