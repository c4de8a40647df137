"""Services: each is built when it is first asked for, once, and all of them can be."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from support.builders import NOON, a_store

from corridor.app.services import WIRED, Factories, Services
from corridor.app.settings import Settings
from corridor.app.tables import TABLES
from corridor.catalogue import Catalogue
from corridor.core.records import Record
from corridor.core.store import Store
from corridor.gateway import Gateway
from corridor.supply_chain import Plan, SupplyChain

SOURCE = Path(__file__).parents[2] / "src" / "corridor"
THREADS = 8


@dataclass(frozen=True)
class Service:
    """A service that no capability has; as one of the catalogue, where it is wired so."""

    rests_on: object = None


Service.__module__ = "corridor.catalogue.service"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(a_store(tmp_path_factory.mktemp("store"), migrations=TABLES)) as store:
        yield store


def services_on(
    store: Store, home: Path, wired: Callable[[str, Services], Factories] | None = None
) -> Services:
    return Services(Settings(), home, store, lambda: NOON, wired)


def test_every_service_that_is_wired_can_be_built_and_is_found_by_its_type(
    store: Store, tmp_path: Path
) -> None:
    services = services_on(store, tmp_path)

    built = dict(services)

    assert len(built) == len(services)
    assert all(type(service) is kind for kind, service in built.items())
    assert all(services.service(kind) is service for kind, service in built.items())
    assert {kind.__module__.split(".")[1] for kind in built} == set(WIRED)


def test_every_service_that_some_part_of_the_program_asks_for_is_wired(
    store: Store, tmp_path: Path
) -> None:
    wired = {kind.__name__ for kind in services_on(store, tmp_path)}

    asked = {
        (path.relative_to(SOURCE).as_posix(), name)
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"\.service\(\s*(?:\w+\.)?([A-Z]\w+)\s*\)", path.read_text())
    }

    assert {each for each in asked if each[1] not in wired} == set()
    assert len(asked) > len(wired)


def test_a_service_is_the_same_one_for_whoever_asks(store: Store, tmp_path: Path) -> None:
    services, together = services_on(store, tmp_path), Barrier(THREADS)

    def asked(_: int) -> SupplyChain:
        together.wait()
        return services.service(SupplyChain)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(asked, range(THREADS)))

    assert {id(each) for each in found} == {id(services.service(SupplyChain))}
    assert found[0].catalogue is services.service(Catalogue)


def test_nothing_is_built_that_nobody_asked_for(store: Store, tmp_path: Path) -> None:
    asked: list[str] = []

    def wired(capability: str, _: Services) -> Factories:
        asked.append(capability)
        return {"Service": Service, "Other": lambda: pytest.fail("Nobody asked for it.")}

    services = services_on(store, tmp_path, wired)
    found = services.service(Service)

    assert services[Service] is found
    assert asked == ["catalogue"]


@pytest.mark.parametrize("kind", [int, Gateway])
def test_what_is_not_wired_is_not_there(store: Store, tmp_path: Path, kind: type) -> None:
    services = services_on(store, tmp_path, lambda _, __: {})

    assert kind not in services


def test_services_that_rest_on_each_other_are_a_defect_that_names_them(
    store: Store, tmp_path: Path
) -> None:
    def wired(_: str, node: Services) -> Factories:
        return {"Service": lambda: Service(node.service(Service))}

    with pytest.raises(RuntimeError, match=r"'catalogue\.Service', 'catalogue\.Service'"):
        services_on(store, tmp_path, wired).service(Service)


def test_a_service_that_is_wired_under_another_name_is_a_defect(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match=r"catalogue\.Service is wired as a int"):
        services_on(store, tmp_path, lambda _, __: {"Service": int}).service(Service)


def test_every_kind_of_record_is_known_by_its_name(store: Store, tmp_path: Path) -> None:
    kinds = services_on(store, tmp_path).kinds

    assert kinds[Plan.kind] is Plan
    assert all(issubclass(kind, Record) and kind.kind == name for name, kind in kinds.items())
    assert len(kinds) == len(set(kinds.values()))
