"""Every setting of a node: the environment over the file, and nothing that sets nothing."""

from pathlib import Path

import pytest

from corridor.app.settings import NodeSettings, Settings, settings_at
from corridor.core.errors import Invalid


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "corridor.toml"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORRIDOR_HOME", raising=False)


def test_without_a_file_every_setting_has_its_default(tmp_path: Path) -> None:
    assert settings_at(tmp_path).model_dump() == Settings().model_dump()


def test_the_file_counts(tmp_path: Path, toml: Path) -> None:
    toml.write_text('[node]\nname = "in"\nport = 9000\n[drills]\nbaseline_seconds = 1.5\n')

    settings = settings_at(tmp_path)

    assert (settings.node.name, settings.node.port) == ("in", 9000)
    assert settings.drills.baseline_seconds == 1.5


def test_the_environment_counts_before_the_file_setting_by_setting(
    tmp_path: Path, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text('[node]\nname = "in"\nport = 9000\n')
    monkeypatch.setenv("CORRIDOR_NODE__PORT", "9001")

    settings = settings_at(tmp_path)

    assert (settings.node.name, settings.node.port) == ("in", 9001)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[node]\nprt = 1\n", "node.prt"),
        ("[nod]\nport = 1\n", "nod"),
        ("[gateway]\ntries = 3\n", "gateway.tries"),
        ("[node]\nport = 70000\n", "node.port"),
        ('[node]\nname = "No Such Name"\n', "node.name"),
        ("[drills]\nbaseline_seconds = 0\n", "drills.baseline_seconds"),
    ],
)
def test_a_setting_that_is_unknown_or_does_not_fit_is_refused_with_its_name(
    tmp_path: Path, toml: Path, text: str, place: str
) -> None:
    toml.write_text(text)

    with pytest.raises(Invalid, match=f"setting {place} ") as refusal:
        settings_at(tmp_path)
    assert "corridor.toml" in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CORRIDOR_NODE__PRT", "1", "node.prt"),
        ("CORRIDOR_NODE__PORT", "many", "node.port"),
        ("CORRIDOR_NOD__PORT", "1", "CORRIDOR_NOD__PORT"),
        ("CORRIDOR_NODE", "no json", "CORRIDOR_ variable"),
    ],
)
def test_a_variable_that_sets_nothing_or_does_not_fit_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(Invalid) as refusal:
        settings_at(tmp_path)
    assert word in refusal.value.message
    assert "TOML" not in refusal.value.message


def test_other_programs_variables_are_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDOR_HOME", "/somewhere")
    monkeypatch.setenv("CORRIDORS__OTHER", "1")
    monkeypatch.setenv("NODE__PORT", "1")

    assert settings_at(tmp_path).model_dump() == Settings().model_dump()


@pytest.mark.parametrize("data", [b"[node\n", b"port 1", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused_with_its_path(
    tmp_path: Path, toml: Path, data: bytes
) -> None:
    toml.write_bytes(data)

    with pytest.raises(Invalid, match=r"corridor\.toml is not TOML"):
        settings_at(tmp_path)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (NodeSettings(port=8801), "http://127.0.0.1:8801"),
        (NodeSettings(host="::1", port=8801), "http://[::1]:8801"),
        (NodeSettings(public_url="https://in.example.org/"), "https://in.example.org"),
    ],
)
def test_a_node_is_reached_at_its_public_address_or_where_it_listens(
    settings: NodeSettings, address: str
) -> None:
    assert settings.address == address
