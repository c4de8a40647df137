"""What is said of the tests themselves."""

from pathlib import Path

from support.longest import LONGEST

ROOT = Path(__file__).parents[2]


def test_the_files_to_begin_with_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
