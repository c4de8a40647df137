"""An event that is taken for another one's like means, byte for byte, what that one means."""

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.rules.events import Alike, Progress, read

NO_FIELDS: dict[str, object] = {}
TEXTS = st.text(max_size=20) | st.sampled_from(['"', "\\", "\n", "தமிழ்", "日本", '","error":"x'])
MORE = st.sampled_from(
    [
        NO_FIELDS,
        {"usage": {"total_tokens": 3}},
        {"usage": None},
        {"error": {"content": "no"}},
        {"x": {"content": "a"}},
        {'y"content': "b"},
        {"type": "response.completed", "response": NO_FIELDS},
    ]
)
SPELT = st.sampled_from([(",", ":"), (", ", ": ")])


def an_event(
    said: object, finish: object, more: dict[str, object], spelt: tuple[str, str]
) -> bytes:
    choice = {"index": 0, "delta": {"content": said}, "finish_reason": finish}
    body = json.dumps({"choices": [choice], **more}, separators=spelt, ensure_ascii=False)
    return b"data: " + body.encode("utf-8", "surrogatepass") + b"\n\n"


def learnt(event: bytes) -> Alike:
    alike = Alike()
    kind, fields = read(event)
    if kind == "content":
        alike.learn(event, fields)
    return alike


EVENTS = st.builds(an_event, TEXTS | st.none(), st.sampled_from([None, "stop", ""]), MORE, SPELT)


@given(EVENTS, EVENTS | st.binary(max_size=80), st.binary(max_size=6), st.integers(0, 200))
def test_what_fits_is_what_was_read_before_but_for_what_it_says(
    first: bytes, second: bytes, put_in: bytes, place: int
) -> None:
    alike = learnt(first)
    for event in (second, first[:place] + put_in + first[place:]):
        if not alike.fits(event):
            continue
        before, after = Progress(), Progress()
        (kind, fields), (wanted, others) = read(event), read(first)
        before.note(others)
        after.note(fields)
        assert (kind, before) == (wanted, after)
        assert fields.keys() == others.keys()
        assert fields.get("usage") == others.get("usage")


@given(st.text(alphabet=st.characters(exclude_categories=("C",), exclude_characters='"\\')))
def test_pieces_of_one_stream_fit_each_other_in_every_script(said: str) -> None:
    alike = learnt(an_event("Tokyo", None, {"id": "a"}, (",", ":")))

    assert alike.fits(an_event(said, None, {"id": "a"}, (",", ":")))
    assert not alike.fits(an_event(said, "stop", {"id": "a"}, (",", ":")))
    assert not alike.fits(an_event(said, None, {"id": "b"}, (",", ":")))
    assert not alike.fits(an_event(said + '"', None, {"id": "a"}, (",", ":")))


def test_what_no_client_can_read_fits_nothing() -> None:
    alike = learnt(an_event("Tokyo", None, NO_FIELDS, (",", ":")))
    whole = an_event("Tokyo", None, NO_FIELDS, (",", ":"))

    for broken in (b"\xff", b"\xed\xa0\x80", b"\x01", b"\n\ndata: [DONE]"):
        event = whole.replace(b"Tokyo", broken)
        assert not alike.fits(event)
    assert not Alike().fits(whole)
    assert not Alike().fits(b"")


def test_the_end_of_a_choice_or_what_it_used_is_no_pattern() -> None:
    assert not learnt(an_event("a", "stop", NO_FIELDS, (",", ":"))).head
    assert not learnt(an_event("a", None, {"usage": {"total_tokens": 3}}, (",", ":"))).head
    assert not learnt(an_event("a", None, {"x": {"content": "b"}}, (",", ":"))).head
    assert orjson.loads(an_event("a", None, NO_FIELDS, (",", ":"))[6:])
