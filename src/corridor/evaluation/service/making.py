"""How evidence came about, as its record and its log say it: who asked whom, when, where, and for how much."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from corridor import __version__
from corridor.catalogue import HttpEndpoint, Layout, Model, Provider
from corridor.evaluation.adapters.workers import machine
from corridor.evaluation.ports import Answered
from corridor.evaluation.records import Cost, Endpoint, Made
from corridor.evaluation.rules.caps import Spent
from corridor.evaluation.service.asked import Asked
from corridor.evaluation.service.plans import Plan

FORM = 1
"""Of a full log."""
ENGINES: Mapping[Layout, tuple[str, ...]] = {
    "gguf": ("xllamacpp",),
    "transformers": ("transformers", "torch"),
}
"""What opens a model's files in this process, by how they are laid out."""


def made_of(
    plan: Plan,
    when: tuple[datetime, datetime],
    node: str,
    asked: Sequence[Asked],
    log_sha256: str,
    notes: Sequence[str] = (),
) -> Made:
    """Return how the answers in one language came about; `notes` are of the data, beside the set's own."""
    answers = [each.found for each in asked if isinstance(each.found, Answered)]
    spent = Spent(price=plan.price)
    for answer in answers:
        spent.count(answer.tokens_in, answer.tokens_out)
    units, price = spent.units, plan.price
    return Made(
        run=plan.run,
        began_at=when[0],
        ended_at=when[1],
        by=plan.wanted.by,
        where=f"{node}; {plan.place or machine()}",
        reproduces=plan.wanted.reproduces,
        harness=harness_of(plan),
        endpoint=endpoint_of(plan.provider, plan.model, answers),
        asking=plan.asking,
        calls=len(asked),
        tokens_in=None if spent.uncounted else spent.tokens_in,
        tokens_out=None if spent.uncounted else spent.tokens_out,
        cost=Cost(amount=units, currency=price.currency, price=price.source)
        if price is not None and units is not None
        else None,
        licence=plan.dataset.licence,
        notes=(*plan.dataset.notes, *notes),
        log_sha256=log_sha256,
        log_visibility=plan.wanted.log_visibility,
    )


def endpoint_of(provider: Provider, model: Model | None, answers: Sequence[Answered]) -> Endpoint:
    """Return whose answers they are, as the catalogue and the answers themselves say."""
    endpoint = provider.endpoint
    declared = tuple(dict.fromkeys(each.declared for each in answers if each.declared))
    prints = tuple(dict.fromkeys(each.fingerprint for each in answers if each.fingerprint))
    if isinstance(endpoint, HttpEndpoint):
        return Endpoint(
            operator=provider.supplier,
            address=endpoint.base_url,
            served=endpoint.model,
            declared=declared[:20],
            fingerprints=prints[:200],
        )
    return Endpoint(
        operator=provider.supplier,
        address="local",
        served=model.file.name if model else provider.model,
        declared=declared[:20],
        fingerprints=prints[:200],
        file_checked=True,
    )


def harness_of(*plans: Plan) -> str:
    """Return this program with its version, and the engines of models that run in this process."""
    here = [each for each in plans if not isinstance(each.provider.endpoint, HttpEndpoint)]
    layouts: list[Layout] = [each.model.layout if each.model else "gguf" for each in here]
    engines = dict.fromkeys(name for layout in layouts for name in ENGINES[layout])
    return "; ".join((f"corridor {__version__}", *map(_with_version, engines)))


def _with_version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package  # it is on the workers' machines; answers say which they used


def head_of(plan: Plan, language: str, node: str) -> dict[str, object]:
    """Return the first line of the full log of a language: what was run."""
    return {
        "log": FORM,
        "run": plan.run,
        "node": node,
        "provider": plan.identity,
        "suite": plan.dataset.name,
        "version": plan.dataset.version,
        "data_sha256": plan.data_sha256(language),
        "licence": plan.dataset.licence,
        "language": language,
        "asking": plan.asking.model_dump(mode="json"),
        "method": plan.method,
        "seed": plan.seed,
    }
