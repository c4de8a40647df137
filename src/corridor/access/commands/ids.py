"""What people mean who type the beginning of an id: among what they may see, and nothing else."""

from corridor.access.records import Grant, Principal
from corridor.access.rules.ids import SHORTEST, whole_id
from corridor.access.rules.secrets import PSEUDONYM_DIGITS
from corridor.access.service.account import Account
from corridor.access.service.grants import Grants
from corridor.access.service.keys import ApiKeys
from corridor.access.service.requests import Requests
from corridor.access.service.resolutions import Resolutions
from corridor.access.service.revocations import Revocations
from corridor.access.service.tool_calls import ToolCalls
from corridor.core.records import WHOLE_ID
from corridor.core.store import View
from corridor.edge.runtime import Runtime


def request_id(runtime: Runtime, view: View, given: str, viewer: Principal | None = None) -> str:
    """Return the id of a request or draft."""
    if len(given) == WHOLE_ID:
        return given
    return whole_id(given, runtime.service(Requests).ids(view, viewer))


def grant_id(
    runtime: Runtime,
    view: View,
    given: str,
    viewer: Principal | None = None,
    issuer: str | None = None,
) -> str:
    """Return the id of a grant."""
    if len(given) == WHOLE_ID:
        return given
    found = runtime.service(Grants).grants(view, viewer)
    return whole_id(
        given,
        (
            (str(each.grant.id), f"{each.grant.model} by {each.issuer}")
            for each in found
            if issuer in (None, each.issuer)
        ),
    )


def revocation_id(runtime: Runtime, view: View, given: str) -> str:
    """Return the id of a revocation."""
    found = runtime.service(Revocations).revocations(view)
    return whole_id(
        given,
        ((str(e.revocation.id), f"{e.revocation.scope} {e.revocation.target[:40]}") for e in found),
    )


def question_id(runtime: Runtime, view: View, given: str) -> str:
    """Return the id of a question who somebody is."""
    found = runtime.service(Resolutions).standings(view)
    return whole_id(given, ((each.id, f"asked by {each.asked_by}") for each in found))


def call_id(runtime: Runtime, view: View, given: str, viewer: Principal | None) -> str:
    """Return the id of a tool call that waits."""
    found = runtime.service(ToolCalls).waiting(view, viewer)
    return whole_id(given, ((each.id, f"{each.tool} by {each.agent}") for each in found))


def decided_id(runtime: Runtime, view: View, given: str) -> str:
    """Return the id of a request that was decided, as the account has it."""
    found = runtime.service(Account).request_ids(view, given) if len(given) >= SHORTEST else []
    return whole_id(given, ((each, "a past request") for each in found))


def pseudonym_id(runtime: Runtime, view: View, given: str) -> str:
    """Return the pseudonym of somebody whom the account or a grant names."""
    if not SHORTEST <= len(given) < PSEUDONYM_DIGITS:
        return given
    granted = {kept.record.grantee: f"of {kept.record.organisation}" for kept in view.every(Grant)}
    decided = dict.fromkeys(runtime.service(Account).pseudonyms(view, given), "in the account")
    return whole_id(given, {**decided, **granted}.items())


def key_prefix(runtime: Runtime, view: View, given: str) -> str:
    """Return the prefix by which people name a key."""
    found = runtime.service(ApiKeys).keys(view)
    words = [(key, f"{state.replace('_', ' ')}, of {key.principal}") for key, state in found]
    prefixes = [(key.prefix, said) for key, said in words]
    return whole_id(given, prefixes + [(str(key.id), said) for key, said in words])


def closed_target(
    runtime: Runtime, view: View, scope: str, given: str, viewer: Principal | None
) -> str:
    """Return what is to be closed: for a grant or key the whole of what was begun."""
    if scope == "grant":
        return grant_id(runtime, view, given, viewer)
    return key_prefix(runtime, view, given) if scope == "key" else given
