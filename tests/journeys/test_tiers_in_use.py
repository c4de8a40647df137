"""A node that answers callers adopts rules: what is unknown closes, what is tested opens, in its own language."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.evidence import a_safety_evaluation
from support.nodes import Node, a_node, bearer
from support.partners import until
from support.stages import HELLO
from support.supply import DIGEST
from support.tiered import a_rule, some_rules, trained
from support.upstream import a_fake_upstream

from corridor.assurance import Assurance
from corridor.core.clock import wall_clock
from corridor.core.records import Record

LANGUAGES = ("en-Latn", "hi-Deva")


@dataclass(frozen=True)
class Helpline:
    """A service in two languages, by one model, and somebody who may use it."""

    node: Node
    secret: str

    def status(self, language: str) -> int:
        answer = httpx2.post(
            f"{self.node.address}/v1/chat/completions",
            headers={**bearer(self.secret), "x-corridor-language": language},
            json={"model": "helpline", **HELLO},
        )
        return answer.status_code

    def state(self, *records: Record) -> None:
        with self.node.runtime.store.transaction("test") as tx:
            for record in records:
                tx.append(record)

    def comes_to(self, **statuses: int) -> None:
        """Wait until callers are answered so, by language."""
        wanted = {"en-Latn": statuses["en"], "hi-Deva": statuses["hi"]}
        until(lambda: {each: self.status(each) for each in LANGUAGES} == wanted)


@pytest.fixture
def helpline(tmp_path: Path) -> Iterator[Helpline]:
    with a_fake_upstream() as upstream, a_node(tmp_path) as node:
        provider = node.add_provider("own", upstream.url)
        node.offer("helpline", [provider.name], LANGUAGES)
        made = Helpline(node, node.issue_key())
        node.start()
        yield made


def test_rules_close_what_is_unknown_and_evidence_opens_it_in_its_language(
    helpline: Helpline,
) -> None:
    helpline.comes_to(en=200, hi=200)

    helpline.state(some_rules(a_rule(tier=0)), trained())
    helpline.comes_to(en=403, hi=403)

    helpline.state(a_safety_evaluation(1, language="en-Latn", made_at=wall_clock()))
    helpline.comes_to(en=200, hi=403)

    helpline.state(a_safety_evaluation(1, language="hi-Deva", made_at=wall_clock()))
    helpline.comes_to(en=200, hi=200)

    with helpline.node.runtime.store.transaction("test") as tx:
        assurance = helpline.node.runtime.service(Assurance)
        assurance.rate(tx, "small", 1, "it finds flaws", domain="cyber", sha256=DIGEST)
    helpline.comes_to(en=403, hi=403)
