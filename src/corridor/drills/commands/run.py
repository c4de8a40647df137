"""`corridor drill run`: hold a drill on the running node."""

import asyncio
from typing import Annotated

import typer

from corridor.drills.adapters.prober import HttpProber
from corridor.drills.commands.showing import Folder, show
from corridor.drills.records import DrillResult
from corridor.drills.rules.running import duration
from corridor.drills.service import Drills
from corridor.drills.service.running import Course, Plan
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, runtime_of

commands = typer.Typer()


@commands.command("run")
def run(
    context: typer.Context,
    withdraw: Annotated[str, typer.Option(help="The supplier to withdraw.")],
    lasting: Annotated[str, typer.Option("--for", help="For how long: 30s, 5m, 1h.")] = "30s",
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a supplier for a while, measure what continues, restore it, write the report.

    Example: corridor drill run --withdraw overseas-vendor --for 30s --service helpline
    """
    runtime = runtime_of(context)
    result = asyncio.run(_held(runtime, withdraw, lasting, service))
    show(runtime, result, report, as_json=as_json)


async def _held(runtime: Runtime, supplier: str, lasting: str, service: str | None) -> DrillResult:
    drills = runtime.service(Drills)
    length = duration(lasting)
    with runtime.store.transaction("drill") as tx:
        plan = drills.plan(tx, supplier, length, service)
    settings, clock = drills.settings, runtime.store.clock
    prober = HttpProber.to(runtime.address, plan.key, settings.probe_timeout_seconds, clock)
    try:
        await drills.check(plan, prober)
        course, stop = Course(clock()), asyncio.Event()
        probing = asyncio.create_task(drills.probe(plan, prober, course, stop))
        try:
            await _stages(runtime, drills, plan, course)
        finally:
            stop.set()
            await probing
        course.ended_at = clock()
        await asyncio.sleep(1)  # until the gateway has written its account of the last requests
        with runtime.store.transaction("drill") as tx:
            return drills.conclude(tx, plan, course)
    finally:
        await prober.close()
        with runtime.store.transaction("drill") as tx:
            drills.close(tx, plan)


async def _stages(runtime: Runtime, drills: Drills, plan: Plan, course: Course) -> None:
    settings, clock = drills.settings, runtime.store.clock
    errors.print(f"Probing {', '.join(plan.services)} before the withdrawal ...")
    await asyncio.sleep(settings.baseline_seconds)
    for _ in range(int(settings.probe_timeout_seconds * 4)):
        if drills.has_baseline(plan, course):
            break
        await asyncio.sleep(0.25)
    try:
        with runtime.store.transaction("drill") as tx:
            drills.withdraw(tx, plan, course)
        course.withdrawn_at = clock()
        seconds = plan.lasting.total_seconds()
        errors.print(f"{plan.supplier} is withdrawn for {seconds:.0f} s.")
        await asyncio.sleep(seconds)
    finally:
        with runtime.store.transaction("drill") as tx:
            drills.restore(tx, course)
        course.restored_at = clock()
    errors.print(f"{plan.supplier} is restored; waiting for it to answer ...")
    for _ in range(int(settings.recovery_seconds * 4)):
        with runtime.store.view() as view:
            if drills.has_recovered(view, plan, course):
                return
        await asyncio.sleep(0.25)
