"""Models in the layout of the transformers library, really opened: what they tell is compared with plain torch.

Needs `pip install 'corridor[transformers]'`, which the test command does not install; what holds without it is in
`tests/catalogue/test_weights.py` and at the end of this file.
"""

import asyncio
import importlib
import importlib.util
import json
import math
import threading
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from support.evaluating import say
from support.nodes import Node, a_node
from support.tiny_transformers import END, Kind, a_folder, registered
from typer.testing import Result

from corridor.catalogue import Catalogue, DigestMismatch, EngineFailed
from corridor.core.errors import Conflict, Invalid
from corridor.evaluation import Evaluation, Measure
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.transformers.answerer import TransformersAnswerer
from corridor.evaluation.adapters.transformers.engine import Loading, Model, Writing
from corridor.evaluation.errors import NoAnswer, NoExtra
from corridor.evaluation.ports import Message, Prompt
from corridor.evaluation.rules.likelihood import bits_per_byte, scored
from corridor.evaluation.rules.likely import read
from corridor.evaluation.rules.prefixes import Scored
from corridor.evaluation.service.datasets import load

THERE = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
SENTENCES, KINDS = "corridor-sentences", "corridor-kinds"
PROMPT = "Question: What do bees make, and where do they keep it?\nAnswer:"
OPTIONS = (" honey", " ab", " शहद और मोम", " はちみつ", " தேன்", " a")
HOW = Loading(threads=1, context_tokens=1024)
Theirs = Any

needed = [
    pytest.mark.transformers,
    pytest.mark.skipif(
        not THERE, reason="transformers is not installed: pip install 'corridor[transformers]'"
    ),
]


def plain(model: Model, text: Scored) -> float:
    """Return what torch says of a text that is read whole and alone."""
    torch: Theirs = importlib.import_module("torch")
    with torch.no_grad():
        logits = model.network(torch.tensor([text.tokens])).logits[0].double()
    logs_of = torch.log_softmax(logits, -1)
    return math.fsum(
        logs_of[at - 1, text.tokens[at]].item() for at in range(text.start, len(text.tokens))
    )


def likeliest(model: Model, tokens: Sequence[int], count: int) -> list[int]:
    """Return the tokens that torch finds the likeliest one after the other, the whole text read each time."""
    torch: Theirs = importlib.import_module("torch")
    found = list(tokens)
    with torch.no_grad():
        for _ in range(count):
            found.append(int(model.network(torch.tensor([found])).logits[0, -1].argmax()))
    return found[len(tokens) :]


def texts_of(model: Model, options: Sequence[str] = OPTIONS, prompt: str = PROMPT) -> list[Scored]:
    return [scored(prompt, option, model.tokens, model.begin) for option in options]


def writing(
    tokens: int = 12, *, temperature: float = 0.0, seed: int = 0, stop: tuple[str, ...] = ()
) -> Writing:
    return Writing(tokens, temperature, seed, stop, seconds=60)


