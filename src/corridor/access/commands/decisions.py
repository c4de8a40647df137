"""Deciding on the command line: approve, refuse, appeal, countersign, review, see what is granted."""

from datetime import datetime
from typing import Annotated

import typer

from corridor.access.commands.acting import KeyFile
from corridor.access.commands.ids import grant_id, request_id
from corridor.access.commands.requests import Set, given, viewer_at, who
from corridor.access.records import Grant, Principal
from corridor.access.records.grants import GrantStanding
from corridor.access.records.requests import RequestState
from corridor.access.rules.drafts import Narrowing, narrowing
from corridor.access.service.countersigning import Countersigning
from corridor.access.service.grants import Grants
from corridor.access.service.naming import Naming
from corridor.access.service.requests import Requests
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Decide on requests.", no_args_is_help=True)
grant_commands = typer.Typer(help="Look at one grant.", no_args_is_help=True)

RequestId = Annotated[
    str,
    typer.Argument(metavar="REQUEST", help="Its id, as `list` shows it, or the beginning of it."),
]
GrantId = Annotated[
    str,
    typer.Argument(metavar="GRANT", help="Its id, as `grants` shows it, or the beginning of it."),
]
Issuer = Annotated[
    str | None, typer.Option("--issuer", metavar="NODE", help="The partner that issued it.")
]
Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]
Digest = Annotated[
    str | None,
    typer.Option("--digest", help="Of what you saw; if another is kept here, nothing is decided."),
]


@commands.command("approve")
def approve(
    context: typer.Context,
    request: RequestId,
    reason: Reason,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", help="Where it names a tier: an exact model; may be repeated."),
    ] = None,
    settings: Set = None,
    digest: Digest = None,
    key: KeyFile = None,
) -> None:
    """Approve of a request, if you like under stricter conditions than were asked for.

    Where it names a tier, name the exact models of this node: each becomes a request of its own,
    and what else that needs is for the model's own tier.

    Example: corridor access approve 3f2a… --reason "seen the plan" --set conditions.quota.requests=100
    """
    runtime = runtime_of(context)
    grants, person = runtime.service(Grants), who(runtime, key)
    less = narrowing(given(None, settings))
    if models:
        _name_models(runtime, request, person, models, reason, digest, less)
        return
    with runtime.store.transaction(person.name) as tx:
        request = request_id(runtime, tx, request, person)
        state = runtime.service(Requests).state(tx, request, person)
        grant = grants.approve(
            tx,
            state.id,
            person,
            sha256=digest or state.sha256,
            reason=reason,
            conditions=less.conditions,
            languages=less.languages,
            days=less.days,
        )
        state = runtime.service(Requests).state(tx, request, person)
    _show_outcome(grant, state)


@commands.command("refuse")
def refuse(
    context: typer.Context,
    request: RequestId,
    reason: Reason,
    digest: Digest = None,
    key: KeyFile = None,
) -> None:
    """Refuse a request, which ends it; whoever asked may appeal.

    Example: corridor access refuse 3f2a… --reason "the purpose is not the stated one"
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        request = request_id(runtime, tx, request, person)
        state = runtime.service(Requests).state(tx, request, person)
        sha256 = digest or state.sha256
        runtime.service(Grants).refuse(tx, state.id, person, sha256=sha256, reason=reason)
    out.print(f"Request {state.id} is refused.", highlight=False)


@commands.command("appeal")
def appeal(
    context: typer.Context,
    request: RequestId,
    text: Annotated[str, typer.Option(help="Why it should be looked at again.")],
    key: KeyFile = None,
) -> None:
    """Ask that a refusal of your request be looked at by others than those who refused.

    Example: corridor access appeal 3f2a… --text "the plan was changed, see section 2"
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        request = request_id(runtime, tx, request, person)
        state = runtime.service(Requests).state(tx, request, person)
        runtime.service(Grants).appeal(tx, state.id, person, text)
    out.print("Appealed. Approvers who have not refused it decide.", highlight=False)


@commands.command("issue")
def issue(context: typer.Context, request: RequestId) -> None:
    """Grant a request that has all it needs by now, as when evidence came after the approvals.

    A node that is served does this by itself, within a minute.

    Example: corridor access issue 3f2a…
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        grant = runtime.service(Grants).issue(tx, request_id(runtime, tx, request))
    out.print(f"Granted: {grant.id}, until {grant.until:%Y-%m-%d %H:%M} UTC.", highlight=False)


@commands.command("countersign")
def countersign(
    context: typer.Context,
    issuer: Annotated[str, typer.Argument(metavar="NODE", help="The partner that issued it.")],
    grant: GrantId,
    reason: Annotated[str, typer.Option(help="Why. All partners can read it: name nobody.")],
    refuse_it: Annotated[bool, typer.Option("--refuse", help="Say no instead.")] = False,
    digest: Digest = None,
    key: KeyFile = None,
) -> None:
    """Give this node's word on a partner's grant, on its very bytes.

    Example: corridor access countersign jp 91ab… --reason "known programme, evidence seen"
    """
    runtime = runtime_of(context)
    grants, person = runtime.service(Grants), who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        grant = grant_id(runtime, tx, grant, person, issuer)
        standing = grants.grant(tx, grant, person, issuer=issuer)
        word = runtime.service(Countersigning).countersign(
            tx,
            issuer,
            grant,
            person,
            verdict="refuse" if refuse_it else "approve",
            sha256=digest or standing.sha256,
            reason=reason,
        )
    if word is None:
        text = "Kept. It becomes this node's word when an approver from another country agrees too."
        out.print(text, highlight=False)
        return
    out.print(
        f"This node {'agrees' if word.verdict == 'approve' else 'refuses'}: {word.id}.",
        highlight=False,
    )


@commands.command("grants")
def grants_(context: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """List grants, partners' included, and how each stands.

    With a key: those that its person may see. Without one: all, for the node's operator.

    Example: corridor access grants --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Grants).grants(view, viewer_at(runtime, view, key))
    if as_json:
        show_json([standing.model_dump(mode="json") for standing in found])
        return
    show_table(
        "Grants",
        ("id", "issued by", "to", "model", "at", "purpose", "languages", "until", "stands"),
        [
            (
                each.grant.id,
                each.issuer,
                each.grantee or f"{each.grant.grantee[:8]}… of {each.grant.organisation}",
                each.grant.model,
                each.grant.node,
                each.grant.purpose,
                ", ".join(each.grant.languages),
                f"{each.grant.until:%Y-%m-%d}",
                each.stage.replace("_", " "),
            )
            for each in found
        ],
    )


