"""What the words of a third node, and of a clock that was set back, open and close: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.borders import Border, a_border, take_in
from support.builders import NOON

from corridor.access.records import Countersignature
from corridor.core.signing import Signer
from corridor.federation import Partner


@pytest.fixture
def border(tmp_path: Path) -> Iterator[Border]:
    with a_border(tmp_path) as border:
        yield border


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_a_third_partner_has_no_say_in_a_grant_between_two_others(
    border: Border, verdict: str
) -> None:
    signer = Signer.generate()
    key = signer.public.hex
    border.at_in.state(Partner(made_at=NOON, name="kr", url="http://127.0.0.1:9", public_key=key))
    grant = border.grant(
        tier=3, agreed=verdict == "refuse", approvals=2, approver_countries=("JP", "IN")
    )
    border.renew()
    before = border.decide(grant).outcome
    word = Countersignature.model_validate(
        {
            "made_at": NOON,
            "visibility": "partners",
            "grant_issuer": "jp",
            "grant_id": grant.record.id,
            "grant_sha256": grant.entry.sha256,
            "verdict": verdict,
            "reason": "colluding",
            "approvals": 5,
            "approver_countries": ("IN", "KR"),
        }
    )
    take_in(border.at_in, signer, "kr", word)

    assert border.decide(grant).outcome == before


def test_a_lease_that_lies_in_the_future_holds_nothing(border: Border) -> None:
    grant = border.grant(tier=3)
    border.clock.advance(5 * 3600)
    border.renew()
    border.clock.advance(-3600)

    assert border.decide(grant).reasons == ("lease_ended",)