class TestLikelihoods:
    pytestmark = needed

    @pytest.mark.parametrize("kind", ["llama", "gpt2", "windowed"])
    def test_texts_read_together_are_as_likely_as_plain_torch_finds_each_alone(
        self, tmp_path: Path, kind: Kind
    ) -> None:
        model = Model.load(a_folder(tmp_path / kind, kind), HOW)
        texts = texts_of(model)

        found = model.score(texts)

        assert len({len(text.tokens) for text in texts}) > 2, "some are padded"
        for text, one in zip(texts, found, strict=True):
            assert one.log_probability == pytest.approx(plain(model, text), rel=1e-5)
            assert one.tokens == len(text.tokens) - text.start

    def test_texts_with_nothing_in_common_and_in_many_batches_are_too(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)
        alike = texts_of(model, [f" option {number}" * 9 for number in range(60)])
        texts = [*alike, *(scored("", text, model.tokens, model.begin) for text in ("मधु", "蜂蜜"))]

        found = model.score(texts)

        for text, one in zip(texts, found, strict=True):
            assert one.log_probability == pytest.approx(plain(model, text), rel=1e-5)

    def test_a_text_is_greedy_where_each_token_is_the_likeliest(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)
        before = tuple(model.tokens(PROMPT))
        best = tuple(likeliest(model, before, 4))
        other = (*best[:-1], (best[-1] + 1) % 200)

        found = model.score([Scored((*before, *each), len(before)) for each in (best, other)])

        assert [each.greedy for each in found] == [True, False]

    def test_the_token_that_begins_a_text_is_there_where_the_tokenizer_wants_it_and_none_ends_it(
        self, tmp_path: Path
    ) -> None:
        wanted = Model.load(a_folder(tmp_path / "begins", begins=True), HOW)
        unwanted = Model.load(a_folder(tmp_path / "bare"), HOW)

        assert wanted.tokens("मधु") == [wanted.begin, *unwanted.tokens("मधु")]
        [text] = texts_of(wanted, [" शहद"])
        assert text.tokens[0] == wanted.begin
        assert text.tokens.count(wanted.begin) == 1
        assert text.tokens[-1] not in wanted.ends
        assert scored("", "a", unwanted.tokens, unwanted.begin).tokens[0] == unwanted.begin

    def test_what_looks_like_a_special_token_in_a_text_is_made_into_none(
        self, tmp_path: Path
    ) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)

        assert len(model.tokens(f"a{END}</s>")) > len("a</s>")
        assert not {0, 1, 2} & set(model.tokens(f"a{END}</s><s>"))


class TestWriting:
    pytestmark = needed

    @pytest.mark.parametrize("kind", ["llama", "gpt2", "windowed"])
    def test_without_temperature_the_likeliest_tokens_are_taken(
        self, tmp_path: Path, kind: Kind
    ) -> None:
        model = Model.load(a_folder(tmp_path / kind, kind), HOW)
        tokens = model.tokens(PROMPT)
        expected = likeliest(model, tokens, 12)

        said = model.write(tokens, writing(), threading.Event())

        until = next((at + 1 for at, token in enumerate(expected) if token in model.ends), 12)
        assert said.text == model.tokenizer.decode(expected[:until], skip_special_tokens=True)
        assert (said.tokens_in, said.tokens_out) == (len(tokens), until)
        assert said.ended == (until < 12)

    def test_a_stop_ends_a_text_before_it(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)
        tokens = model.tokens(PROMPT)
        whole = model.write(tokens, writing(), threading.Event())
        stop = whole.text[4]

        said = model.write(tokens, writing(stop=(stop,)), threading.Event())

        assert said.text == whole.text.partition(stop)[0]
        assert said.tokens_out < whole.tokens_out
        assert said.ended

    def test_with_a_temperature_the_seed_decides(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)
        tokens = model.tokens(PROMPT)

        def drawn(seed: int) -> str:
            return model.write(tokens, writing(temperature=1.0, seed=seed), threading.Event()).text

        assert drawn(1) == drawn(1)
        assert len({drawn(seed) for seed in range(5)}) > 1

    def test_what_a_folder_says_of_drawing_changes_nothing(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "llama")
        tokens = Model.load(folder, HOW).tokens(PROMPT)
        before = Model.load(folder, HOW).write(tokens, writing(), threading.Event())
        said = folder / "generation_config.json"
        penalty = {"do_sample": True, "repetition_penalty": 9.0, "top_k": 1}
        said.write_text(json.dumps({**json.loads(said.read_text()), **penalty}))

        assert Model.load(folder, HOW).write(tokens, writing(), threading.Event()) == before

    def test_a_run_that_ends_stops_what_is_being_written(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), HOW)
        ending = threading.Event()
        ending.set()

        said = model.write(model.tokens(PROMPT), writing(900), ending)

        assert said.tokens_out <= 2

    def test_no_room_is_said_so(self, tmp_path: Path) -> None:
        model = Model.load(a_folder(tmp_path / "llama"), Loading(1, context_tokens=16))

        with pytest.raises(NoAnswer, match="longer than the model's 16") as refused:
            model.write(model.tokens(PROMPT), writing(), threading.Event())

        assert refused.value.remedy == "skip"


