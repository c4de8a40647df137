"""What can be said of policies by their text alone: where each begins, how deep it nests, its names.

Texts are in Cedar (https://docs.cedarpolicy.com/policies/syntax-grammar.html). They are not parsed
here, only told apart: comments, strings, names and signs. A text that nests without end would
overflow the stack of the program that parses it, so that is refused before any parser sees it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corridor.access.ports import Fault
from corridor.access.records import NEVER, ActFacts, Facts
from corridor.core.canonical import canonical, sha256

SHIPPED = "shipped"
"""The name under which the rules are shown that hold on every node."""
POLICY_ERROR = "policy_error"
"""The reason where a policy could not be evaluated."""
NODE_RULE = "node_rule"
"""The reason of an operator's `forbid` that gives none."""
NO_PERMIT = "no_permit"
"""The reason where nothing forbids and nothing permits."""
OUTCOMES = frozenset({POLICY_ERROR, NO_PERMIT, "granted"})
"""Codes that say what came of all policies; no policy gives one of them as its own."""

MAX_TEXT = 200_000
"""Characters in one text."""
MAX_DEPTH = 32
"""Brackets within brackets."""
MAX_SIGNS = 250
"""Signs and dots in one policy, for a chain of them nests as deep as it is long."""
MAX_ANNOTATION = 300

WITHHELD = '"(withheld)"'
PSEUDONYM = re.compile(r'"[0-9a-f]{32}"')
SPACE = re.compile(r"\s+|//[^\n\r]*")
TOKEN = re.compile(
    r'//[^\n\r]*|\s+|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+|::|&&|\|\||[=!<>]=|.', re.DOTALL
)
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
SIGNS = frozenset(
    {*("&&", "||", "==", "!=", "<=", ">="), *"<>!+-*.", "if", "in", "is", "has", "like"}
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy of a text."""

    line: int
    """Where it begins; the first line is 1."""
    text: str

    @property
    def crowding(self) -> str | None:
        """Say why it nests too deep to be parsed safely, or None."""
        tokens = [token for token in TOKEN.findall(self.text) if not SPACE.fullmatch(token)]
        depth = deepest = 0
        for token in tokens:
            depth += (token in OPENING) - (token in CLOSING)
            deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            return f"brackets lie {deepest} deep; at most {MAX_DEPTH} are taken"
        signs = sum(token in SIGNS for token in tokens)
        if signs > MAX_SIGNS:
            return f"it has {signs} signs and dots; at most {MAX_SIGNS} are taken, so split it"
        return None


def statements(text: str) -> Iterator[Statement]:
    """Yield the policies of a text; what follows the last semicolon too, if it is more than space."""
    parts, start, line = list[str](), 1, 1
    for token in TOKEN.findall(text):
        if parts or not SPACE.fullmatch(token):
            if not parts:
                start = line
            parts.append(token)
        line += token.count("\n")
        if token == ";":  # noqa: S105  a sign, no secret
            yield Statement(start, "".join(parts))
            parts = []
    if parts:
        yield Statement(start, "".join(parts).rstrip())


def withheld(text: str) -> str:
    """Return a text as anyone may read it: without the names of principals, pseudonyms left in."""
    shown = list[str]()
    before: tuple[str, str] = ("", "")
    for token in TOKEN.findall(text):
        names = before == ("Principal", "::") and token.startswith('"')
        shown.append(WITHHELD if names and not PSEUDONYM.fullmatch(token) else token)
        if not SPACE.fullmatch(token):
            before = (before[1], token)
    return "".join(shown)


def version_of(shipped: str, texts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the canonical JSON of all texts, the shipped ones and a node's own."""
    return sha256(canonical({"shipped": shipped, "own": dict(texts)}))


def place_of(fault: Fault) -> str:
    """Return a fault as one line: whose, where, what."""
    where = f"{fault.name}, line {fault.line}" if fault.line else fault.name
    policy = f", policy {fault.policy}" if fault.policy else ""
    return f"{where}{policy}: {fault.message}"


def refused(faults: Sequence[Fault]) -> str:
    """Return faults as one line: the first, and how many more there are."""
    more = len(faults) - 1
    return place_of(faults[0]) + (f" (and {more} more faults)" if more else "")


def _stranger(*, hour: int, refused: bool, grant: str, evidence: str) -> Facts:
    return Facts(
        home="",
        here=False,
        principal_type="",
        active=False,
        organisation="",
        country="",
        roles=(),
        identity_level=0,
        project="",
        project_known=False,
        model="",
        tier=3,
        tier_known=False,
        evidence_limit_days=0,
        approvals_needed=2,
        countries_needed=2,
        identity_needed=3,
        stays_offline=False,
        delegated=False,
        surface="",
        purpose="",
        purpose_listed=False,
        use_class="",
        language="und",
        hour=hour,
        grant=grant,
        grant_tier=-1,
        grant_language=False,
        grant_approvals=0,
        grant_countries=0,
        countersigned=False,
        countersign_refused=refused,
        issuer_may_grant=False,
        lease="ended",
        review_overdue_days=NEVER,
        within_hours=False,
        within_quota=False,
        needs_human=True,
        overseer=False,
        tools_granted=False,
        checks_tools=True,
        evidence=evidence,
        evidence_days=NEVER,
        closed=("model",) if refused else (),
    )


STRANGERS = (
    _stranger(hour=0, refused=False, grant="none", evidence="none"),
    _stranger(hour=12, refused=True, grant="ended", evidence="withdrawn"),
)
"""Nobody known, with no grant, for a model that nobody rated: what holds for one allows all."""

STRANGER_ACTS = ActFacts(
    organisation="", roles=(), identity_level=0, critical=True, share_percent=100, hour=0
)
"""Nobody known, who would do as much as can be done."""
