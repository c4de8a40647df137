"""Drafts field by field: dotted names, what people type, and the fields as a form wants them.

conditions.quota.requests = 100        the same as        conditions: {quota: {requests: 100}}
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pydantic import JsonValue, TypeAdapter, ValidationError

from corridor.access.errors import Incomplete
from corridor.access.records import Conditions
from corridor.access.rules.stating import check_plain, in_words, place_of

MAX_DRAFT_BYTES = 64 * 1024
MAX_NUMBER = 2**53

HOW: Mapping[str, str] = {
    "requester": "Name who or what will use it; `corridor access people list` shows the names.",
    "project": "Name the project it is for; `corridor access project list` shows them.",
    "model": "Name the model; `corridor catalogue list` shows them.",
    "model_sha256": "Give the SHA-256 of the model's file; it is filled in for a model "
    "that this node or a partner has stated.",
    "node": "Name the node whose model it is: this one or a partner.",
    "tier": "Name a tier, 0 to 3, instead of a model: any model of this node up to it.",
    "surface": "Say how it is used: api, chat, batch, agent, evaluation or weights.",
    "purpose": "Choose one of the list.",
    "purpose_text": "Say in a sentence or two what it is used for.",
    "use_class": "Say general, defensive, dual_use or offensive.",
    "target.basis": "Say by which right systems or people are the target: own, operate, authorised.",
    "target.reference": "Say where the authorisation is kept; not the document itself.",
    "sensitivity": "Say which data goes in: public, internal, personal or secret.",
    "languages": "Name the languages as BCP-47 with script: hi-Deva,ja-Jpan.",
    "affected": "Say who is affected by the use.",
    "oversight": "Say which person watches over it, and how.",
    "days": "Say for how many days; there is no grant without an end.",
    "conditions.hours.start": "Give an hour of the day, UTC, 0 to 23; with conditions.hours.end.",
    "conditions.hours.end": "Give an hour of the day, UTC, 0 to 23; with conditions.hours.start.",
    "conditions.quota.requests": "Give how many requests a day; leave it out for no limit.",
    "conditions.quota.tokens": "Give how many tokens a day, in and out; leave it out for no limit.",
    "conditions.human_in_the_loop": "Say yes or no.",
    "conditions.retention_days": "Give for how many days answers are kept; 0 for not at all.",
    "conditions.tools": "Name the tools that the agent may call: search,mail.",
    "conditions.check_tool_calls": "Say yes or no.",
    "conditions.ask_for": "Name those of the tools whose every call waits for a person.",
}
"""Every field of a request, and how it is filled in."""
LISTS = frozenset({"languages", "conditions.tools", "conditions.ask_for"})


def edited(
    fields: Mapping[str, JsonValue], changes: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return a draft's fields after some changes; an empty value takes a field out.

    Raises:
        Incomplete: if there is no such field, or a value is nothing that a field can hold.
    """
    kept = dict(fields)
    for name, value in flattened(changes):
        _check(name, value)
        if value in (None, "", []):
            kept.pop(name, None)
        elif name in LISTS and isinstance(value, str):
            kept[name] = [word for word in value.replace(",", " ").split() if word]
        else:
            kept[name] = value
    if len(json.dumps(kept)) > MAX_DRAFT_BYTES:
        raise Incomplete("The draft is larger than a request may be.", hint="Write less.")
    return kept


@dataclass(frozen=True, slots=True)
class Narrowing:
    """By how much an approver gives less than was asked for."""

    conditions: Conditions | None = None
    languages: tuple[str, ...] | None = None
    days: int | None = None


def narrowing(changes: Mapping[str, JsonValue]) -> Narrowing:
    """Return what an approver's fields say, by the names that they have in a request.

    Raises:
        Incomplete: if a field is none that an approver decides on, or does not fit.
    """
    for name, _ in flattened(changes):
        if name.partition(".")[0] not in ("conditions", "languages", "days"):
            raise Incomplete(
                f"{name[:80]}: is not for an approver to set.",
                hint="Approvers set conditions, languages and days; else the request is refused.",
            )
    try:
        found = NARROWING.validate_python(nested(edited({}, changes)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Incomplete(f"{place_of(first)}: {in_words(first)}.") from error
    return found


NARROWING = TypeAdapter(Narrowing)


def flattened(fields: Mapping[str, JsonValue], above: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield fields by dotted names, of names that are dotted or of maps within maps."""
    for name, value in fields.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            yield from flattened(value, f"{path}.")
        else:
            yield path, value


def asked_tier(fields: Mapping[str, JsonValue]) -> int | None:
    """Return the tier that a draft asks for; None where it asks for none that there is."""
    said = str(fields.get("tier", "")).strip()
    return int(said) if said in ("0", "1", "2", "3") else None


def nested(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return dotted fields as maps within maps, as a form has them."""
    made: dict[str, JsonValue] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        place = made
        for part in path:
            place = cast("dict[str, JsonValue]", place.setdefault(part, {}))
        place[last] = value
    return made


def fields_in(text: str) -> dict[str, JsonValue]:
    """Read fields from YAML or JSON.

    Raises:
        Incomplete: if it cannot be read, with the line, or is no map of fields.
    """
    if len(text) > MAX_DRAFT_BYTES:
        raise Incomplete("The file is larger than a request may be.", hint="Write less.")
    try:
        read: Any = yaml.load(text, _Reader)  # noqa: S506  a SafeLoader, without aliases
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it is no YAML"
        raise Incomplete(
            f"The file cannot be read{where}: {problem}.", hint="Write lines `field: value`."
        ) from error
    if not isinstance(read, dict) or not all(isinstance(name, str) for name in read):  # pyright: ignore[reportUnknownVariableType]
        raise Incomplete("The file is no list of fields.", hint="Write lines `field: value`.")
    return cast("dict[str, JsonValue]", read)


class _Reader(yaml.SafeLoader):
    """Reads YAML without aliases, by which a small file could become a large one."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401  the parent's types
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not taken")
        return super().compose_node(parent, index)


def _check(name: str, value: object) -> None:
    if name not in HOW:
        near = difflib.get_close_matches(name, HOW, 1)
        raise Incomplete(
            f"{name[:80]!r} is no field of a request.",
            hint=f"Did you mean {near[0]}?" if near else f"The fields are: {', '.join(HOW)}.",
        )
    listed = isinstance(value, list)
    items = cast("list[object]", value) if listed else [value]
    fits = all(item is None or isinstance(item, str) or _is_small(item) for item in items)
    if not fits or (listed and name not in LISTS):
        raise Incomplete(f"{name}: is nothing that this field can hold.", hint=HOW[name])
    check_plain(name, items)


def _is_small(item: object) -> bool:
    """Tell whether it is a number that every program can read; true and false are such too."""
    return isinstance(item, int | float) and abs(item) < MAX_NUMBER  # not a number: false
