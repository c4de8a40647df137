"""Why access is decided as it is, on the command line: for a past request, or an imagined one."""

from typing import Annotated

import typer

from corridor.access.commands.ids import decided_id
from corridor.access.records import Query, Surface
from corridor.access.records.account import Accounted
from corridor.access.service.account import Account
from corridor.access.service.decider import Decider, Explanation
from corridor.catalogue import Catalogue
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Why access is decided as it is.", no_args_is_help=True)


@commands.command("explain")
def explain(
    context: typer.Context,
    request: Annotated[
        str | None, typer.Argument(help="The id of a past request, as its answer's header has it.")
    ] = None,
    person: Annotated[str, typer.Option("--for", help="A person, service or agent.")] = "",
    project: Annotated[str, typer.Option(help="Its project.")] = "",
    model: Annotated[str, typer.Option(help="A model, or a provider of one.")] = "",
    purpose: Annotated[str, typer.Option(help="The purpose; the project's if none is said.")] = "",
    language: Annotated[str, typer.Option(help="BCP-47 with script: hi-Deva.")] = "und",
    surface: Annotated[Surface, typer.Option(help="By which way it is used.")] = "api",
    overseer: Annotated[bool, typer.Option(help="A person who watches over it is named.")] = False,
    tool: Annotated[list[str] | None, typer.Option(help="A tool; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which policies, grant and evidence decide, and what would change the answer.

    Example: corridor access explain --for helpline-app --project helpline --model small --language hi-Deva
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        if request is not None:
            found = past(runtime, view, decided_id(runtime, view, request))
        else:
            if not (person and project and model):
                raise Invalid(
                    "Name a past request, or who would use what: --for, --project and --model.",
                    hint="corridor access explain --help shows an example.",
                )
            named, digest, node = _model(runtime, view, model)
            query = Query(
                principal=person,
                project=project,
                model=named,
                model_sha256=digest,
                surface=surface,
                purpose=purpose,
                language=language,
                overseer=overseer,
                tools=tuple(tool or ()),
            )
            decider = runtime.service(Decider)
            decider.refresh(view)
            found = [decider.explain(query, node)]
    if as_json:
        show_json([each.shown() for each in found])
        return
    for each in found:
        _show(each)


def past(runtime: Runtime, view: View, request: str) -> list[Explanation]:
    """Explain the decisions on a past request, by what was known and in force then.

    Raises:
        NotFound: if the account has none of this id.
    """
    account, decider = runtime.service(Account), runtime.service(Decider)
    found = account.of_request(view, request)
    if not found:
        raise NotFound(
            f"The account has no request {request[:80]!r}.",
            hint="`corridor access audit` shows the requests that were decided.",
        )
    return [_explained(decider, view, each) for each in found]


def _explained(decider: Decider, view: View, past_one: Accounted) -> Explanation:
    decided = past_one.decided
    policies = decider.policies.at_version(view, decided.policy_version)
    return decider.recalled(decided, policies)


def _model(runtime: Runtime, view: View, name: str) -> tuple[str, str, str]:
    """Return a model's name and digest, and the partner's node that serves it, if one does."""
    catalogue = runtime.service(Catalogue)
    serving = [p for p in catalogue.providers(view).values() if name in (p.name, p.model)]
    if serving:
        first = serving[0]
        return first.model, first.model_sha256, first.node or ""
    return name, catalogue.stated_digest(view, name), ""


def _show(found: Explanation) -> None:
    decision, facts = found.decision, found.decision.facts
    word = "[bold green]allowed[/]" if decision.allowed else "[bold red]denied[/]"
    out.print(f"{word}: {', '.join(decision.reasons)}")
    show_table(
        "What it rests on",
        ("what", "is"),
        [
            ("who", f"{facts.principal_type} of {facts.organisation or 'unknown'}"),
            ("identity", f"verified at level {facts.identity_level} of {facts.identity_needed}"),
            (
                "model",
                f"{facts.model}, tier {facts.tier}{'' if facts.tier_known else ' (unrated)'}",
            ),
            ("purpose", facts.purpose or "none"),
            ("language", facts.language),
            ("surface", facts.surface),
            *([("order of providers", found.order)] if found.order else []),
            ("grant", decision.grant_id or facts.grant),
            ("evidence", ", ".join(decision.evidence_ids) or facts.evidence),
            ("closed by", ", ".join(decision.revocation_ids) or "nothing"),
            ("policies", ", ".join(decision.policies)),
            ("policy version", decision.policy_version[:16]),
        ],
    )
    if found.remedies:
        show_table(
            "What would change the answer, together",
            ("reason", "what it takes"),
            [(remedy.reason, remedy.what) for remedy in found.remedies],
        )
    for name, text in found.policies:
        out.print(f"Policy {name}:\n{text}", highlight=False, markup=False)
