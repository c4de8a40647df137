"""Access on the command line: be known, ask, decide, explain, revoke, account."""

import typer

from corridor.access.commands import (
    account,
    borders,
    decisions,
    explain,
    keys,
    people,
    policies,
    policy_diff,
    policy_purposes,
    requests,
    revocations,
    sign_in,
    tool_calls,
)

commands = typer.Typer(
    help="Who may use what: ask, decide, explain, revoke, account.", no_args_is_help=True
)
for part in (requests, decisions, explain, revocations, account, borders):
    commands.add_typer(part.commands)
for group in (people, keys, sign_in):
    group.add_to(commands)
commands.command("diff")(policy_diff.diff)
commands.add_typer(policies.commands, name="policy")
commands.add_typer(policy_purposes.purposes, name="purpose")
commands.add_typer(tool_calls.commands, name="tool-call")
