"""`corridor partner`."""

from corridor.federation.commands.forks import audit, forks
from corridor.federation.commands.partners import commands, show_partners
from corridor.federation.commands.witnesses import witnesses

commands.command()(forks)
commands.command()(audit)
commands.command()(witnesses)

__all__ = ["commands", "show_partners"]
