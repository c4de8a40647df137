"""The demonstration, step by step, as one sees it."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from corridor.app.demo import setup
from corridor.app.demo.processes import actors, node_actor, peak_mib, vendor_actor
from corridor.app.demo.rehearsing import DemoFailed, rehearse, show_checks
from corridor.app.demo.roles import (
    CAST,
    LANGUAGES,
    PARTNER_LOCAL,
    PARTNER_MODEL,
    VENDOR,
    VENDOR_MODEL,
    VENDOR_PROVIDER,
    Stage,
)
from corridor.app.demo.setup import Nodes
from corridor.app.locks import Taken, held
from corridor.assurance import DOMAINS, Assurance
from corridor.catalogue import Catalogue, Model
from corridor.core.errors import Conflict
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import out, show_table
from corridor.evaluation import Come, Evaluation, Runs, Wanted
from corridor.federation import Federation

SUITE = "parallel-facts"
EXCHANGE_SECONDS = 60


class DemoRuns(Conflict):
    """The demonstration runs already on this folder."""

    advice = "Wait until it has ended, or give another folder with --folder."


@dataclass(slots=True)
class Story:
    """One run of the demonstration."""

    stage: Stage
    drill_for: str
    items: str = "all"
    """How many of each language the drill asks before the withdrawal and during it."""
    began: float = field(default_factory=time.monotonic)

    def play(self) -> Path:
        """Play all steps; return where the report is."""
        with self.set_up() as pair:
            self._drill(pair)
        return self.stage.folder / "report.html"

    @contextmanager
    def set_up(self) -> Generator[Nodes]:
        """Play the steps before the drill; the nodes, which run, are in hand while the block lasts."""
        self._cast()
        pair, found = setup.nodes(self.stage)
        if found:
            out.print(
                f"Found the nodes of an earlier run in {self.stage.folder}; what is there is used "
                "again."
            )
        try:
            vendors, partners = self._models(pair)
            self._processes(pair)
            setup.providers(pair, self.stage, vendors, partners)
            self._evaluations(pair)
            self._exchange(pair)
            self._access(pair, vendors, partners)
            yield pair
        finally:
            pair.close()

    def _step(self, number: int, text: str) -> None:
        seconds = time.monotonic() - self.began
        out.print(f"\n[bold]{number}. {text}[/]  [dim]({seconds:.0f} s)[/]")

    def _cast(self) -> None:
        show_table("Who plays what", ("name", "role"), CAST)

    def _models(self, pair: Nodes) -> tuple[Model, Model]:
        self._step(1, "Two real language models, and their licences")
        with pair.india.store.view() as india, pair.japan.store.view() as japan:
            known = (
                *pair.india.service(Catalogue).models(india),
                *pair.japan.service(Catalogue).models(japan),
            )
        found = setup.models(pair)
        for model, node in zip(found, ("in", "jp"), strict=True):
            if model.name in known:
                out.print(f"{escape(model.title)} is registered at node {node} already.")
                continue
            out.print(
                f"{escape(model.title)}, {model.file.bytes / 1e6:.0f} MB, from {model.source}; "
                f"registered at node {node}\n  SHA-256 {model.file.sha256}\n"
                f"  Licence: {model.licence.title}, {model.licence.url}\n  {model.licence.notice}",
                highlight=False,
            )
        return found

    def _processes(self, pair: Nodes) -> None:
        self._step(2, "Two nodes and a vendor, each a process of its own")
        for actor in (
            node_actor(self.stage.home_in),
            node_actor(self.stage.home_jp),
            vendor_actor(self.stage),
        ):
            started = actor.start()
            word = "started" if started else "runs already"
            out.print(f"{actor.name}: {word} at http://{actor.host}:{actor.port}", highlight=False)
        setup.partnership(pair)
        for node in (pair.india, pair.japan):
            out.print(
                f"node {node.identity.name} fingerprint {node.identity.signer.public.fingerprint}",
                highlight=False,
            )
        out.print("Each node trusts the other's key; their fingerprints were compared.")

    def _evaluations(self, pair: Nodes) -> None:
        self._step(3, "Both models on 48 questions in English, Hindi and Japanese")
        asyncio.run(_evaluated(pair))
        evidence = [
            (node.identity.name, record)
            for node in (pair.india, pair.japan)
            for record in _own_evidence(node)
        ]
        show_table(
            "Signed evaluation records",
            ("node", "model", "language", "n", "score", "95 % interval", "record"),
            [
                (
                    node,
                    e.model,
                    e.language,
                    e.n,
                    f"{e.score.value:.2f}",
                    f"{e.score.low:.2f} to {e.score.high:.2f}",
                    e.id[:12],
                )
                for node, e in evidence
            ],
        )
        out.print("48 questions mean wide intervals: a difference within them is no difference.")

    def _exchange(self, pair: Nodes) -> None:
        self._step(4, "The nodes exchange their records")
        for us, them in ((pair.india, pair.japan), (pair.japan, pair.india)):
            held = _wait_until_held(us, them)
            out.print(
                f"node {us.identity.name} holds {held} records of node {them.identity.name}, each "
                "signature and the root of the log verified",
                highlight=False,
            )

    def _access(self, pair: Nodes, vendors: Model, partners: Model) -> None:
        self._step(5, "Who may use what: asked for by one person, approved by another")
        granted = setup.access(pair, self.stage, vendors, partners)
        show_table(
            "Grants of node in, each for one model, project and purpose",
            ("who", "model", "at node", "tier", "languages", "until", "grant"),
            [
                (
                    each.grantee,
                    each.grant.model,
                    each.grant.node,
                    each.grant.tier,
                    ", ".join(each.grant.languages),
                    f"{each.grant.until:%Y-%m-%d}",
                    each.grant.id[:12],
                )
                for each in granted
            ],
        )
        if all(each.found for each in granted):
            out.print("They are of an earlier run, and still in force.")
        _show_tiers(pair.india, self.stage)
        _wait_until_held(pair.japan, pair.india)
        out.print(
            "Node jp holds the grants for its model: it will check them, and learns no name.",
            highlight=False,
        )

    def _drill(self, pair: Nodes) -> None:
        self._step(6, f"Live requests in three languages, and {VENDOR} is withdrawn")
        rehearsed = rehearse(pair, self.stage, self.drill_for, self.items, self.stage.folder)
        callers = rehearsed.callers
        show_checks(rehearsed.checks)
        out.print(
            "By all the items that the evidence rests on, what is measured lies in what was foretold, unless serving "
            "differs from evaluation. Other items, as many, would belong in the wider interval."
        )
        self._step(7, "What the callers saw, through the openai client")
        show_table(
            "Answers",
            ("language", "answered by", "answers", "for example"),
            [
                (language, provider, count, " → ".join(callers.samples[language, provider]))
                for (language, provider), count in sorted(callers.answered.items())
            ],
        )
        out.print(f"The callers sent {callers.sent} requests; {len(callers.failed)} failed.")
        out.print(
            "The models are small and often wrong. What is shown is that answers continue, and "
            "that the evidence says how good they are."
        )
        for failure in callers.failed[:5]:
            out.print(f"  {escape(failure)}", highlight=False)

    def farewell(self, *, leave: bool) -> None:
        """Say what remains, or end it."""
        running = actors(self.stage)
        held = {actor.name: actor.peak_mib() for actor in running}
        held["this program"] = peak_mib("self")
        known = {name: mib for name, mib in held.items() if mib is not None}
        seconds = time.monotonic() - self.began
        out.print(f"\nTook {seconds:.0f} s. Peak memory: {sum(known.values())} MiB", end=" ")
        out.print(f"({', '.join(f'{n} {m}' for n, m in known.items())}).", highlight=False)
        report = self.stage.folder / "report.html"
        out.print(f"Report: {report} and {report.with_suffix('.json')}", highlight=False)
        if not leave:
            return
        out.print("Both nodes keep running:", highlight=False)
        for actor in running:
            out.print(f"  {actor.name}  http://{actor.host}:{actor.port}", highlight=False)
        out.print("End them with: make demo ARGS=--stop")


def _show_tiers(node: Runtime, stage: Stage) -> None:
    """Say why the models are of the tier that the grants show."""
    assurance, names = node.service(Assurance), (VENDOR_MODEL, PARTNER_MODEL)
    with node.store.view() as view:
        found = [assurance.explained(view, name, LANGUAGES[:1]) for name in names]
    rows = [
        (each.model, DOMAINS[domain.domain], domain.tier, domain.state, domain.why)
        for each in found
        for domain in each.languages[0].domains
        if domain.domain in ("general", "cyber")
    ]
    out.print()
    show_table(
        f"Why of this tier: rules {found[0].rules}, two of six domains",
        ("model", "domain", "tier", "state", "why"),
        rows,
    )
    for each in found:
        flop = each.compute.flop
        out.print(
            f"{each.model}: {flop:.2g} FLOP of training, 6 x parameters x tokens", highlight=False
        )
    command = f"corridor --home {stage.home_in} evaluate tier {names[0]} --explain"
    out.print(f"All of it: {command}", highlight=False)


def stopped(stage: Stage) -> None:
    """End every process of the demonstration."""
    for actor in actors(stage):
        if actor.stop():
            out.print(f"{actor.name}: ended")


@contextmanager
def alone(stage: Stage) -> Generator[None]:
    """Hold the folder as the one demonstration that runs on it.

    Raises:
        DemoRuns: if another does.
    """
    stage.folder.mkdir(parents=True, exist_ok=True)
    try:
        with held(stage.folder / "demo.lock"):
            yield
    except Taken as error:
        raise DemoRuns(f"Process {error.pid} plays the demonstration on {stage.folder}.") from error


async def _evaluated(pair: Nodes) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as progress:
        await asyncio.gather(  # not a TaskGroup: what fails is told by itself, not as a group
            _evaluate(pair.india, VENDOR_PROVIDER, progress),
            _evaluate(pair.japan, PARTNER_LOCAL, progress),
        )


async def _evaluate(node: Runtime, name: str, progress: Progress) -> None:
    runs = node.service(Runs)
    with node.store.view() as view:
        plan = runs.plan(view, Wanted(SUITE, provider=name))
    if len(plan.todo) < len(plan.languages):
        out.print(f"{name}: evidence of an earlier run is used again.")
    bars = {tag: progress.add_task(f"{name} {tag}", total=plan.items(tag)) for tag in plan.todo}

    def told(come: Come) -> None:
        label = f"{name} {come.language}: {come.right} right"
        progress.update(bars[come.language], completed=come.done, description=label)

    async for measured in runs.carry_out(plan, told=told):
        with node.store.transaction("evaluator") as tx:
            runs.publish(tx, plan, measured)


def _own_evidence(node: Runtime) -> list[Evaluation]:
    with node.store.view() as view:
        return list(view.own(Evaluation))


def _wait_until_held(us: Runtime, them: Runtime) -> int:
    """Wait until one node holds all that the other has to show; return how many records."""
    with them.store.view() as view:
        goal = view.log_size()
    end = time.monotonic() + EXCHANGE_SECONDS
    while time.monotonic() < end:
        with us.store.view() as view:
            if view.log_size(them.identity.name) >= goal:
                return len(view.entries(them.identity.name))
        time.sleep(0.1)
    with us.store.view() as view:
        status = [p for p in us.service(Federation).partners(view) if p.name == them.identity.name]
    reason = status[0].last_error if status else "it is no partner"
    raise DemoFailed(f"node {us.identity.name} has not got node {them.identity.name}'s: {reason}.")
