"""The catalogue on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.catalogue.records import (
    ChatStyle,
    How,
    HttpEndpoint,
    LocalEndpoint,
    Model,
    Organisation,
    Provenance,
    Provider,
    Supplier,
)
from corridor.catalogue.service import Catalogue
from corridor.core.errors import Invalid
from corridor.core.records import Visibility
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(
    help="Models, suppliers, organisations, and the providers that serve models.",
    no_args_is_help=True,
)

Seen = Annotated[Visibility, typer.Option("--visibility", help="Who may see the record.")]
NameArgument = Annotated[str, typer.Argument(help="A short name: small letters, digits, . _ -")]
Title = Annotated[str, typer.Option(help="What people call it.")]


@commands.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List what this node's catalogue holds. Example: corridor catalogue list --json."""
    runtime = runtime_of(context)
    catalogue = runtime.service(Catalogue)
    with runtime.store.view() as view:
        models, providers = catalogue.models(view), catalogue.providers(view)
        suppliers, organisations = catalogue.suppliers(view), catalogue.organisations(view)
    if as_json:
        kinds = {
            "models": models,
            "providers": providers,
            "suppliers": suppliers,
            "organisations": organisations,
        }
        show_json(
            {k: [r.model_dump(mode="json") for r in found.values()] for k, found in kinds.items()}
        )
        return
    show_table(
        "Models",
        ("name", "supplier", "licence", "languages claimed", "SHA-256"),
        [
            (
                m.name,
                m.supplier,
                m.licence.id,
                ", ".join(m.languages_claimed),
                m.file.sha256[:16] + "…",
            )
            for m in models.values()
        ],
    )
    show_table(
        "Providers",
        ("name", "supplier", "model", "endpoint"),
        [(p.name, p.supplier, p.model, _where(p)) for p in providers.values()],
    )
    show_table(
        "Suppliers",
        ("name", "title", "role"),
        [(s.name, s.title, s.role) for s in suppliers.values()],
    )
    show_table(
        "Organisations",
        ("name", "title", "country"),
        [(o.name, o.title, o.country) for o in organisations.values()],
    )


@commands.command("add-organisation")
def add_organisation(
    context: typer.Context,
    name: NameArgument,
    title: Title,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1, two letters.")] = None,
    visibility: Seen = "partners",
) -> None:
    """Register an organisation. Example: corridor catalogue add-organisation nii --title NII."""
    clock = runtime_of(context).store.clock
    _register(
        context,
        Organisation(
            made_at=clock(), visibility=visibility, name=name, title=title, country=country
        ),
    )


@commands.command("add-supplier")
def add_supplier(
    context: typer.Context,
    name: NameArgument,
    title: Title,
    organisation: Annotated[str, typer.Option(help="Which organisation it is.")],
    role: Annotated[str, typer.Option(help="What it supplies.")] = "serves models",
    visibility: Seen = "partners",
) -> None:
    """Register a supplier: anyone who could withdraw something.

    Example: corridor catalogue add-supplier vendor --title Vendor --organisation acme
    """
    clock = runtime_of(context).store.clock
    _register(
        context,
        Supplier(
            made_at=clock(),
            visibility=visibility,
            name=name,
            title=title,
            organisation=organisation,
            role=role,
        ),
    )


