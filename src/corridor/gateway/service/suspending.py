"""Suspensions on the control side: what is suspended, who asks for that, and who decided.

A suspension is a record; every process that follows the log keeps to it. What a provider or a
partner says is kept as a proposal. A provider's no closes it until an operator has decided; what a
partner suspends closes what is reached through its node, and what this node trusts it with.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from corridor.catalogue import Catalogue, Model
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.records import RecordId, Visibility
from corridor.core.store import Transaction, View
from corridor.gateway.errors import NoSuchProposal, UnknownService
from corridor.gateway.records import (
    ProposalDismissed,
    Service,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
    Target,
)
from corridor.gateway.rules.leases import Leases
from corridor.gateway.rules.objections import Objection
from corridor.gateway.rules.suspensions import Closure, Proposal, Stated, Supply, closures
from corridor.gateway.settings import GatewaySettings
from corridor.gateway.store import beat

A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a suspension reaches: all of its target from now on, unless more is said."""

    services: Sequence[str] = ()
    languages: Sequence[str] = ()
    starts: datetime | None = None
    cuts_streams: bool = False
    visibility: Visibility = "internal"
    drill_id: RecordId | None = None
    key_ids: Sequence[RecordId] = ()
    share: float | None = None
    part: float | None = None
    is_leased: bool = False


