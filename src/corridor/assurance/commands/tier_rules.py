"""Rules of tiers on the command line: read them, check them, see what they would change, adopt them."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from corridor.assurance.adapters.rule_files import text_of
from corridor.assurance.errors import BadRules
from corridor.assurance.records import DOMAINS, TITLES, TierRules
from corridor.assurance.service import Rulebook
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="The rules by which tiers are reckoned.", no_args_is_help=True)

Source = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="Shipped rules by name, or a YAML file.")
]


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the rules that come with Corridor and those that this node has adopted.

    Example: corridor assurance rules list --json
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    with runtime.store.view() as view:
        adopted, in_force = rulebook.history(view), rulebook.in_force(view)
    rows = [("ships with Corridor", each, "") for each in rulebook.shipped()]
    for each in adopted:
        state = "in force" if in_force and each.id == in_force.id else "was in force"
        rows.append((state, each, f"{each.made_at:%Y-%m-%d %H:%M}"))
    if as_json:
        show_json(
            [
                {"state": state, "since": since or None, **_shown(rules)}
                for state, rules, since in rows
            ]
        )
        return
    show_table(
        "Rules of tiers",
        ("name", "edition", "state", "since", "rules", "title"),
        [
            (each.name, str(each.edition), state, since, str(len(each.rules)), each.title)
            for state, each, since in rows
        ],
    )


@commands.command("show")
def show(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(help="Shipped rules, or a file; without it, those in force.")
    ] = None,
    as_file: Annotated[
        bool, typer.Option("--yaml", help="As a file, to change and adopt.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show rules: what each asks of evidence, and the tier that follows.

    Example: corridor assurance rules show baseline --yaml
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    if source is None:
        with runtime.store.view() as view:
            rules = rulebook.required(view)
    else:
        rules = rulebook.read(source)
    if as_file:
        typer.echo(text_of(rules), nl=False)
    elif as_json:
        show_json(rules.model_dump(mode="json"))
    else:
        show_table(
            f"{rules.name}, edition {rules.edition}: {rules.title}",
            ("rule", "domain", "tier", "if", "why"),
            [
                (
                    rule.id,
                    DOMAINS[rule.domain],
                    f"{rule.effect.replace('_', ' ')} {rule.tier} {TITLES[rule.tier]}",
                    "; ".join(rulebook.asked(rule)),
                    rule.why,
                )
                for rule in rules.rules
            ],
        )


@commands.command("tests")
def of_skill(context: typer.Context, as_json: AsJson = False) -> None:
    """List tests of skill by others that rules may ask for: what each tells, and what it can do to a tier.

    Example: corridor assurance rules tests
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    with runtime.store.view() as view:
        found = rulebook.tests(view)
    if as_json:
        show_json(
            {
                "tests": [{**t.model_dump(mode="json"), "evidence": n} for t, n in found],
                "untested": [each.model_dump(mode="json") for each in rulebook.untested()],
            }
        )
        return
    show_table(
        "Tests of skill",
        ("suite", "domain", "tells", "does not tell", "can", "evidence here"),
        [
            (
                test.suite,
                DOMAINS[test.domain],
                test.tells,
                test.does_not_tell,
                "raise and lower" if test.asked_here else "raise",
                str(count) if count else "none",
            )
            for test, count in found
        ],
    )
    for each in rulebook.untested():
        out.print(f"No test of {DOMAINS[each.domain]}: {each.why}", highlight=False)


@commands.command("check")
def check(context: typer.Context, source: Source, as_json: AsJson = False) -> None:
    """Say all that is wrong with rules at this node, and what is worth knowing.

    Example: corridor assurance rules check strict.yaml
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    rules = rulebook.read(source)
    with runtime.store.view() as view:
        found = rulebook.faults(view, rules)
    notes = rulebook.notes(rules)
    if as_json:
        show_json({"faults": [{"place": p, "what": w} for p, w in found], "notes": notes})
    else:
        for line in (*(f"{place}: {what}" for place, what in found), *notes):
            out.print(line, highlight=False, markup=False)
    if found:
        raise BadRules(f"There are {len(found)} faults." if len(found) > 1 else "There is a fault.")
    if not as_json:
        out.print("There is nothing wrong with it.")


@commands.command("try")
def try_(context: typer.Context, source: Source, as_json: AsJson = False) -> None:
    """Show which tiers rules would change, if they were adopted now. Nothing is kept.

    Example: corridor assurance rules try baseline
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    rules = rulebook.read(source)
    with runtime.store.view() as view:
        found = rulebook.changes(view, rules)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        f"What {rules.name}, edition {rules.edition}, would change",
        ("model", "language", "tier now", "tier then"),
        [
            (
                each.model,
                each.language or "any other language",
                f"{each.before} {TITLES[each.before]}",
                f"{each.after} {TITLES[each.after]}",
            )
            for each in found
        ],
    )


@commands.command("adopt")
def adopt(
    context: typer.Context,
    source: Source,
    reason: Annotated[str, typer.Option(help="Why; it is kept, and told to partners.")],
    set_words_until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Till this day (UTC) tiers that persons set before go on lowering.",
        ),
    ] = None,
) -> None:
    """Put rules in force, in the place of those before. `try` shows first what they would change.

    Example: corridor assurance rules adopt baseline --reason "asked for by the board"
    """
    runtime = runtime_of(context)
    rulebook = runtime.service(Rulebook)
    rules = rulebook.read(source)
    until = set_words_until.replace(tzinfo=UTC) if set_words_until else None
    with runtime.store.transaction("operator") as tx:
        adopted = rulebook.adopt(tx, rules, reason, until)
    out.print(
        f"{adopted.name}, edition {adopted.edition}, is in force as record {adopted.id}.",
        highlight=False,
    )


def _shown(rules: TierRules) -> dict[str, object]:
    return {
        "name": rules.name,
        "edition": rules.edition,
        "title": rules.title,
        "rules": len(rules.rules),
        "reason": rules.reason,
    }