@commands.command("add-model")
def add_model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="smollm2-135m-instruct or gemma-3-270m.")],
) -> None:
    """Register a packaged model: maker, licence, and the digest of its file.

    Example: corridor catalogue add-model smollm2-135m-instruct
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        model = runtime.service(Catalogue).add_packaged(tx, name)
    out.print(f"{model.title}, {model.file.name}, SHA-256 {model.file.sha256}", highlight=False)
    out.print(f"Licence: {model.licence.title} ({model.licence.url}). {model.licence.notice}")


@commands.command("add-weights")
def add_weights(
    context: typer.Context,
    name: NameArgument,
    path: Annotated[Path, typer.Argument(help="A GGUF file, or a folder of safetensors.")],
    title: Title,
    supplier: Annotated[str, typer.Option(help="Who made it.")],
    licence: Annotated[str, typer.Option(help="An SPDX identifier, or LicenseRef-….")],
    licence_url: Annotated[str, typer.Option(help="Where its text is.")],
    source: Annotated[str, typer.Option(help="Where the files came from.")],
    notice: Annotated[str, typer.Option(help="What a user must know before using it.")] = "",
    languages: Annotated[str, typer.Option(help="What its maker claims: hi-Deva,en-Latn.")] = "",
    chat: Annotated[
        ChatStyle | None,
        typer.Option(help="Its own template, or questions and answers; a folder tells by itself."),
    ] = None,
    visibility: Seen = "partners",
) -> None:
    """Register a model whose files are on this machine; they stay where they are.

    A folder is one as the transformers library publishes them: config.json, tokenizer, .safetensors. Its digest
    is that of the list that sha256sum prints of its files; `corridor evaluate run --model` opens it.

    Example: corridor catalogue add-weights small models/small --title Small --supplier us
    --licence Apache-2.0 --licence-url https://www.apache.org/licenses/LICENSE-2.0 --source "our training"
    """
    runtime = runtime_of(context)
    catalogue = runtime.service(Catalogue)
    said = catalogue.described(path)
    model = Model.model_validate(
        {
            "made_at": runtime.store.clock(),
            "visibility": visibility,
            "name": name,
            "title": title,
            "supplier": supplier,
            "licence": {"id": licence, "title": licence, "url": licence_url, "notice": notice},
            "languages_claimed": [tag.strip() for tag in languages.split(",") if tag.strip()],
            "source": source,
            **said,
            **({"chat": chat} if chat else {}),
        }
    )
    with runtime.store.transaction("operator") as tx:
        kept = catalogue.add_model(tx, model, path)
    out.print(f"{kept.title}, {kept.layout}, SHA-256 {kept.file.sha256}", highlight=False)


@commands.command("add-provider")
def add_provider(
    context: typer.Context,
    name: NameArgument,
    title: Title,
    supplier: Annotated[str, typer.Option(help="Who runs it.")],
    model: Annotated[str, typer.Option(help="Which model it serves.")],
    sha256: Annotated[
        str | None,
        typer.Option(help="Its file's digest, if neither we nor a partner stated the model."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="An OpenAI-compatible address; without it, run it here.")
    ] = None,
    remote_model: Annotated[str | None, typer.Option(help="Its name at that address.")] = None,
    credential: Annotated[
        str | None, typer.Option(help="Where the key is: env:NAME or file:PATH; never the key.")
    ] = None,
    serves: Annotated[
        list[str] | None, typer.Option(help="A path that it takes requests at; may be repeated.")
    ] = None,
    path: Annotated[
        list[str] | None, typer.Option(help="Where it takes them instead: /responses=/v2/answers.")
    ] = None,
    key_header: Annotated[str, typer.Option(help="The header its key goes in.")] = "authorization",
    header: Annotated[
        list[str] | None, typer.Option(help="A header that it wants beside: x-region=asia.")
    ] = None,
    stream_usage: Annotated[
        bool, typer.Option("--stream-usage", help="It takes stream_options.include_usage.")
    ] = False,
    http2: Annotated[
        bool, typer.Option("--http2", help="Offer it HTTP/2; many requests share a connection.")
    ] = False,
    requests_per_minute: Annotated[
        float | None, typer.Option(help="How many it can answer, as whoever runs it states.")
    ] = None,
) -> None:
    """Register a provider: an endpoint of a model. Its record stays on this node.

    Example: corridor catalogue add-provider own --title Own --supplier us --model small
    --sha256 DIGEST

    A server that differs from others: corridor catalogue add-provider cloud --title Cloud
    --supplier cloud --model small --base-url https://cloud.example/openai --key-header api-key
    --credential file:cloud.key --path "/chat/completions=/deployments/small/chat?api-version=1"
    """
    runtime = runtime_of(context)
    if sha256 is None:
        with runtime.store.view() as view:
            sha256 = runtime.service(Catalogue).stated_digest(view, model)
    at = {
        "base_url": base_url,
        "model": remote_model or model,
        "credential": credential,
        "key_header": key_header,
        "paths": _pairs(path or []),
        "headers": _pairs(header or []),
        "stream_usage": stream_usage,
        "http2": http2,
        **({"serves": serves} if serves else {}),
    }
    endpoint = HttpEndpoint.model_validate(at) if base_url else LocalEndpoint()
    _register(
        context,
        Provider(
            made_at=runtime.store.clock(),
            name=name,
            title=title,
            supplier=supplier,
            model=model,
            model_sha256=sha256,
            endpoint=endpoint,
            requests_per_minute=requests_per_minute,
        ),
    )


@commands.command("add-provenance")
def add_provenance(
    context: typer.Context,
    model: NameArgument,
    how: Annotated[How, typer.Option(help="By which work the file came about.")],
    source: Annotated[str, typer.Option(help="Who says so, and where.")],
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
    made_from: Annotated[
        list[str] | None,
        typer.Option("--from", help="A model, or a digest, that it was made from; repeatable."),
    ] = None,
    parameters: Annotated[int | None, typer.Option(help="That training changes.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Seen in this training.")] = None,
    flop: Annotated[float | None, typer.Option(help="Of this training, if stated.")] = None,
    visibility: Seen = "partners",
) -> None:
    """State how a model's exact file came about: from which others, by how much training.

    Example: corridor catalogue add-provenance small-q4 --how quantised --from small --source card
    """
    runtime = runtime_of(context)
    catalogue = runtime.service(Catalogue)
    with runtime.store.transaction("operator") as tx:
        kept = catalogue.state_provenance(
            tx,
            Provenance(
                made_at=runtime.store.clock(),
                visibility=visibility,
                model=model,
                model_sha256=sha256 or catalogue.stated_digest(tx, model),
                how=how,
                derived_from=tuple(catalogue.meant(tx, each)[1] for each in made_from or ()),
                parameters=parameters,
                tokens=tokens,
                flop=flop,
                source=source,
            ),
        )
    out.print(f"{kept.kind} {kept.model} is kept as record {kept.id}.", highlight=False)


@commands.command("provenance")
def provenance(context: typer.Context, as_json: AsJson = False) -> None:
    """List how files came about, as this node stated it.

    Example: corridor catalogue provenance --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = list(runtime.service(Catalogue).provenances(view).values())
    if as_json:
        show_json([record.model_dump(mode="json") for record in found])
        return
    show_table(
        "How files came about",
        ("model", "file", "how", "from", "parameters", "tokens", "source"),
        [
            (
                r.model,
                f"{r.model_sha256[:12]}…",
                r.how,
                ", ".join(f"{each[:12]}…" for each in r.derived_from) or "nothing",
                _number(r.parameters),
                _number(r.tokens),
                r.source,
            )
            for r in found
        ],
    )


def _number(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for name, sign, _ in pairs:
        if not sign:
            raise Invalid(f"{name[:40]!r} is not of the form NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _register(context: typer.Context, record: Organisation | Supplier | Provider) -> None:
    runtime = runtime_of(context)
    catalogue = runtime.service(Catalogue)
    with runtime.store.transaction("operator") as tx:
        kept = catalogue.register(tx, record)
    out.print(f"{kept.kind} {record.name} is registered as record {kept.id}.")


def _where(provider: Provider) -> str:
    endpoint = provider.endpoint
    return "in this process" if isinstance(endpoint, LocalEndpoint) else endpoint.base_url
