"""All processes of a node together ask a provider no faster than they may."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.adapters.pace import Pace


@dataclass
class Watch:
    now: float = 1_000_000.0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


@given(
    gaps=st.lists(st.floats(0, 2), min_size=2, max_size=30),
    rate=st.floats(0.5, 50),
    who=st.lists(st.integers(0, 2), min_size=30, max_size=30),
)
def test_turns_are_an_interval_apart_whoever_takes_them(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[float], rate: float, who: list[int]
) -> None:
    path, watch = tmp_path_factory.mktemp("pace") / "own", Watch()
    processes = [Pace(path, watch, rate) for _ in range(3)]
    sent: list[float] = []
    for gap, one in zip(gaps, who, strict=False):
        watch.now += gap
        wait = processes[one].turn()
        assert wait >= 0
        sent.append(watch.now + wait)

    assert all(b - a >= 1 / rate - 1e-6 for a, b in pairwise(sent))
    assert sent[0] == 1_000_000.0 + gaps[0]  # nobody waits for nothing


def test_a_pause_holds_for_everybody_and_ends(tmp_path: Path) -> None:
    watch = Watch()
    one, other = (Pace(tmp_path / "own", watch, None) for _ in range(2))
    assert one.turn() == 0

    one.pause(7)

    assert other.turn() == pytest.approx(7)
    watch.now += timedelta(seconds=7).total_seconds()
    assert other.turn() == 0


def test_providers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    watch = Watch()
    Pace(tmp_path / "slow", watch, 0.1).pause(60)

    assert Pace(tmp_path / "own", watch, 5).turn() == 0


@pytest.mark.parametrize("data", [b"", b"abc", b"\xff" * 8, b"\x7f\xef" * 4])
def test_a_file_that_holds_no_moment_stops_nobody(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "own"
    path.write_bytes(data)

    assert Pace(path, Watch(), 5).turn() == 0
