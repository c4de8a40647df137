"""People, services and projects on the command line, for the operator of the node."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from corridor.access.commands.acting import shown_in
from corridor.access.records import ClaimName, Level, Principal, PrincipalType, Role
from corridor.access.rules.identities import role_named
from corridor.access.service.people import People
from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

people = typer.Typer(help="People, services and agents that may ask.", no_args_is_help=True)
projects = typer.Typer(help="What keys and grants are for.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="The principal's name.")]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help=f"{', '.join(get_args(Role))}; may be repeated."),
]
Responsible = Annotated[str | None, typer.Option(help="Who answers for a service or an agent.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


def add_to(commands: typer.Typer) -> None:
    """Add these groups to the commands of access."""
    commands.add_typer(people, name="people")
    commands.add_typer(projects, name="project")


@people.command("list")
def list_people(
    context: typer.Context,
    everybody: Annotated[bool, typer.Option("--all", help="Those who left, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List who there is. Example: corridor access people list --all."""
    runtime = runtime_of(context)
    service = runtime.service(People)
    with runtime.store.view() as view:
        found = [each for each in service.people(view) if each.active or everybody]
        levels = {each.name: service.identity_level(view, each.name) for each in found}
        unanswered = [each.name for each in service.unanswered(view)]
    if as_json:
        show_json([{**_shown(each), "identity_level": levels[each.name]} for each in found])
        return
    show_table(
        "Principals",
        ("name", "type", "organisation", "roles", "answered for by", "identity", "since"),
        [
            (
                each.name if each.active else f"{each.name} (left)",
                each.type,
                each.organisation,
                ", ".join(each.roles) or "none",
                each.responsible or "themselves",
                levels[each.name],
                f"{each.made_at:%Y-%m-%d %H:%M}",
            )
            for each in found
        ],
    )
    for name in unanswered:
        out.print(
            f"{name} has nobody who answers for it: corridor access people change {name} "
            "--responsible NAME --reason TEXT",
            highlight=False,
        )


@people.command("show")
def show_person(context: typer.Context, name: Named, as_json: AsJson = False) -> None:
    """Show a principal with its accounts and what was verified. Example: corridor access people show ana."""
    runtime = runtime_of(context)
    service = runtime.service(People)
    with runtime.store.view() as view:
        found = service.principal(view, name)
        accounts, claims = service.accounts(view, name), service.claims(view, name)
    if as_json:
        show_json(
            {
                **_shown(found),
                "accounts": [
                    a.model_dump(mode="json", include={"issuer", "subject"}) for a in accounts
                ],
                "claims": [c.model_dump(mode="json", exclude={"same_person"}) for c in claims],
            }
        )
        return
    out.print(
        f"{found.name}: {found.type} of {found.organisation}, {', '.join(found.roles) or 'no role'}.",
        highlight=False,
    )
    show_table("Accounts", ("issuer", "subject"), [(a.issuer, a.subject) for a in accounts])
    show_table(
        "Verified",
        ("what", "result", "level", "by", "how", "until"),
        [
            (c.claim, c.value, c.level, c.verified_by, c.method, f"{c.until:%Y-%m-%d}")
            for c in claims
        ],
    )


