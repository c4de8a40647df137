"""Decisions as the account keeps them, and processes that write them until they are killed.

`python -m support.decided FOLDER` decides in strict mode with 32 callers and says each request when
its decision is promised to be durable.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter

from corridor.access.jobs.account import Accountant
from corridor.access.records import NEVER, Decision, Facts, Query
from corridor.access.records.account import Decided
from corridor.access.rules.account import decided
from corridor.access.rules.secrets import Secrets
from corridor.access.service.account import Account
from corridor.access.settings import AccessSettings
from corridor.access.store import MIGRATIONS
from corridor.core.store import Store
from support.builders import NOON, a_store
from support.writers import TESTS, identity_in

SECRETS = Secrets.of(bytes(32))
DIGEST = "ab" * 32
VERSION = "cd" * 32
CALLERS = 32
FACTS = TypeAdapter(Facts)


def some_facts(**changes: object) -> Facts:
    """Facts of a use that everything allows."""
    facts: dict[str, object] = {
        "home": "in",
        "here": True,
        "principal_type": "person",
        "active": True,
        "organisation": "institute",
        "country": "IN",
        "roles": ("member",),
        "identity_level": 2,
        "project": "helpline",
        "project_known": True,
        "model": "own-1",
        "tier": 1,
        "tier_known": True,
        "evidence_limit_days": 365,
        "approvals_needed": 1,
        "countries_needed": 1,
        "identity_needed": 1,
        "stays_offline": True,
        "delegated": True,
        "surface": "api",
        "purpose": "research",
        "purpose_listed": True,
        "use_class": "general",
        "language": "hi-Deva",
        "hour": 12,
        "grant": "in_force",
        "grant_tier": 1,
        "grant_language": True,
        "grant_approvals": 1,
        "grant_countries": 1,
        "countersigned": True,
        "countersign_refused": False,
        "issuer_may_grant": True,
        "lease": "own",
        "review_overdue_days": 0,
        "within_hours": True,
        "within_quota": True,
        "needs_human": False,
        "overseer": False,
        "tools_granted": True,
        "checks_tools": False,
        "evidence": "in_force",
        "evidence_days": 3,
        "closed": (),
    }
    return FACTS.validate_python({**facts, **changes})


def some_decided(
    request_id: str = "r1",
    person: object = "asha",
    *,
    at: float = NOON.timestamp(),
    reasons: tuple[str, ...] = (),
    request_sha256: str | None = None,
    order: str = "",
    **facts: object,
) -> Decided:
    """A decision as the account keeps it: allowed, unless reasons are given."""
    if reasons and "grant" not in facts:
        facts = {**facts, "evidence": "none", "evidence_days": NEVER}
    decision = Decision(
        outcome="deny" if reasons else "allow",
        reasons=reasons or ("granted",),
        policies=("granted-use",),
        facts=some_facts(**facts),
        policy_version=VERSION,
        grant_id="1" * 32,
        evidence_ids=() if reasons else ("2" * 32,),
    )
    query = Query(str(person), "helpline", decision.facts.model, DIGEST)
    who = SECRETS.pseudonym(str(person), decision.facts.home)
    return decided(query, decision, who, request_id, at, request_sha256, order)


def an_account() -> Account:
    return Account(SECRETS)


def a_store_for_decisions(folder: Path, url: str | None = None) -> Store:
    return a_store(folder, identity_in(folder), migrations=MIGRATIONS, url=url)


@contextmanager
def a_deciding_process(folder: Path, url: str, life: str) -> Generator["subprocess.Popen[str]"]:
    """Run a process that decides without end; it is gone when the block ends."""
    with subprocess.Popen(  # noqa: S603  our own module, by this interpreter
        [sys.executable, "-m", "support.decided", str(folder), url, life],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def _decide_for_ever(store: Store, life: str) -> None:
    accountant = Accountant(store, an_account(), AccessSettings(strict_audit=True))

    async def decide(caller: int) -> None:
        for number in count():
            name = f"{life}.{caller}.{number}"
            await accountant.note(some_decided(name, caller))
            sys.stdout.write(name + "\n")
            sys.stdout.flush()

    async with accountant.at_work():
        await asyncio.gather(*(decide(caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(
        _decide_for_ever(a_store_for_decisions(Path(sys.argv[1]), sys.argv[2]), sys.argv[3])
    )
