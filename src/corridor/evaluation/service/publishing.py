"""Sign what other harnesses' logs say of a model that is known by its digest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridor.catalogue import Catalogue, Provider
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Transaction, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Endpoint, Evaluation, Measure, SafetyEvaluation
from corridor.evaluation.records.attempts import ImportedSafety
from corridor.evaluation.records.imported import Imported
from corridor.evaluation.rules.projection import projection

if TYPE_CHECKING:
    from corridor.evaluation.service.safety_taking import ConcludedSafety
    from corridor.evaluation.service.taking import Concluded


class ModelUnknown(Invalid):
    """Nothing says of which exact model file answers are; evidence without it is none."""

    advice = "Name a model of the catalogue, whose digest then counts: --model NAME."


@dataclass(frozen=True, slots=True)
class Publishing:
    """Make other harnesses' answers this node's evidence."""

    catalogue: Catalogue
    clock: Clock
    node: str
    folder: Path
    """Where logs are: the answers are kept beside them."""
    by: str = "operator"

    def evidence(
        self,
        view: View,
        found: Imported,
        model: str = "",
        provider: str = "",
        endpoint: Endpoint | None = None,
    ) -> "list[Concluded]":
        """Return what follows in each language, unsigned.

        Args:
            view: of the store.
            found: what was read.
            model: a model of the catalogue, whose digest counts; empty where the answers name one.
            provider: of the catalogue, which answered; empty where that is not known.
            endpoint: who answered, where this node asked.

        Raises:
            ModelUnknown: if nothing says of which file the answers are.
            UnknownModel, UnknownProvider: if the catalogue has none of this name.
            Invalid: if what is named contradicts the log.
        """
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.service.taking import ELSEWHERE, Whose, concluded

        digests = {each.model_sha256 for each in found.samples if each.model_sha256}
        name, digest = self._whose(view, found.model, digests, model, provider)
        whose = Whose(
            model=name,
            model_sha256=digest,
            provider=provider or ELSEWHERE,
            node=self.node,
            by=self.by,
            at=self.clock(),
            endpoint=endpoint,
        )
        samples = tuple(replace(s, model=name, model_sha256=digest) for s in found.samples)
        return concluded(replace(found, samples=samples), whose)

    def safety(
        self, view: View, found: ImportedSafety, model: str = "", provider: str = ""
    ) -> "list[ConcludedSafety]":
        """Return what follows in each language from what another harness says of safety, unsigned.

        Raises:
            ModelUnknown, UnknownModel, UnknownProvider, Invalid: as `evidence`.
        """
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.service import safety_taking
        from corridor.evaluation.service.taking import ELSEWHERE, Whose

        name, digest = self._whose(view, found.model, set(found.digests), model, provider)
        whose = Whose(
            model=name,
            model_sha256=digest,
            provider=provider or ELSEWHERE,
            node=self.node,
            by=self.by,
            at=self.clock(),
        )
        return safety_taking.concluded(found, whose)

    def publish_safety(
        self, tx: Transaction, made: "Sequence[ConcludedSafety]"
    ) -> list[SafetyEvaluation]:
        """Sign evidence of safety; what is here already, of the very same answers, is not signed again."""
        kept = {_answers(each): each for each in tx.own(SafetyEvaluation) if each.taken}
        signed: list[SafetyEvaluation] = []
        for each in made:
            if (record := each.record) is None:
                continue
            if (known := kept.get(_answers(record))) is None:
                tx.append(record)
            signed.append(known or record)
        return signed

    def publish(self, tx: Transaction, made: "Sequence[Concluded]") -> "list[Evaluation | Measure]":
        """Sign the evidence; what is here already, of the very same answers, is not signed again.

        The answers are kept under the digest that the record has of them.

        Raises:
            Unavailable: if they cannot be written.
        """
        every = (*tx.own(Evaluation), *tx.own(Measure))
        kept = {_answers(each): each for each in every if each.taken}
        signed: list[Evaluation | Measure] = []
        for each in made:
            if (record := each.record) is None:
                continue
            logs.keep_bytes(self.folder, projection(each.samples))
            if (known := kept.get(_answers(record))) is None:
                tx.append(record)
            signed.append(known or record)
        return signed

    def _whose(
        self, view: View, called: str, digests: set[str], model: str, provider: str
    ) -> tuple[str, str]:
        server = self.catalogue.provider(view, provider) if provider else None
        named = list(self._named(view, model, server))
        if len(digests | {digest for _, digest in named}) > 1:
            raise Invalid(
                "The log, the model and the provider that are named speak of several files.",
                hint="Evidence is of one exact file: name the one that answered.",
            )
        if named:
            return named[0]
        for name, each in self.catalogue.models(view).items():
            if each.file.sha256 in digests:
                return name, each.file.sha256
        raise ModelUnknown(f"Which file {called[:100]!r} is, nobody here can say.")

    def _named(self, view: View, model: str, server: Provider | None) -> Iterator[tuple[str, str]]:
        if model:
            yield model, self.catalogue.model(view, model).file.sha256
        if server is not None:
            yield server.model, server.model_sha256


def _answers(record: Evaluation | Measure | SafetyEvaluation) -> tuple[object, ...]:
    taken = (record.taken.samples_sha256, record.taken.parallel) if record.taken else None
    suite = record.suite, record.suite_sha256
    return record.kind, record.model_sha256, record.language, *suite, record.method, taken
