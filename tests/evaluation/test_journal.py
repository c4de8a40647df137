"""What a run was answered is kept, whatever happens to the process or the file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.adapters.journal import Journal, Skipped, key_of, run_in
from corridor.evaluation.errors import RunGoesOn
from corridor.evaluation.ports import Answered, Message, Prompt

HEAD: dict[str, object] = {"run": "a" * 32}
PROVIDER: dict[str, object] = {"name": "own", "sha256": "ab" * 32}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one.jsonl"


def opened_again(path: Path) -> Journal:
    """Return what another process finds; it does not hold the file."""
    journal = Journal.opened(path, {"run": "b" * 32})
    journal.close()
    return journal


def test_what_was_kept_is_known_to_the_next_process(path: Path) -> None:
    answer = Answered("東京。\n", 3, 2, 0.5, "stop", "model-1", "fp_1")
    journal = Journal.opened(path, HEAD)
    journal.send("k1")
    journal.keep("k1", answer)
    journal.send("k2")
    journal.keep("k2", Skipped("status 400"))
    journal.close()

    again = opened_again(path)

    assert again.known == {"k1": answer, "k2": Skipped("status 400")}
    assert (again.sent, again.lost) == (2, 0)
    assert again.head == HEAD
    assert run_in(path) == "a" * 32


def test_a_request_on_its_way_when_the_process_died_is_counted_as_lost(path: Path) -> None:
    journal = Journal.opened(path, HEAD)
    for key in ("k1", "k2", "k3"):
        journal.send(key)
    journal.fail("k2")
    journal.keep("k3", Answered("x"))
    journal.close()

    again = opened_again(path)

    assert (again.sent, again.lost, set(again.known)) == (3, 1, {"k3"})


def test_two_processes_cannot_make_the_same_run(path: Path) -> None:
    first = Journal.opened(path, HEAD)

    with pytest.raises(RunGoesOn) as refusal:
        Journal.opened(path, HEAD)
    first.close()

    assert refusal.value.hint
    Journal.opened(path, HEAD).close()


def test_a_journal_that_was_put_aside_or_ended_is_not_used_again(path: Path) -> None:
    for leave in (Journal.put_aside, Journal.end):
        journal = Journal.opened(path, HEAD)
        journal.keep("k1", Answered("x"))
        leave(journal)

        assert run_in(path) == ""
        assert opened_again(path).known == {}
        path.unlink()


@given(answers=st.lists(TEXTS, min_size=1, max_size=5), cut=st.integers(0, 400))
def test_a_journal_that_was_cut_off_anywhere_keeps_what_was_whole(
    tmp_path_factory: pytest.TempPathFactory, answers: list[str], cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "one.jsonl"
    journal = Journal.opened(path, HEAD)
    ends: list[int] = []
    for number, text in enumerate(answers):
        journal.keep(str(number), Answered(text))
        ends.append(path.stat().st_size)
    journal.close()
    data = path.read_bytes()
    path.write_bytes(data[: max(0, len(data) - cut)])
    left = path.stat().st_size

    again = Journal.opened(path, HEAD)
    whole = {str(n): Answered(text) for n, text in enumerate(answers) if ends[n] <= left}
    assert again.known == whole
    again.keep("more", Answered("after"))
    again.close()

    assert opened_again(path).known == {**whole, "more": Answered("after")}


def test_bytes_that_are_no_json_end_what_is_read(path: Path) -> None:
    journal = Journal.opened(path, HEAD)
    journal.keep("k1", Answered("x"))
    journal.close()
    with path.open("ab") as file:
        file.write(b"\x00\x00\x00\n[1]\n")

    assert set(opened_again(path).known) == {"k1"}


def test_a_call_is_the_same_only_if_provider_prompt_and_repeat_are() -> None:
    prompt = Prompt(text="Question: 1\nAnswer:", stop=("\n",), seed=1)
    others = [
        ({**PROVIDER, "sha256": "cd" * 32}, prompt, 0),
        (PROVIDER, prompt, 1),
        (PROVIDER, Prompt(text=prompt.text, stop=("\n",), seed=2), 0),
        (PROVIDER, Prompt(text=prompt.text, seed=1), 0),
        (PROVIDER, Prompt(text=prompt.text, stop=("\n",), seed=1, temperature=0.1), 0),
        (PROVIDER, Prompt(messages=(Message("user", prompt.text),), stop=("\n",), seed=1), 0),
    ]

    keys = {key_of(PROVIDER, prompt, 0), *(key_of(*other) for other in others)}

    assert len(keys) == len(others) + 1
    assert key_of(PROVIDER, prompt, 0) == key_of(dict(reversed(PROVIDER.items())), prompt, 0)
