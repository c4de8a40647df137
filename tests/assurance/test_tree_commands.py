"""Assurance trees on the command line, on a real node's evidence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evidence import an_evaluation
from support.nodes import Node, a_node
from support.shared import shared_data
from support.supply import a_model, a_supplier, an_organisation
from support.trees import a_goal, a_leaf, a_tree
from typer.testing import CliRunner, Result

from corridor.assurance import Tree, TreeResult
from corridor.assurance.adapters.aisev import trees as aisev_trees
from corridor.assurance.adapters.aisev.questions import NoQuestionsOfAisev, data_of, sheet_in
from corridor.assurance.adapters.tree_files import shipped, text_of, tree_in
from corridor.assurance.commands import commands
from corridor.assurance.errors import NotStated
from corridor.assurance.rules.trees import BadTree
from corridor.assurance.service.scoring import by_leaf
from corridor.catalogue import Catalogue
from corridor.core.clock import wall_clock
from corridor.core.errors import CorridorError, Invalid, NotFound, Unavailable
from corridor.evaluation import Evaluation, load


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        catalogue = made.runtime.service(Catalogue)
        with made.runtime.store.transaction("test") as tx:
            for record in (an_organisation(), a_supplier(), a_model("small")):
                catalogue.register(tx, record)
            for language, correct in (("hi-Deva", 90), ("ja-Jpan", 20)):
                tx.append(an_evaluation(correct, language=language, made_at=wall_clock()))
        yield made


def run(node: Node, *words: str | Path) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(commands, ["tree", *map(str, words)], obj=node.runtime)


def refusal(result: Result, kind: type[CorridorError]) -> str:
    assert isinstance(result.exception, kind), result.output
    return result.exception.message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.yaml"
    path.write_text(text_of(a_tree()), encoding="utf-8")
    return path


def test_a_tree_from_a_file_is_evaluated_on_the_nodes_evidence_in_each_language(
    node: Node, file: Path
) -> None:
    imported = run(node, "import", file)
    assert imported.exit_code == 0, imported.output

    shown = run(node, "evaluate", "facts-hold", "--model", "small")

    assert shown.exit_code == 0, shown.output
    assert "hi-Deva" in shown.stdout
    assert "shown 0.90 (0.83 to 0.94)" in shown.stdout
    assert "refuted 0.20 (0.13 to 0.29)" in shown.stdout
    assert "no approval" in shown.stdout
    told = json.loads(run(node, "evaluate", "facts-hold", "--model", "small", "--json").stdout)
    states = {(each["node"], each["language"]): each["state"] for each in told["found"]}
    assert states["G1", "hi-Deva"] == "undeveloped"
    assert states["G1", "ja-Jpan"] == "refuted"


def test_only_the_languages_that_are_named_are_asked(node: Node, file: Path) -> None:
    run(node, "import", file)

    told = run(
        node, "evaluate", "facts-hold", "--model", "small", "--languages", "hi,ta-Taml", "--json"
    )

    assert {each["language"] for each in json.loads(told.stdout)["found"]} == {"hi-Deva", "ta-Taml"}


def test_a_result_is_stated_with_the_records_that_it_rests_on(node: Node, file: Path) -> None:
    run(node, "import", file)

    result = run(node, "evaluate", "facts-hold", "--model", "small", "--publish")

    assert result.exit_code == 0, result.output
    with node.runtime.store.view() as view:
        [tree], [stated] = list(view.own(Tree)), list(view.own(TreeResult))
    assert (stated.tree, stated.visibility) == (tree.id, "partners")
    assert all(each.records for each in stated.found if each.node == "G2")


def test_a_shipped_tree_is_evaluated_and_its_result_stated_only_once_it_is_imported(
    node: Node,
) -> None:
    words = ("evaluate", "jp-01-toxic-output", "--model", "small")

    assert run(node, *words).exit_code == 0
    assert "stated" in refusal(run(node, *words, "--publish"), NotStated)
    run(node, "import", "jp-01-toxic-output")
    assert run(node, *words, "--publish").exit_code == 0


def test_trees_are_listed_and_shown_in_a_language(node: Node, file: Path) -> None:
    run(node, "import", file)

    assert "in/facts-hold" in run(node, "list").stdout
    assert "有害情報の出力制御" in run(node, "list", "--in", "ja-Jpan").stdout
    outline = run(node, "show", "facts-hold").stdout
    assert "facts: score at least 0.7" in outline
    assert "(context C1)" in outline
    assert "Who handles reports?" in outline
    assert json.loads(run(node, "show", "facts-hold", "--json").stdout)["root"] == "G1"


def test_a_tree_with_a_fault_is_named_with_its_place_and_nothing_of_it_is_kept(
    node: Node, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    tree = a_tree(a_goal("G1", "G2", "G3", weights=(0.5, 0.4)), a_leaf("G2"), a_leaf("G3"))
    bad.write_text(text_of(tree), encoding="utf-8")

    assert "node G1: The weights add up to 0.9" in refusal(run(node, "import", bad), BadTree)
    checked = run(node, "check", bad)
    assert "add up to 0.9" in checked.stdout
    refusal(checked, BadTree)
    with node.runtime.store.view() as view:
        assert list(view.own(Tree)) == []


def test_what_is_not_there_is_said(node: Node, tmp_path: Path) -> None:
    assert "no-such" in refusal(run(node, "show", "no-such"), NotFound)
    assert "jp" in refusal(run(node, "show", "jp/facts-hold"), NotFound)
    refusal(run(node, "check", tmp_path / "none.yaml"), NotFound)
    (tmp_path / "no.yaml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in refusal(run(node, "check", tmp_path / "no.yaml"), Invalid)
    for tag in ("hindi", "hi-deva"):
        words = ("--model", "small", "--languages", tag)
        refusal(run(node, "evaluate", "jp-01-toxic-output", *words), Invalid)
    nothing = run(node, "evaluate", "jp-01-toxic-output", "--model", "x", "--sha256", "e" * 64)
    assert "in any language" in refusal(nothing, Invalid)


HERE = Path(__file__).parent


def test_a_tree_of_aisev_and_its_questions_are_imported_scored_evaluated_and_exported(
    node: Node, tmp_path: Path
) -> None:
    table, scored = tmp_path / "03.csv", tmp_path / "scored.csv"
    rows = [f"公平性と包摂性,requirement,要件,文{i},G3-{20 + i % 2}" for i in range(80)]
    head = "ten_perspective,scorer,requirement,text,gsn_perspective"
    table.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    answered = [f"{row},答え,{1 if i % 2 or i < 60 else 0}" for i, row in enumerate(rows)]
    scored.write_text("\n".join([f"{head},answer,score", *answered, ""]), encoding="utf-8")
    aisev = ("--layout", "aisev", "--name", "fairness")

    tree = ("import", HERE / "aisev_tree.yaml", *aisev, "--questions", table, "--at-least", "0.9")
    imported = run(node, *tree)
    assert imported.exit_code == 0, imported.output
    stated = run(
        node, "score", scored, "--model", "small", "--language", "ja-Jpan", "--judge", "two people"
    )
    assert stated.exit_code == 0, stated.output
    assert "aisev/G3-20" in stated.stdout
    told = json.loads(
        run(node, "evaluate", "fairness", "--model", "small", "--languages", "ja", "--json").stdout
    )
    found = {each["node"]: each for each in told["found"]}
    assert (found["G3-21"]["state"], found["G3-21"]["value"]) == ("shown", 1.0)
    assert (found["G3-20"]["state"], found["G3-20"]["value"]) == ("refuted", 0.75)
    assert (found["G3-3"]["state"], found["G3-1"]["known"]) == ("undeveloped", pytest.approx(0.7))

    written = run(node, "export", "fairness", "--layout", "aisev", "-o", tmp_path / "out.yaml")
    assert "left out" in written.stdout
    text = (tmp_path / "out.yaml").read_text("utf-8")
    original = aisev_trees.tree_in((HERE / "aisev_tree.yaml").read_text("utf-8"), "fairness")
    assert aisev_trees.tree_in(text, "fairness").nodes == original.nodes


def test_a_table_that_breaks_the_contract_states_nothing(node: Node, tmp_path: Path) -> None:
    table = tmp_path / "scored.csv"
    table.write_text("ten_perspective,text,output,answer,score,gsn_perspective\na,b,c,d,0.5,G3-1\n")
    words = ("--model", "small", "--language", "ja-Jpan", "--judge", "two people")

    assert "Row 2" in refusal(run(node, "score", table, *words), NoQuestionsOfAisev)
    with node.runtime.store.view() as view:
        assert not [each for each in view.own(Evaluation) if each.suite.startswith("aisev")]


def test_questions_for_no_leaf_of_the_tree_are_refused(node: Node, tmp_path: Path) -> None:
    table = tmp_path / "03.csv"
    table.write_text("ten_perspective,text,output,gsn_perspective\na,b,c,G9-9\n")
    words = ("import", HERE / "aisev_tree.yaml", "--layout", "aisev", "--name", "fairness")

    assert "G9-9" in refusal(run(node, *words, "--questions", table), BadTree)


def test_a_shipped_tree_is_exported_and_imported_again(node: Node, tmp_path: Path) -> None:
    for name, tree in shipped().items():
        file = tmp_path / f"{name}.yaml"
        assert run(node, "export", name, "-o", file).exit_code == 0
        assert tree_in(file.read_text("utf-8")).nodes == tree.nodes


def test_a_tree_is_drawn_with_and_without_a_model(node: Node, file: Path, tmp_path: Path) -> None:
    run(node, "import", file)
    plain, found = tmp_path / "plain.svg", tmp_path / "found.svg"

    assert run(node, "draw", "facts-hold", "-o", plain).exit_code == 0
    assert run(node, "draw", "facts-hold", "--model", "small", "-o", found).exit_code == 0

    assert "hi-Deva" not in plain.read_text("utf-8")
    assert "hi-Deva: shown 0.90 (0.83–0.94)" in found.read_text("utf-8")
    nowhere = run(node, "draw", "facts-hold", "-o", tmp_path / "no" / "tree.svg")
    assert "cannot be written" in refusal(nowhere, Unavailable)


def test_two_models_and_two_editions_are_compared(node: Node, file: Path) -> None:
    other = "cd" * 32
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Catalogue).register(tx, a_model("later", sha256=other))
        tx.append(an_evaluation(30, model="later", model_sha256=other, made_at=wall_clock()))
    run(node, "import", file)
    with node.runtime.store.view() as view:
        [first] = view.own(Tree)
    changed = file.read_text("utf-8").replace("- 0.75\n  - 0.25", "- 0.5\n  - 0.5")
    file.write_text(changed.replace("edition: '1'", "edition: '2'"), encoding="utf-8")
    run(node, "import", file)

    models = run(node, "diff", "facts-hold", "--model", "small", "--against", "later", "--json")
    editions = run(node, "diff", first.id, "facts-hold", "--model", "small")

    told = json.loads(models.stdout)
    assert told["changes"] == []
    hindi = [each for each in told["moved"] if each["language"] == "hi-Deva"]
    [leaf] = [each for each in hindi if each["node"] == "G2"]
    assert (leaf["bounds"], leaf["worse"], leaf["language"]) == ("lower", True, "hi-Deva")
    assert "G2: 75% to 50%" in editions.stdout
    assert "overlaps" in editions.stdout
    assert "one tree and one model" in refusal(run(node, "diff", "facts-hold"), Invalid)


def test_results_that_were_stated_are_listed_by_their_roots(node: Node, file: Path) -> None:
    run(node, "import", file)
    for _ in range(2):
        run(node, "evaluate", "facts-hold", "--model", "small", "--publish")

    listed = run(node, "results").stdout
    [told] = json.loads(run(node, "results", "--json").stdout)

    assert "facts-hold, edition 1" in listed
    assert listed.count("ja-Jpan") == 1
    assert told["issuer"] == "in"
    assert told["found"][0]["node"] == "G1"


def test_many_languages_stand_together_by_what_was_found(node: Node, file: Path) -> None:
    run(node, "import", file)

    words = ("--model", "small", "--languages", "hi,ja,ta-Taml,bn-Beng")
    shown = run(node, "evaluate", "facts-hold", *words).stdout

    assert "refuted: ja-Jpan; undeveloped: ta-Taml, bn-Beng; shown: hi-Deva" in shown
    assert "0.00 to 1.00" in shown


def test_items_of_a_data_set_are_written_as_questions_of_aisev(tmp_path: Path, node: Node) -> None:
    for suite, scorer in (
        ("corridor-kinds", "multiplechoice"),
        ("corridor-reckoning", "model_graded_qa"),
    ):
        file = tmp_path / f"{suite}.csv"
        words = ("--language", "hi-Deva", "--perspective", "3", "--leaf", "G3-10", "-o", file)

        done = run(node, "questions", suite, *words)

        assert done.exit_code == 0, done.output
        assert "CC0-1.0" in done.stdout
        asked = list(sheet_in(file.read_bytes()).asked())
        items = list(load(suite, ("hi-Deva",)).of("hi-Deva"))
        assert len(asked) == len(items)
        assert {(each.scorer, each.leaf, each.perspective) for each in asked} == {
            (scorer, "G3-10", "公平性と包摂性")
        }
        for each, item in zip(asked, items, strict=True):
            assert item.question in each.text
            assert each.options == item.choices
            expected = item.targets[0] if item.target is None else "ABCDEFGH"[item.target]
            assert each.right == expected


def test_texts_of_safety_are_not_written_for_another_tool(tmp_path: Path, node: Node) -> None:
    file = tmp_path / "no.csv"
    words = ("--language", "hi-Deva", "--perspective", "6", "-o", file)

    assert "not given away" in refusal(run(node, "questions", "corridor-safety", *words), Invalid)
    assert not file.exists()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["01_aisi_toxic", "03_aisi_fairness", "08_aisi_robustness"])
def test_what_aisev_ships_is_imported_scored_evaluated_and_exported(
    node: Node, tmp_path: Path, name: str
) -> None:
    table = shared_data("safety_ja_aisi") / "TEST-ONLY" / f"{name}_v0.1.csv"
    sheet = sheet_in(table.read_bytes())
    leaves = list(by_leaf(sheet))
    below, rates = ",".join(leaves), ",".join(str(1 / len(leaves)) for _ in leaves)
    top = 'G0-1:\n  goalType: TopGoal\n  text: "全体]"\n  question: "全体か"\n'
    rest = "".join(
        f'{leaf}:\n  text: "{leaf}\x0b"\n  question: "{leaf}か"\n  undeveloped: true\n'
        for leaf in leaves
    )
    file, scored = tmp_path / "tree.yaml", tmp_path / "scored.csv"
    file.write_text(f"{top}  supportedBy: [{below}]\n  scoreRate: [{rates}]\n{rest}", "utf-8")
    told = [("答え", each.leaf != leaves[0]) for each in sheet.asked()]
    scored.write_bytes(data_of(sheet.with_scores(told)))
    aisev = ("--layout", "aisev", "--name", "shipped")

    imported = run(node, "import", file, *aisev, "--questions", table, "--at-least", "0.01")
    judged = ("--model", "small", "--language", "ja-Jpan", "--judge", "two people")
    stated = run(node, "score", scored, *judged)
    found = run(node, "evaluate", "shipped", "--model", "small", "--languages", "ja", "--json")
    written = run(node, "export", "shipped", "--layout", "aisev", "-o", tmp_path / "out.yaml")

    assert [each.exit_code for each in (imported, stated, found, written)] == [0, 0, 0, 0]
    values = {each["node"]: each["value"] for each in json.loads(found.stdout)["found"]}
    assert values.pop("G0-1") == pytest.approx(1 - 1 / len(leaves))
    assert values == {leaf: 0.0 if leaf == leaves[0] else 1.0 for leaf in leaves}
    back = aisev_trees.tree_in((tmp_path / "out.yaml").read_text("utf-8"), "shipped")
    assert back.nodes == aisev_trees.tree_in(file.read_text("utf-8"), "shipped").nodes
