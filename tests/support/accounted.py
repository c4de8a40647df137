"""A desk with an account and reports: a node whose decisions are kept, found and told."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from corridor.access.adapters.secret_file import secrets_at
from corridor.access.records import AccessRequest, Approval, Form, Grant
from corridor.access.records.account import Decided
from corridor.access.service.account import Account
from corridor.access.service.reports import Reports
from corridor.core.records import RecordId
from corridor.edge.runtime import Runtime
from corridor.federation import Cosigner, Federation
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.witnesses import HttpWitnessClient
from support.access import Desk, a_desk
from support.clocks import StoppedClock
from support.decided import DIGEST, some_decided
from support.partners import QUICK


@dataclass(frozen=True)
class Office:
    """A desk, and the account that is kept at it."""

    desk: Desk
    account: Account
    reports: Reports
    runtime: Runtime
    """With all of their services."""

    def keep(self, items: Iterable[Decided]) -> None:
        with self.desk.writing() as tx:
            self.account.write(tx, list(items))

    def decided(self, person: str, request_id: str = "r", **fields: object) -> Decided:
        """A decision about one of this node's own principals, now."""
        now = self.desk.clock().timestamp()
        item = some_decided(request_id, person, **{"at": now, **fields})  # pyright: ignore[reportArgumentType]
        return item.model_copy(update={"who": self.account.secrets.pseudonym(person, "in")})

    def asks(self, requester: str, node: str = "in") -> tuple[AccessRequest, str]:
        """A request for access; with the digest of its envelope."""
        form = Form(
            requester=requester,
            project="helpline",
            model="own-1",
            model_sha256=DIGEST,
            node=node,
            surface="api",
            purpose="research",
            purpose_text="to learn what helps",
            use_class="general",
            sensitivity="public",
            languages=("hi-Deva",),
            oversight="a person reads along",
            days=30,
        )
        request = AccessRequest(made_at=self.desk.clock(), form=form, asked_by=requester)
        with self.desk.writing() as tx:
            return request, tx.append(request).sha256

    def refuse(self, request: AccessRequest, sha256: str) -> None:
        with self.desk.writing() as tx:
            tx.append(
                Approval(
                    made_at=self.desk.clock(),
                    request_id=RecordId(request.id),
                    request_sha256=sha256,
                    approver="ben",
                    verdict="refuse",
                    reason="no evidence",
                )
            )

    def grant(self, request: AccessRequest, sha256: str) -> None:
        form, now = request.form, self.desk.clock()
        with self.desk.writing() as tx:
            tx.append(
                Grant(
                    made_at=now,
                    grantee="a" * 32,
                    grantee_type="person",
                    organisation="acme",
                    country="IN",
                    identity_level=1,
                    tier=1,
                    conditions=form.conditions,
                    evidence=(),
                    approvals=1,
                    request_sha256=sha256,
                    policy_version="c" * 64,
                    valid_from=now,
                    until=now,
                    review_at=now,
                    **form.model_dump(
                        include={
                            "project",
                            "model",
                            "model_sha256",
                            "node",
                            "surface",
                            "purpose",
                            "use_class",
                            "sensitivity",
                            "languages",
                        }
                    ),
                )
            )


@contextmanager
def an_office(folder: Path, clock: StoppedClock | None = None) -> Generator[Office]:
    """Make a node whose decisions are kept and told."""
    folder.mkdir(exist_ok=True)
    with a_desk(folder, clock=clock) as desk:
        identity, secrets = desk.runtime.identity, secrets_at(folder)
        partners = HttpPartnerClient(QUICK, identity)
        federation = Federation(QUICK, desk.clock, identity, desk.runtime.kinds, partners)
        asking = HttpWitnessClient(QUICK, identity)
        cosigner = Cosigner(desk.clock, identity, federation, asking)
        account, reports = Account(secrets), Reports(desk.clock, secrets, cosigner)
        services = {**desk.runtime.services, Account: account, Reports: reports}
        yield Office(desk, account, reports, replace(desk.runtime, services=services))
