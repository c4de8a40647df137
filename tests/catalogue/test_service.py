from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.builders import an_identity
from support.nodes import Node, a_node
from support.supply import a_model, a_provider, a_supplier, an_organisation

from corridor.catalogue import (
    Catalogue,
    DigestMismatch,
    NoCredential,
    UnknownModel,
    UnknownProvider,
)
from corridor.catalogue.adapters.credentials import key_at
from corridor.catalogue.adapters.openai_http import HttpConnection
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.records import Record
from corridor.core.signing import sealed
from corridor.core.statements import claim_of, statement_of
from corridor.core.store import Arrival, Transaction

OTHER = "cd" * 32


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        yield node


@pytest.fixture
def catalogue(node: Node) -> Catalogue:
    return node.runtime.service(Catalogue)


@pytest.fixture
def tx(node: Node, catalogue: Catalogue) -> Iterator[Transaction]:
    with node.runtime.store.transaction("test") as tx:
        catalogue.register(tx, an_organisation())
        catalogue.register(tx, a_supplier())
        yield tx


def test_what_is_registered_is_found_by_its_name(catalogue: Catalogue, tx: Transaction) -> None:
    model, provider = a_model(), a_provider()

    assert catalogue.register(tx, model) is model
    assert catalogue.register(tx, provider) is provider
    assert catalogue.model(tx, "small") == model
    assert catalogue.provider(tx, "vendor-small") == provider
    assert set(catalogue.suppliers(tx)) == {"vendor"}
    assert set(catalogue.organisations(tx)) == {"acme"}


def test_registering_the_same_content_again_changes_nothing(
    catalogue: Catalogue, tx: Transaction
) -> None:
    first = catalogue.register(tx, a_model())
    head = tx.head()

    assert catalogue.register(tx, a_model()) == first
    assert tx.head() == head


def test_the_newest_of_a_name_counts_even_when_it_returns_to_an_earlier_content(
    catalogue: Catalogue, tx: Transaction
) -> None:
    for title in ("One", "Two", "One"):
        catalogue.register(tx, a_model(title=title))
        assert catalogue.model(tx, "small").title == title


def state(tx: Transaction, name: str, *records: Record) -> None:
    """Let a partner have stated records, as if they had been pulled and verified."""
    partner = an_identity(name)
    for position, record in enumerate(records):
        statement = statement_of(record, name)
        envelope = sealed(statement, partner.signer)
        tx.index([Arrival(position, b"s" * 32, envelope, claim_of(statement))])


def test_a_models_digest_is_our_own_statement_before_a_partners(
    catalogue: Catalogue, tx: Transaction
) -> None:
    theirs = a_model("shared", sha256="b" * 64, visibility="public")
    state(tx, "partner", theirs)
    assert catalogue.stated_digest(tx, "shared") == "b" * 64

    catalogue.register(tx, a_model("shared", sha256="a" * 64))
    assert catalogue.stated_digest(tx, "shared") == "a" * 64


def test_partners_who_state_different_files_under_one_name_are_not_guessed_between(
    catalogue: Catalogue, tx: Transaction
) -> None:
    with pytest.raises(UnknownModel):
        catalogue.stated_digest(tx, "shared")
    state(tx, "one", a_model("shared", sha256="b" * 64, visibility="public"))
    state(tx, "two", a_model("shared", sha256="c" * 64, visibility="public"))
    with pytest.raises(Conflict, match="one, two state different files"):
        catalogue.stated_digest(tx, "shared")


def test_a_partners_provider_is_never_used(catalogue: Catalogue, tx: Transaction) -> None:
    state(tx, "partner", a_provider("theirs", visibility="partners"))

    assert catalogue.providers(tx) == {}
    with pytest.raises(UnknownProvider):
        catalogue.provider(tx, "theirs")


def test_names_of_what_is_not_there_are_refused(catalogue: Catalogue, tx: Transaction) -> None:
    for record in (
        a_supplier("other", organisation="nobody"),
        a_model(supplier="nobody"),
        a_provider(supplier="nobody"),
    ):
        with pytest.raises(NotFound):
            catalogue.register(tx, record)
    with pytest.raises(UnknownModel):
        catalogue.model(tx, "small")


