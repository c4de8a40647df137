"""Ten thousand keys are revoked at once while callers ask: theirs are refused, and nobody else's."""

from pathlib import Path

import httpx2
from support.many import issue_many
from support.nodes import a_node, bearer
from support.partners import until
from support.patient import PATIENCE_SECONDS
from support.programs import Callers
from support.stages import HELLO
from support.upstream import a_fake_upstream

from corridor.access import ApiKeys

MANY = 10_000


def test_ten_thousand_keys_revoked_at_once_are_refused_and_no_other_caller_is(
    store_url: str, tmp_path: Path
) -> None:
    kept, access = {"url": store_url}, {"wrong_keys_per_minute": 2 * MANY}
    # Callers, supplier and node share this process with all that is taken in at once.
    patient = {"attempt_seconds": 15.0, "overall_seconds": 18.0, "keep_alive_seconds": 20.0}
    with (
        a_fake_upstream() as upstream,
        a_node(tmp_path, store=kept, access=access, gateway=patient) as node,
    ):
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        other, _ = node.issue_key(label="other"), node.issue_key(label="leaving")
        with node.runtime.store.transaction("test") as tx:
            lost = issue_many(node.runtime, tx, "leaving", MANY)
        node.start()

        def code(secret: str) -> int:
            body = {"model": "helpline", **HELLO}
            address = f"{node.address}/v1/chat/completions"
            return client.post(address, json=body, headers=bearer(secret)).status_code

        with httpx2.Client(trust_env=False, timeout=60) as client:
            assert {code(secret) for secret in lost[::500]} == {200}
            # Others share a commit with what takes long here, on a busy machine beyond all patience.
            node.runtime.store.writers.patience_seconds = PATIENCE_SECONDS
            with Callers(node.address, other).calling() as others:
                before = others.sent
                with node.runtime.store.transaction("test") as tx:
                    node.runtime.service(ApiKeys).revoke_all(tx, "leaving", "they left")
                until(lambda: code(lost[-1]) == 401)
                assert {code(secret) for secret in lost[::100]} == {401}
                until(lambda: others.sent > before + 5)
        assert others.failed == []
