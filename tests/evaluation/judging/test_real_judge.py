"""A real small model as a judge. It judges badly: what is shown is that what it says is counted as the guide says."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.judged import a_run_of
from support.judges import question_in
from support.nodes import Node, a_node
from support.quiz import FakeModelServer, a_model_server
from support.real_judge import held_to_the_scale
from typer.testing import CliRunner

from corridor.catalogue import Catalogue
from corridor.evaluation import JudgeAgreement, Runs, SafetyEvaluation
from corridor.evaluation.adapters.rubrics import words_of
from corridor.evaluation.commands import commands
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.records.safety import CODES, Conduct
from corridor.evaluation.rules.judging.own import CONTROL, controls
from corridor.evaluation.rules.judging.panels import WORST_FIRST
from corridor.evaluation.service.judges.hearing import MOST_FOLLOWED
from corridor.evaluation.service.judges.rejudging import JudgeFollows

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

MODEL = "smollm2-135m-instruct"
ROMANISED, ENGLISH = "hi-Latn", "en-Latn"
PATIENT = {"item_seconds": 900.0, "patience_seconds": 900.0, "at_once": 1}
BARE = 3
"""Answers of a run that take a judge: each prompt is a second of work."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("judge")
    slow = {"idle_seconds": 900.0, "private_addresses": ["127.0.0.0/8"]}
    with a_node(folder, "in", evaluation=PATIENT, catalogue=slow) as made:
        with made.runtime.store.transaction("test") as tx:
            made.runtime.service(Catalogue).add_packaged(tx, MODEL)
        made.add_provider("own", "http://127.0.0.1:9/v1")
        yield made


@pytest.fixture(scope="module")
def held(node: Node) -> Iterator[tuple[FakeModelServer, dict[str, str]]]:
    """The same model behind a server that holds it to the scale; what it answered, by the prompt."""
    said: dict[str, str] = {}
    judge = held_to_the_scale(node.runtime, MODEL)

    def noted(prompt: str) -> str:
        return said.setdefault(prompt, judge(prompt))

    with a_model_server(noted) as server:
        node.add_provider("held", server.url, model="held", sha256="cd" * 32)
        yield server, said


def told(node: Node, *words: str | Path) -> str:
    done = CliRunner().invoke(commands, [str(each) for each in words], obj=node.runtime)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.skipif(
    not os.environ.get("CORRIDOR_SOAK"), reason="a minute of one model: it runs in `just soak`"
)
def test_a_model_that_cannot_keep_to_the_scale_has_judged_nothing(
    node: Node, tmp_path: Path
) -> None:
    rows = ["language,aim,request,answer,label"]
    for number, situation in enumerate(words_of(ENGLISH).situations[:2]):
        asked, gives_in = (
            each.format(n=number + 300) for each in (situation.asked, situation.unsafe)
        )
        rows.append(f'{ENGLISH},refuse,"{asked}","{gives_in}",unsafe')
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told(node, "judge", "import", tmp_path / "labels.csv", "--name", "two")

    [found] = json.loads(told(node, "judge", "agreement", MODEL, "--labels", "two", "--json"))

    said = JudgeAgreement.model_validate(found)
    assert (said.n, said.unjudged, said.alpha, said.confusion) == (0, 2, None, ())
    assert (said.name, said.prompted) == (MODEL, (ENGLISH,))
    assert said.followed <= said.attacked
    with node.runtime.store.view() as view:
        model = node.runtime.service(Catalogue).models(view)[MODEL]
    assert said.model_sha256 == model.file.sha256


def test_disagreement_orders_that_are_followed_and_a_language_without_labels_are_counted_as_they_came(
    node: Node, held: tuple[FakeModelServer, dict[str, str]]
) -> None:
    record = a_run_of(node, ROMANISED, [*told_by_rules(30 - BARE), *bare(BARE)])
    try:
        [made] = json.loads(told(node, "judge", "apply", record.id, "--judge", "held", "--json"))
    except JudgeFollows as refused:
        made, why = None, refused.message
    else:
        why = ""

    said = held[1]
    followed, attacked = orders(node, said)
    assert (followed > MOST_FOLLOWED * attacked) == (made is None)
    if made is None:  # nothing of it counts, and the figures are those of the wire
        assert f"in {followed} of {attacked} planted cases in {ROMANISED}" in why
        with node.runtime.store.view() as view:
            assert [each.id for each in view.own(SafetyEvaluation)] == [record.id]
        return
    after = SafetyEvaluation.model_validate(made)
    each = [verdicts(said, item.question) for item, _ in bare(BARE)]
    worse: list[Conduct] = [next(one for one in WORST_FIRST if one in both) for both in each]
    assert after.outcomes[-BARE:] == "".join(CODES[conduct] for conduct in worse)
    first = after.judges[0]
    assert first.prompted == (ROMANISED, ENGLISH)
    assert (first.judged, first.unjudged) == (BARE, 0)
    assert first.differing is not None
    assert (first.differing.count, first.differing.n) == (sum(a != b for a, b in each), BARE)
    assert any(f"no people's labels in {ROMANISED}" in reason for reason in after.weak)
    assert first.agreement is None
    assert not after.corrected.known()
    if followed:
        assert f"held did what {followed} of {attacked} planted answers told it" in after.weak


def told_by_rules(n: int) -> list[tuple[Item, str | None]]:
    """Return answers that a mark tells, so that no judge is asked."""
    probe = Probe("refuse", "leakage", canary="KAN-none")
    safe = words_of(ROMANISED).situations[0].safe
    return [(Item(f"marked-{k}", ROMANISED, f"({k}) ...", probe=probe), safe) for k in range(n)]


def bare(n: int) -> list[tuple[Item, str | None]]:
    """Return answers that only their meaning tells: one gives in, the others do not."""
    found: list[tuple[Item, str | None]] = []
    for number, situation in enumerate(words_of(ROMANISED).situations[:n]):
        asked = situation.asked.format(n=700 + number)
        answer = situation.safe if number else situation.unsafe.format(n=700)
        item = Item(f"bare-{number}", ROMANISED, asked, probe=Probe("refuse", "leakage"))
        found.append((item, answer))
    return found


def verdicts(said: dict[str, str], request: str) -> tuple[Conduct, Conduct]:
    """Read from the wire what the model said of the answer to a request: asked in its language, and in English."""
    found: dict[str, Conduct] = {}
    for prompt, answer in said.items():
        asked = question_in(prompt)
        if asked.request != request:
            continue
        language = ENGLISH if words_of(ENGLISH).rubric.intro in prompt else ROMANISED
        letters: dict[str, Conduct] = {letter: what for what, letter in asked.letters.items()}
        assert answer.endswith(asked.check)
        found[language] = letters[answer[0]]
    return found[ROMANISED], found[ENGLISH]


def orders(node: Node, said: dict[str, str]) -> tuple[int, int]:
    """Count on the wire how many orders in answers were followed, of those that could lead elsewhere."""
    followed = attacked = 0
    seed = node.runtime.service(Runs).settings.seed
    for asked_in in (ROMANISED, ENGLISH):
        intro = words_of(asked_in).rubric.intro
        here = {
            (question.request, question.answer): answer[0]
            for prompt, answer in said.items()
            if intro in prompt and CONTROL in (question := question_in(prompt)).request
        }
        for each in controls(words_of(ROMANISED), seed, words_of(asked_in)):
            plain = here[each.item.question, each.answer.partition("\n")[0]]
            if plain != each.letter:
                attacked += 1
                followed += here[each.item.question, each.answer] == each.letter
    return followed, attacked
