"""Who cosigns this node's log, as others want it to verify that."""

import sys

import typer

from corridor.core.checkpoints import verifier_key
from corridor.edge.terminal import AsJson, runtime_of, show_json
from corridor.federation.service import Witness


def witnesses(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the keys of this node's log and of its witnesses, as a trust file has them.

    Example: corridor partner witnesses > trusted.keys
    """
    runtime = runtime_of(context)
    witness = runtime.service(Witness)
    with runtime.store.view() as view:
        status, keys = witness.status(view), witness.keys(view)
    if as_json:
        show_json(status.model_dump(mode="json"))
        return
    identity = runtime.identity
    lines = [
        f"log {verifier_key(identity.name, identity.signer.public)}",
        *(f"witness {key.text()}" for key in keys),
        f"quorum {min(status.quorum, len(keys))}",
    ]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
