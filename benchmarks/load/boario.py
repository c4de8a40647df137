"""BoARIO in an environment of its own, run on the same table and the same event as Corridor.

The environment is made from a lock with hashes when it is first asked for. pymrio's test table is written there
too, in the layout in which Corridor reads it: its licence keeps it out of the project.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corridor.supply_chain.adapters.mrio import Mrio

LOCK = Path(__file__).parents[2] / "locks" / "boario.txt"
FOLDER = Path(sys.prefix) / "boario"
MARK = FOLDER / "installed-from.txt"
MRIO = FOLDER / "mrio"
SAVE = """\
import sys, pymrio
table = pymrio.load_test()
table.calc_all()
table.save_all(sys.argv[1])
"""
RUN = """\
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, pymrio
from boario import event
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation
asked = json.load(open(sys.argv[1]))
if asked["table"]:
    found = np.load(asked["table"])
    names = pd.MultiIndex.from_tuples(asked["names"], names=["region", "sector"])
    regions = list(dict.fromkeys(region for region, _ in asked["names"]))
    columns = pd.MultiIndex.from_tuples([(r, "all") for r in regions], names=["region", "category"])
    demand = np.zeros((len(names), len(regions)))
    demand[:, 0] = found["consumers"]
    table = pymrio.IOSystem(Z=pd.DataFrame(found["sales"], names, names), Y=pd.DataFrame(demand, names, columns))
else:
    table = pymrio.load_test()
table.calc_all()
model = ARIOPsiModel(table, order_type="alt", alpha_base=1.0, alpha_max=1.25, alpha_tau=365,
    main_inv_dur=90, psi_param=0.8, inventory_restoration_tau=60)
simulation = Simulation(model, n_temporal_units_to_sim=asked["days"], register_stocks=False)
if asked["rebuilt_by"]:
    names = [tuple(each) for each in model.industries]
    capital = np.asarray(model.productive_capital).ravel()
    lost = pd.Series({tuple(name): 0.5 * capital[names.index(tuple(name))] for name in asked["hit"]})
    hit = event.from_series(lost, event_type="rebuild", occurrence=1, duration=30, rebuild_tau=60,
        rebuilding_sectors=asked["rebuilt_by"], rebuilding_factor=1.0, event_monetary_factor=model.monetary_factor)
else:
    hit = event.from_series(pd.Series({tuple(name): 0.5 for name in asked["hit"]}),
        event_type="arbitrary", occurrence=1, duration=30, recovery_tau=60, recovery_function="linear")
simulation.add_event(hit)
started = time.perf_counter()
simulation.loop()
seconds = time.perf_counter() - started
made = simulation.production_realised
json.dump({"seconds": seconds, "total": (made.sum(axis=1) / made.iloc[0].sum()).tolist()}, open(sys.argv[2], "w"))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What BoARIO computed, and how long its loop took."""

    seconds: float
    total: list[float]
    """By day: all that was made, over the first day's."""


def environment() -> Path:
    """Return the Python of the environment, installed from the lock if it is not yet."""
    python = FOLDER / "bin" / "python"
    if not (MARK.exists() and MARK.read_text() == LOCK.read_text()):
        shutil.rmtree(FOLDER, ignore_errors=True)
        _uv("venv", "-q", "--python", sys.executable, str(FOLDER))
        _uv("pip", "install", "-q", "--require-hashes", "--python", str(python), "-r", str(LOCK))
        shutil.copy(LOCK, MARK)
    if not MRIO.exists():
        _python(python, SAVE, str(MRIO))
    return python


def boario(
    mrio: Mrio | None,
    hit: list[tuple[str, str]],
    days: int,
    folder: Path,
    rebuilt_by: Mapping[str, float] | None = None,
) -> Ran:
    """Run BoARIO on a table, or on pymrio's test table, with half of some industries lost.

    Half of their capital where it is said which sectors rebuild it, else half of what they are able to.
    """
    table, names = "", list[tuple[str, str]]()
    if mrio is not None:
        table, names = str(folder / "table.npz"), list(mrio.names)
        np.savez(table, sales=mrio.economy.sales, consumers=mrio.economy.consumers)
    asked, found = folder / "asked.json", folder / "found.json"
    told = {"table": table, "names": names, "hit": hit, "days": days, "rebuilt_by": rebuilt_by}
    asked.write_text(json.dumps(told))
    _python(environment(), RUN, str(asked), str(found))
    return Ran(**json.loads(found.read_text()))


def _python(python: Path, program: str, *words: str) -> None:
    subprocess.run(  # noqa: S603  our own program
        [str(python), "-c", program, *words],
        check=True,
        capture_output=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )


def _uv(*words: str) -> None:
    subprocess.run(  # noqa: S603  installed by us
        [str(Path(sys.prefix) / "bin" / "uv"), *words], check=True, capture_output=True
    )
