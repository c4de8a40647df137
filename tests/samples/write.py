"""Write a statement of every kind of record whose present version has no sample yet.

    python tests/samples/write.py

The fields are in `examples.json`. A sample is never written anew: it is what a release wrote.
"""

import json
import sys
from pathlib import Path

from corridor.app.kinds import KINDS
from corridor.core.records import Record
from corridor.core.statements import statement_of

HERE = Path(__file__).parent
ISSUER = "in"


def sample_of(kind: type[Record]) -> Path:
    """Return where the sample of a kind's present version lies."""
    return HERE / f"{kind.kind}-v{kind.version}.{kind.minor}.json"


def written(folder: Path = HERE) -> list[str]:
    """Write what is missing; return the names."""
    fields = json.loads((HERE / "examples.json").read_text(encoding="utf-8"))
    names: list[str] = []
    for kind in KINDS:
        file = folder / sample_of(kind).name
        if not file.exists():
            record = kind.model_validate_json(json.dumps(fields[kind.kind]))
            file.write_bytes(statement_of(record, ISSUER) + b"\n")
            names.append(file.name)
    return names


if __name__ == "__main__":
    sys.stdout.writelines(f"{name}\n" for name in written())
