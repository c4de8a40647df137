"""`corridor evaluate suites`: which data sets there are, and what one of them holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, show_json, show_table
from corridor.evaluation.records import Dataset, Listing
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.licences import Purpose
from corridor.evaluation.service.checks import Report, examined
from corridor.evaluation.service.datasets import Hub, listing_of, listings, load

commands = typer.Typer(
    help="The data sets that a model can be evaluated on.", invoke_without_command=True
)


@commands.callback()
def list_suites(context: typer.Context, as_json: AsJson = False) -> None:
    """List the data sets. Example: corridor evaluate suites --json."""
    if context.invoked_subcommand:
        return
    if as_json:
        show_json([_facts(each) for each in listings().values()])
        return
    show_table(
        "Suites",
        ("name", "kind", "languages", "licence", "from"),
        [_row(each) for each in listings().values()],
    )


@commands.command("show")
def show(
    name: Annotated[str, typer.Argument(help="As in the list.")],
    language: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="A local copy in the published layout.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Of the hub, instead of the usual.")] = None,
    hub: Annotated[str, typer.Option(help="The hub's address, instead of the usual.")] = "",
    purpose: Annotated[Purpose, typer.Option(help="What results are for.")] = "research",
    despite: Annotated[
        list[str] | None, typer.Option(help="A set to use whatever its licence; may be repeated.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Look for what is wrong with it.")] = False,
    against: Annotated[
        Path | None, typer.Option(help="A text file that may contain items of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a data set and show what it holds in each language.

    Example: corridor evaluate suites show corridor-kinds --language hi-Deva --check
    """
    read = load(
        name,
        language or (),
        folder=folder,
        revision=revision,
        purpose=purpose,
        despite=despite or (),
        hub=Hub(hub),
    )
    report = examined(read, against) if check or against else None
    if as_json:
        show_json(_contents(read, report))
        return
    _print(read, report)


def _facts(listing: Listing) -> dict[str, object]:
    return {
        "name": listing.name,
        "title": listing.title,
        "kind": listing.kind,
        "languages": list(listing.languages),
        "licence": listing.licence,
        "commercial": listing.commercial,
        "source": listing.source,
        "hub": listing.hub,
        "gated": listing.gated,
        "packaged": listing.packaged,
        "notes": list(listing.notes),
    }


def _row(listing: Listing) -> tuple[str, ...]:
    where = "Corridor" if listing.packaged else "hub" if listing.hub else "folder"
    return (
        listing.name,
        listing.kind,
        str(len(listing.languages)),
        listing.licence if listing.commercial else f"{listing.licence}; not commercial",
        f"{where}, gated" if listing.gated else where,
    )


def _contents(read: Dataset, report: Report | None) -> dict[str, object]:
    return {
        **_facts(listing_of(read.name)),
        "version": read.version,
        "sha256": read.sha256,
        "notes": list(read.notes),
        "languages": {
            tag: {
                "items": len(items),
                "examples": len(read.shots.get(tag, ())),
                "native": sum(item.origin == "native" for item in items),
                "translated": sum(item.origin == "translated" for item in items),
                "culturally_specific": _specific(items),
                "sha256": read.digests[tag],
            }
            for tag, items in read.items.items()
        },
        "findings": None
        if report is None
        else [
            {
                "kind": found.kind,
                "language": found.language,
                "items": list(found.items),
                "treatment": found.treatment,
            }
            for found in report.findings
        ],
        "contained": None if report is None else report.contained,
    }


def _specific(items: Sequence[Item]) -> int | None:
    """Return how many items are specific to a culture; None where the source does not say so of any."""
    said = [item.cultural for item in items if item.cultural is not None]
    return sum(said) if said else None


def _print(read: Dataset, report: Report | None) -> None:
    show_table(
        f"{read.name} {read.version}, {read.kind}, {read.licence}",
        ("language", "items", "examples", "native", "translated", "specific", "digest"),
        [
            (
                tag,
                len(items),
                len(read.shots.get(tag, ())),
                sum(item.origin == "native" for item in items),
                sum(item.origin == "translated" for item in items),
                "unsaid" if (specific := _specific(items)) is None else specific,
                read.digests[tag][:12],
            )
            for tag, items in read.items.items()
        ],
    )
    out.print(f"SHA-256 {read.sha256}", highlight=False)
    for note in read.notes:
        out.print(f"- {note}", highlight=False, markup=False)
    if report is not None:
        _print_report(report)


def _print_report(report: Report) -> None:
    show_table(
        "Found",
        ("what", "language", "items", "for example", "what is done"),
        [
            (each.kind, each.language, len(each.items), each.items[0], each.treatment)
            for each in report.findings
        ],
    )
    for tag, names in (report.contained or {}).items():
        out.print(f"{tag}: {len(names)} items are in the text.", highlight=False)
