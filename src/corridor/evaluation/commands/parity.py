"""The scorer-parity test on the command line."""

from dataclasses import asdict

import typer

from corridor.edge.terminal import AsJson, out, show_json, show_table
from corridor.evaluation.service.parity import Parity, scorer_parity

commands = typer.Typer()
UNEQUAL = 1
"""The exit code where an answer is not judged as in the other languages."""


@commands.command("parity")
def parity(as_json: AsJson = False) -> None:
    """Test that the same answers are judged the same in every language; exit 1 where one is not.

    Example: corridor evaluate parity
    """
    found = scorer_parity()
    if as_json:
        show_json(
            {
                "scorers": found.scorers,
                "languages": [asdict(found.standing(tag)) for tag in found.languages],
                "unequal": [asdict(row) for row in found.unequal],
                "rows": [asdict(row) for row in found.rows],
            }
        )
    else:
        _show(found)
    raise typer.Exit(UNEQUAL if found.unequal else 0)


def _show(found: Parity) -> None:
    show_table(
        f"Scorer parity of {', '.join(found.scorers)}",
        ("language", "answers", "as expected", "right", "counted right", "by ASCII rules"),
        [
            (
                each.language,
                str(each.answers),
                str(each.as_expected),
                str(each.right),
                str(each.counted),
                str(each.plain),
            )
            for each in map(found.standing, found.languages)
        ],
    )
    for row in found.unequal:
        out.print(f"{row.language} {row.case}: {row.answer!r} is {row.verdict}, not {row.expected}")
