"""`corridor serve-model`: one model as an OpenAI-compatible server of its own, as a vendor would."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.app.locks import held
from corridor.app.serve import bound_socket
from corridor.catalogue import Catalogue, PackagedWeights
from corridor.catalogue.settings import CatalogueSettings
from corridor.core.clock import wall_clock
from corridor.core.errors import Unavailable
from corridor.gateway.routes import ModelServer

HOST = "127.0.0.1"
LOCK = "model-server.lock"
"""In the server's folder; holds its process id."""


def serve_model(
    model: Annotated[str, typer.Argument(help="smollm2-135m-instruct or gemma-3-270m.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen, on loopback.")],
    folder: Annotated[Path, typer.Option(help="Where a file that comes in parts is kept.")],
    key_file: Annotated[
        Path | None, typer.Option(exists=True, help="A file with the key that callers must show.")
    ] = None,
) -> None:
    """Serve a packaged model as an OpenAI-compatible server, without a node, as a vendor would.

    Example: corridor serve-model gemma-3-270m --port 8803 --folder var/vendor
    """
    # Only here: what a server needs is not taken in by every command.
    from corridor.edge.limits import Limits
    from corridor.edge.serving import server_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error
    catalogue = Catalogue(CatalogueSettings(), wall_clock, folder, PackagedWeights(folder))
    _, _, found = catalogue.packaged(model)
    connection = catalogue.run_here(found)
    with held(folder / LOCK), bound_socket(HOST, port) as listener:
        connection.engine()
        connection.warm()
        key = key_file.read_text().strip() if key_file else None
        app = ModelServer(connection, model, key)
        server_of(app, Limits(drain_seconds=2, linger_seconds=0), "off").run(sockets=[listener])
