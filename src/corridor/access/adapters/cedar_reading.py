"""Reads a text of policies one by one, with everything that is wrong with each.

Cedar's own validator is strict, so a policy that passes names only what there is, with fitting
types (https://docs.cedarpolicy.com/policies/validation.html). On top of that each must have an
`@id`, must not be a template, and no `permit` may hold for a stranger.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import cedarpy
import orjson
from cedarpy import pst

from corridor.access.adapters.cedar_guards import Guards, attributes_of, guards_of
from corridor.access.adapters.cedar_schema import (
    ACT_ATTRIBUTES,
    ACTS,
    ACTS_SCHEMA,
    ATTRIBUTES,
    MODEL,
    PRINCIPAL,
    SCHEMA,
    SERVICE,
    USE,
)
from corridor.access.ports import FactsSeen, Fault
from corridor.access.rules.policies import (
    MAX_ANNOTATION,
    MAX_TEXT,
    NODE_RULE,
    OUTCOMES,
    STRANGER_ACTS,
    STRANGERS,
    Statement,
    statements,
)

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
REASON = re.compile(r"[a-z][a-z0-9_]{0,62}")
NO_ATTRIBUTE = re.compile(r"attribute `(\w+)` in context")
NOTHING = cedarpy.Entities.from_json_str("[]")  # pyright: ignore[reportUnknownMemberType]
"""There are no entities beside those of a request."""
A_STRANGER = "(a stranger)"


@dataclass(frozen=True, slots=True)
class Part:
    """Some policies that are evaluated together, and the attributes that they look at."""

    policies: cedarpy.PolicySet
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One policy, parsed and checked."""

    id: str
    line: int
    text: str
    node: pst.Template
    """With the policy's own id."""
    guards: Guards
    alone: Part
    is_act: bool = False
    """Whether it is about what persons do with services, not about the use of models."""

    @property
    def reason(self) -> str:
        """The code that a caller is told where it forbids."""
        return self.node.annotations.get("reason", NODE_RULE)

    @property
    def remedy(self) -> str | None:
        """What would remedy that, in words."""
        return self.node.annotations.get("remedy")


@dataclass(frozen=True, slots=True)
class Read:
    """What one text holds."""

    policies: tuple[Loaded, ...]
    faults: tuple[Fault, ...]
    """Without the name of the text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar answered."""

    allowed: bool
    satisfied: Sequence[str]
    """Ids: of the forbids where it is denied, else of the permits."""
    errors: Sequence[str]


class Wrong(Exception):
    """What is wrong with one policy."""

    def __init__(self, message: str, policy: str = "") -> None:
        super().__init__(message)
        self.policy = policy


def read(text: str) -> Read:
    """Read a text; policies that have a fault are not among those returned."""
    if len(text) > MAX_TEXT:
        message = f"the text has {len(text)} characters; at most {MAX_TEXT} are taken"
        return Read((), (Fault("", message),))
    policies, faults = list[Loaded](), list[Fault]()
    for statement in statements(text):
        try:
            policies.append(_loaded(statement))
        except Wrong as wrong:
            faults.append(Fault(wrong.policy, str(wrong), line=statement.line))
    if not policies and not faults:
        faults.append(Fault("", "there is no policy in it"))
    return Read(tuple(policies), (*faults, *_open_to_all(policies)))


def together(policies: Sequence[Loaded]) -> Part:
    """Return policies as Cedar evaluates them, each under its own id."""
    named = frozenset(name for each in policies for name in each.alone.attributes)
    return _part([each.node for each in policies], named)


def answered(
    part: Part,
    principal: str,
    resource: str,
    facts: FactsSeen,
    *,
    action: str = USE,
    kind: str = MODEL,
) -> Answer:
    """Ask Cedar; ids are handed over as values and never as text, so nothing in them is read."""
    try:
        context = orjson.dumps({name: getattr(facts, name) for name in part.attributes}).decode()
        result = cedarpy.is_authorized(  # pyright: ignore[reportUnknownMemberType]
            {
                "principal": {"type": PRINCIPAL, "id": principal},
                "action": {"type": "Action", "id": action},
                "resource": {"type": kind, "id": resource},
                "context": context,
            },
            part.policies,
            NOTHING,
        )
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:  # half a character
        return Answer(allowed=False, satisfied=(), errors=(str(error),))
    said = result.diagnostics
    return Answer(result.allowed, said.reasons, said.errors)


