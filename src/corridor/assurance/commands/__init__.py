"""`corridor assurance`: each part brings its own commands."""

import typer

from corridor.assurance.commands import campaigns, findings, tier_rules, tiers, trees

commands = typer.Typer(
    help="What the evidence adds up to: assurance trees, risk tiers, red-team campaigns and what they find.",
    no_args_is_help=True,
)
for part in (tiers,):
    commands.add_typer(part.commands)
commands.add_typer(tier_rules.commands, name="rules")
commands.add_typer(trees.commands, name="tree")
commands.add_typer(campaigns.commands, name="campaign")
commands.add_typer(findings.commands, name="finding")
