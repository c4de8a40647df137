"""`corridor evaluate decide`: settle one question, and stop as soon as it is settled."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress

from corridor.core.errors import Invalid
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json
from corridor.evaluation.commands.gaps import all_readings
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.statistics.sequential import Question
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.deciding import Asked, Come, Settled, Side, settle, side_of
from corridor.evaluation.service.plans import Wanted
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()

Kind = Literal["gap", "better", "at least"]


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody asks, in the words of the command."""

    kind: Kind
    provider: str
    suite: str
    language: str
    other: str
    """The language or the provider that is compared with; empty where none is."""
    threshold: float
    error: float
    folder: Path | None

    @property
    def words(self) -> str:
        """The question."""
        if self.kind == "gap":
            return f"Is {self.language} less than {self.threshold} behind {self.other}?"
        if self.kind == "better":
            return f"Is {self.provider} better than {self.other} in {self.language}?"
        return f"Is the score in {self.language} at least {self.threshold}?"


@commands.command("decide")
def decide_on(
    context: typer.Context,
    provider: Annotated[str, typer.Argument(help="A provider of the catalogue.")],
    language: Annotated[str, typer.Option(help="In which language.")],
    suite: Annotated[str, typer.Option(help="On which items.")] = "parallel-facts",
    gap_under: Annotated[
        float | None, typer.Option(min=0, max=1, help="Is it behind --against by less than this?")
    ] = None,
    against: Annotated[str, typer.Option(help="The other language.")] = "en",
    better_than: Annotated[
        str | None, typer.Option(help="Is it better than this other provider?")
    ] = None,
    at_least: Annotated[
        float | None, typer.Option(min=0, max=1, help="Is its score at least this?")
    ] = None,
    error: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="How often the answer may be wrong.")
    ] = 0.05,
    folder: Annotated[Path | None, typer.Option(help="Where the data are.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    seed: Annotated[int, typer.Option(help="Of the order in which items are asked.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Settle one question about a model with as few calls as it takes.

    The answer is of what a full run of the suite would say, and wrong at most as often as --error says,
    whenever it stops. What was asked is not asked again by `corridor evaluate run`. It is no evidence.

    Example: corridor evaluate decide own --language hi --gap-under 0.05 --suite corridor-kinds
    """
    runtime = runtime_of(context)
    chosen: list[tuple[Kind, str, float]] = []
    if gap_under is not None:
        chosen.append(("gap", against, gap_under))
    if better_than is not None:
        chosen.append(("better", better_than, 0.0))
    if at_least is not None:
        chosen.append(("at least", "", at_least))
    if len(chosen) != 1:
        raise Invalid("Ask one question: --gap-under, --better-than or --at-least.")
    kind, other, threshold = chosen[0]
    meant = Meant(kind, provider, suite, language, other, threshold, error, folder)
    asked = _asked(runtime, meant)
    found = _settled(runtime, asked, seed, Caps(calls=max_calls))
    if as_json:
        show_json({"question": meant.words, **asdict(found)})
        return
    _show(meant, found)


def _asked(runtime: Runtime, meant: Meant) -> Asked:
    known = all_readings(runtime)
    runs = runtime.service(Runs)

    def side(provider: str, language: str) -> Side:
        wanted = Wanted(
            suite=meant.suite, provider=provider, languages=(language,), folder=meant.folder
        )
        with runtime.store.view() as view:
            plan = runs.plan(view, wanted)
        return side_of(plan, tag_of(language, plan.dataset.languages), known)

    first = side(meant.provider, meant.language)
    if meant.kind == "gap":
        question = Question("under", meant.threshold, meant.error)
        return Asked(question, first, side(meant.provider, meant.other))
    if meant.kind == "better":
        return Asked(Question("under", 0.0, meant.error), first, side(meant.other, meant.language))
    return Asked(Question("at least", meant.threshold, meant.error), first)


def _settled(runtime: Runtime, asked: Asked, seed: int, caps: Caps) -> Settled:
    with Progress(console=errors) as progress:
        bar = progress.add_task("asking", total=None)

        def told(come: Come) -> None:
            label = f"{come.asked} of {come.of} items, {come.calls} calls"
            progress.update(bar, description=label, completed=come.asked, total=come.of)

        return asyncio.run(settle(runtime.service(Runs), asked, seed, caps, told))


def _show(meant: Meant, found: Settled) -> None:
    decision = found.decision
    words = {"yes": "Yes", "no": "No", "open": "It is open"}[decision.answer]
    bounds = f"{decision.at_least:+.2f} to {decision.at_most:+.2f}"
    what = {"gap": "the gap is", "better": "the other one is ahead by", "at least": "the score is"}
    out.print(f"{meant.words} {words}.", highlight=False)
    out.print(
        f"Settled after {decision.asked} of {decision.of} items, with {found.calls} calls where a "
        f"full run needs {found.full}: {what[meant.kind]} {bounds}.",
        highlight=False,
    )
    if found.unanswered:
        out.print(
            f"The provider would not answer {found.unanswered}: nothing can be said beyond it.",
            highlight=False,
        )
