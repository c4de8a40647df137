"""Signing in on the command line: by a password of this machine, or at an OpenID provider."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.adapters.redirects import redirects
from corridor.access.commands.acting import (
    KeyFile,
    person_at,
    shown_in,
    write_session,
)
from corridor.access.errors import NotKnown
from corridor.access.service.identities import Entered, Identities, Returned
from corridor.access.service.people import People
from corridor.core.errors import Invalid, Unavailable
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json

MAX_PASSWORD_FILE_BYTES = 4096

FromFile = Annotated[
    Path | None, typer.Option("--from-file", help="Read the password from this file.")
]


def add_to(commands: typer.Typer) -> None:
    """Add these commands to the commands of access."""
    commands.command("password")(password)
    commands.command("sign-in")(sign_in)
    commands.command("sign-out")(sign_out)
    commands.command("me")(me)


def password(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose password.")],
    from_file: FromFile = None,
) -> None:
    """Set a person's password for this machine. Example: corridor access password ana."""
    runtime = runtime_of(context)
    chosen = _password_in(from_file) if from_file else _asked(confirm=True)
    with runtime.store.transaction("operator") as tx:
        runtime.service(Identities).set_password(tx, name, chosen)
    out.print(f"{name} can sign in by this password on this machine.", highlight=False)


def sign_in(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="Write the session to this file (0600).")],
    issuer: Annotated[str | None, typer.Option(help="An OpenID provider of the settings.")] = None,
    name: Annotated[str | None, typer.Option(help="Your name, to sign in by password.")] = None,
    from_file: FromFile = None,
    minutes: Annotated[
        float, typer.Option(min=0.01, max=10, help="How long to wait for your browser.")
    ] = 5,
) -> None:
    """Sign in, and keep the session in a file that --key then takes.

    Example: corridor access sign-in --issuer https://id.example --to var/ana.session
    """
    if (issuer is None) == (name is None):
        raise Invalid("Name either --issuer or --name.")
    runtime = runtime_of(context)
    if issuer is not None:
        entered = _by_provider(runtime, issuer, to, minutes)
    else:
        entered = _by_password(runtime, str(name), from_file, to)
    until = datetime.fromtimestamp(entered.until, UTC)
    out.print(
        f"You are {entered.principal.name} until {until:%Y-%m-%d %H:%M} UTC. "
        f"The session is in {to}.",
        highlight=False,
    )


def sign_out(context: typer.Context, key: KeyFile = None) -> None:
    """End a session. Example: corridor access sign-out --key var/ana.session."""
    if key is None:
        raise NotKnown("No session is named.", hint="Name its file: --key FILE.")
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        ended = runtime.service(Identities).leave_session(tx, shown_in(key))
    out.print("The session has ended." if ended else "There is no such session.")


def me(context: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """Show who acts by a key or session. Example: corridor access me --key var/ana.key."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        person = person_at(runtime, view, key)
        level = runtime.service(People).identity_level(view, person.name)
        end = runtime.service(Identities).end_of(view, shown_in(key)) if key else None
    if as_json:
        show_json(
            {
                "name": person.name,
                "organisation": person.organisation,
                "roles": list(person.roles),
                "identity_level": level,
                "until": end,
            }
        )
        return
    until = f"until {end:%Y-%m-%d %H:%M} UTC" if end else "without an end"
    roles = ", ".join(person.roles) or "no role"
    out.print(
        f"{person.name} of {person.organisation}, {roles}; identity of level {level}; {until}.",
        highlight=False,
    )


def _by_password(runtime: Runtime, name: str, from_file: Path | None, to: Path) -> Entered:
    identities = runtime.service(Identities)
    shown = _password_in(from_file) if from_file else _asked(confirm=False)
    with runtime.store.view() as view:
        person = identities.check_password(view, name, shown)
    with runtime.store.transaction(person.name) as tx:
        entered = identities.begin_session(tx, person.name)
        write_session(to, entered.token)
    return entered


def _by_provider(runtime: Runtime, issuer: str, to: Path, minutes: float) -> Entered:
    identities = runtime.service(Identities)
    with redirects() as back:
        asking = identities.ask(issuer, back.address)
        with runtime.store.transaction("operator") as tx:
            identities.begin(tx, asking)
        out.print("Open this address in a browser on this machine:", highlight=False)
        typer.echo(asking.address)
        said = back.wait(asking.sign_in.state, minutes * 60)
        returned = Returned(said["state"], said.get("code"), said.get("iss"), said.get("error"))
        with runtime.store.transaction("operator") as tx:
            sign_in = identities.take(tx, returned)
        signed_in = identities.answered(sign_in, returned, back.address)
    with runtime.store.transaction("operator") as tx:
        entered = identities.enter(tx, signed_in)
        write_session(to, entered.token)
    return entered


def _asked(*, confirm: bool) -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=confirm))


def _password_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PASSWORD_FILE_BYTES)
        return content.decode().rstrip("\r\n")
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is no text.") from error
