"""What is written as YAML is read as the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corridor.core.yaml_texts import read, written

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=5))
@example({"title": "\x85"})
@example({"title": "one\u2028two \u2029 three\x85"})
@example({"key\x85": "a\r\nb\r"})
def test_what_is_written_is_read_as_the_same(value: object) -> None:
    assert read(written(value)).value == value


@pytest.mark.parametrize("text", ["हेल्पलाइन", "求人", "உதவி"])
def test_texts_are_written_as_people_read_them(text: str) -> None:
    assert written({"title": text}) == f"title: {text}\n"
