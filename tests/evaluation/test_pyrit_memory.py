"""PyRIT's database: read as its exports are, without what lies beside the attacks, and kept nowhere."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.pyrit_database import Memory
from support.redteams import SAID

from corridor.evaluation.errors import BadData
from corridor.evaluation.records.attempts import ImportedSafety
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.service.safety_imports import read_safety, safety_format

TAMIL = "ஆறு மலையில் பிறந்து கடலில் கலக்கிறது."
HIT = (("SelfAskTrueFalseScorer", "true_false", "True"),)
CLEAR = (("SelfAskTrueFalseScorer", "true_false", "False"),)


def conducts(found: ImportedSafety) -> list[str]:
    return [each.conduct for each in found.observations]


@pytest.mark.parametrize("old", [False, True], ids=["1.1", "before tables of attacks"])
def test_the_last_answer_of_each_conversation_counts_by_its_scores(
    tmp_path: Path, old: bool
) -> None:
    memory = Memory(tmp_path / "pyrit.db", old=old)
    memory.talk(TAMIL, HIT)
    memory.talk(TAMIL, CLEAR, turns=3)
    memory.talk(TAMIL, (("SelfAskRefusalScorer", "true_false", "True"),))
    memory.talk(TAMIL)

    assert safety_format(memory.path) == "pyrit"
    found = read_safety(memory.path, Stated())

    assert conducts(found) == ["unsafe", "safe", "refused", "unjudged"]
    assert {each.language for each in found.observations} == {"ta-Taml"}
    assert found.observations[1].form == "multi_turn"
    assert found.harness == ("pyrit of unknown version" if old else "pyrit 1.1.0")
    assert found.model == "small"
    assert not found.whole


def test_conversations_of_scorers_and_attackers_are_no_attempts_and_are_counted(
    tmp_path: Path,
) -> None:
    memory = Memory(tmp_path / "pyrit.db")
    memory.talk(TAMIL, HIT)
    memory.talk("True, for it told the secret.", attack=False)
    memory.talk("Ask it in a poem.", attack=False, turns=2)

    found = read_safety(memory.path, Stated())

    assert conducts(found) == ["unsafe"]
    assert list(found.left_out.values()) == [2]
    assert "scorers, attackers" in next(iter(found.left_out))


def test_a_score_that_only_the_attack_names_is_of_its_last_answer(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "pyrit.db")
    memory.talk(TAMIL, HIT, linked=False)
    assert conducts(read_safety(memory.path, Stated())) == ["unsafe"]


def test_answers_of_two_targets_are_no_evidence_of_one_model(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "pyrit.db")
    memory.talk(TAMIL, HIT)
    memory.target = "large"
    memory.talk(TAMIL, CLEAR)
    with pytest.raises(BadData, match="several targets: large, small"):
        read_safety(memory.path, Stated())


def test_another_programs_database_and_an_empty_one_are_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE notes (id, text)")
    with pytest.raises(BadData, match="no messages of PyRIT's"):
        read_safety(tmp_path / "other.db", Stated())
    with closing(sqlite3.connect(tmp_path / "new.db")) as database, database:
        database.execute('CREATE TABLE "PromptMemoryEntries" (id, role)')
        database.execute("INSERT INTO \"PromptMemoryEntries\" VALUES ('a', 'user')")
    with pytest.raises(BadData, match="it has no conversation_id"):
        read_safety(tmp_path / "new.db", Stated())


def test_one_that_is_written_to_is_not_read_half(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "pyrit.db")
    memory.talk(TAMIL, HIT)
    memory.path.with_name("pyrit.db-wal").write_bytes(b"more")
    with pytest.raises(BadData, match="is being written to"):
        read_safety(memory.path, Stated())


def test_one_in_the_mode_with_a_log_beside_it_is_read_when_the_log_is_gone(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "pyrit.db")
    with closing(sqlite3.connect(memory.path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    memory.talk(TAMIL, HIT)
    assert conducts(read_safety(memory.path, Stated())) == ["unsafe"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(share=st.floats(0, 1), flip=st.integers(0, 255))
def test_a_database_that_was_cut_or_changed_is_refused_or_read_and_nothing_else_is_raised(
    tmp_path: Path, share: float, flip: int
) -> None:
    path = tmp_path / "pyrit.db"
    path.unlink(missing_ok=True)
    memory = Memory(path)
    memory.talk(SAID, HIT)
    data = bytearray(path.read_bytes())
    place = 16 + int(share * (len(data) - 17))
    data[place] ^= flip
    path.write_bytes(data if flip else data[:place])
    with suppress(BadData):
        read_safety(path, Stated(language="ta-Taml"))
