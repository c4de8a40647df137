import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.supply import DIGEST, a_model, a_provider, a_supplier, an_organisation

from corridor.catalogue import HttpEndpoint, LocalEndpoint, Provider
from corridor.catalogue.adapters.credentials import key_at
from corridor.core.records import Record


@pytest.mark.parametrize("record", [an_organisation(), a_supplier(), a_model(), a_provider()])
def test_a_record_is_the_same_after_json(record: Record) -> None:
    assert type(record).model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("name", ["", "Vendor", "a b", "-a", "a/b", "x" * 64, "a\n"])
def test_a_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        an_organisation(name)


@pytest.mark.parametrize("tag", ["hi", "hi-deva", "Hindi", "hi-Deva-in", "hi-Deva\n"])
def test_a_language_is_a_tag_with_script(tag: str) -> None:
    with pytest.raises(ValidationError):
        a_model(languages_claimed=(tag,))
    assert a_model(languages_claimed=("hi-Deva", "sr-Latn-RS")).languages_claimed


def test_the_subject_of_a_model_is_its_file() -> None:
    assert [(s.name, s.sha256) for s in a_model().subjects()] == [("small.gguf", DIGEST)]


@pytest.mark.parametrize(
    "base_url",
    ["127.0.0.1:8000/v1", "ftp://host/v1", "http://user:pass@host/v1", "http://a b/v1", ""],
)
def test_an_address_is_http_and_bears_no_user_or_key(base_url: str) -> None:
    with pytest.raises(ValidationError):
        HttpEndpoint(base_url=base_url, model="m")


@pytest.mark.parametrize(
    "credential", ["sk-1234567890", "env:lower", "env:", "file:", "file:a b", "vault:x", "env:A B"]
)
def test_a_credential_is_a_place_and_never_a_key(credential: str) -> None:
    with pytest.raises(ValidationError):
        HttpEndpoint(base_url="http://host/v1", model="m", credential=credential)


def test_an_endpoint_is_known_by_its_type() -> None:
    local = a_provider(base_url=None)
    found = Provider.model_validate_json(local.model_dump_json())

    assert isinstance(found.endpoint, LocalEndpoint)
    with pytest.raises(ValidationError):
        a_provider(endpoint={"type": "local", "base_url": "http://host/v1"})


def test_an_unknown_field_is_refused() -> None:
    fields = {**json.loads(a_supplier().model_dump_json()), "key": "sk-1"}
    with pytest.raises(ValidationError):
        type(a_supplier()).model_validate(fields)


@pytest.mark.parametrize(
    ("credential", "node"),
    [("node:in", "in"), ("file:in.key", None), ("env:IN_KEY", None), (None, None)],
)
def test_a_provider_is_at_a_partners_node_where_grants_are_shown_to_one(
    tmp_path: Path, credential: str | None, node: str | None
) -> None:
    provider = a_provider(credential=credential)

    assert provider.node == node
    if node is not None:
        assert key_at(credential, tmp_path) is None  # there is no key, and none is looked for
    assert a_provider(base_url=None).node is None


@pytest.mark.parametrize("credential", ["node:", "node:../in", "node:IN", "node:in\n", "NODE:in"])
def test_a_credential_that_names_no_node_is_refused(credential: str) -> None:
    with pytest.raises(ValidationError):
        a_provider(credential=credential)