def _loaded(statement: Statement) -> Loaded:
    if crowding := statement.crowding:
        raise Wrong(crowding)
    try:
        nodes = cedarpy.policies_to_pst(statement.text)
    except ValueError as error:
        raise Wrong(_plain(str(error))) from error
    if nodes.templates:
        raise Wrong("it is a template, with ?principal or ?resource left open; name them")
    if len(nodes.static_policies) != 1:
        raise Wrong("it is not one policy that ends with a semicolon")
    (node,) = nodes.static_policies.values()
    name = _checked_annotations(node.annotations)
    is_act = _is_act(node)
    schema = ACTS_SCHEMA if is_act else SCHEMA
    checked = cedarpy.validate_policies(statement.text, schema)  # pyright: ignore[reportUnknownMemberType]
    if not checked.validation_passed:
        raise Wrong("; ".join(_plain(error.error) for error in checked.errors), name)
    node = replace(node, id=name)
    return Loaded(
        id=name,
        line=statement.line,
        text=statement.text,
        node=node,
        guards=guards_of(node),
        alone=_part([node], attributes_of(node, ACT_ATTRIBUTES if is_act else ATTRIBUTES)),
        is_act=is_act,
    )


def _is_act(policy: pst.Template) -> bool:
    """Tell whether a policy is about what persons do with services: it names such an action."""
    match policy.action:
        case pst.ActionEq(entity=entity):
            return entity.id in ACTS
        case pst.ActionIn(entities=entities):
            return any(each.id in ACTS for each in entities)
        case _:
            return False


def _part(nodes: Sequence[pst.Template], attributes: frozenset[str]) -> Part:
    policies = pst.PolicySet({}, {node.id: node for node in nodes}, ())
    return Part(cedarpy.PolicySet.from_pst(policies), tuple(sorted(attributes)))


def _checked_annotations(found: Mapping[str, str]) -> str:
    """Return the policy's id."""
    name = found.get("id", "")
    if not ID.fullmatch(name):
        raise Wrong('it needs an @id("…") of small letters, digits, dots and dashes', name[:63])
    reason = found.get("reason", NODE_RULE)
    if not REASON.fullmatch(reason) or reason in OUTCOMES:
        raise Wrong(
            f"@reason is a code of small letters and _, and none of {_list(OUTCOMES)}", name
        )
    if any(len(value) > MAX_ANNOTATION for value in found.values()):
        raise Wrong(f"an annotation has more than {MAX_ANNOTATION} characters", name)
    return name


def _open_to_all(policies: Sequence[Loaded]) -> Iterator[Fault]:
    """Yield a fault for each permit that holds for somebody of whom nothing is known."""
    permits = {each.id: each for each in policies if each.node.effect == "permit"}
    part = together([each for each in permits.values() if not each.is_act])
    held = {
        name
        for facts in STRANGERS
        for name in answered(part, A_STRANGER, A_STRANGER, facts).satisfied
    }
    acts = together([each for each in permits.values() if each.is_act])
    held |= {
        name
        for act in ACTS
        for name in answered(
            acts, A_STRANGER, A_STRANGER, STRANGER_ACTS, action=act, kind=SERVICE
        ).satisfied
    }
    message = (
        "it allows all: it holds for somebody unknown, without a grant, for a model that nobody "
        "rated; say for whom or what it is"
    )
    return (Fault(name, message, line=permits[name].line) for name in permits if name in held)


def _plain(error: str) -> str:
    """Return Cedar's words about a policy without its own number for it."""
    text = re.sub(r"^(Policy parse error: |for policy `policy\d+`, |cedarpy: )+", "", error)
    unknown = NO_ATTRIBUTE.search(text)
    known = {*ATTRIBUTES, *ACT_ATTRIBUTES}
    near = get_close_matches(unknown[1], known, n=1) if unknown else []
    return f"{text}; did you mean `{near[0]}`?" if near else text


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
