"""`corridor assurance tree draw`: a tree as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.adapters.drawing import drawn
from corridor.assurance.commands.trees.evaluating import Digest, Languages, asked_of
from corridor.assurance.commands.trees.reading import InLanguage, TreeName
from corridor.assurance.rules.trees import checked
from corridor.assurance.service import Trees
from corridor.core.errors import Unavailable
from corridor.edge.terminal import out, runtime_of

commands = typer.Typer()


@commands.command("draw")
def draw(
    context: typer.Context,
    tree: TreeName,
    output: Annotated[Path, typer.Option("-o", "--output", help="The SVG file to write.")],
    model: Annotated[str, typer.Option(help="Draw what the evidence shows of this model.")] = "",
    languages: Languages = "",
    sha256: Digest = None,
    language: InLanguage = "en-Latn",
) -> None:
    """Draw a tree as SVG; with a model, with what the evidence shows of each element in each language.

    Example: corridor assurance tree draw jp-01-toxic-output --model small --in ja-Jpan -o tree.svg
    """
    runtime = runtime_of(context)
    trees = runtime.service(Trees)
    with runtime.store.view() as view:
        if model:
            outcome = trees.evaluate(view, tree, model, asked_of(languages), sha256=sha256)
            about = f"{outcome.known.called}, edition {outcome.known.tree.edition}: {model} "
            text = drawn(
                outcome.known.tree,
                language,
                outcome.evaluations,
                outcome.challenges,
                f"{about}({outcome.model_sha256[:12]}…)",
            )
        else:
            known = trees.tree(view, tree)
            about = f"{known.called}, edition {known.tree.edition}"
            text = drawn(checked(known.tree), language, subtitle=about)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error
    out.print(f"{output} is drawn.", highlight=False)
