import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.catalogue.rules.bodies import renamed
from corridor.core.errors import Invalid

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def body_of(raw: bytes) -> dict[str, object]:
    return orjson.loads(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"model":"a","n":1.0}', b'{"model":"b","n":1.0}'),
        (b'{ "x" : [1,  2], "model"\n:\t"a" }', b'{ "x" : [1,  2], "model"\n:\t"b" }'),
        (b'{"tools":[{"model":"a"}],"model":"a"}', b'{"tools":[{"model":"a"}],"model":"b"}'),
        (b'{"model":"a","tools":[{"model":"a"}]}', b'{"model":"b","tools":[{"model":"a"}]}'),
        (b'{"q":"\\"model\\":\\"a\\"","model":"a"}', b'{"q":"\\"model\\":\\"a\\"","model":"b"}'),
    ],
)
def test_only_the_name_changes(raw: bytes, expected: bytes) -> None:
    assert renamed(raw, body_of(raw), "b") == expected


@pytest.mark.parametrize(
    "raw",
    [
        b'{"mod\\u0065l":"a"}',
        b'{"mod\\u0065l":"a","x":{"model":"a"}}',
        b'{"model":"\\u0061","x":1}',
        b'{"model":"a","model":"a"}',
        b'{"model":"x","model":"a"}',
    ],
)
def test_where_it_is_not_certain_the_body_still_says_the_other_name(raw: bytes) -> None:
    body = body_of(raw)

    assert body_of(renamed(raw, body, "b")) == {**body, "model": "b"}


@given(st.dictionaries(st.text(), json_values, max_size=5), st.text(max_size=9), st.integers(0, 5))
def test_whatever_a_body_holds_only_its_model_is_another(
    fields: dict[str, object], model: str, place: int
) -> None:
    items = [*fields.items()]
    items.insert(place, ("model", model))
    raw = orjson.dumps(dict(items))

    assert body_of(renamed(raw, body_of(raw), "theirs")) == {**dict(items), "model": "theirs"}


@pytest.mark.parametrize("raw", [True, False])
def test_what_is_nested_too_deeply_is_refused(*, raw: bool) -> None:
    text = b'{"model":"a","x":' + b"[" * 400 + b"]" * 400 + b"}"

    with pytest.raises(Invalid, match="too deeply"):
        renamed(text if raw else b"", body_of(text), "b")


def test_many_brackets_beside_each_other_are_sent_on() -> None:
    raw = b'{"model":"a","x":[' + b",".join([b"[]"] * 1000) + b"]}"

    assert renamed(raw, body_of(raw), "b") == raw.replace(b'"a"', b'"b"')
