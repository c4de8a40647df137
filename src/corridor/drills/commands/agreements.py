"""`corridor drill propose`, `proposals`, `accept`, `refuse` and `withdraw`: agree with partners on a drill."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.core.store import Transaction
from corridor.drills.commands.showing import pair_in
from corridor.drills.records import AgreedLoss, Agreement, PartSeen, Terms, Tripwire
from corridor.drills.rules.running import duration
from corridor.drills.rules.stages import stages_in, written
from corridor.drills.rules.turns import items_in, items_text
from corridor.drills.service import Agreements, Proposing
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

Proposal = Annotated[
    str, typer.Argument(help="A proposal's id, or its beginning; NODE/ID where two begin alike.")
]
Why = Annotated[str, typer.Option(help="Why; partners read it.")]
Home = Annotated[str | None, typer.Option(help="From where a scenario is asked here: IN.")]
Stages = Annotated[str, typer.Option(help="shadow:10s,canary:30s@10%,full:60s.")]
Ceiling = Annotated[
    float, typer.Option(min=0, max=1, help="The largest share of live requests here.")
]
Without = Annotated[
    list[str] | None, typer.Option(help="A service of this node that is left out; repeatable.")
]
NO_ITEMS = "none"
MostFailed = Annotated[
    float, typer.Option(min=0, max=1, help="It ends if so many more live requests fail ...")
]
MostSlower = Annotated[
    float, typer.Option(min=1, help="... or take so many times as long as before.")
]
AtOnce = Annotated[
    bool,
    typer.Option(
        "--at-once",
        help="The node that runs begins its part by itself, once the window is open and a partner has accepted.",
    ),
]
At = Annotated[
    str, typer.Option(help="It begins by itself at this moment: 2026-12-01T09:00Z, or 2h from now.")
]


@commands.command("propose")
def propose(
    context: typer.Context,
    to: Annotated[list[str], typer.Option(help="A partner; repeatable.")],
    why: Why,
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Of the library.")
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option(help="Instead of a scenario: a supplier that withdraws.")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="country=US; repeatable.")] = None,
    home: Home = None,
    worse: Annotated[bool, typer.Option("--worse", help="What may be lost is lost, too.")] = False,
    stages: Stages = "shadow:30s",
    items: Annotated[
        str,
        typer.Option(
            metavar="all|N",
            help="So many items of each language are asked before the loss, and the same in it, which may take "
            "drills.items_seconds longer each time; the most that partners are asked for.",
        ),
    ] = "",
    begins: Annotated[
        str,
        typer.Option("--from", help="The window's beginning: 2026-12-01T09:00Z, or 2h from now."),
    ] = "",
    until: Annotated[str, typer.Option(help="Its end, said in the same way.")] = "24h",
    ceiling: Ceiling = 1.0,
    without: Without = None,
    most_failed: MostFailed = 0.05,
    most_slower: MostSlower = 10.0,
    at_once: AtOnce = False,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Propose a drill to partners: each accepts or refuses, and holds its own part.

    The limits are those of this node's part; its stages and items are the most that
    partners are asked for.

    Example: corridor drill propose --to jp --withdraw overseas-vendor --stages shadow:30s --until 2h --why "before the summit"

    Another: corridor drill propose model-withdrawn --set country=US --home IN --to jp --until 2h --why "as in June"

    To measure by all that the evidence rests on: corridor drill propose --to jp --withdraw overseas-vendor --items all --until 2h --why "as in June"
    """
    runtime = runtime_of(context)
    lost = _lost(
        {"supplier": withdraw, "scenario": scenario, "home": home, "worse": worse}
        | {"parameters": dict(map(pair_in, set_ or ()))}
    )
    now = runtime.store.clock()
    window = (_moment(begins, now) if begins else now, _moment(until, now))
    terms = Terms(
        stages=stages_in(stages),
        ceiling=ceiling,
        without=tuple(without or ()),
        tripwire=Tripwire(failed=most_failed, slower=most_slower),
        begins_at=_by_itself(at, now, window[0], at_once=at_once),
        items=items_in(items) if items else 0,
    )
    with runtime.store.transaction("operator") as tx:
        found = runtime.service(Proposing).propose(tx, to, lost, window, terms, why)
    _show(runtime, found, as_json=as_json)


