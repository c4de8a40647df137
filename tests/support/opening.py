"""Open a node's models to callers of tests: by the records that decide, without the people.

Approvals and countersignatures have tests of their own; here the grant to which a request would
lead is stated at once, with a tier and evidence in the languages that tests speak.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from corridor.access import AccessRequest, ApiKeys, EvidenceUsed, Form, Grant, People
from corridor.access.adapters.secret_file import secrets_at
from corridor.assurance import Assurance, Tier
from corridor.catalogue import Catalogue, Provider
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime
from corridor.evaluation import Evaluation, wilson
from support.supply import an_organisation

LANGUAGES = ("en-Latn", "hi-Deva", "ja-Jpan", "ta-Taml")
PURPOSE = "public-service"
OWNER, PROJECT = "owner", "tests"
ITEMS = 4
LEASE_SECONDS = 2
"""Of grants of the upper tiers: no test waits as long as a lease lasts in earnest."""


def make_caller(runtime: Runtime, tx: Transaction, name: str, project: str = PROJECT) -> None:
    """Register a service that may call, the person who answers for it, and its project."""
    people = runtime.service(People)
    runtime.service(Catalogue).register(tx, an_organisation(country="IN"))
    people.register(tx, OWNER, "person", "acme", ("operator",))
    people.add_project(tx, project, project.title(), "acme", PURPOSE)
    if name not in {each.name for each in people.people(tx)}:
        people.register(tx, name, "service", "acme", (), OWNER)


def open_models(
    runtime: Runtime,
    tx: Transaction,
    caller: str,
    project: str = PROJECT,
    providers: Iterable[Provider] | None = None,
    tier: Tier = 0,
    languages: tuple[str, ...] = LANGUAGES,
) -> None:
    """Grant a caller the models of providers (all that there are), once each."""
    found = runtime.service(Catalogue).providers(tx).values() if providers is None else providers
    granted = {(grant.grantee, grant.project, grant.model_sha256) for grant in tx.own(Grant)}
    secrets = secrets_at(runtime.home)
    for provider in found:
        node = provider.node or runtime.identity.name
        grantee = secrets.pseudonym(caller, node)
        if (grantee, project, provider.model_sha256) in granted:
            continue
        granted.add((grantee, project, provider.model_sha256))
        evidence = vouch_for(runtime, tx, provider, tier, languages)
        form = _form(caller, project, provider, node, languages)
        request = AccessRequest(made_at=runtime.store.clock(), form=form, asked_by=OWNER)
        tx.append(_grant(request, tx.append(request).sha256, grantee, evidence, tier))


def vouch_for(
    runtime: Runtime,
    tx: Transaction,
    provider: Provider,
    tier: Tier = 0,
    languages: tuple[str, ...] = (),
) -> tuple[EvidenceUsed, ...]:
    """Rate a provider's model unless somebody did, and return the evidence of it."""
    digest, assurance = provider.model_sha256, runtime.service(Assurance)
    if not assurance.tier(tx, digest)[1]:
        assurance.rate(tx, provider.model, tier, "so that a test may use it", sha256=digest)
    return evidence_of(tx, provider, runtime.store.clock(), languages)


def evidence_of(
    tx: Transaction, provider: Provider, now: datetime, languages: tuple[str, ...] = ()
) -> tuple[EvidenceUsed, ...]:
    """Return evidence of a provider's model in every language of tests and in others, made where there is none."""
    wanted = dict.fromkeys((*LANGUAGES, *languages))
    known = {
        kept.record.language: (kept.record, kept.entry.issuer, kept.entry.sha256)
        for kept in tx.every(Evaluation)
        if kept.record.model_sha256 == provider.model_sha256
    }
    for language in wanted:
        if language not in known:
            record = an_evaluation(provider, language, now)
            known[language] = (record, tx.identity.name, tx.append(record).sha256)
    return tuple(
        EvidenceUsed(
            record_id=record.id,
            issuer=issuer,
            sha256=digest,
            language=record.language,
            made_at=record.made_at,
        )
        for record, issuer, digest in known.values()
        if record.language in wanted
    )


def an_evaluation(provider: Provider, language: str, now: datetime) -> Evaluation:
    """Return evidence that half of four items were right; internal, so that no partner sees it."""
    return Evaluation(
        made_at=now,
        visibility="internal",
        model=provider.model,
        model_sha256=provider.model_sha256,
        provider=provider.name,
        suite="of-a-test",
        suite_version="1",
        suite_sha256="cc" * 32,
        language=language,
        method="stated by a test",
        seed=1,
        n=ITEMS,
        correct=ITEMS // 2,
        outcomes="1100",
        score=wilson(ITEMS // 2, ITEMS),
    )


def issue_key(
    runtime: Runtime,
    tx: Transaction,
    label: str,
    models: tuple[str, ...],
    lifetime: timedelta | None = None,
) -> str:
    """Return the secret of a new key of the caller that the label names, to whom all is open."""
    name = label.lower().replace(" ", "-")
    make_caller(runtime, tx, name)
    open_models(runtime, tx, name)
    return runtime.service(ApiKeys).issue(tx, name, PROJECT, label, models, lifetime)[1]


def _form(
    caller: str, project: str, provider: Provider, node: str, languages: tuple[str, ...]
) -> Form:
    return Form(
        requester=caller,
        project=project,
        model=provider.model,
        model_sha256=provider.model_sha256,
        node=node,
        surface="api",
        purpose=PURPOSE,
        purpose_text="so that a test may use it",
        use_class="general",
        sensitivity="public",
        languages=languages,
        oversight="the test looks at each answer",
        days=365,
    )


def _grant(
    request: AccessRequest,
    request_sha256: str,
    grantee: str,
    evidence: tuple[EvidenceUsed, ...],
    tier: Tier,
) -> Grant:
    form, now = request.form, request.made_at
    return Grant(
        made_at=now,
        visibility="partners",
        grantee=grantee,
        grantee_type="service",
        organisation="acme",
        country="IN",
        identity_level=tier,  # as much as the tier asks for
        project=form.project,
        model=form.model,
        model_sha256=form.model_sha256,
        node=form.node,
        tier=tier,
        surface=form.surface,
        purpose=form.purpose,
        use_class=form.use_class,
        sensitivity=form.sensitivity,
        languages=form.languages,
        conditions=form.conditions,
        evidence=evidence,
        approvals=2,
        approver_countries=("IN",),
        request_sha256=request_sha256,
        policy_version="00" * 32,
        valid_from=now - timedelta(days=1),
        until=now + timedelta(days=form.days),
        review_at=now + timedelta(days=180),
        lease_seconds=LEASE_SECONDS if tier > 1 else None,
    )
