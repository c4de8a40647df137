"""Policies on the command line: check them, put them in force, read them, test them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.adapters.policy_cases import read_cases
from corridor.access.errors import BadPolicy
from corridor.access.ports import Fault
from corridor.access.rules.policies import SHIPPED, place_of
from corridor.access.rules.policy_cases import Tried
from corridor.access.service.policies import Policies
from corridor.core.errors import Conflict, Unavailable
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="The rules by which access is decided, in Cedar.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Cedar files, or folders.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Under which the policies are kept.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]


@commands.command()
def check(context: typer.Context, files: Files, as_json: AsJson = False) -> None:
    """Say everything that is wrong with files of policies, beside those in force.

    Example: corridor access policy check night-shift.cedar
    """
    runtime = runtime_of(context)
    texts = texts_in(files)
    with runtime.store.view() as view:
        faults = runtime.service(Policies).faults(view, texts)
    if as_json:
        show_json([_shown(fault) for fault in faults])
    else:
        for fault in faults:
            out.print(place_of(fault), highlight=False, markup=False)
    if faults:
        raise BadPolicy(f"There are {len(faults)} faults." if len(faults) > 1 else "A fault.")
    if not as_json:
        out.print("There is nothing wrong with it.")


@commands.command()
def publish(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="A Cedar file.")],
    reason: Reason,
) -> None:
    """Put a file of policies in force, in the place of what its name had.

    Anyone can read the text, comments included; only the names of principals are withheld.

    Example: corridor access policy publish night-shift rules.cedar --reason "nobody is here then"
    """
    runtime = runtime_of(context)
    (text,) = texts_in([file]).values()
    policies = runtime.service(Policies)
    with runtime.store.transaction("cli") as tx:
        policies.publish(tx, name, text, reason)
        version = policies.version(tx)
    out.print(f"{name} is in force; the policies are now {version}.", highlight=False)


@commands.command()
def retire(context: typer.Context, name: Name, reason: Reason) -> None:
    """Take the policies of a name out of force; their history stays.

    Example: corridor access policy retire night-shift --reason "there is a night desk now"
    """
    runtime = runtime_of(context)
    policies = runtime.service(Policies)
    with runtime.store.transaction("cli") as tx:
        policies.retire(tx, name, reason)
        version = policies.version(tx)
    out.print(f"{name} is not in force any more; the policies are now {version}.", highlight=False)


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the policies in force, and the version that they are together.

    Example: corridor access policy list --json
    """
    runtime = runtime_of(context)
    policies = runtime.service(Policies)
    with runtime.store.view() as view:
        found, version = policies.policies(view), policies.version(view)
    own = [(each.name, each.made_at, each.reason) for each in found.values()]
    rows = [(SHIPPED, None, "hold on every node"), *own]
    if as_json:
        keys = ("name", "since", "reason")
        shown = [dict(zip(keys, row, strict=True)) for row in rows]
        show_json({"version": version, "policies": shown})
        return
    show_table(
        "Policies",
        ("name", "since", "reason"),
        [(name, f"{at:%Y-%m-%d %H:%M}" if at else "always", why) for name, at, why in rows],
    )
    out.print(f"version {version}", highlight=False)


@commands.command()
def show(context: typer.Context, name: Name) -> None:
    """Print the policies of a name as they are in force; `shipped` are those of every node.

    Example: corridor access policy show shipped
    """
    runtime = runtime_of(context)
    policies = runtime.service(Policies)
    if name == SHIPPED:
        text = policies.engine.shipped
    else:
        with runtime.store.view() as view:
            text = policies.history(view, name)[-1].text
    typer.echo(text.rstrip() or f"// {name} is not in force any more")


@commands.command()
def history(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only of this name.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every change of the policies, with the version that it led to.

    Example: corridor access policy history night-shift
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Policies).versions(view)
    rows = [
        {
            "at": policy.made_at,
            "name": policy.name,
            "in_force": bool(policy.text),
            "reason": policy.reason,
            "version": version,
        }
        for policy, version in found
        if name in (None, policy.name)
    ]
    if as_json:
        show_json(rows)
        return
    show_table(
        "Changes",
        ("at", "name", "then", "reason", "version"),
        [
            (
                f"{row['at']:%Y-%m-%d %H:%M}",
                row["name"],
                "in force" if row["in_force"] else "retired",
                row["reason"],
                str(row["version"])[:12],
            )
            for row in rows
        ],
    )


@commands.command()
def schema(context: typer.Context) -> None:
    """Print what policies can decide by: every fact with its type, as a Cedar schema.

    Example: corridor access policy schema > corridor.cedarschema
    """
    typer.echo(runtime_of(context).service(Policies).engine.schema.rstrip())


@commands.command("test")
def try_(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Cases in YAML, TOML or JSON; else the shipped ones.")
    ] = None,
    with_: Annotated[
        list[Path] | None, typer.Option("--with", help="Cedar files to be added; repeat it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run cases: do policies allow what they must, and nothing that they must not?

    The shipped cases are run against the shipped rules; a file's against all policies in force.

    Example: corridor access policy test cases.yaml --with night-shift.cedar
    """
    runtime = runtime_of(context)
    service = runtime.service(Policies)
    policies = service.shipped()
    if file is not None or with_:
        with runtime.store.view() as view:
            policies = service.with_added(view, texts_in(with_ or []))
    given = None if file is None else read_cases(_content(file), file.name)
    found = service.tried(policies, given)
    _show_tried(found, as_json=as_json)
    wrong = sum(each.fault is not None for each in found)
    if wrong:
        raise Conflict(
            f"{wrong} of {len(found)} cases come out otherwise.",
            hint="Change the policies, or the case if it asks for the wrong thing.",
        )


def texts_in(paths: Sequence[Path]) -> dict[str, str]:
    """Return the texts of Cedar files, by their names without `.cedar`; of a folder all in it.

    Raises:
        Unavailable: if one cannot be read.
    """
    files = [
        file
        for path in paths
        for file in (sorted(path.glob("*.cedar")) if path.is_dir() else [path])
    ]
    return {file.name.removesuffix(".cedar"): _content(file) for file in files}


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Unavailable(f"{path} cannot be read: {why}.") from error


def _show_tried(found: Sequence[Tried], *, as_json: bool) -> None:
    if as_json:
        show_json(
            [
                {
                    "case": each.case.name,
                    "allowed": each.ruling.allowed,
                    "reasons": each.ruling.reasons,
                    "policies": each.ruling.policies,
                    "fault": each.fault,
                }
                for each in found
            ]
        )
        return
    for each in found:
        if each.fault is not None:
            out.print(f"{each.case.name}: {each.fault}", highlight=False, markup=False)
    good = sum(each.fault is None for each in found)
    out.print(f"{good} of {len(found)} cases come out as they should.", highlight=False)


def _shown(fault: Fault) -> dict[str, object]:
    return {
        "name": fault.name,
        "line": fault.line,
        "policy": fault.policy,
        "message": fault.message,
    }
