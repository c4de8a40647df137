"""Which limits hold for a request, how much it may use, and who is turned away first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from corridor.gateway.records import Limit

BYTES_PER_TOKEN = 4
IMAGE_TOKENS = 1_000
"""Assumed for an image or a file that is in a request, whatever its size."""


def _none() -> dict[str, Limit]:
    return {}


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The limits in force, so that those of a request are found by four look-ups."""

    keys: Mapping[str, Limit] = field(default_factory=_none)
    """By the id of the key; one that replaced a limited key has that one's limit."""
    projects: Mapping[str, Limit] = field(default_factory=_none)
    organisations: Mapping[str, Limit] = field(default_factory=_none)
    """By project of this node."""
    nodes: Mapping[str, Limit] = field(default_factory=_none)
    """By partner's node, for the callers that it speaks for."""
    models: Mapping[str, Limit] = field(default_factory=_none)
    """By what callers write as `model`."""
    is_empty: bool = True

    def of(self, issuer: str, key_id: str, project: str, target: str) -> tuple[Limit, ...]:
        """Return the limits that hold for a request, the narrowest first.

        `issuer` is the partner's node that speaks for the caller, empty for one of this node's own.
        """
        if issuer:
            found = (self.nodes.get(issuer), self.models.get(target))
        else:
            found = (
                self.keys.get(key_id),
                self.projects.get(project),
                self.organisations.get(project),
                self.models.get(target),
            )
        return tuple(limit for limit in found if limit is not None)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits that hold for requests of one caller for one target, the narrowest first."""

    limits: tuple[Limit, ...] = ()
    names: tuple[str, ...] = ()
    """Under which the use of each is counted."""
    priority: int | None = None
    """That of the narrowest limit which sets one."""

    @classmethod
    def of(cls, limits: tuple[Limit, ...]) -> "Bounds":
        """Return what holds by some limits."""
        priority = next((each.priority for each in limits if each.priority is not None), None)
        return cls(limits, tuple(name_of(each) for each in limits), priority)


UNBOUND = Bounds()


def in_force(limits: Iterable[Limit]) -> dict[tuple[str, str], Limit]:
    """Return the limits in force by subject and name; they are given oldest first."""
    found: dict[tuple[str, str], Limit] = {}
    for limit in limits:
        found.pop((limit.subject, limit.name), None)
        if not limit.is_end:
            found[limit.subject, limit.name] = limit
    return found


def limit_table(
    limits: Mapping[tuple[str, str], Limit],
    organisations: Mapping[str, str],
    replaced: Mapping[str, str],
) -> LimitTable:
    """Return limits ready to be looked up.

    `organisations` says whose each project is, `replaced` in the place of which key each was made.
    """
    of: dict[str, dict[str, Limit]] = {}
    for (subject, name), limit in limits.items():
        of.setdefault(subject, {})[name] = limit
    keys = dict(of.get("key", {}))
    for key in replaced:
        if (found := _of_chain(key, keys, replaced)) is not None:
            keys[key] = found
    named = of.get("organisation", {})
    owned = {project: named[owner] for project, owner in organisations.items() if owner in named}
    models = of.get("model", {})
    return LimitTable(keys, of.get("project", {}), owned, named, models, not limits)


def _of_chain(key: str, limited: Mapping[str, Limit], replaced: Mapping[str, str]) -> Limit | None:
    at: str | None = key
    for _ in range(len(replaced) + 1):
        if at is None or at in limited:
            break
        at = replaced.get(at)
    return limited.get(at) if at is not None else None


def name_of(limit: Limit) -> str:
    """Return under which name the use of a limit's subject is counted."""
    return f"{limit.subject}:{limit.name}"


def tokens_in(body: Mapping[str, object], size: int) -> int:
    """Estimate the tokens of a request before it is sent: a quarter of its bytes.

    Images and files inside it count as `IMAGE_TOKENS` each instead of by their bytes. English has
    about four bytes a token; scripts of three bytes a character have fewer, so their estimate may
    be too low, which the answer's own figures put right.
    """
    inside, count = _enclosed(body.get("messages"))
    more, further = _enclosed(body.get("input"))
    text = max(0, size - inside - more)
    return -(-text // BYTES_PER_TOKEN) + IMAGE_TOKENS * (count + further)


def tokens_out(body: Mapping[str, object], assumed: int) -> int:
    """Estimate the tokens that come out: what the request allows at most, else what is assumed."""
    for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"):
        allowed = body.get(name)
        if isinstance(allowed, int) and not isinstance(allowed, bool) and allowed >= 0:
            assumed = allowed
            break
    choices = body.get("n")
    many = choices if isinstance(choices, int) and not isinstance(choices, bool) else 1
    return min(assumed * max(1, many), 10**9)


def next_level(level: int, lag_seconds: float, allowed_seconds: float) -> int:
    """Return below which priority requests are turned away, after another look at the lag.

    It rises by one at each look that finds the event loop late, and falls by one at each that does
    not; at 9 only the highest priority is served.
    """
    return min(9, level + 1) if lag_seconds > allowed_seconds else max(0, level - 1)


def _enclosed(messages: object) -> tuple[int, int]:
    """Return how many bytes of messages are images and files inside them, and how many there are."""
    size = count = 0
    for message in cast("list[object]", messages) if isinstance(messages, list) else ():
        content = cast("dict[str, object]", message).get("content") if _is_map(message) else None
        for part in cast("list[object]", content) if isinstance(content, list) else ():
            found = _data_in(part)
            size, count = size + found, count + (found > 0)
    return size, count


def _data_in(part: object) -> int:
    """Return how many characters of data a part of a message has: of an image, sound or file."""
    fields = cast("dict[str, object]", part) if _is_map(part) else {}
    for name in ("image_url", "input_audio", "file"):
        value = fields.get(name)
        inner = cast("dict[str, object]", value).values() if _is_map(value) else (value,)
        found = max((len(each) for each in inner if isinstance(each, str)), default=0)
        if found:
            return found
    return 0


def _is_map(value: object) -> bool:
    return isinstance(value, dict)
