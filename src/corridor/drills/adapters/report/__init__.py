"""A drill's report: a page that opens offline and prints, the same as data, and its picture.

All is drawn from signed records, so that anyone who has them can draw it; what to do first is worked
out when it is drawn, and says on what.
"""

import json
from pathlib import Path

from corridor.drills.adapters.report.data import answer_of, data_of
from corridor.drills.rules.reporting import Report

__all__ = ["answer_of", "data_of", "write_report"]


def write_report(report: Report, folder: Path) -> Path:
    """Write report.html, report.json and report.png; return the folder.

    Raises:
        OSError: if the folder cannot be written.
    """
    # Only here: drawing takes half a second to load, and most commands draw nothing.
    from corridor.drills.adapters.charts import picture, png
    from corridor.drills.adapters.report.page import page

    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "report.html": page(report).encode(),
        "report.json": (json.dumps(data_of(report), indent=1, ensure_ascii=False) + "\n").encode(),
        "report.png": png(picture(report.result)),
    }
    for name, data in files.items():
        # Written aside and moved, so that a reader never meets half a report.
        aside = folder / f".{name}.part"
        aside.write_bytes(data)
        aside.replace(folder / name)
    return folder
