"""Run a benchmark: `python -m benchmarks NAME [--quick] [--json FILE]`.

A benchmark NAME is every module `NAME.py` and `NAME_*.py` of this folder that has a function
`rows(quick)`; one module alone can be named as well. A target that is missed is shown, not hidden, and is no failure of the command.
"""

import argparse
import importlib
from pathlib import Path

from rich.console import Console

from benchmarks.rows import Row, Rows, keep, show

FOLDER = Path(__file__).parent
APART = {"__init__", "__main__", "rows"}


def parts(name: str) -> list[str]:
    """Return the modules of a benchmark, in the order of their names."""
    stems = sorted(path.stem for path in FOLDER.glob("*.py"))
    return [s for s in stems if s not in APART and (s == name or s.startswith(f"{name}_"))]


def prefixes(stem: str) -> list[str]:
    """Return the beginnings of a module's name that a benchmark can be called by."""
    words = stem.split("_")
    return ["_".join(words[:count]) for count in range(1, len(words))]


def main() -> int:
    """Measure, print and keep."""
    stems = {path.stem for path in FOLDER.glob("[a-z]*.py")} - APART
    names = sorted(stems | {prefix for stem in stems for prefix in prefixes(stem)})
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("name", choices=names, type=lambda name: name.replace("-", "_"))
    parser.add_argument("--quick", action="store_true", help="a short run, for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the rows in a file")
    chosen = parser.parse_args()
    console = Console()
    found: list[Row] = []
    for part in parts(chosen.name):
        measure: Rows = importlib.import_module(f"benchmarks.{part}").rows
        for row in measure(chosen.quick):
            console.print(f"[dim]{row.name}: {row.value:,.1f} {row.unit}[/dim]")
            found.append(row)
    show(found, console)
    if chosen.json:
        keep(found, chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
