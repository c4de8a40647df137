"""What has to hold for a policy to matter at all, as far as it can be read off its text.

A guard is what an attribute must be, else the policy is not satisfied *and cannot fail*: one of some
values, smaller or larger than a number or another attribute, empty or not. A policy whose guards do
not all hold can be left out of an evaluation, and nobody can tell. Cedar evaluates `&&` and `||`
from the left and stops at the first operand that decides
(https://docs.cedarpolicy.com/policies/syntax-operators.html), so a guard counts only while nothing
on its left can fail; of what passes the schema, only arithmetic and extension functions can. There
are no entities beside those of the request, so `in` is equality.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cedarpy import pst

from corridor.access.adapters.cedar_schema import ATTRIBUTES, MODEL, PRINCIPAL
from corridor.access.ports import FactsSeen

Literal = str | int | bool
Values = Mapping[str, frozenset[Literal]]
"""By attribute of the context, `@principal` or `@resource`: the values that it may have."""

WHO, WHAT = "@principal", "@resource"
SAFE_UNARY = frozenset({"not", "is_empty"})
SAFE_BINARY = frozenset(
    {
        *("eq", "not_eq", "less", "less_eq", "greater", "greater_eq", "and", "or", "in"),
        *("contains", "contains_all", "contains_any"),
    }
)
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "less": operator.lt,
    "less_eq": operator.le,
    "greater": operator.gt,
    "greater_eq": operator.ge,
}
OPPOSITE = {
    "less": "greater_eq",
    "less_eq": "greater",
    "greater": "less_eq",
    "greater_eq": "less",
}


@dataclass(frozen=True, slots=True)
class Order:
    """Of two numbers, each an attribute or a literal, the first stands so to the second."""

    first: str | int
    sign: str
    second: str | int

    def holds(self, facts: FactsSeen) -> bool:
        """Say whether it is so."""
        return ORDERS[self.sign](_number(self.first, facts), _number(self.second, facts))


@dataclass(frozen=True, slots=True)
class Empty:
    """An attribute is the empty set, or is not."""

    name: str
    wanted: bool

    def holds(self, facts: FactsSeen) -> bool:
        """Say whether it is so."""
        return (len(getattr(facts, self.name)) == 0) is self.wanted


Check = Order | Empty


@dataclass(frozen=True, slots=True)
class Guards:
    """All of these have to hold."""

    values: Values = field(default_factory=dict[str, frozenset[Literal]])
    checks: frozenset[Check] = frozenset()

    def and_also(self, other: "Guards") -> "Guards":
        """Return what has to hold where both have to."""
        mine, theirs = self.values, other.values
        joint = {name: mine[name] & theirs[name] for name in mine.keys() & theirs.keys()}
        return Guards({**mine, **theirs, **joint}, self.checks | other.checks)

    def or_else(self, other: "Guards") -> "Guards":
        """Return what has to hold where one of the two has to: what they have in common."""
        mine, theirs = self.values, other.values
        joint = {name: mine[name] | theirs[name] for name in mine.keys() & theirs.keys()}
        return Guards(joint, self.checks & other.checks)


NONE = Guards()


def guards_of(policy: pst.Template) -> Guards:
    """Return all guards that can be read off a policy."""
    found = _scope(WHO, policy.principal).and_also(_scope(WHAT, policy.resource))
    for clause in policy.clauses:
        found = found.and_also(_guards(clause.expr, wanted=isinstance(clause, pst.When)))
        if can_fail(clause.expr):
            break
    return found


def attributes_of(policy: pst.Template, known: Mapping[str, type] = ATTRIBUTES) -> frozenset[str]:
    """Return the attributes of the context, of those that are known, that a policy can look at."""
    named = frozenset(name for clause in policy.clauses for name in _attributes(clause.expr, known))
    return named & known.keys()


def can_fail(expr: pst.Expr) -> bool:
    """Say whether evaluating an expression that passed the schema can end in an error."""
    match expr:
        case pst.GetAttr(base=pst.Var(name="context")):
            return False
        case pst.UnaryOp(op=op):
            return op not in SAFE_UNARY or can_fail(expr.arg)
        case pst.BinaryOp(op=op):
            return op not in SAFE_BINARY or can_fail(expr.left) or can_fail(expr.right)
        case pst.GetAttr() | pst.Record() | pst.Slot():
            return True
        case _:
            return any(can_fail(part) for part in _parts(expr))


def _guards(expr: pst.Expr, *, wanted: bool) -> Guards:
    """Return guards for an expression to be as wanted."""
    match expr:
        case pst.UnaryOp(op="not"):
            return _guards(expr.arg, wanted=not wanted)
        case pst.UnaryOp(op="is_empty", arg=pst.GetAttr(base=pst.Var(name="context"), attr=name)):
            return Guards(checks=frozenset({Empty(name, wanted)}))
        case pst.BinaryOp(op="and" | "or"):
            return _joined(expr, all_wanted=wanted is (expr.op == "and"), wanted=wanted)
        case pst.BinaryOp(op="less" | "less_eq" | "greater" | "greater_eq"):
            return _order(expr, wanted=wanted)
        case pst.GetAttr(base=pst.Var(name="context")) if ATTRIBUTES.get(expr.attr) is bool:
            return Guards({expr.attr: frozenset({wanted})})
        case pst.BinaryOp(op="eq" | "in" | "contains") if wanted:
            return _equality(expr)
        case _:
            return NONE


def _joined(expr: pst.BinaryOp, *, all_wanted: bool, wanted: bool) -> Guards:
    """Return guards for both operands to be as wanted, or for one of them."""
    left = _guards(expr.left, wanted=wanted)
    if can_fail(expr.left):
        return left if all_wanted else NONE
    right = _guards(expr.right, wanted=wanted)
    return left.and_also(right) if all_wanted else left.or_else(right)


def _order(expr: pst.BinaryOp, *, wanted: bool) -> Guards:
    first, second = _operand(expr.left), _operand(expr.right)
    if first is None or second is None:
        return NONE
    sign = expr.op if wanted else OPPOSITE[expr.op]
    return Guards(checks=frozenset({Order(first, sign, second)}))


def _operand(expr: pst.Expr) -> str | int | None:
    """Return the name of an attribute that is a number, or a literal number."""
    match expr:
        case pst.LongLit():
            return expr.value
        case pst.GetAttr(base=pst.Var(name="context"), attr=name) if ATTRIBUTES.get(name) is int:
            return name
        case _:
            return None


def _number(operand: str | int, facts: FactsSeen) -> int:
    return operand if isinstance(operand, int) else getattr(facts, operand)


def _equality(expr: pst.BinaryOp) -> Guards:
    """Return the guard of an attribute that has to be a literal, or one of some."""
    if expr.op == "contains":
        return _one_of(expr.right, expr.left.elements) if isinstance(expr.left, pst.Set) else NONE
    found = _one_of(expr.left, (expr.right,))
    return found if found.values else _one_of(expr.right, (expr.left,))


def _one_of(expr: pst.Expr, elements: tuple[pst.Expr, ...]) -> Guards:
    match expr:
        case pst.Var(name="principal"):
            return _guard(WHO, [_entity(each, PRINCIPAL) for each in elements])
        case pst.Var(name="resource"):
            return _guard(WHAT, [_entity(each, MODEL) for each in elements])
        case pst.GetAttr(base=pst.Var(name="context"), attr=name) if name in ATTRIBUTES:
            return _guard(name, [_literal(each, ATTRIBUTES[name]) for each in elements])
        case _:
            return NONE


def _guard(name: str, values: list[Literal | None]) -> Guards:
    found = frozenset(value for value in values if value is not None)
    return Guards({name: found}) if found and None not in values else NONE


def _entity(expr: pst.Expr, kind: str) -> str | None:
    if isinstance(expr, pst.EntityLit) and str(expr.value.type) == kind:
        return expr.value.id
    return None


def _literal(expr: pst.Expr, kind: type) -> Literal | None:
    if isinstance(expr, pst.StringLit | pst.LongLit | pst.BoolLit) and type(expr.value) is kind:
        return expr.value
    return None


def _scope(name: str, scope: pst.PrincipalOrResourceConstraint) -> Guards:
    match scope:
        case pst.ScopeEq(entity=pst.EntityUid(id=found)):
            return Guards({name: frozenset({found})})
        case pst.ScopeIn(entity=pst.EntityUid(id=found)):
            return Guards({name: frozenset({found})})
        case pst.ScopeIsIn(entity=pst.EntityUid(id=found)):
            return Guards({name: frozenset({found})})
        case _:
            return NONE


def _attributes(expr: pst.Expr, known: Mapping[str, type]) -> Iterator[str]:
    match expr:
        case pst.GetAttr(base=pst.Var(name="context")):
            yield expr.attr
        case pst.HasAttr(base=pst.Var(name="context")):
            yield expr.attrs[0]
        case pst.Var(name="context"):  # the whole of it
            yield from known
        case _:
            for part in _parts(expr):
                yield from _attributes(part, known)


def _parts(expr: pst.Expr) -> tuple[pst.Expr, ...]:
    """Return the operands of an expression."""
    match expr:
        case pst.UnaryOp():
            return (expr.arg,)
        case pst.BinaryOp():
            return (expr.left, expr.right)
        case pst.GetAttr() | pst.HasAttr() | pst.Like():
            return (expr.base,)
        case pst.Is():
            return (expr.base,) if expr.in_expr is None else (expr.base, expr.in_expr)
        case pst.IfThenElse():
            return (expr.cond, expr.then_expr, expr.else_expr)
        case pst.Set():
            return expr.elements
        case pst.Record():
            return tuple(expr.fields.values())
        case _:
            return ()
