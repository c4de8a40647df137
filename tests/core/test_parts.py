"""Values that are known to be right are made without a look at them, and are as any others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from corridor.core.records import Part


class Thing(Part):
    name: str = Field(max_length=64)
    size: int | None = None


@given(st.text(max_size=64), st.none() | st.integers())
def test_what_is_made_of_right_values_is_what_would_be_validated(
    name: str, size: int | None
) -> None:
    made, validated = Thing.made_of({"name": name, "size": size}), Thing(name=name, size=size)

    assert made == validated
    assert (made.model_dump(), repr(made), hash(made)) == (
        validated.model_dump(),
        repr(validated),
        hash(validated),
    )
    assert made.model_copy(update={"name": "b"}) == Thing(name="b", size=size)
    with pytest.raises(ValidationError):
        made.name = "a"  # pyright: ignore[reportAttributeAccessIssue]