@people.command("add")
def add_person(
    context: typer.Context,
    name: Named,
    organisation: Annotated[str, typer.Option(help="An organisation of the catalogue.")],
    type: Annotated[PrincipalType, typer.Option(help="What it is.")] = "person",
    role: Roles = None,
    responsible: Responsible = None,
) -> None:
    """Register somebody. Example: corridor access people add ana --organisation acme --role member."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(People).register(
            tx, name, type, organisation, _roles(role), responsible
        )
    article = "an" if made.type == "agent" else "a"
    out.print(
        f"{made.name} is known as {article} {made.type} of {made.organisation}.", highlight=False
    )


@people.command("change")
def change_person(
    context: typer.Context,
    name: Named,
    reason: Why,
    role: Roles = None,
    no_role: Annotated[bool, typer.Option("--no-role", help="Take all roles away.")] = False,
    organisation: Annotated[str | None, typer.Option(help="Another organisation.")] = None,
    responsible: Responsible = None,
) -> None:
    """Change what a principal is; roles are all that it then has.

    Example: corridor access people change ana --role member --role approver --reason "new task"
    """
    if role and no_role:
        raise Invalid("--role and --no-role exclude each other.")
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        changed = runtime.service(People).change(
            tx,
            name,
            reason,
            roles=_roles(role) if role or no_role else None,
            organisation=organisation,
            responsible=responsible,
        )
    roles = ", ".join(changed.roles) or "no role"
    out.print(f"{changed.name} of {changed.organisation} has {roles}.", highlight=False)


@people.command("leave")
def let_leave(context: typer.Context, name: Named, reason: Why) -> None:
    """Let a principal leave: its keys and sessions end now. Example: corridor access people leave ana --reason "left acme"."""
    runtime = runtime_of(context)
    service = runtime.service(People)
    with runtime.store.transaction("operator") as tx:
        service.leave(tx, name, reason)
        unanswered = [p.name for p in service.unanswered(tx) if p.responsible == name]
    out.print(f"{name} has left; no key or session of {name} opens anything.", highlight=False)
    for each in unanswered:
        out.print(f"Nobody answers for {each} now; it goes on until somebody closes it.")


@people.command("link")
def link_account(
    context: typer.Context,
    name: Named,
    issuer: Annotated[str, typer.Argument(help="An OpenID provider of the settings.")],
    subject: Annotated[str, typer.Argument(help="Who it is there: the claim `sub`.")],
) -> None:
    """Let a principal be known by an account. Example: corridor access people link ana https://id.example 42."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(People).link(tx, name, issuer, subject)
    out.print(f"{made.principal} is known by that account of {made.issuer}.", highlight=False)


@people.command("claim")
def keep_claim(
    context: typer.Context,
    name: Named,
    claim: Annotated[ClaimName, typer.Argument(help="What was verified.")],
    value: Annotated[str, typer.Argument(help="The result; never a document or its number.")],
    by: Annotated[
        str, typer.Option(help="Who verified it: a person of this node, `operator`, or an issuer.")
    ],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Until which day, UTC.")],
    method: Annotated[str, typer.Option(help="How.")] = "in person",
    level: Annotated[Level, typer.Option(help="How strongly, in the words of eIDAS.")] = "low",
    person_from: Annotated[
        Path | None,
        typer.Option(
            help="A file with what is the same for all accounts of one natural person; "
            "a keyed hash of it is kept."
        ),
    ] = None,
) -> None:
    """Keep the result of a verification. Example: corridor access people claim ana identity verified --by ben --until 2027-01-31."""
    runtime = runtime_of(context)
    person = shown_in(person_from) if person_from is not None else None
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(People).claim(
            tx, name, claim, value, level, by, method, until.replace(tzinfo=UTC), person
        )
    out.print(f"{made.claim} of {made.principal}: {made.value}, {made.level}.", highlight=False)


@projects.command("list")
def list_projects(context: typer.Context, as_json: AsJson = False) -> None:
    """List the projects. Example: corridor access project list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = list(runtime.service(People).projects(view).values())
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Projects",
        ("name", "title", "organisation", "purpose"),
        [(p.name, p.title, p.organisation, p.purpose or "as declared") for p in found],
    )


@projects.command("add")
def add_project(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The project's name.")],
    title: Annotated[str, typer.Option(help="What people call it.")],
    organisation: Annotated[str, typer.Option(help="Whose it is.")],
    purpose: Annotated[
        str | None, typer.Option(help="Assumed where a request declares none.")
    ] = None,
) -> None:
    """Register a project. Example: corridor access project add helpdesk --title Helpdesk --organisation acme."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(People).add_project(tx, name, title, organisation, purpose)
    out.print(f"{made.name} is a project of {made.organisation}.", highlight=False)


def _roles(named: list[str] | None) -> list[Role]:
    return [role_named(each) for each in named or ()]


def _shown(principal: Principal) -> dict[str, object]:
    return principal.model_dump(mode="json", exclude={"id", "visibility"})
