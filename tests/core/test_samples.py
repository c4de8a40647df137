"""What earlier releases stated is read by today's program as it was meant."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from pydantic import ConfigDict
from support.nodes import a_node
from support.programs import corridor_here

from corridor.app.kinds import KINDS
from corridor.core.records import Record
from corridor.core.signing import opened
from corridor.core.statements import claim_of, interpreted, statement_of

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = sorted(SAMPLES.glob("*-v*.json"))
KNOWN = {kind.kind: kind for kind in KINDS}
RETIRED = {"gateway.api_key", "gateway.api_key_revoked"}
"""Kinds that earlier releases stated and that mean nothing any more: keys are records of access."""


def as_far_as(stated: object, now: object) -> object:
    """Return of what is read now the fields that were stated then, at every depth."""
    if isinstance(stated, list) and isinstance(now, list):
        pairs = zip(cast("list[object]", stated), cast("list[object]", now), strict=True)
        return [as_far_as(each, read) for each, read in pairs]
    if not isinstance(stated, dict) or not isinstance(now, dict):
        return now
    fields, read = cast("dict[str, object]", stated), cast("dict[str, object]", now)
    return {name: as_far_as(value, read.get(name)) for name, value in fields.items()}


@pytest.fixture(scope="module")
def writing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write", SAMPLES / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_sample_is_read_with_the_fields_that_were_stated(file: Path) -> None:
    statement = file.read_bytes().removesuffix(b"\n")
    claim = claim_of(statement)
    assert file.stem == f"{claim.kind}-v{claim.version}.{claim.minor}"

    record = interpreted(claim, KNOWN)

    if claim.kind in RETIRED:
        assert record is None
        return
    if claim.version != KNOWN[claim.kind].version:
        assert record is None  # an older major version is kept, and not taken for the present one
        return
    assert record is not None
    body = cast("dict[str, object]", record.model_dump(mode="json"))
    assert as_far_as(claim.body, body) == claim.body
    if claim.minor == record.minor:
        assert statement_of(record, claim.issuer) == statement


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_kind_has_a_sample_of_its_present_version(
    writing: ModuleType, kind: type[Record]
) -> None:
    assert writing.sample_of(kind).exists(), "Run: python tests/samples/write.py"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_minor_version_since_the_first_has_a_sample(kind: type[Record]) -> None:
    for minor in range(kind.minor + 1):
        assert (SAMPLES / f"{kind.kind}-v{kind.version}.{minor}.json").exists()


@pytest.mark.parametrize("kind", sorted(RETIRED))
def test_a_retired_kind_is_kept_as_it_was_stated_and_counts_for_nothing(
    tmp_path: Path, kind: str
) -> None:
    sample = (SAMPLES / f"{kind}-v1.0.json").read_bytes().removesuffix(b"\n")
    fields = json.loads((SAMPLES / "examples.json").read_text(encoding="utf-8"))[kind]
    retired = type(
        "Retired",
        (Record,),
        {"kind": kind, "model_config": ConfigDict(extra="allow"), "__module__": __name__},
    )
    with a_node(tmp_path) as node:
        with node.runtime.store.transaction("test") as tx:
            entry = tx.append(retired.model_validate(fields))

        shown = corridor_here("--home", node.home, "log", "history", entry.record_id, "--json")
        with node.runtime.store.view() as view:
            [leaf] = view.leaves(entry.position, 1)
            assert [each.kind for each in view.entries()] == [kind]

        key = node.runtime.identity.signer.public
        assert opened(leaf.envelope, key) == sample
        assert shown.returncode == 0, shown.stderr
        assert node.keys_in_force() == []


def test_the_samples_use_every_field_that_a_record_can_have() -> None:
    for file in FILES:
        claim = claim_of(file.read_bytes().removesuffix(b"\n"))
        kind = KNOWN.get(claim.kind)
        if kind is not None and (claim.version, claim.minor) == (kind.version, kind.minor):
            assert set(claim.body) == set(kind.model_fields), file.name


def test_what_is_missing_is_written_and_nothing_is_written_over(
    writing: ModuleType, tmp_path: Path
) -> None:
    kept = tmp_path / writing.sample_of(KINDS[0]).name
    kept.write_text("as a release wrote it")

    names = writing.written(tmp_path)

    assert kept.read_text() == "as a release wrote it"
    assert len(names) == len(KINDS) - 1
    for name in names:
        assert json.loads((tmp_path / name).read_bytes()) == json.loads(
            (SAMPLES / name).read_bytes()
        )
