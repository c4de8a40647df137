"""Incidents that people report of what was in use: a caller of their own request, an auditor of a line of the account.

They enter by the door of all findings. A report names the request or the line, and nobody: not who reports,
and not whom the line is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.access.errors import NotAllowed, ReportedBefore, TooManyReports
from corridor.access.ports import UsedRequests
from corridor.access.records import ApiKey, Principal
from corridor.assurance import Circumstances, Finding, Findings, Nature
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import Audited, Transaction, View

MOST_A_DAY = 20
"""Reports of one project's users; then somebody has to look first, or a day to pass."""
MAY_OPEN = frozenset({"auditor", "operator"})


@dataclass(frozen=True, slots=True)
class UseReports:
    """Take reports of incidents in use from those who met them."""

    clock: Clock
    findings: Findings
    requests: UsedRequests

    def of_request(
        self,
        tx: Transaction,
        key: ApiKey,
        request_id: str,
        words: Mapping[str, object],
        nature: Nature = "incident",
    ) -> Finding:
        """Keep what a caller reports of a request that was made with the key they show.

        Raises:
            NotFound: if the account has no such request of this key.
            ReportedBefore: if it was reported already.
            TooManyReports: if the users of the project have reported too many today.
            PersonalData: if the words have somebody's personal data.
            Invalid: if the words are not as they should be.
        """
        used = self.requests.of_key(tx, str(key.id), request_id)
        if used is None:
            raise NotFound(
                "The account has no such request of this key.",
                hint="It is the x-request-id of the answer, and is known a moment after it.",
            )
        source = f"request {request_id}"
        self._check_first(tx, source, "user")
        by = f"a user of {key.project or 'this node'}"
        self._check_pace(tx, by)
        told = Circumstances(nature=nature, occurred_at=used.at, service=used.service)
        fields = {
            **words,
            "origin": "user",
            "source": source,
            "reported_by": by,
            "languages": [used.language] if used.language else [],
        }
        return self.findings.report(tx, used.model, fields, told, used.model_sha256)

    def of_line(
        self,
        tx: Transaction,
        person: Principal,
        position: int,
        words: Mapping[str, object],
        nature: Nature = "incident",
        model: str | None = None,
        sha256: str | None = None,
    ) -> Finding:
        """Keep what an auditor found in a line of the account; the line names the model, or the auditor does.

        Raises:
            NotAllowed: if this person is neither auditor nor operator.
            NotFound: if the account has no such line.
            Invalid: if neither names a model, or the words are not as they should be.
            ReportedBefore: if one was opened from it already.
            PersonalData: if the words have somebody's personal data.
        """
        if MAY_OPEN.isdisjoint(person.roles):
            raise NotAllowed("Only an auditor or an operator opens an incident from the account.")
        line = _line(tx, position)
        named = _model_in(line)
        if model is not None:
            named = (model, sha256)
        if named is None:
            raise Invalid(
                f"Line {position} ({line.act}) names no model.", hint="Name the one it is about."
            )
        source = f"{tx.audit_log} {position}"
        self._check_first(tx, source, "audit")
        told = Circumstances(nature=nature, occurred_at=line.at)
        by = f"an auditor of {person.organisation}"
        fields = {**words, "origin": "audit", "source": source, "reported_by": by}
        return self.findings.report(tx, named[0], fields, told, named[1])

    def _check_first(self, view: View, source: str, origin: str) -> None:
        for each in view.own(Finding):
            if each.source == source and each.origin == origin:
                raise ReportedBefore(f"This was reported already, on {each.made_at:%Y-%m-%d}.")

    def _check_pace(self, view: View, by: str) -> None:
        since = self.clock() - timedelta(days=1)
        today = [each for each in self.findings.standings(view) if _counts(each.finding, by, since)]
        if sum(each.state is None for each in today) >= MOST_A_DAY:
            raise TooManyReports(
                f"{MOST_A_DAY} reports of this project wait to be looked at.", retry_after=3600
            )


def _counts(finding: Finding, by: str, since: datetime) -> bool:
    return finding.reported_by == by and finding.made_at > since


def _line(view: View, position: int) -> Audited:
    """Return a line of the account.

    Raises:
        NotFound: if there is none at that place.
    """
    found = view.audited(position, 1)
    if not found or found[0].position != position:
        raise NotFound(
            f"The account has no line {position}.", hint="`corridor log audit` shows the lines."
        )
    return found[0]


def _model_in(line: Audited) -> tuple[str, str | None] | None:
    model, digest = line.facts.get("model"), line.facts.get("model_sha256")
    if isinstance(model, str) and isinstance(digest, str) and model and digest:
        return model, digest
    return None