class TestAnswering:
    pytestmark = needed

    def asked(self, folder: Path, prompt: Prompt, *, converses: bool = True) -> tuple[str, int]:
        async def ask() -> tuple[str, int]:
            answerer = TransformersAnswerer(lambda: folder, HOW, converses, 60)
            try:
                said = await answerer.answer(prompt)
            finally:
                await answerer.close()
            assert said.fingerprint.startswith("transformers 5.")
            assert "float32, cpu" in said.fingerprint
            return said.text, said.tokens_in or 0

        return asyncio.run(ask())

    def test_a_conversation_is_put_by_the_models_own_template(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "llama")
        model = Model.load(folder, HOW)
        turns = (Message("user", "Wo?"), Message("assistant", "Hier."), Message("user", "कब?"))
        text = "".join(f"{turn.role}: {turn.text}{END}" for turn in turns) + "assistant: "
        tokens = model.tokenizer(text, add_special_tokens=False).input_ids

        text, tokens_in = self.asked(folder, Prompt(messages=turns, max_tokens=6))

        assert model.conversation([(turn.role, turn.text) for turn in turns]) == tokens
        assert tokens_in == len(tokens)
        assert text == model.write(tokens, writing(6), threading.Event()).text

    def test_a_model_without_a_template_gets_questions_and_answers_in_lines(
        self, tmp_path: Path
    ) -> None:
        folder = a_folder(tmp_path / "base", template="")
        prompt = Prompt(messages=(Message("user", "मधुमक्खियाँ क्या बनाती हैं?"),), max_tokens=6)

        _, tokens_in = self.asked(folder, prompt, converses=False)

        assert tokens_in > 100, "two examples in Hindi stand before it"
        with pytest.raises(NoAnswer, match="no template"):
            self.asked(folder, prompt)

    def test_a_conversation_that_the_template_refuses_is_skipped(self, tmp_path: Path) -> None:
        template = "{{ raise_exception('System role not supported') }}"
        folder = a_folder(tmp_path / "gemma", template=template)

        with pytest.raises(NoAnswer, match="System role not supported") as refused:
            self.asked(folder, Prompt(messages=(Message("system", "Be brief."),)))

        assert refused.value.remedy == "skip"

    def test_options_are_weighed_with_the_prompt_counted_once(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "llama")
        model = Model.load(folder, HOW)

        text, tokens_in = self.asked(folder, Prompt(text=PROMPT, options=OPTIONS))

        found = read(text)
        expected = [plain(model, each) for each in texts_of(model)]
        assert [each.log_probability for each in found] == pytest.approx(expected, rel=1e-5)
        assert tokens_in == len(model.tokens(PROMPT)) + sum(each.tokens for each in found)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    folder = a_folder(tmp_path / "tiny")
    with a_node(tmp_path / "node") as made:
        registered(made, folder)
        yield made


def run(node: Node, suite: str, languages: str, *words: str) -> Result:
    asked = ("run", "--model", "tiny", "--suite", suite, "--languages", languages)
    return say(node, *asked, "--json", *words)


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, (result.output, result.exception)
    return cast("list[dict[str, Any]]", json.loads(result.stdout))


