"""Front doors that take a room in when somebody asks for what is in it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.core.doors import late

DOOR = '''"""A house."""
from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from a_house.hall import Lamp
    from a_house.hall import Mirror as Glass
    from a_house.attic import Chest

__getattr__ = door_of(__name__)
'''


@pytest.fixture
def a_house(tmp_path: Path) -> Iterator[None]:
    house = tmp_path / "a_house"
    house.mkdir()
    (house / "__init__.py").write_text(DOOR)
    (house / "hall.py").write_text("class Lamp: pass\nclass Mirror: pass\n")
    (house / "attic.py").write_text("raise RuntimeError('nobody asked for the attic')\n")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "a_house"]:
        del sys.modules[name]


@pytest.mark.usefixtures("a_house")
def test_a_room_is_taken_in_when_somebody_asks_for_what_is_in_it() -> None:
    house = importlib.import_module("a_house")
    assert "a_house.hall" not in sys.modules

    lamp, glass = house.Lamp, house.Glass

    hall = sys.modules["a_house.hall"]
    assert (lamp, glass) == (hall.Lamp, hall.Mirror)
    assert "a_house.attic" not in sys.modules


@pytest.mark.usefixtures("a_house")
def test_what_was_asked_for_once_is_there() -> None:
    house = importlib.import_module("a_house")

    assert house.Lamp is vars(house)["Lamp"]


@pytest.mark.usefixtures("a_house")
def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    house = importlib.import_module("a_house")

    assert not hasattr(house, "Mirror")
    with pytest.raises(AttributeError, match="a_house.*Cellar"):
        _ = house.Cellar
    with pytest.raises(RuntimeError, match="attic"):
        _ = house.Chest


@pytest.mark.usefixtures("a_house")
def test_a_module_that_is_late_is_taken_in_when_something_of_it_is_asked_for() -> None:
    hall = late("a_house.hall")
    assert "a_house.hall" not in sys.modules

    lamp = hall.Lamp

    assert lamp is sys.modules["a_house.hall"].Lamp
    with pytest.raises(AttributeError, match="Chandelier"):
        _ = hall.Chandelier
