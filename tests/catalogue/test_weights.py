"""A model's files on this machine: their digest, and how they get into the catalogue."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.supply import a_supplier, an_organisation
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue, DigestMismatch
from corridor.catalogue.adapters.weights import checked, digest_of, file_at, listed
from corridor.catalogue.commands import commands
from corridor.core.errors import Conflict, Invalid

SHA256SUM = shutil.which("sha256sum")


def a_folder(path: Path, *, template: bool = False) -> Path:
    """Write what has the names of a model's files; nothing here is loaded."""
    path.mkdir()
    (path / "config.json").write_text('{"model_type": "llama"}')
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "tokenizer.json").write_text("{}")
    said = {"chat_template": "{{ messages }}"} if template else {}
    (path / "tokenizer_config.json").write_text(json.dumps(said))
    (path / "README.md").write_text("A card.")
    return path


class TestDigests:
    @pytest.mark.skipif(SHA256SUM is None, reason="there is no sha256sum here")
    def test_a_folders_digest_is_that_of_what_sha256sum_prints_of_its_files(
        self, tmp_path: Path
    ) -> None:
        folder = a_folder(tmp_path / "small")
        names = sorted(each.name for each in folder.iterdir() if each.suffix != ".md")

        done = subprocess.run(  # noqa: S603  its own program, on files of this test
            [str(SHA256SUM), *names], cwd=folder, capture_output=True, check=True
        )

        assert listed(folder).encode() == done.stdout
        assert len(names) == 4

    @pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
    def test_any_file_that_is_loaded_changes_it(self, tmp_path: Path, name: str) -> None:
        folder = a_folder(tmp_path / "small")
        before = digest_of(folder)
        (folder / name).write_bytes(b"another")

        assert digest_of(folder) != before
        with pytest.raises(DigestMismatch):
            checked(folder, before)

    def test_a_file_more_changes_it_and_a_card_does_not(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "small")
        before = digest_of(folder)

        (folder / "README.md").write_text("Another card.")
        assert digest_of(folder) == before
        (folder / "chat_template.jinja").write_text("{{ messages }}")
        assert digest_of(folder) != before

    def test_what_links_lead_to_is_what_counts(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "small")
        blobs = tmp_path / "blobs"
        blobs.mkdir()
        before = file_at(folder)
        weights = (folder / "model.safetensors").rename(blobs / "0a1b")
        (folder / "model.safetensors").symlink_to(weights)

        assert file_at(folder) == before


@pytest.fixture
def node(tmp_path: Path) -> Node:
    with a_node(tmp_path / "node") as made:
        catalogue = made.runtime.service(Catalogue)
        with made.runtime.store.transaction("test") as tx:
            catalogue.register(tx, an_organisation())
            catalogue.register(tx, a_supplier())
    return made


def add(node: Node, path: Path, *words: str) -> Result:
    about = ("--title", "Small", "--supplier", "vendor", "--licence", "Apache-2.0")
    more = ("--licence-url", "https://example.org/licence", "--source", "a test")
    asked = ["add-weights", "small", str(path), *about, *more, *words]
    return CliRunner().invoke(commands, asked, obj=node.runtime)


class TestAdding:
    @pytest.mark.parametrize(("template", "chat"), [(True, "native"), (False, "question-answer")])
    def test_a_folder_is_registered_where_it_lies_and_tells_how_it_converses(
        self, node: Node, tmp_path: Path, template: bool, chat: str
    ) -> None:
        folder = a_folder(tmp_path / "small", template=template)

        result = add(node, folder, "--languages", "hi-Deva, ta-Taml")

        assert result.exit_code == 0, (result.output, result.exception)
        assert digest_of(folder) in result.output
        catalogue = node.runtime.service(Catalogue)
        with node.runtime.store.view() as view:
            model = catalogue.model(view, "small")
        assert (model.layout, model.chat) == ("transformers", chat)
        assert model.languages_claimed == ("hi-Deva", "ta-Taml")
        assert catalogue.checked_file(model).resolve() == folder
        again = add(node, folder, "--languages", "hi-Deva, ta-Taml")
        assert again.exit_code == 0, again.exception

    def test_a_gguf_file_of_ones_own_is_registered_too(self, node: Node, tmp_path: Path) -> None:
        file = tmp_path / "own.gguf"
        file.write_bytes(b"GGUF and more")

        result = add(node, file, "--chat", "question-answer")

        assert result.exit_code == 0, result.exception
        with node.runtime.store.view() as view:
            model = node.runtime.service(Catalogue).model(view, "small")
        assert (model.layout, model.chat, model.file.bytes) == ("gguf", "question-answer", 13)

    def test_a_folder_that_changed_is_not_the_model_any_more(
        self, node: Node, tmp_path: Path
    ) -> None:
        folder = a_folder(tmp_path / "small")
        add(node, folder)
        (folder / "tokenizer.json").write_text("[]")
        catalogue = node.runtime.service(Catalogue)

        with node.runtime.store.view() as view:
            model = catalogue.model(view, "small")
        with pytest.raises(DigestMismatch):
            catalogue.checked_file(model)

    def test_another_folder_of_the_same_name_is_refused(self, node: Node, tmp_path: Path) -> None:
        add(node, a_folder(tmp_path / "small"))
        other = tmp_path / "elsewhere"
        other.mkdir()
        changed = a_folder(other / "small")
        (changed / "model.safetensors").write_bytes(b"other weights")

        refused = add(node, changed)

        assert isinstance(refused.exception, Conflict)
        assert "is another model" in refused.exception.message

    def test_what_is_no_model_is_refused(self, node: Node, tmp_path: Path) -> None:
        pickled = tmp_path / "pickled"
        pickled.mkdir()
        (pickled / "config.json").write_text("{}")
        (pickled / "pytorch_model.bin").write_bytes(b"a program")
        text = tmp_path / "notes.gguf"
        text.write_text("no model")

        for path in (pickled, text, tmp_path / "nowhere"):
            assert isinstance(add(node, path).exception, Invalid)

    def test_settings_that_cannot_be_read_are_refused(self, node: Node, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "small")
        (folder / "tokenizer_config.json").write_text("{half")

        refused = add(node, folder)

        assert isinstance(refused.exception, Invalid)
        assert "tokenizer_config.json" in refused.exception.message
