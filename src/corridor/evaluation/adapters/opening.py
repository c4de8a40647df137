"""How a model of the catalogue is opened, in whatever process it is done.

A key does not travel: its reference does, and the process that opens the way looks it up on its own machine.
"""

from dataclasses import dataclass
from functools import partial

from corridor.catalogue import Catalogue, Model, Provider
from corridor.evaluation.adapters.answerers import ConnectionAnswerer
from corridor.evaluation.ports import Answerer


@dataclass(frozen=True, slots=True)
class OverConnection:
    """A provider's model, asked for answers."""

    catalogue: Catalogue
    provider: Provider
    model: Model | None
    seconds: float
    """How long an answer may take."""

    def __call__(self) -> Answerer:
        """Return the way to the model.

        Raises:
            NoCredential: if its key is not where the record says.
            UnknownModel: if the model is to run here and is not known here.
            AddressNotOpen: if it is inside a network that the operator did not let in.
        """
        return ConnectionAnswerer(self.catalogue.connect(self.provider, self.model), self.seconds)


@dataclass(frozen=True, slots=True)
class ByLikelihood:
    """A model's file, asked how likely texts are."""

    catalogue: Catalogue
    model: Model

    def __call__(self) -> Answerer:
        """Return the way to the model."""
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.adapters.likely import LikelihoodAnswerer

        engine = self.catalogue.settings
        find = partial(self.catalogue.checked_file, self.model)
        return LikelihoodAnswerer(find, engine.threads, engine.context_tokens)


@dataclass(frozen=True, slots=True)
class InTransformers:
    """A model's folder, opened by the transformers library: for answers, and for how likely texts are."""

    catalogue: Catalogue
    model: Model
    seconds: float
    """How long an answer may take."""
    device: str
    numbers: str

    def __call__(self) -> Answerer:
        """Return the way to the model. The library is taken in when it is first asked."""
        from corridor.evaluation.adapters.transformers.answerer import TransformersAnswerer
        from corridor.evaluation.adapters.transformers.engine import Loading

        engine = self.catalogue.settings
        return TransformersAnswerer(
            partial(self.catalogue.checked_file, self.model),
            Loading(engine.threads, engine.context_tokens, self.device, self.numbers),
            self.model.chat == "native",
            self.seconds,
        )
