"""The parsers that read what strangers send, as targets for a fuzzer: only our own error comes out.

    python -m support.fuzzing note FOLDER -max_total_time=60

runs one target under atheris on a folder of inputs, from the folder `tests`; what breaks it is
left there. The inputs in `tests/soak/corpus` were made by `python -m support.fuzzing --seed`.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from corridor.core.bundles import read_bundle
from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, signed_note, verified_note, verifier_key
from corridor.core.errors import CorridorError
from corridor.core.notes import VerifierKey, note_of
from corridor.core.signing import PublicKey, Signer, opened, sealed
from corridor.core.statements import claim_of, statement_of
from corridor.core.tiles import tile_at
from corridor.core.tlog_proofs import TlogProof, tlog_proof
from corridor.core.trust import trust_of
from support.builders import NOON, Note

CORPUS = Path(__file__).parents[1] / "soak" / "corpus"
KEY = PublicKey(bytes(range(32)))
Target = Callable[[bytes], object]


def note(data: bytes) -> None:
    note_of(data)
    verified_note(data.decode(), "in", KEY)


def tile(data: bytes) -> None:
    tile_at(data.decode("utf-8", "replace"))


def envelope(data: bytes) -> None:
    opened(data, KEY)


def statement(data: bytes) -> None:
    canonical(claim_of(data).body)


def proof(data: bytes) -> None:
    tlog_proof(data.decode("utf-8", "replace"))


def bundle(data: bytes) -> None:
    read_bundle(data)


def trust(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    trust_of(text)
    VerifierKey.from_text(text)


TARGETS: Mapping[str, Target] = MappingProxyType(
    {target.__name__: target for target in (note, tile, envelope, statement, proof, bundle, trust)}
)


def tried(target: Target, data: bytes) -> None:
    """Give an input to a target; an error of ours is an answer, any other a defect."""
    try:
        target(data)
    except CorridorError as error:
        error.message.encode()  # a message that cannot be printed would be a defect as well
    except UnicodeDecodeError:
        if not _is_text(data):
            return  # the caller decodes: bytes that are no text never reach the parser
        raise


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def write_seeds() -> None:
    """Write one good input a target; a fuzzer begins with these."""
    signer = Signer.generate()
    checkpoint = signed_note(Checkpoint("in", 3, bytes(32)), signer)
    made = statement_of(Note(made_at=NOON, text="検証 \\ \u0001 𝄞"), "in")
    seeds = {
        "note": checkpoint.encode(),
        "tile": b"entries/x001/x234/067.p/8",
        "envelope": sealed(made, signer),
        "statement": made,
        "proof": TlogProof(1, (bytes(32), bytes(32)), checkpoint).text().encode(),
        "trust": f"log {verifier_key('in', signer.public)}\nquorum 1\n".encode(),
    }
    for name, content in seeds.items():
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        (CORPUS / name / "seed").write_bytes(content)


def main(words: list[str]) -> None:
    """Fuzz one target until told to stop, or write the seeds."""
    if words == ["--seed"]:
        write_seeds()
        return
    import atheris

    name, *rest = words
    atheris.instrument_all()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    atheris.Setup([sys.argv[0], *rest], lambda data: tried(TARGETS[name], data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
