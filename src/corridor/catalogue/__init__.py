"""Catalogue: which models, suppliers, organisations and providers there are, and the way to them.

A provider is opened as a `Connection`, whether it is an OpenAI-compatible server or a model in
this process. The catalogue says what its node states; whether a model is any good is evidence,
and lies above.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.catalogue.adapters.http1 import head_of
    from corridor.catalogue.adapters.http1_pool import HttpServer
    from corridor.catalogue.adapters.packaged import PackagedWeights
    from corridor.catalogue.errors import (
        DigestMismatch,
        EngineFailed,
        NoCredential,
        ProviderFailed,
        UnknownModel,
        UnknownProvider,
    )
    from corridor.catalogue.ports import Answer, Call, Connection, Signing, Taker, Weights
    from corridor.catalogue.records import (
        File,
        How,
        HttpEndpoint,
        Language,
        Layout,
        Licence,
        LocalEndpoint,
        Model,
        Name,
        Organisation,
        Provenance,
        Provider,
        Sha256,
        Supplier,
    )
    from corridor.catalogue.rules.chat import Turn, question_answer_prompt
    from corridor.catalogue.rules.lineage import Lineage, descendants_of, lineage_of
    from corridor.catalogue.rules.scripts import script_of
    from corridor.catalogue.service import Catalogue

__getattr__ = door_of(__name__)

__all__ = [
    "Answer",
    "Call",
    "Catalogue",
    "Connection",
    "DigestMismatch",
    "EngineFailed",
    "File",
    "How",
    "HttpEndpoint",
    "HttpServer",
    "Language",
    "Layout",
    "Licence",
    "Lineage",
    "LocalEndpoint",
    "Model",
    "Name",
    "NoCredential",
    "Organisation",
    "PackagedWeights",
    "Provenance",
    "Provider",
    "ProviderFailed",
    "Sha256",
    "Signing",
    "Supplier",
    "Taker",
    "Turn",
    "UnknownModel",
    "UnknownProvider",
    "Weights",
    "descendants_of",
    "head_of",
    "lineage_of",
    "question_answer_prompt",
    "script_of",
]