def test_a_provider_of_another_file_than_its_models_is_a_conflict(
    catalogue: Catalogue, tx: Transaction
) -> None:
    catalogue.register(tx, a_model())

    with pytest.raises(Conflict):
        catalogue.register(tx, a_provider(model_sha256=OTHER))
    assert catalogue.providers(tx) == {}


def test_a_provider_of_a_model_unknown_here_is_kept(catalogue: Catalogue, tx: Transaction) -> None:
    catalogue.register(tx, a_provider(model="elsewhere", model_sha256=OTHER))

    assert catalogue.provider(tx, "vendor-small").model == "elsewhere"


def test_a_model_unknown_here_cannot_be_run_here(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownModel):
        catalogue.connect(a_provider(base_url=None), None)


def test_a_key_is_read_from_a_file_or_a_variable_and_never_kept(
    node: Node, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (node.home / "vendor.key").write_text("sk-in-a-file\n")
    monkeypatch.setenv("CORRIDOR_TEST_KEY", "sk-in-a-variable")
    for place, key in (
        ("file:vendor.key", "sk-in-a-file"),
        ("env:CORRIDOR_TEST_KEY", "sk-in-a-variable"),
    ):
        provider = node.add_provider("alpha", "http://127.0.0.1:9/v1", credential=place)
        way = catalogue.connect(provider, None)

        assert isinstance(way, HttpConnection)
        assert way.headers["authorization"] == f"Bearer {key}"
        assert key not in provider.model_dump_json()
    node.runtime.store.close()
    assert b"sk-in-a" not in b"".join(f.read_bytes() for f in node.home.glob("store.db*"))


@pytest.mark.parametrize(
    "place",
    [
        "env:CORRIDOR_TEST_NOT_SET",
        "env:CORRIDOR_TEST_EMPTY",
        "file:missing",
        "file:folder",
        "file:empty",
        "file:latin1",
        "file:lines",
        "file:../outside",
        "file:/etc/hostname",
        "file:link",
    ],
)
def test_a_key_that_is_not_where_it_should_be_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (tmp_path / "outside").write_text("sk-secret")
    (home / "link").symlink_to(tmp_path / "outside")
    (home / "empty").write_text(" \n")
    (home / "latin1").write_bytes(b"caf\xe9")
    (home / "lines").write_text("one\ntwo")
    monkeypatch.setenv("CORRIDOR_TEST_EMPTY", " ")

    with pytest.raises(NoCredential) as caught:
        key_at(place, home)

    assert "sk-secret" not in str(caught.value)
    assert "one" not in str(caught.value)


def test_no_reference_is_no_key(tmp_path: Path) -> None:
    assert key_at(None, tmp_path) is None


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:99999/v1", "http://host:port/v1"])
def test_an_address_with_no_such_port_is_refused(catalogue: Catalogue, base_url: str) -> None:
    with pytest.raises(Invalid):
        catalogue.connect(a_provider(base_url=base_url), None)


@dataclass(frozen=True, slots=True)
class OneFile:
    """Weights that take every model to be the same file."""

    path: Path

    def locate(self, name: str) -> Path:
        assert name
        return self.path


def test_a_packaged_file_that_is_not_the_known_one_is_not_registered(
    tmp_path: Path, catalogue: Catalogue, tx: Transaction
) -> None:
    damaged = tmp_path / "model.gguf"
    damaged.write_bytes(b"damaged")
    head = tx.head()

    with pytest.raises(DigestMismatch):
        replace(catalogue, weights=OneFile(damaged)).add_packaged(tx, "gemma-3-270m")
    assert tx.head() == head


def test_a_model_that_no_package_holds_is_not_registered(
    catalogue: Catalogue, tx: Transaction
) -> None:
    with pytest.raises(UnknownModel):
        catalogue.add_packaged(tx, "no-such-model")