class TestRuns:
    pytestmark = needed

    def test_parallel_text_is_measured_in_each_language_as_plain_torch_does(
        self, node: Node, tmp_path: Path
    ) -> None:
        hindi, english = map(Measure.model_validate, records(run(node, SENTENCES, "hi,en")))

        model = Model.load(tmp_path / "tiny", HOW)
        for record in (hindi, english):
            texts = [
                each.context for each in load(SENTENCES, (record.language,)).of(record.language)
            ]
            asked = [scored("", text, model.tokens, model.begin) for text in texts]
            rates = [
                bits_per_byte(text, one)
                for text, one in zip(texts, model.score(asked), strict=True)
            ]
            assert record.figure.value == pytest.approx(math.fsum(rates) / len(rates), rel=1e-4)
            assert record.n == len(texts)
        assert hindi.parity is not None

    def test_evidence_names_the_digest_of_the_folder_and_the_engine(
        self, node: Node, tmp_path: Path
    ) -> None:
        [record] = map(
            Evaluation.model_validate, records(run(node, KINDS, "ta", "--style", "likelihood"))
        )

        files = sorted(each.name for each in (tmp_path / "tiny").iterdir())
        assert "model.safetensors" in files
        assert "tokenizer.json" in files
        listed = "".join(
            f"{sha256((tmp_path / 'tiny' / name).read_bytes()).hexdigest()}  {name}\n"
            for name in files
        )
        assert record.model_sha256 == sha256(listed.encode()).hexdigest()
        assert record.made is not None
        assert "; transformers 5." in record.made.harness
        assert "; torch 2." in record.made.harness
        assert record.made.endpoint.file_checked
        assert record.made.endpoint.served == "tiny"
        assert len(record.made.endpoint.fingerprints) == 1
        again = json.loads(say(node, "reproduce", record.id, "--json").stdout)
        assert (again["items"], again["identical"]) == (record.n, record.n)

    def test_answers_are_written_and_judged_in_each_language(self, node: Node) -> None:
        found = records(run(node, "parallel-facts", "en,ja", "--answer-tokens", "4"))

        for record in map(Evaluation.model_validate, found):
            assert record.made is not None
            assert record.n == 48
            assert record.made.asking.rule.startswith("the data set has")
            assert record.made.tokens_out
            lines = logs.read(node.home / "evaluation" / "logs", str(record.made.log_sha256))
            assert sum("sample" in line for line in lines) == 48

    def test_a_run_that_was_cut_off_asks_nothing_twice(self, node: Node) -> None:
        cut = run(node, KINDS, "en", "--style", "likelihood", "--max-calls", "25")
        assert cut.exit_code != 0

        items = len(load(KINDS, ("en-Latn",)).items["en-Latn"])
        words = ("--style", "likelihood", "--max-calls", str(items))
        [record] = records(run(node, KINDS, "en", *words))

        assert record["n"] == items

    @pytest.mark.parametrize("file", ["tokenizer.json", "config.json", "model.safetensors"])
    def test_a_folder_with_another_file_than_was_registered_is_not_opened(
        self, node: Node, tmp_path: Path, file: str
    ) -> None:
        with (tmp_path / "tiny" / file).open("ab") as changed:
            changed.write(b" ")

        assert isinstance(run(node, SENTENCES, "en").exception, DigestMismatch)

    def test_a_grammar_is_refused(self, node: Node) -> None:
        refused = run(node, KINDS, "en", "--grammar").exception

        assert isinstance(refused, Invalid)
        assert "no GGUF file" in refused.message

    def test_it_is_not_served_by_llama_cpp(self, node: Node) -> None:
        with node.runtime.store.view() as view:
            sha256 = node.runtime.service(Catalogue).model(view, "tiny").file.sha256

        with pytest.raises(Conflict, match="is a folder of transformers"):
            node.add_provider("own", None, model="tiny", sha256=sha256)


class TestRefused:
    pytestmark = needed

    def test_a_program_that_lies_with_a_model_is_not_run(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "tiny")
        ran = tmp_path / "ran"
        (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: pass\n")
        said = json.loads((folder / "config.json").read_text())
        said |= {
            "model_type": "own",
            "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"},
        }
        (folder / "config.json").write_text(json.dumps(said))

        with pytest.raises(EngineFailed, match="cannot load"):
            Model.load(folder, HOW)

        assert not ran.exists()

    def test_pickled_weights_are_not_read(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "tiny")
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

        with pytest.raises(EngineFailed, match="cannot load"):
            Model.load(folder, HOW)

    def test_a_weight_that_is_missing_is_not_made_up(self, tmp_path: Path) -> None:
        folder = a_folder(tmp_path / "tiny")
        files: Theirs = importlib.import_module("safetensors.torch")
        weights = files.load_file(folder / "model.safetensors")
        del weights["model.layers.1.mlp.up_proj.weight"]
        files.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

        with pytest.raises(EngineFailed, match="1 weights are missing"):
            Model.load(folder, HOW)

    def test_half_a_file_of_weights_is_not_read(self, tmp_path: Path) -> None:
        file = a_folder(tmp_path / "tiny") / "model.safetensors"
        file.write_bytes(file.read_bytes()[:5_000])

        with pytest.raises(EngineFailed, match="cannot load"):
            Model.load(file.parent, HOW)


@pytest.mark.skipif(THERE, reason="transformers is installed")
def test_without_the_library_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NoExtra) as missing:
        Model.load(tmp_path, HOW)

    assert "corridor[transformers]" in str(missing.value.hint)
