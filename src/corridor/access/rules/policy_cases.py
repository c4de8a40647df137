"""Cases that policies have to decide as they say: facts, and whether it is allowed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from corridor.access.ports import PolicySet, Ruling
from corridor.access.records import Facts
from corridor.core.canonical import canonical
from corridor.core.errors import Invalid
from corridor.core.records import Part

A_DIGEST = "0" * 64
FACTS = TypeAdapter(Facts)


class Case(Part):
    """One case: what differs from the base, and what has to come out."""

    name: str = Field(min_length=3, max_length=300)
    rule: str | None = None
    """The id of the policy that it is about; one that denies has to be among those that did."""
    principal: str = "someone"
    model_sha256: str = A_DIGEST
    facts: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    expect: Literal["allow", "deny"]
    reasons: tuple[str, ...] | None = None
    """All reason codes, in any order; None where they do not matter."""


class CaseFile(Part):
    """A file of cases."""

    base: dict[str, JsonValue] | None = None
    """The facts of a case that says nothing else; None: those of the shipped cases."""
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """A case, and what the policies said of it."""

    case: Case
    ruling: Ruling
    fault: str | None
    """What is otherwise than it should be."""


def tried(cases: Iterable[Case], base: Facts, policies: PolicySet) -> Iterator[Tried]:
    """Yield each case with what policies say of it.

    Raises:
        Invalid: if a case names a fact that there is not, or of another type.
    """
    for case in cases:
        facts = facts_of(case.facts, base, case.name)
        ruling = policies.rule(case.principal, case.model_sha256, facts)
        yield Tried(case, ruling, _fault(case, ruling))


def facts_of(given: Mapping[str, JsonValue], base: Facts | None, where: str) -> Facts:
    """Return facts: those given, and for the others those of a base.

    Raises:
        Invalid: if one is not known, of another type, or (without a base) missing.
    """
    try:
        found = FACTS.validate_json(
            canonical({**(_plain(base) if base else {}), **given}), strict=True
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{where}: {place}: {first['msg']}.") from error
    if unknown := sorted(given.keys() - _plain(found).keys()):
        hint = "`corridor access policy schema` names every fact."
        raise Invalid(f"{where}: {unknown[0]}: there is no such fact.", hint=hint)
    return found


def _plain(facts: Facts) -> dict[str, JsonValue]:
    return FACTS.dump_python(facts, mode="json")


def _fault(case: Case, ruling: Ruling) -> str | None:
    said = ", ".join(ruling.reasons) or "no permit holds"
    if ruling.allowed != (case.expect == "allow"):
        return "it is allowed" if ruling.allowed else f"it is denied: {said}"
    if case.reasons is not None and set(case.reasons) != set(ruling.reasons):
        return f"the reasons are {said}"
    if case.rule is not None and not ruling.allowed and case.rule not in ruling.policies:
        return f"{case.rule} is not among those that denied: {', '.join(ruling.policies)}"
    return None
