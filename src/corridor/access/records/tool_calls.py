"""Tool calls of agents: what is proposed, what is kept of it, and what is told to whom.

None of it is a record: what an agent wants to do with a tool is content, and is kept only while a
person has to see it.
"""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue

from corridor.core.records import Part

ToolVerdict = Literal["allow", "deny", "wait"]
ToolAnswer = Literal["allow", "refuse"]


def _plain(name: str) -> str:
    if any(unicodedata.category(each)[0] in "CZ" and each != " " for each in name):
        raise ValueError("has characters that are no part of a name")
    return name


ToolName = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_plain)]
"""What a grant calls a tool; without control characters, and nothing that cannot be seen."""


class Proposal(Part):
    """A tool call that an agent wants to make."""

    grant: str = Field(max_length=64)
    """The id of the grant under which it acts."""
    tool: ToolName
    arguments: JsonValue
    """A JSON object, or the text that the model wrote for one."""
    why: str = Field(default="", max_length=500)
    """What the agent says it is for; shown to whoever decides."""
    overseer: bool = False
    """A person who watches over the agent is named."""


class Use(Part):
    """A tool call that is about to run: the very one that was allowed."""

    tool: ToolName
    arguments: JsonValue


class ToolCall(Part):
    """How a tool call stands. It may run where the verdict is `allow`, once, and nowhere else."""

    id: str | None
    """None where nothing could be kept; then it is denied."""
    verdict: ToolVerdict
    reasons: tuple[str, ...]
    """Codes."""
    until: AwareDatetime | None = None
    """When waiting ends in a no, or an allowed call may no longer begin."""
    arguments_sha256: str = ""
    """Of their canonical JSON (RFC 8785)."""
    used_at: AwareDatetime | None = None


class AskedCall(Part):
    """A tool call that waits, as the people see it who may answer."""

    id: str
    agent: str
    responsible: str
    """The person who answers for the agent; empty where there is none."""
    project: str
    grant: str
    tool: str
    arguments: str
    """As JSON."""
    why: str
    reasons: tuple[str, ...]
    """Why it waits."""
    made_at: AwareDatetime
    until: AwareDatetime


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as the store has it; moments are seconds since 1970."""

    id: str
    principal: str
    project: str
    grant_id: str
    tool: str
    arguments_sha256: str
    overseer: bool
    verdict: ToolVerdict
    reasons: tuple[str, ...]
    made_at: float
    until: float
    arguments: str | None = None
    """Only while it waits, as `why`."""
    why: str | None = None
    used_at: float | None = None