@dataclass(frozen=True, slots=True)
class Suspending:
    """Close providers for a while, open them again, and decide on what asks for it."""

    catalogue: Catalogue
    clock: Clock
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    leases: Leases = field(default_factory=Leases)

    def suspend(
        self,
        tx: Transaction,
        target: Target,
        lasting: timedelta,
        reason: str,
        extent: Extent | None = None,
        proposal: RecordId | None = None,
    ) -> Suspension:
        """Send no request to what a target names, for so long from when the suspension starts.

        Raises:
            NotFound: if the catalogue has no such provider, model or supplier, or a service is none.
            Invalid: if a field does not fit, as a country that is no code.
        """
        extent = extent or Extent()
        self._check_known(tx, target, extent)
        now = self.clock()
        suspension = _stated(
            {
                "made_at": now,
                "visibility": extent.visibility,
                target.kind: target.name,
                "services": tuple(extent.services),
                "languages": tuple(extent.languages),
                "starts": extent.starts,
                "until": (extent.starts or now) + lasting,
                "cuts_streams": extent.cuts_streams,
                "reason": reason,
                "proposal_id": proposal,
                "drill_id": extent.drill_id,
                "key_ids": tuple(extent.key_ids),
                "share": extent.share,
                "part": extent.part,
                "is_leased": extent.is_leased,
            }
        )
        tx.append(suspension)
        tx.audit(
            "supplier.suspend",
            target.name,
            what=target.kind,
            services=" ".join(extent.services) or "all",
            starts=suspension.begins.isoformat(),
            until=suspension.until.isoformat(),
            cuts_streams=extent.cuts_streams,
            reason=reason,
            **({"drill": extent.drill_id} if extent.drill_id else {}),
        )
        return suspension

    def beat(self, tx: Transaction, suspensions: Iterable[Suspension]) -> None:
        """Let leased suspensions hold for some seconds more."""
        beat(tx, [each.id for each in suspensions])

    def lift(self, tx: Transaction, suspension: Suspension, reason: str) -> None:
        """End a suspension before its time; a partner's ends here alone."""
        lifted = SuspensionLifted(
            made_at=self.clock(),
            visibility=suspension.visibility,
            suspension_id=suspension.id,
            reason=reason,
        )
        tx.append(lifted)
        tx.audit("supplier.lift", suspension.target.name, id=suspension.id, reason=reason)

    def suspensions(self, view: View) -> list[Suspension]:
        """Return this node's suspensions that hold now, or will."""
        return [each.suspension for each in self.stated(view) if not each.issuer]

    def stated(self, view: View) -> list[Stated]:
        """Return all suspensions that hold now or will, partners' too, oldest first.

        What a partner rehearses is its own affair. This node's own that hold by a lease are there until
        they are lifted: no clock on the wall ends them.
        """
        own, now = view.identity.name, self.clock()
        lifted = {(k.entry.issuer, k.record.suspension_id) for k in view.every(SuspensionLifted)}
        return [
            Stated(kept.record, "" if kept.entry.issuer == own else kept.entry.issuer)
            for kept in view.every(Suspension)
            if (kept.record.until > now or (kept.record.is_leased and kept.entry.issuer == own))
            and (kept.entry.issuer == own or kept.record.drill_id is None)
            and lifted.isdisjoint({(own, kept.record.id), (kept.entry.issuer, kept.record.id)})
        ]

    def object(self, tx: Transaction, objections: Iterable[Objection]) -> list[SuspensionProposed]:
        """Keep what providers said against this node; one proposal each until it is decided."""
        open_, decided = self._said(tx)
        now = self.clock()  # a decision of a moment to come was made before the clock was put back
        closed, kept = {each.provider for each in open_}, list[SuspensionProposed]()
        for each in objections:
            over = decided.get(each.provider)
            if each.provider in closed or (over is not None and each.at <= over <= now):
                continue
            proposed = SuspensionProposed(
                made_at=now,
                provider=each.provider,
                supplier=each.supplier,
                status=each.status,
                code=each.code,
                said_at=each.at,
            )
            tx.append(proposed)
            tx.audit("provider.object", each.provider, status=each.status, code=each.code)
            closed.add(each.provider)
            kept.append(proposed)
        return kept

    def proposals(self, view: View) -> list[Proposal]:
        """Return what waits for an operator's decision: providers' words, then partners'."""
        supply, decided = self._supply(view), self._decided(view)
        said = [_said_by_provider(each) for each in self._said(view)[0]]
        partners = (each for each in self.stated(view) if each.issuer)
        return said + [
            proposal
            for each in partners
            if each.suspension.id not in decided
            and (proposal := _said_by_partner(each, supply)) is not None
        ]

    def confirm(
        self,
        tx: Transaction,
        proposal_id: str,
        reason: str,
        lasting: timedelta | None = None,
        *,
        whole_supplier: bool = False,
    ) -> Suspension:
        """Suspend what was proposed: for so long, else as long as a partner says, else for a day.

        Raises:
            NoSuchProposal: if nothing of this id waits.
        """
        found = self._proposal(tx, proposal_id)
        target = found.target
        if whole_supplier and found.supplier is not None:
            target = Target(kind="supplier", name=found.supplier)
        if lasting is None:
            lasting = found.until - (found.starts or self.clock()) if found.until else A_DAY
        extent = Extent(
            languages=found.languages, starts=found.starts, cuts_streams=found.cuts_streams
        )
        tx.audit("proposal.confirm", found.id, said_by=found.said_by)
        return self.suspend(tx, target, lasting, reason, extent, found.id)

    def dismiss(self, tx: Transaction, proposal_id: str, reason: str) -> Proposal:
        """Let requests go again to a provider that said no; or leave a partner's word at that.

        Raises:
            NoSuchProposal: if nothing of this id waits.
        """
        found = self._proposal(tx, proposal_id)
        tx.append(ProposalDismissed(made_at=self.clock(), proposal_id=found.id, reason=reason))
        tx.audit("proposal.dismiss", found.id, said_by=found.said_by, reason=reason)
        return found

    def closures(self, view: View, but: Collection[str] = ()) -> dict[str, tuple[Closure, ...]]:
        """Return what closes each provider, for a snapshot; `but` some records, as if they were not there."""
        stated = (
            each
            for each in self.stated(view)
            if each.suspension.id not in but and each.suspension.proposal_id not in but
        )
        said = (each for each in self._said(view)[0] if each.id not in but)
        return closures(self._supply(view), stated, said, self.leases)

    def decided(self, view: View) -> dict[str, datetime]:
        """Return until when what each provider said against this node was decided on."""
        return self._said(view)[1]

    def closes(self, view: View, stated: Stated) -> list[str]:
        """Return the providers of this node that a suspension closes."""
        return [each.name for each in self._supply(view).bound(stated)]

    def without_country(self, view: View) -> list[str]:
        """Return the providers that no suspension of a country reaches, for theirs is unknown."""
        supply = self._supply(view)
        return [each.name for each in supply.providers if each.supplier not in supply.countries]

    def _supply(self, view: View) -> Supply:
        organisations = self.catalogue.organisations(view)
        countries: dict[str, str] = {}
        for name, supplier in self.catalogue.suppliers(view).items():
            organisation = organisations.get(supplier.organisation)
            if organisation is not None and organisation.country is not None:
                countries[name] = organisation.country
        digests = {
            (kept.entry.issuer, kept.record.name): kept.record.file.sha256
            for kept in view.every(Model)
        }
        providers = tuple(self.catalogue.providers(view).values())
        return Supply(providers, countries, digests, self.settings.suspensions_from)

    def _said(self, view: View) -> tuple[list[SuspensionProposed], dict[str, datetime]]:
        """Return the proposals by providers that wait, and when others were decided."""
        waiting: list[SuspensionProposed] = []
        over: dict[str, datetime] = {}
        decided = self._decided(view)
        for proposed in view.own(SuspensionProposed):
            at = decided.get(proposed.id)
            if at is None:
                waiting.append(proposed)
            else:
                over[proposed.provider] = max(at, over.get(proposed.provider, at))
        return waiting, over

    def _decided(self, view: View) -> dict[str, datetime]:
        confirmed = ((s.proposal_id, s.made_at) for s in view.own(Suspension) if s.proposal_id)
        dismissed = ((d.proposal_id, d.made_at) for d in view.own(ProposalDismissed))
        return {str(proposal): at for proposal, at in (*confirmed, *dismissed)}

    def _proposal(self, view: View, proposal_id: str) -> Proposal:
        waiting = self.proposals(view)
        found = [each for each in waiting if each.id.startswith(proposal_id)]
        if len(found) != 1 or not proposal_id:
            raise NoSuchProposal(f"{len(found)} proposals have an id like {proposal_id[:40]!r}.")
        return found[0]

    def _check_known(self, view: View, target: Target, extent: Extent) -> None:
        offered = {service.name for service in view.own(Service)}
        if missing := [name for name in extent.services if name not in offered]:
            raise UnknownService(f"There is no service {missing[0]!r}.")
        if target.name not in self._names(view, target):
            raise NotFound(
                f"There is no {target}.",
                hint="`corridor catalogue list` shows providers, models and suppliers.",
            )

    def _names(self, view: View, target: Target) -> Iterator[str]:
        if target.kind == "provider":
            yield from self.catalogue.providers(view)
        elif target.kind == "supplier":
            yield from self.catalogue.suppliers(view)
        elif target.kind == "model":
            yield from self.catalogue.models(view)
            yield from (each.model for each in self.catalogue.providers(view).values())
        else:
            yield target.name  # a digest or a country means itself


