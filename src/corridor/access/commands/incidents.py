"""Reporting incidents in use on the command line, with one's own key. Shown under `corridor assurance`."""

from typing import Annotated

import typer

from corridor.access.commands.acting import KeyFile, shown_in
from corridor.access.commands.requests import who
from corridor.access.errors import NotKnown
from corridor.access.service.identities import Identities
from corridor.access.service.incidents import UseReports
from corridor.assurance import Finding, Nature, Severity
from corridor.edge.terminal import out, runtime_of
from corridor.evaluation import Category

Title = Annotated[str, typer.Option(help="What it is, in a few words.")]
Summary = Annotated[str, typer.Option(help="What happens, without the words that make it happen.")]
About = Annotated[Category, typer.Option(help="What it is about.")]
Harm = Annotated[str, typer.Option(help="What could follow, or followed.")]
Level = Annotated[Severity, typer.Option(help="How bad it is.")]
Sort = Annotated[Nature, typer.Option(help="Harm that could come, that came, that is serious.")]


def report_request(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help="The x-request-id of the answer.")],
    title: Title,
    summary: Summary,
    category: About,
    harm: Harm = "",
    severity: Level = "medium",
    nature: Sort = "incident",
    key: KeyFile = None,
) -> None:
    """Report what went wrong in a request of your own, with the key that it was made with.

    Example: corridor assurance report-request 3f2a… --title "Wrong dose" --summary "It named a dose that is too high."
    --category misinformation --key app.key
    """
    if key is None:
        raise NotKnown(
            "No key is named.", hint="--key FILE: the key that the request was made with."
        )
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        shown = runtime.service(Identities).key_shown(view, shown_in(key))
    words = _words(title, summary, harm, category, severity)
    with runtime.store.transaction(shown.principal) as tx:
        found = runtime.service(UseReports).of_request(tx, shown, request, words, nature)
    _tell(found)


def report_line(
    context: typer.Context,
    line: Annotated[int, typer.Argument(min=0, help="A position in the audit log.")],
    title: Title,
    summary: Summary,
    category: About,
    harm: Harm = "",
    severity: Level = "medium",
    nature: Sort = "incident",
    model: Annotated[str | None, typer.Option(help="Where the line names none.")] = None,
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
    key: KeyFile = None,
) -> None:
    """Open an incident from a line of the account, as an auditor or operator.

    Example: corridor assurance report-line 1204 --title "Used for another purpose" --summary "It was granted for
    leaflets, and was asked for health advice." --category harm --key mei.key
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    words = _words(title, summary, harm, category, severity)
    with runtime.store.transaction(person.name) as tx:
        found = runtime.service(UseReports).of_line(tx, person, line, words, nature, model, sha256)
    _tell(found)


def _words(
    title: str, summary: str, harm: str, category: Category, severity: Severity
) -> dict[str, object]:
    return {
        "title": title,
        "summary": summary,
        "harm": harm,
        "category": category,
        "severity": severity,
    }


def _tell(found: Finding) -> None:
    out.print(f"Finding {found.id} on {found.model} is kept.", highlight=False)
