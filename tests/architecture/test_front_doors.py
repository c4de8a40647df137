"""What the shape of the code must be, where import-linter and ruff have no rule for it."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

SOURCE = Path(__file__).parents[2] / "src" / "corridor"
MAX_LINES = 400
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}

MAY_READ_THE_ENVIRONMENT = (
    "app/settings.py",  # the one reader of settings
    "catalogue/adapters",  # resolves a provider's credential reference, `env:NAME`
)
MAY_READ_THE_TIME = ("core/clock.py",)

TIME_NAMES = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "date.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
ENVIRONMENT_NAMES = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}

STOREYS = {"core", "edge", "app"}
"""The packages that are no capability: what everything stands on, and what assembles it."""


def place_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


FILES = sorted(SOURCE.rglob("*.py"))
CAPABILITIES = sorted(
    path.parent.name for path in SOURCE.glob("*/__init__.py") if path.parent.name not in STOREYS
)
OPENED_WHEN_ASKED = [path for path in FILES if "= door_of(" in path.read_text()]
every_file = pytest.mark.parametrize("path", FILES, ids=place_of)


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("corridor", cache_dir=None)


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name that is used or imported, with the line it is on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def uses_of(path: Path, forbidden: set[str], allowed_in: tuple[str, ...]) -> list[str]:
    """Where a file uses a forbidden name, unless it is one of those that may."""
    if place_of(path).startswith(allowed_in):
        return []
    tree = ast.parse(path.read_text())
    return [f"{place_of(path)}:{line} {name}" for line, name in names_in(tree) if name in forbidden]


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_nobody_enters_a_capability_but_by_its_front_door(
    capability: str, imports: grimp.ImportGraph
) -> None:
    door = f"corridor.{capability}"
    rooms = imports.find_descendants(door)

    intruders = {
        f"{importer} enters {room}"
        for room in rooms
        for importer in imports.find_modules_that_directly_import(room)
        if importer not in {door, *rooms} and not importer.startswith("corridor.app.")
    }

    assert intruders == set()


@pytest.mark.parametrize("path", OPENED_WHEN_ASKED, ids=place_of)
def test_a_front_door_offers_all_that_it_says(path: Path) -> None:
    door = importlib.import_module(".".join(path.parent.relative_to(SOURCE.parent).parts))

    assert [each for each in door.__all__ if not hasattr(door, each)] == []


def test_every_capability_is_looked_at(imports: grimp.ImportGraph) -> None:
    packages = {module.removeprefix("corridor.") for module in imports.find_children("corridor")}

    assert packages - {"__main__"} == STOREYS | set(CAPABILITIES)


@every_file
def test_every_file_says_what_it_is_for(path: Path) -> None:
    first_line = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]

    assert first_line.endswith((".", ":"))


@every_file
def test_no_file_is_too_long_to_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@every_file
def test_every_file_and_folder_has_a_name_that_says_something(path: Path) -> None:
    names = {path.stem, *path.relative_to(SOURCE).parent.parts}

    assert names & NAMES_THAT_SAY_NOTHING == set()


@every_file
def test_nobody_reads_the_environment_but_the_settings(path: Path) -> None:
    assert uses_of(path, ENVIRONMENT_NAMES, MAY_READ_THE_ENVIRONMENT) == []


@every_file
def test_nobody_reads_the_time_but_the_clock(path: Path) -> None:
    assert uses_of(path, TIME_NAMES, MAY_READ_THE_TIME) == []


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "import datetime\ndatetime.datetime.now()",
        "time.time()",
        "from time import time",
        "clock = datetime.now",
        "os.environ['HOME']",
        "os.getenv('HOME')",
        "from os import environ",
    ],
)
def test_the_rules_about_time_and_environment_see_what_they_forbid(line: str) -> None:
    used = {name for _, name in names_in(ast.parse(line))}

    assert used & (TIME_NAMES | ENVIRONMENT_NAMES)