def _stated(fields: Mapping[str, object]) -> Suspension:
    try:
        return Suspension.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "suspension"
        raise Invalid(f"{place}: {first['msg']}.", hint="Say it in another way.") from error


def _said_by_provider(proposed: SuspensionProposed) -> Proposal:
    return Proposal(
        id=proposed.id,
        said_by=proposed.provider,
        said_at=proposed.said_at,
        target=Target(kind="provider", name=proposed.provider),
        supplier=proposed.supplier,
        why=f"{proposed.code} ({proposed.status})",
        providers=(proposed.provider,),
        closed=True,
    )


def _said_by_partner(stated: Stated, supply: Supply) -> Proposal | None:
    """Return what a partner asks for and this node does not follow; None if there is nothing."""
    bound = supply.bound(stated)
    providers = [each for each in supply.concerned(stated) if each not in bound]
    if not providers:
        return None
    suspension = stated.suspension
    target = suspension.target
    if target.kind == "model":  # names of models are each node's own
        target = Target(kind="model_sha256", name=supply.digests[stated.issuer, target.name])
    return Proposal(
        id=suspension.id,
        said_by=stated.issuer,
        said_at=suspension.made_at,
        target=target,
        why=suspension.reason,
        providers=tuple(each.name for each in providers),
        languages=suspension.languages,
        starts=suspension.starts,
        until=suspension.until,
        cuts_streams=suspension.cuts_streams,
        closed=False,
    )
