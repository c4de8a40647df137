"""The file in which a verifier keeps the keys it trusts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_signer

from corridor.core.checkpoints import log_key
from corridor.core.cosignatures import cosigner_key
from corridor.core.errors import CorridorError, Invalid
from corridor.core.signing import Signer
from corridor.core.trust import MAX_TRUST_BYTES, Trust, trust_of

LOG = log_key("in", a_signer(1).public)
NORTH, EAST = (cosigner_key(name, a_signer(n).public) for n, name in ((2, "north"), (3, "east")))


def test_keys_are_read_with_a_word_before_them_or_by_their_type() -> None:
    text = f"# mine\n\nlog {LOG.text()}\n  {NORTH.text()}  \nwitness {EAST.text()}\nquorum 2\n"

    assert trust_of(text) == Trust((LOG,), (NORTH, EAST), 2)
    assert trust_of(LOG.text()) == Trust((LOG,))


def test_a_key_that_stands_twice_is_one_key() -> None:
    assert trust_of(f"{NORTH.text()}\nwitness {NORTH.text()}\n") == Trust((), (NORTH,))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"log {NORTH.text()}", "has type 0x01"),
        (f"witness {LOG.text()}", "has type 0x04"),
        (f"friend {LOG.text()}", "neither"),
        (f"log {LOG.text()} more", "neither"),
        ("log", "NAME"),
        ("quorum", "not a number"),
        ("quorum -1", "not a number"),
        ("quorum ٢", "not a number"),
        ("quorum 1 2", "not a number"),
    ],
)
def test_a_line_that_can_not_be_read_is_named_by_its_number(line: str, reason: str) -> None:
    with pytest.raises(Invalid, match=f"Line 2 .*{reason}"):
        trust_of(f"{LOG.text()}\n{line}\n")


def test_a_quorum_that_can_never_be_met_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="can never be met"):
        trust_of(f"{NORTH.text()}\nquorum 2\n")
    with pytest.raises(Invalid, match="can never be met"):
        Trust((LOG,), (NORTH,)).asking(2)


def test_two_keys_of_one_witness_make_no_quorum_of_two() -> None:
    again = cosigner_key("north", Signer.generate().public)

    with pytest.raises(Invalid, match="can never be met"):
        Trust((LOG,), (NORTH, again)).asking(2)


def test_whoever_asks_for_no_other_quorum_has_that_of_the_file() -> None:
    trust = Trust((LOG,), (NORTH, EAST), 1)

    assert trust.asking(None) == trust
    assert trust.asking(2).quorum == 2
    assert trust.asking(0).quorum == 0


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="larger"):
        trust_of("#" * (MAX_TRUST_BYTES + 1))


@given(st.text(st.characters(), max_size=200))
def test_nothing_but_our_own_errors_comes_out_of_reading(text: str) -> None:
    try:
        trust_of(text)
    except CorridorError:
        return
    words = [line.split() for line in text.split("\n")]
    assert all(not w or w[0].startswith("#") or w[0] == "quorum" for w in words)
