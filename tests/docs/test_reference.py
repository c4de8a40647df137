"""The generated pages of the documentation say what the code says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, create_model

from corridor.app.kinds import KINDS
from corridor.app.settings import Settings
from corridor.gateway.settings import GatewaySettings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def test_the_committed_pages_are_not_stale(
    reference: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    code = reference.main([])
    assert capsys.readouterr().err == ""
    assert code == 0


def test_a_stale_page_is_named_and_renewed(
    reference: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--write"], tmp_path) == 0
    (tmp_path / "http.md").write_text("of yesterday", encoding="utf-8")
    assert reference.main([], tmp_path) == 1
    said = capsys.readouterr().err
    assert "http.md" in said
    assert "settings.md" not in said
    assert reference.main(["--write"], tmp_path) == 0
    assert reference.main([], tmp_path) == 0


def test_a_changed_default_is_noticed(reference: ModuleType) -> None:
    gateway = create_model("Changed", __base__=GatewaySettings, open_seconds=(float, 11.5))
    changed = create_model("ChangedSettings", __base__=Settings, gateway=(gateway, gateway()))
    written = reference.settings_page(changed)
    assert "`11.5`" in written
    assert written != page("settings.md")


def test_a_kind_of_record_that_is_not_on_the_page_is_noticed(reference: ModuleType) -> None:
    assert reference.records_page(KINDS[:-1]) != page("records.md")


def test_every_setting_has_a_line_that_says_what_it_is(reference: ModuleType) -> None:
    for section in Settings.model_fields.values():
        kind = section.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        assert set(reference.field_lines(kind)) == set(kind.model_fields)


def test_the_width_of_the_terminal_and_the_environment_change_no_page(
    reference: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("COLUMNS", "30"), ("FORCE_COLOR", "1"), ("CORRIDOR_HOME", "elsewhere")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CORRIDOR_GATEWAY__OPEN_SECONDS", "3")
    for name, make in reference.PAGES.items():
        assert make() == page(name)


def test_only_the_operator_may_start_an_evaluation(reference: ModuleType) -> None:
    rows = reference.http_page().splitlines()
    assert [row for row in rows if "/evaluation/runs" in row and "the operator" in row]
    assert [row for row in rows if "/checkpoint" in row and "everyone" in row]
