"""What is sealed opens with its own key, for what it belongs to, and unchanged; and in no other case."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.core.errors import Conflict, Unavailable
from corridor.core.sealing import CannotOpen, Sealer, secret_at

SECRET = bytes(range(32))


@given(st.binary(), st.binary())
def test_what_is_sealed_opens_and_is_not_to_be_seen(data: bytes, bound: bytes) -> None:
    sealer = Sealer.of(SECRET, "tests")

    sealed = sealer.seal(data, bound)

    assert sealer.open(sealed, bound) == data
    assert sealed != sealer.seal(data, bound)
    assert len(data) < 8 or data not in sealed


@pytest.mark.parametrize(
    ("sealer", "bound"),
    [
        (Sealer.of(SECRET, "other"), b"x"),
        (Sealer.of(SECRET[::-1], "tests"), b"x"),
        (Sealer.of(SECRET, "tests"), b"y"),
    ],
)
def test_another_key_or_another_place_opens_nothing(sealer: Sealer, bound: bytes) -> None:
    sealed = Sealer.of(SECRET, "tests").seal(b"text", b"x")

    with pytest.raises(CannotOpen):
        sealer.open(sealed, bound)


@given(st.binary(max_size=60))
def test_bytes_that_were_never_sealed_open_to_nothing(data: bytes) -> None:
    with pytest.raises(CannotOpen):
        Sealer.of(SECRET, "tests").open(data, b"")


def test_a_key_is_not_shown() -> None:
    assert repr(Sealer.of(SECRET, "tests")) == "Sealer()"


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_at(tmp_path / "a.secret")

    assert secret_at(tmp_path / "a.secret") == first
    assert len(first) == 32
    assert (tmp_path / "a.secret").stat().st_mode & 0o777 == 0o600


def test_a_damaged_secret_is_refused_with_what_a_new_one_would_mean(tmp_path: Path) -> None:
    (tmp_path / "a.secret").write_bytes(b"short")

    with pytest.raises(Conflict) as raised:
        secret_at(tmp_path / "a.secret", "A new one opens no door.")

    assert "5 bytes" in raised.value.message
    assert str(raised.value.hint).endswith("A new one opens no door.")


def test_a_secret_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        secret_at(tmp_path / "not" / "there" / "a.secret")
