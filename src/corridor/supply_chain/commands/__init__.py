"""`corridor supply-chain`: each part brings its own commands."""

import typer

from corridor.supply_chain.commands import (
    assess,
    chokepoints,
    facts,
    firms,
    industries,
    measures,
    plans,
    predictions,
    shocks,
)

commands = typer.Typer(
    help="What services rest on, where that is thin, and what its loss would stop.",
    no_args_is_help=True,
)
parts = (facts, chokepoints, shocks, predictions, assess, measures, plans, firms, industries)
for part in parts:
    commands.add_typer(part.commands)
