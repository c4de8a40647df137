"""Whether a tool call of an agent may run: allowed, denied, or waiting for a person.

A call is denied if the grant does not name the tool, or does not open its use now. It waits if the
grant asks for a person at each call of this tool, or if it is ambiguous: if its arguments cannot be
read or are long, or if they name a target (an address, a file, an account, somebody) though the
grant says of no target by which right it may be one. Which names mean a target is in `TARGETS`; a
name in another script than that table's counts as one, for the table cannot tell.

What it does not see: a target under a name that says nothing, or inside a text. Where that matters
the grant names the tool in `ask_for`.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from corridor.access.records import Grant, Principal
from corridor.access.records.tool_calls import Call, ToolAnswer, ToolVerdict
from corridor.access.rules.approvals import Bar, SamePerson
from corridor.core.canonical import canonical, sha256
from corridor.core.errors import Invalid

TARGETS = frozenset(
    """
    account address bucket cluster cmd command contact container cwd database db destination device
    dir directory domain dsn email endpoint file filename folder handle host hostname instance ip
    iban link location login mail mailbox machine namespace network node path phone port query
    recipient remote repo repository resource script server site socket sql subnet table target to
    topic uri url user username vm webhook website
    """.split()  # noqa: SIM905  a table that people read
)
"""The words in the names of arguments that mean a target, or what reaches one."""
READABLE_BYTES = 8 * 1024
"""Longer arguments are ambiguous: nobody sees through them at a glance."""
MOST_BYTES = 64 * 1024
"""Longer ones are refused whole."""
DEEPEST = 16
MAY_ANSWER = frozenset({"approver", "operator"})

_ENDINGS = tuple(sorted(word for word in TARGETS if len(word) > len("to")))
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a grant opens the use of a tool now, and why not."""

    allowed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The arguments of a call."""

    text: str
    """JSON: canonical where they can be read, else without any character beyond ASCII."""
    fields: Mapping[str, JsonValue] | None
    """None where they cannot be read."""

    @property
    def sha256(self) -> str:
        """What is kept of them."""
        return sha256(self.text.encode())


@dataclass(frozen=True, slots=True)
class Ruled:
    """A verdict, and its reason codes."""

    verdict: ToolVerdict
    reasons: tuple[str, ...]


def read(arguments: JsonValue) -> Read:
    """Read the arguments of a call: an object, or the text of one.

    Raises:
        Invalid: if they are longer or deeper than any that are looked at.
    """
    if _depth(arguments) > 4 * DEEPEST:
        raise Invalid("arguments: are nested too deeply.", hint="Send them flatter.")
    fields = _object(arguments)
    if fields is None:
        text = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
    else:
        text = canonical(fields).decode()
    if len(text.encode()) > MOST_BYTES:
        raise Invalid(f"arguments: are longer than {MOST_BYTES} bytes.", hint="Send less at once.")
    return Read(text, fields)


def decided(grant: Grant, tool: str, arguments: Read, standing: Standing) -> Ruled:
    """Decide on a call that was just proposed."""
    if refusal := _refusal(grant, tool, standing):
        return refusal
    if waits := tuple(_unclear(grant, tool, arguments)):
        return Ruled("wait", waits)
    return Ruled("allow", ("in_scope",))


def answered(answer: ToolAnswer, grant: Grant | None, tool: str, standing: Standing) -> Ruled:
    """Decide on a call that a person answered. A grant that opens it no more outweighs a yes."""
    if answer == "refuse":
        return Ruled("deny", ("refused_by_person",))
    if grant is None:
        return Ruled("deny", ("no_grant",))
    return _refusal(grant, tool, standing) or Ruled("allow", ("allowed_by_person",))


def stands(call: Call, now: datetime) -> Ruled:
    """Return how a call stands now: no answer in time is a no, and an allow does not last."""
    if now.timestamp() < call.until or call.verdict == "deny" or call.used_at is not None:
        return Ruled(call.verdict, call.reasons)
    return Ruled("deny", ("no_answer",) if call.verdict == "wait" else ("allow_ended",))


def used(
    call: Call, tool: str, arguments: Read, grant: Grant | None, standing: Standing, now: datetime
) -> Ruled:
    """Decide whether a call may run now: the very one that was allowed, and only once."""
    found = stands(call, now)
    if found.verdict == "wait":
        return Ruled("deny", ("not_decided",))
    if found.verdict == "deny":
        return found
    if call.used_at is not None:
        return Ruled("deny", ("used_already",))
    if (tool, arguments.sha256) != (call.tool, call.arguments_sha256):
        return Ruled("deny", ("other_call",))
    return answered("allow", grant, tool, standing) if not standing.allowed else found


def bar(person: Principal, concerned: Iterable[str], same_person: SamePerson) -> Bar | None:
    """Return why somebody may not answer for calls that concern some principals, or None."""
    name = person.name
    for other in concerned:
        if name == other or same_person(name, other) or same_person(other, name):
            return Bar(f"{name} does not answer for {other}: they are one person", own=True)
    if not person.active or person.type != "person":
        return Bar(f"{name} is no person who is here")
    if MAY_ANSWER.isdisjoint(person.roles):
        return Bar(f"{name} is neither approver nor operator")
    return None


def names_target(value: JsonValue) -> bool:
    """Tell whether a name inside some arguments means a target."""
    return any(_means_target(name) for name in _names(value))


def in_sight(text: str) -> str:
    """Return a text with everything written out that could deceive whoever reads it."""
    return "".join(each if _is_seen(each) else f"\\u{ord(each):04x}" for each in text)


def _refusal(grant: Grant, tool: str, standing: Standing) -> Ruled | None:
    named = tool in grant.conditions.tools
    if named and standing.allowed:
        return None
    reasons = () if named else ("tools_not_granted",)
    return Ruled("deny", tuple(dict.fromkeys((*reasons, *_closing(standing)))))


def _closing(standing: Standing) -> tuple[str, ...]:
    return () if standing.allowed else standing.reasons or ("not_allowed",)


def _unclear(grant: Grant, tool: str, arguments: Read) -> Iterator[str]:
    conditions = grant.conditions
    if tool in conditions.ask_for:
        yield "asked_for"
    if not {*conditions.ask_for} <= {*conditions.tools}:
        yield "ask_for_unknown"  # a tool may be meant that has another name here
    if arguments.fields is None:
        yield "arguments_unreadable"
        return
    if len(arguments.text.encode()) > READABLE_BYTES:
        yield "arguments_long"
    if grant.target.basis == "none" and names_target(dict(arguments.fields)):
        yield "target_without_right"


def _object(arguments: JsonValue) -> dict[str, JsonValue] | None:
    """Return arguments as an object that everybody reads alike, or None."""
    value = arguments
    try:
        if isinstance(value, str):
            value = cast("JsonValue", json.loads(value, object_pairs_hook=_unique))
        if not isinstance(value, dict) or _depth(value) > DEEPEST:
            return None
        canonical(json.loads(canonical(value)))  # large floats are written as integers
    except (ValueError, RecursionError, Invalid):
        return None
    return value


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A name stands twice, and who reads it takes the first or the last.")
    return found


def _depth(value: JsonValue) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [part for each in inner for part in _parts(each)]
    return depth


def _parts(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _names(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for part in _parts(value):
        yield from _names(part)


def _means_target(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name)
    if not plain.isascii():
        return True
    words = [word.lower() for word in _WORDS.findall(plain)]
    words += [word.removesuffix("s") for word in words] + [
        word.removesuffix("es") for word in words
    ]
    return any(word in TARGETS or word.endswith(_ENDINGS) for word in words)


_JOINERS = "\u200c\u200d"
"""They shape letters in Indic scripts."""


def _is_seen(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
    return not hidden or character in _JOINERS
