"""Organisations, suppliers, models and providers with sensible defaults."""

from ipaddress import ip_network

from corridor.catalogue import (
    File,
    HttpEndpoint,
    Licence,
    LocalEndpoint,
    Model,
    Organisation,
    Provider,
    Supplier,
)
from corridor.catalogue.settings import CatalogueSettings
from support.builders import NOON

DIGEST = "ab" * 32
"""Of the file of a model that no test opens."""

THIS_MACHINE = CatalogueSettings(private_addresses=(ip_network("127.0.0.0/8"),))
"""Providers of tests are on the loopback interface."""

LICENCE = Licence(
    id="Apache-2.0",
    title="Apache License 2.0",
    url="https://www.apache.org/licenses/LICENSE-2.0",
    notice="Free to use.",
)


def an_organisation(name: str = "acme", **fields: object) -> Organisation:
    return Organisation.model_validate(
        {"made_at": NOON, "name": name, "title": name.title(), **fields}
    )


def a_supplier(name: str = "vendor", **fields: object) -> Supplier:
    defaults = {"title": name.title(), "organisation": "acme", "role": "serves models"}
    return Supplier.model_validate({"made_at": NOON, "name": name, **defaults, **fields})


def a_model(name: str = "small", *, sha256: str = DIGEST, **fields: object) -> Model:
    defaults: dict[str, object] = {
        "title": name.title(),
        "supplier": "vendor",
        "licence": LICENCE,
        "file": File(name=f"{name}.gguf", sha256=sha256, bytes=1),
        "languages_claimed": ("en-Latn",),
        "source": "a test",
    }
    return Model.model_validate({"made_at": NOON, "name": name, **defaults, **fields})


def a_provider(
    name: str = "vendor-small",
    base_url: str | None = "http://127.0.0.1:9/v1",
    *,
    credential: str | None = None,
    served: str = "upstream-model",
    **fields: object,
) -> Provider:
    """Return a provider at an address, or in this process where there is no address."""
    endpoint = (
        HttpEndpoint(base_url=base_url, model=served, credential=credential)
        if base_url
        else LocalEndpoint()
    )
    defaults: dict[str, object] = {
        "title": name.title(),
        "supplier": "vendor",
        "model": "small",
        "model_sha256": DIGEST,
        "endpoint": endpoint,
    }
    return Provider.model_validate({"made_at": NOON, "name": name, **defaults, **fields})
