"""Taking back and putting right: records are never deleted, their issuer states something newer.

Readers see the latest state; the earlier ones stay in the log, and whoever looks can see them.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from corridor.core.records import Entry, Part, Record

HEX_ID = r"^[0-9a-f]{32}$"

Act = Literal["stated", "withdrawn", "corrected"]


class Withdrawal(Record):
    """The issuer no longer states one of its records."""

    kind: ClassVar[str] = "record.withdrawal"

    record: str = Field(pattern=HEX_ID)
    """Which record, by its id."""
    reason: str = Field(min_length=1, max_length=2_000)
    """Why, in the issuer's words."""


class Correction(Record):
    """The issuer states another record in the place of one of its own."""

    kind: ClassVar[str] = "record.correction"

    record: str = Field(pattern=HEX_ID)
    """Which record no longer counts, by its id."""
    replacement: str = Field(pattern=HEX_ID)
    """Which record counts in its place."""
    reason: str = Field(min_length=1, max_length=2_000)
    """Why, in the issuer's words."""


ACTS: dict[str, Act] = {Withdrawal.kind: "withdrawn", Correction.kind: "corrected"}
"""What a record of such a kind does to the one that it names."""


class Step(Part):
    """One thing that happened to a record."""

    act: Act
    at: datetime
    """By the issuer's clock."""
    entry: Entry
    """The record that did it; for `stated`, the record itself."""
    reason: str | None = None
    replacement: str | None = None
    """The id of the record that counts instead."""