@grant_commands.command("show")
def grant_show(
    context: typer.Context,
    grant: GrantId,
    issuer: Issuer = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one grant: for what, under which conditions, on which evidence, and how it stands.

    Example: corridor access grant show 91ab… --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        viewer = viewer_at(runtime, view, key)
        grant = grant_id(runtime, view, grant, viewer, issuer)
        standing = runtime.service(Grants).grant(view, grant, viewer, issuer=issuer)
    if as_json:
        show_json(standing.model_dump(mode="json"))
        return
    for name, value in _lines(standing):
        out.print(f"  {name:20} {value}", highlight=False, markup=False)


@commands.command("review")
def review(
    context: typer.Context,
    grant: GrantId,
    reason: Reason,
    issuer: Issuer = None,
    key: KeyFile = None,
) -> None:
    """Keep that you looked at a grant again, and that it may go on until the next look.

    Example: corridor access review 91ab… --reason "use is as declared"
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        grant = grant_id(runtime, tx, grant, person, issuer)
        kept = runtime.service(Countersigning).review(tx, grant, person, reason, issuer)
    out.print(f"Reviewed; the next look is due by {kept.next_at:%Y-%m-%d}.", highlight=False)


@commands.command("due")
def due(context: typer.Context, as_json: AsJson = False) -> None:
    """List what somebody has to look at before long: ends, reviews, requests that wait.

    Example: corridor access due --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Grants).due(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    rows = [(_moment(each.at), each.what.replace("_", " "), each.id, each.words) for each in found]
    show_table("Due", ("when", "what", "id", "in words"), rows)


commands.add_typer(grant_commands, name="grant")


def _name_models(
    runtime: Runtime,
    request: str,
    person: Principal,
    models: list[str],
    reason: str,
    digest: str | None,
    less: Narrowing,
) -> None:
    requests = runtime.service(Requests)
    with runtime.store.transaction(person.name) as tx:
        state = requests.state(tx, request_id(runtime, tx, request, person), person)
        grants = runtime.service(Naming).approve(
            tx,
            state.id,
            person,
            models,
            sha256=digest or state.sha256,
            reason=reason,
            conditions=less.conditions,
            languages=less.languages,
            days=less.days,
        )
        became = requests.state(tx, state.id, person).became
        exact = [requests.state(tx, each, person) for each in became]
    for model, grant, each in zip(models, grants, exact, strict=True):
        out.print(f"{model}: request {each.id}", highlight=False, markup=False)
        _show_outcome(grant, each)


def _show_outcome(grant: Grant | None, state: RequestState) -> None:
    if grant is None:
        words = "; ".join(wait.words for wait in state.waits)
        out.print(f"Approved. The request waits for {words}.", highlight=False, markup=False)
        return
    out.print(f"Granted: {grant.id}, until {grant.until:%Y-%m-%d %H:%M} UTC.", highlight=False)
    for wait in state.waits:
        out.print(f"It opens nothing before {wait.words}.", highlight=False, markup=False)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _lines(standing: GrantStanding) -> list[tuple[str, object]]:
    grant = standing.grant
    own = standing.grantee or f"pseudonym {grant.grantee}"
    words = grant.conditions.model_dump(exclude_defaults=True)
    return [
        ("grant", grant.id),
        ("stands", f"{standing.stage.replace('_', ' ')}: {standing.why}"),
        ("issued by", standing.issuer),
        ("to", f"{own} of {grant.organisation}, {grant.country or 'country unknown'}"),
        ("project", grant.project),
        ("model", f"{grant.model} at {grant.node}, sha256 {grant.model_sha256}"),
        ("tier then", grant.tier),
        ("surface", grant.surface),
        ("purpose", f"{grant.purpose} ({grant.use_class})"),
        ("languages", ", ".join(grant.languages)),
        ("conditions", words or "none"),
        *(
            ("evidence", f"{each.language}: {each.record_id} of {each.issuer}")
            for each in grant.evidence
        ),
        ("approved by", f"{grant.approvals} persons, {', '.join(grant.approver_countries)}"),
        ("countersigned by", ", ".join(standing.countersigned_by) or "nobody"),
        ("valid", f"{_moment(grant.valid_from)} to {_moment(grant.until)} UTC"),
        ("next review", _moment(standing.review_at)),
        ("policies then", grant.policy_version),
        ("sha256", standing.sha256),
    ]
