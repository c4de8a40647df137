"""What the account says of a decision: cleaned, short, and tied to all that it rested on.

Callers write some of it themselves (a model's name, a purpose), so nothing is taken as it came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, cast

import orjson

from corridor.access.records.account import Answered, Decided
from corridor.access.records.decisions import Decision, Facts, Query
from corridor.core.canonical import Written, canonical, sha256

MOST_BYTES = 64
"""Of a name, a purpose or any other text that a caller chose."""
MOST_ENTRY_BYTES = 2048
MOST_ORDER_BYTES = 1000
"""Of the order in which providers were to be asked, with its reasons."""
_REASONS, _POLICIES, _EVIDENCE, _REVOCATIONS, _ORDER = 400, 160, 200, 100, 300
"""How many bytes of an entry each of these may take; the digest covers the rest."""

DECIDE, ANSWERED = "access.decide", "access.answered"
"""The acts in the audit log."""
Fact = str | float | bool | None


def decided(
    query: Query,
    decision: Decision,
    pseudonym: str,
    request_id: str,
    at: float,
    request_sha256: str | None = None,
    order: str = "",
) -> Decided:
    """Return what the account keeps of a decision; `at` in seconds since the epoch."""
    facts = decision.facts
    facts = replace(
        facts,
        organisation=plain(facts.organisation),
        project=plain(facts.project),
        model=plain(facts.model),
        purpose=plain(facts.purpose),
        language=plain(facts.language),
        surface=plain(facts.surface),
    )
    return Decided(
        request_id=plain(request_id),
        at=round(at, 3),
        who=plain(pseudonym),
        home=plain(facts.home),
        organisation=facts.organisation,
        project=facts.project,
        model=facts.model,
        model_sha256=plain(query.model_sha256),
        purpose=facts.purpose,
        language=facts.language,
        surface=facts.surface,
        grant_id=plain(decision.grant_id),
        allowed=decision.allowed,
        reasons=codes(decision.reasons),
        policies=codes(decision.policies),
        policy_version=decision.policy_version,
        evidence_ids=codes(decision.evidence_ids),
        revocation_ids=codes(decision.revocation_ids),
        facts=facts,
        request_sha256=request_sha256,
        order=plain(order, MOST_ORDER_BYTES),
    )


def restated(
    item: Decided, request_id: str, at: float, request_sha256: str | None, order: str
) -> Decided:
    """Return the entry of another request on which the very same was decided."""
    return Decided.made_of(
        {
            **vars(item),
            "request_id": plain(request_id),
            "at": round(at, 3),
            "request_sha256": request_sha256,
            "order": plain(order, MOST_ORDER_BYTES),
        }
    )


def plain(text: str, most: int = MOST_BYTES) -> str:
    """Return a text that can harm no log: printable, and at most so many bytes of UTF-8."""
    if len(text) <= most and text.isascii() and text.isprintable():
        return text
    seen = "".join(c if c.isprintable() else "\ufffd" for c in text[:most])
    return seen.encode()[:most].decode(errors="ignore")


def codes(found: Iterable[str]) -> tuple[str, ...]:
    """Return codes or ids without spaces, which stand between them where they are kept."""
    return tuple("_".join(plain(code).split()) for code in found if code.strip())


def written(facts: Facts) -> bytes:
    """Return the facts that policies saw, as canonical JSON."""
    # They are a flat dataclass, which orjson writes as it is; canonical() then sorts all of it.
    return canonical(orjson.loads(orjson.dumps(facts)))


def digest(item: Decided, seen: bytes | None = None) -> str:
    """Return the SHA-256 of all that is kept of a decision, as canonical JSON.

    `seen` are its facts as they are written, where that was done already.
    """
    kept = {**vars(item), "facts": Written(written(item.facts) if seen is None else seen)}
    if not item.order:
        del kept["order"]  # as in entries from before there was one
    return sha256(canonical(kept))


def facts_of(item: Decided, seen: bytes | None = None) -> Mapping[str, Fact]:
    """Return the facts of a decision's line in the audit log; the whole line is below 2 KiB.

    `seen` are the facts that policies saw as they are written, where that was done already.
    """
    facts = {
        "at": item.at,
        "evidence": joined(item.evidence_ids, _EVIDENCE),
        "grant": item.grant_id,
        "home": item.home,
        "language": item.language,
        "model": item.model,
        "model_sha256": item.model_sha256,
        "organisation": item.organisation,
        "outcome": "allow" if item.allowed else "deny",
        "policies": joined(item.policies, _POLICIES),
        "policy_version": item.policy_version,
        "project": item.project,
        "purpose": item.purpose,
        "reasons": joined(item.reasons, _REASONS),
        "request": item.request_id,
        "request_sha256": item.request_sha256,
        "revocations": joined(item.revocation_ids, _REVOCATIONS),
        "sha256": digest(item, seen),
        "surface": item.surface,
    }
    return {**facts, "order": plain(item.order, _ORDER)} if item.order else facts


HOLE = Written(b"\0")
"""Stands in canonical JSON where something is put in later; no JSON has this byte."""
OWN = ("at", "request_id", "request_sha256")
"""What the decisions on the very same do not have in common."""
_COMMON = itemgetter(*(name for name in Decided.model_fields if name not in OWN))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the lines of decisions on the very same have in common, written once."""

    item: Decided
    kept: tuple[bytes, ...]
    """Around what each has of its own: all that is kept of one, as its digest is of it."""
    line: tuple[bytes, ...]
    """The facts of its line; before the last piece stands that digest."""

    @classmethod
    def of(cls, item: Decided) -> "Frame":
        """Return the frame of a decision, which all others on the very same fit."""
        seen = written(item.facts)
        holes = dict.fromkeys(OWN, HOLE)
        kept = {**vars(item), **holes, "facts": Written(seen)}
        if not item.order:
            del kept["order"]
        facts = {**facts_of(item, seen), "at": HOLE, "request": HOLE, "request_sha256": HOLE}
        pieces = canonical(kept).split(b"\0"), canonical({**facts, "sha256": HOLE}).split(b"\0")
        return cls(item, tuple(pieces[0]), tuple(pieces[1]))

    def fits(self, item: Decided) -> bool:
        """Tell whether a decision is on the very same."""
        return _COMMON(vars(self.item)) == _COMMON(vars(item))

    def facts_of(self, item: Decided) -> bytes:
        """Return the facts of a decision's line as canonical JSON."""
        at, request = canonical(item.at), canonical(item.request_id)
        body = canonical(item.request_sha256)
        kept, line = self.kept, self.line
        digest = sha256(b"".join((kept[0], at, kept[1], request, kept[2], body, kept[3])))
        own = (line[0], at, line[1], request, line[2], body, line[3], f'"{digest}"'.encode())
        return b"".join((*own, line[4]))


