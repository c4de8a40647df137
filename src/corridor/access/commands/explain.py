"""Why access is decided as it is, on the command line: for a past request, or an imagined one."""

from typing import Annotated

import typer

from corridor.access.commands.ids import decided_id
from corridor.access.records import Query, Surface
from corridor.access.service.decider import Decider, Explanation
from corridor.access.service.explaining import Explaining
from corridor.core.errors import Invalid
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
    explaining = runtime.service(Explaining)
    with runtime.store.view() as view:
        if request is not None:
            found = explaining.past(view, decided_id(runtime, view, request))
        else:
            if not (person and project and model):
                raise Invalid(
                    "Name a past request, or who would use what: --for, --project and --model.",
                    hint="corridor access explain --help shows an example.",
                )
            query = Query(
                principal=person,
                project=project,
                model=model,
                model_sha256="",
                surface=surface,
                purpose=purpose,
                language=language,
                overseer=overseer,
                tools=tuple(tool or ()),
            )
            runtime.service(Decider).refresh(view)
            found = [explaining.imagined(view, query)]
    if as_json:
        show_json([each.shown() for each in found])
        return
    for each in found:
        _show(each)


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
