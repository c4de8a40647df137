"""Third-party data for tests, beside the project and never in it."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Return a folder of third-party data; skip the test where it is not there."""
    folder = FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"there is no ../shared/data/{name}")
    return folder
