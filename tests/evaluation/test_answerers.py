"""What a provider says, or does instead, becomes an answer or a reason with a remedy."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.upstream import FakeUpstream, a_fake_upstream

from corridor.catalogue import Catalogue
from corridor.evaluation.adapters.answerers import ConnectionAnswerer
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answered, Message, Prompt

CHAT = Prompt(messages=(Message("user", "Hello?"),), max_tokens=9, temperature=0.5, seed=3)


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with a_fake_upstream("alpha") as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, upstream: FakeUpstream) -> Iterator[Node]:
    with a_node(tmp_path, catalogue={"idle_seconds": 0.3}) as made:
        made.add_provider("own", upstream.url)
        yield made


def asked(node: Node, prompt: Prompt = CHAT) -> Answered:
    async def ask() -> Answered:
        catalogue = node.runtime.service(Catalogue)
        with node.runtime.store.view() as view:
            connection = catalogue.connect(catalogue.provider(view, "own"), None)
        answerer = ConnectionAnswerer(connection, seconds=1.0)
        try:
            return await answerer.answer(prompt)
        finally:
            await answerer.close()

    return asyncio.run(ask())


def test_an_answer_is_taken_with_its_tokens_and_what_it_declares(
    node: Node, upstream: FakeUpstream
) -> None:
    found = asked(node)

    assert (found.text, found.tokens_in, found.tokens_out) == ("alpha says hello", 3, 3)
    assert (found.stopped, found.declared) == ("stop", "upstream-model")
    assert found.seconds > 0
    body = dict(upstream.requests[0].body)
    assert body == {
        "model": "upstream-model",
        "messages": [{"role": "user", "content": "Hello?"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "seed": 3,
    }


@pytest.mark.parametrize(
    ("mode", "remedy", "after"),
    [
        ("429", "again", 7),
        ("429 bare", "again", None),
        ("429 until a date", "again", None),
        ("500", "again", None),
        ("503", "again", None),
        ("400", "skip", None),
        ("401", "stop", None),
        ("403", "stop", None),
        ("404", "stop", None),
        ("hang", "again", None),
        ("hang after headers", "again", None),
        ("cut", "again", None),
        ("reset", "again", None),
        ("garbage", "again", None),
        ("not http", "again", None),
        ("no choices", "again", None),
        ("enormous", "again", None),
    ],
)
def test_what_goes_wrong_says_what_to_do_about_it(
    node: Node, upstream: FakeUpstream, mode: str, remedy: str, after: float | None
) -> None:
    upstream.mode = mode

    with pytest.raises(NoAnswer) as failure:
        asked(node)

    assert (failure.value.remedy, failure.value.after) == (remedy, after)
    assert failure.value.message.endswith(".")
    assert failure.value.hint


def test_a_port_that_nobody_listens_at_is_asked_again(node: Node, upstream: FakeUpstream) -> None:
    upstream.refuse()

    with pytest.raises(NoAnswer) as failure:
        asked(node)

    assert failure.value.remedy == "again"
