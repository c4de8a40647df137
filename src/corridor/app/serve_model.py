"""`corridor serve-model`: one model as an OpenAI-compatible server of its own, as a vendor would."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from corridor.app.serve import bound_socket
from corridor.catalogue import Catalogue, UnknownModel
from corridor.edge.terminal import runtime_of
from corridor.gateway.routes import ModelServer

HOST = "127.0.0.1"


def serve_model(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="A model of the node's catalogue.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen, on loopback.")],
    key_file: Annotated[
        Path | None, typer.Option(exists=True, help="A file with the key that callers must show.")
    ] = None,
) -> None:
    """Serve one model as an OpenAI-compatible server of its own, as a vendor would.

    Example: corridor --home var/in serve-model gemma-3-270m --port 8803
    """
    runtime = runtime_of(context)
    catalogue = runtime.service(Catalogue)
    with runtime.store.view() as view:
        found = catalogue.models(view).get(model)
    if found is None:
        raise UnknownModel(f"There is no model {model!r} in this node's catalogue.")
    runtime.store.close()
    connection = catalogue.run_here(found)
    with bound_socket(HOST, port) as listener:
        connection.engine()
        key = key_file.read_text().strip() if key_file else None
        config = uvicorn.Config(
            ModelServer(connection, model, key),  # pyright: ignore[reportArgumentType]
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