@commands.command("proposals")
def proposals(context: typer.Context, as_json: AsJson = False) -> None:
    """List the drills that this node proposed or was asked to join, and how each part stands.

    Example: corridor drill proposals --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Agreements).agreements(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Drills with partners",
        ("proposal", "by", "lost", "stages", "window", "state", "parts"),
        [
            (
                each.proposal.record_id[:12],
                each.proposal.issuer,
                each.proposed.lost,
                "\n".join(_course(each.proposed.terms)),
                f"{each.proposed.begins:%Y-%m-%d %H:%M} to {each.proposed.until:%Y-%m-%d %H:%M}",
                each.state,
                "\n".join(f"{part.node}: {part_in_words(part)}" for part in each.parts),
            )
            for each in found
        ],
    )


@commands.command("accept")
def accept(
    context: typer.Context,
    proposal: Proposal,
    withdraw: Annotated[
        str, typer.Option(help="What this node calls the supplier, if otherwise than the proposer.")
    ] = "",
    home: Home = None,
    stages: Annotated[str, typer.Option(help="Fewer or shorter stages than proposed.")] = "",
    items: Annotated[
        str,
        typer.Option(
            metavar="N|none",
            help="Fewer items of each language than proposed; none: as many as there is time for.",
        ),
    ] = "",
    ceiling: Ceiling = 1.0,
    without: Without = None,
    most_failed: MostFailed = 0.05,
    most_slower: MostSlower = 10.0,
    at_once: AtOnce = False,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Accept a partner's proposal, with this node's own limits.

    `corridor drill part` holds this node's part; or, with --at-once or --at, the node does by itself.

    Example: corridor drill accept 3f2a --stages shadow:10s --items 12 --without tax-helpline
    """
    runtime = runtime_of(context)
    proposing = runtime.service(Proposing)
    with runtime.store.transaction("operator") as tx:
        proposed = proposing.agreements.agreement(tx, proposal).proposed
        terms = Terms(
            stages=stages_in(stages) if stages else proposed.terms.stages,
            ceiling=ceiling,
            without=tuple(without or ()),
            tripwire=Tripwire(failed=most_failed, slower=most_slower),
            begins_at=_by_itself(at, runtime.store.clock(), proposed.begins, at_once=at_once),
            items=_fewer(items, proposed.terms.items),
        )
        lost = _lost({"supplier": withdraw}) if withdraw else None
        if home and lost is None:
            lost = _lost(proposed.lost.model_dump() | {"home": home})
        found = proposing.accept(tx, proposal, terms, lost)
    _show(runtime, found, as_json=as_json)


@commands.command("refuse")
def refuse(context: typer.Context, proposal: Proposal, why: Why, as_json: AsJson = False) -> None:
    """Refuse a partner's proposal, or take an acceptance back before this node's part began.

    Example: corridor drill refuse 3f2a --why "elections that week"
    """
    _say(context, Proposing.refuse, proposal, why, as_json=as_json)


@commands.command("withdraw")
def withdraw(context: typer.Context, proposal: Proposal, why: Why, as_json: AsJson = False) -> None:
    """Withdraw a proposal of this node: no part of it begins any more. One that runs goes on.

    Example: corridor drill withdraw 3f2a --why "the vendor is under repair"
    """
    _say(context, Proposing.withdraw, proposal, why, as_json=as_json)


def _say(
    context: typer.Context,
    verb: Callable[[Proposing, Transaction, str, str], Agreement],
    proposal: str,
    why: str,
    *,
    as_json: bool,
) -> None:
    """Say something of a proposal, with a reason, and show how it stands."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        found = verb(runtime.service(Proposing), tx, proposal, why)
    _show(runtime, found, as_json=as_json)


def _fewer(items: str, proposed: int) -> int:
    """Read how many items this node's part asks; as many as were proposed if nothing is said."""
    if items == NO_ITEMS:
        return 0
    return items_in(items) if items else proposed


def _course(terms: Terms) -> tuple[str, ...]:
    """Say in which stages a part goes, and how many items it asks if that is said."""
    stages = written(terms.stages)
    return (stages, f"{items_text(terms.items)} items") if terms.items else (stages,)


def part_in_words(part: PartSeen) -> str:
    """Say how a node's part stands."""
    if part.state == "ended early" and part.how:
        return f"ended early ({part.how})"
    return part.state


def _show(runtime: Runtime, found: Agreement, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    own = runtime.identity.name
    proposed, agreed = found.proposed, found.terms(own)
    out.print(
        f"Proposal {found.proposal.record_id} of {found.proposal.issuer}: {found.state}.\n"
        f"Window: {proposed.begins:%Y-%m-%d %H:%M:%S} to {proposed.until:%Y-%m-%d %H:%M:%S} (UTC).",
        highlight=False,
    )
    if agreed is not None:
        lost, terms = agreed
        begin = f"begin it with\ncorridor drill part {found.proposal.record_id[:12]}"
        if terms.begins_at is not None:
            begin = f"the node begins it by itself at {terms.begins_at:%Y-%m-%d %H:%M:%S} (UTC)"
        out.print(
            f"This node's part: without {lost}, {', '.join(_course(terms))}; {begin}",
            highlight=False,
            markup=False,
        )
    for part in found.parts:
        answer = found.answers.get(part.node)
        why = f": {answer.why}" if answer and answer.why else ""
        out.print(f"{part.node}: {part_in_words(part)}{why}", highlight=False, markup=False)


def _lost(fields: Mapping[str, object]) -> AgreedLoss:
    try:
        return AgreedLoss.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        raise Invalid(
            f"What is lost is wrong: {said}.",
            hint="Name a SCENARIO of `corridor supply-chain scenarios`, or --withdraw SUPPLIER.",
        ) from error


def _by_itself(at: str, now: datetime, begins: datetime, *, at_once: bool) -> datetime | None:
    """Return when the node begins its part by itself; None where an operator does."""
    if at and at_once:
        raise Invalid("--at and --at-once exclude each other.", hint="Say one of them.")
    if at:
        return _moment(at, now)
    return max(now, begins) if at_once else None


def _moment(text: str, now: datetime) -> datetime:
    """Read a moment, or how long it is from now."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return now + duration(text)
    if found.tzinfo is None:
        raise Invalid(f"{text} has no time zone.", hint="Add one: 2026-12-01T09:00Z.")
    return found
