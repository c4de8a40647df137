"""How risky the models of the demonstration are held to be: how they were trained, by which rules, and what persons say."""

from dataclasses import dataclass
from datetime import timedelta

from corridor.app.demo.roles import PARTNER_MODEL, VENDOR_MODEL
from corridor.assurance import Assurance, Rulebook
from corridor.catalogue import Catalogue, Model, Provenance
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime

RULES = "baseline"
SET_WORDS = timedelta(days=365)
"""So long what the persons of the demonstration set counts where no evidence meets a rule."""
REASONS = "a small model that answers simple questions; it calls no tools; its answers are shown as a machine's"
QUANTISED = "the file is a quantisation of what was trained so, which adds no training"


@dataclass(frozen=True, slots=True)
class Training:
    """What the makers publish of a model's training."""

    parameters: int
    tokens: int
    source: str


TRAINED = {
    PARTNER_MODEL: Training(
        135_000_000,
        2_010_000_000_000,
        "model card of HuggingFaceTB/SmolLM2-135M-Instruct: 135M parameters, 2 trillion tokens; the tuning on "
        f"instructions after it is counted as 10 billion, which is more than it was; {QUANTISED}",
    ),
    VENDOR_MODEL: Training(
        270_000_000,
        6_000_000_000_000,
        f"model card of Gemma 3 (ai.google.dev): 270M parameters, 6 trillion tokens; {QUANTISED}",
    ),
}
"""By the model's name. What was read of it was read in 2026-11."""


def rate(node: Runtime, tx: Transaction, *models: Model) -> None:
    """Say how models were trained, let a person rate them, and adopt rules, as far as that is not done."""
    for model in models:
        _state(node, tx, model)
        _rate(node, tx, model)
    rulebook = node.service(Rulebook)
    if rulebook.in_force(tx) is None:
        until = node.store.clock() + SET_WORDS
        rulebook.adopt(tx, rulebook.shipped_under(RULES), "for the demonstration", until)


def _state(node: Runtime, tx: Transaction, model: Model) -> None:
    known = TRAINED.get(model.name)
    if known is not None:
        node.service(Catalogue).state_provenance(
            tx,
            Provenance(
                made_at=node.store.clock(),
                visibility="partners",
                model=model.name,
                model_sha256=model.file.sha256,
                how="trained",
                parameters=known.parameters,
                tokens=known.tokens,
                source=known.source,
            ),
        )


def _rate(node: Runtime, tx: Transaction, model: Model) -> None:
    """Rate a model minimal at a node, if nobody has rated it there."""
    assurance = node.service(Assurance)
    digest = model.file.sha256
    if not any(each.model_sha256 == digest for each in assurance.tiers(tx)):
        assurance.rate(tx, model.name, 0, REASONS, sha256=digest)
