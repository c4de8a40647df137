"""Workers for a run, where somebody names a cluster."""

from collections.abc import Generator
from contextlib import contextmanager

from corridor.catalogue import LocalEndpoint
from corridor.core.errors import Invalid
from corridor.evaluation.adapters.ray import on_ray
from corridor.evaluation.ports import Workers
from corridor.evaluation.service import Plan, Runs


@contextmanager
def workers_for(
    runs: Runs, plan: Plan, ray: str | None, count: int | None
) -> Generator[Workers | None]:
    """Have workers for a plan for the length of a block; none where no cluster is named or needed.

    Raises:
        Invalid: if their number is named, and no cluster, or if the texts are sealed.
        NoExtra, Unavailable: as `on_ray`.
    """
    if ray is not None and plan.dataset.kind == "safety":
        raise Invalid(
            "Texts of a safety suite are sealed on this node; a cluster would see them.",
            hint="Leave out --ray.",
        )
    if ray is None and count is not None:
        raise Invalid("Workers are on a cluster: name it with --ray.")
    if ray is None or not plan.todo:
        yield None
        return
    local = isinstance(plan.provider.endpoint, LocalEndpoint)
    cpus = runs.catalogue.settings.threads if local else 1
    with on_ray(ray, count, cpus=cpus, at_once=runs.settings.at_once) as workers:
        yield workers
