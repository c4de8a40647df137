"""Write the pages of `docs/reference/` from the program itself, or say which are stale.

    python docs/reference.py            exit 1 and the names of the stale pages, if there are any
    python docs/reference.py --write    renew them

A page depends on the code alone: not on the terminal, the environment or the time.
"""

import ast
import inspect
import json
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import annotated_types
import typer
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import corridor
from corridor.app.assembly import open_node
from corridor.app.cli import cli
from corridor.app.home import Home
from corridor.app.http import create_app
from corridor.app.kinds import KINDS
from corridor.app.settings import Settings
from corridor.core.records import Part, Record
from corridor.edge.http import Operator
from corridor.evaluation.service.parity import scorer_parity
from corridor.gateway.routes import POSTS

FOLDER = Path(__file__).parent / "reference"
SOURCE = Path(corridor.__file__).parent
WIDTH = 88
"""Of the help texts, in characters."""
NOTE = "<!-- Written by docs/reference.py from the code. Do not edit; run `just docs --write`. -->"
SHOWN = ("en-Latn", "ja-Jpan", "hi-Deva", "ta-Taml", "ur-Arab")
"""The languages of which the page of scorer parity shows the answers."""
OF_EVERY_RECORD = tuple(name for name in Record.model_fields)


def main(arguments: Sequence[str], folder: Path = FOLDER) -> int:
    """Check the pages, or write them; return the exit code."""
    pages = {name: make() for name, make in PAGES.items()}
    if "--write" in arguments:
        folder.mkdir(exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
        return 0
    stale = [name for name, text in pages.items() if kept(folder / name) != text]
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is stale; `just docs --write` renews it.\n")
    return 1 if stale else 0


def kept(path: Path) -> str:
    """Return a page as it is in the tree, or nothing."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def settings_page(settings: type[BaseModel] = Settings) -> str:
    """Return the page of every section and setting."""
    blocks = [
        "# Settings",
        NOTE,
        (
            "A node reads `corridor.toml` in its folder. An environment variable goes before the file. "
            "A setting or a section that does not exist is refused by its name, in the file and in "
            "the environment. `corridor settings` prints what is in "
            "force."
        ),
    ]
    for section, field in settings.model_fields.items():
        kind = cast("type[BaseModel]", field.annotation)
        lines, types = field_lines(kind), field_types(kind)
        rows = [
            (
                f"`{name}`",
                code(types[name]),
                default_of(info),
                limits_of(info),
                lines.get(name, ""),
                f"`CORRIDOR_{section}__{name}`".upper(),
            )
            for name, info in kind.model_fields.items()
        ]
        heads = ("setting", "type", "default", "limits", "what it is", "environment variable")
        blocks += [f"## `[{section}]`", prose(kind), table(heads, rows)]
    return page(blocks)


def commands_page(app: typer.Typer = cli) -> str:
    """Return the page of every command with its help."""
    blocks = [
        "# Commands",
        NOTE,
        (
            "Exit codes: 0 done; 2 the request makes no sense; 3 not allowed; 4 there is no such thing; "
            "5 not possible in the present state; 6 something outside did not answer. An error is one "
            "line and, where there is one, a hint; `--verbose` before the command shows the traceback."
        ),
    ]
    for path, text in helps(typer.main.get_command(app), "corridor", None):
        blocks += [f"## `{path}`", f"```text\n{text}\n```"]
    return page(blocks)


def helps(
    command: Any,  # noqa: ANN401  Typer's own command classes are not public
    name: str,
    parent: typer.Context | None,
) -> Iterator[tuple[str, str]]:
    """Yield each command's path and its help, at a fixed width; not of what is hidden."""
    context = typer.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    help_text = str(command.get_help(context))
    yield context.command_path, "\n".join(line.rstrip() for line in help_text.splitlines())
    for child, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from helps(below, child, context)


def records_page(kinds: Sequence[type[Record]] = KINDS) -> str:
    """Return the page of every kind of record, and of the parts they are made of."""
    blocks = [
        "# Records",
        NOTE,
        (
            "Every kind of record that this version understands. [Reading a record]"
            "(../guides/reading-a-record.md) says how they are signed. A record whose visibility is "
            "`internal` stays on its node, `partners` may be read by partner nodes too, and `public` "
            "by everyone."
        ),
        "## Every record",
        "These fields are in every kind; the tables below leave them out.",
        fields_table(Record, OF_EVERY_RECORD),
    ]
    written = visibilities()
    parts: dict[str, type[Part]] = {}
    for kind in kinds:
        own = [name for name in kind.model_fields if name not in OF_EVERY_RECORD]
        default = f"`{kind.model_fields['visibility'].default}`"
        facts = (
            f"Version {kind.version}. Default visibility {default}; "
            f"the program writes it with {written.get(kind.__name__, 'the default')}."
        )
        blocks += [f"## `{kind.kind}`", prose(kind), facts, fields_table(kind, own)]
        parts |= {part.__name__: part for part in parts_of(kind)}
    blocks.append("## Parts of records")
    for name, part in sorted(parts.items()):
        blocks += [f"### `{name}`", prose(part), fields_table(part, list(part.model_fields))]
    return page(blocks)


def http_page() -> str:
    """Return the page of the routes: the control API's, and the gateway's."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "node"
        Home(home).create("example", "127.0.0.1", 8800)
        runtime = open_node(home)
        app = create_app(runtime).control
        paths = app.openapi()["paths"]
        guarded = set(operators_routes(app.routes))
        runtime.store.close()
    rows = [
        (
            f"`{method.upper()}`",
            f"`{path}`",
            " ".join(str(what.get("description", "")).split()),
            "the operator" if (method.upper(), path) in guarded else "everyone",
        )
        for path, methods in paths.items()
        for method, what in methods.items()
    ]
    v1 = [("`GET`", "`/v1/models`", "List the services and providers that the key may use.")]
    v1 += [
        ("`POST`", f"`/v1{path}`", "Answer in OpenAI's form, as a whole or as a stream.")
        for path in POSTS
    ]
    return page(
        [
            "# HTTP",
            NOTE,
            "## The control API",
            (
                "The operator shows `Authorization: Bearer` with the content of `operator.token` in the "
                "node's folder. Errors are problem details (RFC 9457). The schema is at `/openapi.json`."
            ),
            table(("method", "path", "what it does", "who may call"), rows),
            "## The gateway",
            (
                "Whoever has an API key of the node shows it as `Authorization: Bearer`. Errors have "
                "OpenAI's shape. Every answer bears `x-corridor-provider` (who answered, or `none`) and "
                "`x-request-id`. A caller may name the language of a request with "
                "`X-Corridor-Language`, for example `hi-Deva`."
            ),
            table(("method", "path", "what it does"), v1),
        ]
    )


def operators_routes(routes: Sequence[object]) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route that asks for the operator's token."""
    operator = get_args(Operator)[1].dependency
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from operators_routes(router.routes)
        dependant = getattr(route, "dependant", None)
        if dependant is not None and operator in calls(dependant):
            for method in getattr(route, "methods", ()):
                yield method, str(getattr(route, "path", ""))


def calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """Yield every function that a route depends on."""
    for below in dependant.dependencies:
        yield below.call
        yield from calls(below)


def visibilities() -> dict[str, str]:
    """Return, by class, the visibilities that the program writes its records with."""
    names = {kind.__name__ for kind in KINDS}
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "demo" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = (
                node.func.id
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                else ""
            )
            if name in names:
                given = {k.arg: k.value for k in cast("ast.Call", node).keywords}.get("visibility")
                found.setdefault(name, set()).add(visibility_word(given))
    return {name: " or ".join(sorted(words)) for name, words in found.items()}


def visibility_word(given: ast.expr | None) -> str:
    """Say which visibility an expression in the code gives."""
    if given is None:
        return "the default"
    return f"`{given.value}`" if isinstance(given, ast.Constant) else "what the operator chooses"


def parts_of(kind: type[BaseModel]) -> Iterator[type[Part]]:
    """Yield the parts that a record's fields are made of, and the parts of these."""
    for info in kind.model_fields.values():
        for part in parts_in(info.annotation):
            yield part
            yield from parts_of(part)


def parts_in(annotation: object) -> Iterator[type[Part]]:
    """Yield the parts that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from parts_in(argument)


def fields_table(kind: type[BaseModel], names: Sequence[str]) -> str:
    """Return some fields of a record or part as a table."""
    lines, types = field_lines(kind), field_types(kind)
    rows = [
        (
            f"`{name}`",
            code(types[name]),
            default_of(kind.model_fields[name]),
            limits_of(kind.model_fields[name]),
            lines.get(name, ""),
        )
        for name in names
    ]
    return table(("field", "type", "default", "limits", "what it is"), rows)


def field_lines(kind: type[BaseModel]) -> dict[str, str]:
    """Return the string literal under each field, inherited fields included."""
    return {
        name: " ".join(inspect.cleandoc(below.value.value).split())
        for name, _, below in statements(kind)
        if isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def field_types(kind: type[BaseModel]) -> dict[str, str]:
    """Return each field's type as it is written in the code, inherited fields included."""
    return {name: ast.unparse(field.annotation) for name, field, _ in statements(kind)}


def statements(kind: type[BaseModel]) -> Iterator[tuple[str, ast.AnnAssign, ast.stmt | None]]:
    """Yield name, declaration and next statement of every field, the ancestors' first."""
    for ancestor in reversed(kind.__mro__):
        if not issubclass(ancestor, BaseModel) or not ancestor.__module__.startswith("corridor"):
            continue
        body = cast(
            "ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(ancestor))).body[0]
        ).body
        for statement, below in zip(body, [*body[1:], None], strict=True):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                yield statement.target.id, statement, below


def default_of(info: FieldInfo) -> str:
    """Return a field's default as JSON."""
    if info.is_required():
        return "required"
    if info.default_factory is not None:
        return "made anew"
    if info.default is None:
        return "none"
    if isinstance(info.default, BaseModel):
        return "its defaults"
    return code(json.dumps(info.default, ensure_ascii=False))


def limits_of(info: FieldInfo) -> str:
    """Return what a field's value must keep to."""
    words = {
        annotated_types.Ge: "at least {ge}",
        annotated_types.Gt: "more than {gt}",
        annotated_types.Le: "at most {le}",
        annotated_types.MinLen: "not empty",
    }
    said = [
        words[type(rule)].format(**vars_of(rule)) for rule in info.metadata if type(rule) in words
    ]
    said += [code(rule.pattern) for rule in info.metadata if getattr(rule, "pattern", None)]
    return ", ".join(said)


def vars_of(rule: object) -> dict[str, object]:
    """Return the values that a constraint holds."""
    return {name: getattr(rule, name) for name in ("ge", "gt", "le") if hasattr(rule, name)}


def parity_page() -> str:
    """Return the page of the scorer-parity test: every case in every language, as judged now."""
    found = scorer_parity()
    cases = [
        (
            f"`{case.id}`",
            case.about,
            case.verdict,
            f"{sum(row.equal for row in found.of(case.id))} of {len(found.of(case.id))}",
            ", ".join(
                code(shown(row.answer)) for row in found.of(case.id) if row.language in SHOWN
            ),
        )
        for case in found.cases
    ]
    languages = [
        (each.language, *map(str, (each.answers, each.as_expected, each.counted, each.plain)))
        for each in map(found.standing, found.languages)
    ]
    unequal = [f"- {row.language}, `{row.case}`: {row.verdict}" for row in found.unequal]
    return page(
        [
            "# Scorer parity",
            NOTE,
            (
                f"The same answers, right and wrong, in {len(found.languages)} languages and scripts, as "
                f"{', '.join(code(name) for name in found.scorers)} judge them. Each is judged as it "
                "stands, decomposed (NFD), composed (NFC), and with invisible characters. A case holds "
                "in a language if all four have the expected verdict and score. "
                "`corridor evaluate parity` repeats it; `--json` has every answer. The answers were "
                "written for this test and not reviewed by native speakers; corrections are welcome. "
                "It shows that the scorer makes no difference between languages for these answers, and "
                "says nothing of others."
            ),
            "## Cases",
            table(("case", "the answer", "expected", "holds in", "for example"), cases),
            "## Languages",
            (
                "The last column is how many of the right answers a scorer counts that folds case, "
                "strips ASCII punctuation and knows `ANSWER:` and ASCII numbers."
            ),
            table(
                ("language", "answers", "as expected", "counted right", "by ASCII rules"), languages
            ),
            "## Not as expected",
            "\n".join(unequal) or "None.",
        ]
    )


def shown(text: str) -> str:
    """Return a text on one line, without what code in a table cannot hold."""
    return text.replace("\n", " ⏎ ").replace("`", "'")


def prose(kind: type[BaseModel]) -> str:
    """Return what a class says of itself."""
    return inspect.cleandoc(kind.__doc__ or "")


def code(text: str) -> str:
    """Return text as code, fit for a table."""
    return f"`{text}`".replace("|", "\\|")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page(blocks: Sequence[str]) -> str:
    """Return the blocks as one page."""
    return "\n\n".join(blocks) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "records.md": records_page,
    "http.md": http_page,
    "scorer-parity.md": parity_page,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