def answer_written(item: Answered) -> bytes:
    """Return the facts of an answer's line in the audit log, as canonical JSON."""
    return canonical(
        {
            "answer_sha256": item.answer_sha256,
            "at": item.at,
            "complete": item.complete,
            "grant": item.grant_id,
            "request": item.request_id,
            "tokens": item.tokens,
        }
    )


@dataclass(frozen=True, slots=True)
class IndexedAnswer:
    """An answer as the index has it."""

    request_id: str
    sha256: str
    grant_id: str = ""
    tokens: int | None = None
    at: float = 0.0

    def fits(self, facts: Mapping[str, object]) -> bool:
        """Tell whether a line of the audit log says the same; older ones name no grant."""
        same = (self.request_id, self.sha256) == (facts["request"], facts["answer_sha256"])
        if "grant" not in facts:
            return same and not self.grant_id
        told = (facts["grant"], facts["tokens"], facts["at"])
        return same and told == (self.grant_id, self.tokens, self.at)


def fault_of(
    entry: bytes, indexed: Decided | None, answer: IndexedAnswer | None = None
) -> str | None:
    """Return what is wrong with the index at one entry of the audit log, or None."""
    line = cast("dict[str, Any]", orjson.loads(entry))
    act, facts = line["act"], line["facts"]
    if (act == DECIDE) != (indexed is not None):
        return "a decision is not in the index" if indexed is None else "it is no decision"
    if (act == ANSWERED) != (answer is not None):
        return "an answer is not in the index" if answer is None else "it is no answer"
    if indexed is not None and (line["subject"], facts) != (indexed.who, facts_of(indexed)):
        return "the index says another thing"
    if answer is not None and not answer.fits(facts):
        return "the index has another answer"
    return None


def joined(found: Sequence[str], most: int) -> str:
    """Return codes with spaces between them; of those beyond so many bytes only how many they are."""
    kept: list[str] = []
    size = 0
    for code in found:
        size += len(code.encode()) + 1
        if size > most:
            return " ".join([*kept, f"+{len(found) - len(kept)}"])
        kept.append(code)
    return " ".join(kept)
