"""As whom, and for which project, somebody calls who shows a token of an OpenID provider."""

from corridor.access.errors import NotAllowed, NotKnown
from corridor.access.records import Principal
from corridor.access.rules.state import State
from corridor.core.errors import Invalid

PROJECT_HEADER = "x-corridor-project"


def holder(state: State, issuer: str, subject: str) -> Principal:
    """Return the principal that an account of an issuer is linked to, whatever closes them.

    Raises:
        NotKnown: if there is none, or it has left.
    """
    found = state.principals.get(state.accounts.get((issuer, subject), ""))
    if found is None or not found.active:
        raise NotKnown("Nobody is known by this token.", hint="Sign in once, or be linked.")
    return found


def project_for(state: State, principal: Principal, named: str) -> str:
    """Return for which project a principal calls: the one that is named, else the only one.

    It is one of the principal's organisation, as it is for a key.

    Raises:
        NotAllowed: if it is of another organisation, or there is no such project.
        Invalid: if none is named and the organisation has several, or none.
    """
    own = [p.name for p in state.projects.values() if p.organisation == principal.organisation]
    if named:
        if named not in own:
            raise NotAllowed(
                f"There is no project {named[:64]!r} of {principal.organisation}.",
                hint="`corridor access project list` shows them.",
            )
        return named
    if len(own) == 1:
        return own[0]
    raise Invalid(
        f"{principal.organisation} has {len(own) or 'no'} projects: which one it is for is not said.",
        hint=f"Name it in the header {PROJECT_HEADER}.",
    )
