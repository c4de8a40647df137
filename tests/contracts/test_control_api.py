"""The control API as Schemathesis sees it: no defect, and every answer is as its OpenAPI says.

It reads `/openapi.json` of a served node and sends what fits the schemas, and what just does not,
as the node's operator and as a person. CORRIDOR_SOAK sends far more.
"""

# Schemathesis gives its generic types no arguments.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.nodes import Node, a_served_node, bearer

from corridor.access import ApiKeys, People

EXAMPLES = 100 if os.environ.get("CORRIDOR_SOAK") else 2
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OF_WITNESSES = "/add-checkpoint"
"""Its answers are as C2SP tlog-witness wants them, in plain text; test_witness.py holds them."""
AS_OPERATOR, AS_PERSON, AS_NOBODY = "the operator", "a person", "nobody"


@dataclass(frozen=True)
class Described:
    """A served node, what it says of its API, and the headers of those who ask."""

    node: Node
    schema: Any
    headers: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    folder = tmp_path_factory.mktemp("control")
    with a_served_node(folder, access={"wrong_keys_per_minute": 1_000_000}) as node:
        node.add_provider("own-small", "http://127.0.0.1:9")
        node.issue_key("*", label="caller")
        with node.runtime.store.transaction("test") as tx:
            roles = ("approver", "auditor", "operator")
            node.runtime.service(People).register(tx, "asha", "person", "acme", roles)
            _, secret = node.runtime.service(ApiKeys).issue(tx, "asha", None, "laptop")
        schema = schemathesis.openapi.from_url(f"{node.address}/openapi.json")
        schema = schema.exclude(path=OF_WITNESSES)
        headers = {AS_OPERATOR: node.operator, AS_PERSON: bearer(secret), AS_NOBODY: {}}
        yield Described(node, schema, headers)


@pytest.mark.parametrize("who", [AS_OPERATOR, AS_PERSON, AS_NOBODY])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_the_api_describes_it(
    described: Described, who: str, mode: GenerationMode
) -> None:
    operations = [found.ok() for found in described.schema.get_all_operations()]
    wrong = list[str]()

    for operation in operations:

        @seed(20261122)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_described(case: Any) -> None:  # noqa: ANN401  one of theirs
            case.call_and_validate(headers=described.headers[who], checks=CHECKS)

        try:
            answers_as_described()
        except Unsatisfiable:  # nothing about it can be wrong
            assert mode is GenerationMode.NEGATIVE
        except (Exception, FailureGroup) as error:  # noqa: BLE001  all are told together
            wrong.append(f"{operation.label}: {_told(error)}")

    assert len(operations) > 50
    assert not wrong, "\n".join(wrong)


def _told(error: BaseException) -> str:
    """Return what was wrong in a few lines."""
    found = error.exceptions if isinstance(error, FailureGroup) else (error,)
    return "; ".join(f"{type(each).__name__}: {str(each)[:300]}" for each in found)
