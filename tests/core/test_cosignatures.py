"""What witnesses say of a checkpoint."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.builders import NOON

from corridor.core.checkpoints import Checkpoint, log_key, signed_note, verified_note
from corridor.core.cosignatures import Cosignature, cosignatures_of, cosigned, cosigner_key
from corridor.core.errors import Invalid
from corridor.core.notes import SignatureLine, note_of, with_signatures
from corridor.core.signing import BadSignature, Signer

LOG, NORTH, EAST = Signer.generate(), Signer.generate(), Signer.generate()
CHECKPOINT = Checkpoint("in", 7, hashlib.sha256(b"").digest())
NOTE = signed_note(CHECKPOINT, LOG)
TEXT = CHECKPOINT.text()
NORTHS, EASTS = cosigner_key("north", NORTH.public), cosigner_key("east", EAST.public)


def test_a_cosignature_is_written_as_c2sp_writes_it() -> None:
    line = cosigned(TEXT, "north", NORTH, datetime(2023, 3, 20, 12, 25, 47, 500, tzinfo=UTC))

    key_id = hashlib.sha256(b"north\n\x04" + NORTH.public.raw).digest()[:4]
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()
    blob = key_id + (1679315147).to_bytes(8, "big") + NORTH.sign(message)
    assert line == f"— north {base64.b64encode(blob).decode()}\n"


def test_each_trusted_witness_is_found_with_its_time() -> None:
    note = with_signatures(
        NOTE,
        [
            cosigned(TEXT, "north", NORTH, NOON),
            cosigned(TEXT, "east", EAST, NOON + timedelta(seconds=5)),
        ],
    )

    assert cosignatures_of(note, [EASTS, NORTHS]) == (
        Cosignature("east", EAST.public, NOON + timedelta(seconds=5)),
        Cosignature("north", NORTH.public, NOON),
    )
    assert cosignatures_of(note, [NORTHS]) == (Cosignature("north", NORTH.public, NOON),)
    assert cosignatures_of(note, []) == ()
    assert verified_note(note, "in", LOG.public) == CHECKPOINT


def test_a_witness_that_signed_twice_counts_once_and_from_the_first_time_on() -> None:
    later = cosigned(TEXT, "north", NORTH, NOON + timedelta(hours=1))
    note = with_signatures(NOTE, [later, cosigned(TEXT, "north", NORTH, NOON)])

    assert cosignatures_of(note, [NORTHS, NORTHS]) == (Cosignature("north", NORTH.public, NOON),)


def test_one_key_under_two_names_is_one_witness_and_so_are_two_keys_under_one_name() -> None:
    lines = [cosigned(TEXT, name, NORTH, NOON) for name in ("north", "alias")]
    lines.append(cosigned(TEXT, "north", EAST, NOON))
    trusted = [
        NORTHS,
        cosigner_key("alias", NORTH.public),
        cosigner_key("north", EAST.public),
    ]

    assert len(cosignatures_of(with_signatures(NOTE, lines), trusted)) == 1


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    other = Checkpoint("in", 8, CHECKPOINT.root).text()
    note = with_signatures(NOTE, [cosigned(other, "north", NORTH, NOON)])

    with pytest.raises(BadSignature):
        cosignatures_of(note, [NORTHS])


def test_the_time_of_a_cosignature_can_not_be_changed() -> None:
    line = note_of(with_signatures(NOTE, [cosigned(TEXT, "north", NORTH, NOON)])).signatures[1]
    earlier = (int(NOON.timestamp()) - 1).to_bytes(8, "big") + line.signature[8:]
    forged = SignatureLine("north", NORTHS.id, earlier).text()

    with pytest.raises(BadSignature):
        cosignatures_of(with_signatures(NOTE, [forged]), [NORTHS])


@pytest.mark.parametrize("seconds", [253402300800, 2**63, 2**64 - 1])
def test_a_time_that_no_calendar_has_is_refused_though_it_is_signed(seconds: int) -> None:
    message = f"cosignature/v1\ntime {seconds}\n{TEXT}".encode()
    line = SignatureLine("north", NORTHS.id, seconds.to_bytes(8, "big") + NORTH.sign(message))

    with pytest.raises(BadSignature, match="malformed"):
        cosignatures_of(with_signatures(NOTE, [line.text()]), [NORTHS])


@given(st.binary(min_size=1, max_size=80))
def test_no_bytes_at_all_pass_for_a_cosignature(signature: bytes) -> None:
    note = with_signatures(NOTE, [SignatureLine("north", NORTHS.id, signature).text()])

    with pytest.raises(BadSignature):
        cosignatures_of(note, [NORTHS])


def test_a_logs_own_signature_is_no_cosignature() -> None:
    with pytest.raises(Invalid, match="a log's"):
        cosignatures_of(NOTE, [log_key("in", LOG.public)])
    assert cosignatures_of(NOTE, [cosigner_key("in", LOG.public)]) == ()


@given(
    st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001  Hypothesis adds the zone
        timezones=st.just(timezone(timedelta(hours=5, minutes=30))),
    )
)
@example(datetime(6326, 1, 1, 0, 0, 0, 999985, tzinfo=timezone(timedelta(hours=5, minutes=30))))
def test_the_time_comes_back_to_the_second_in_utc(at: datetime) -> None:
    note = with_signatures(NOTE, [cosigned(TEXT, "north", NORTH, at)])

    (found,) = cosignatures_of(note, [NORTHS])
    assert found.at == at.astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 1, 1), datetime(1969, 12, 31, tzinfo=UTC)],  # noqa: DTZ001  the point
)
def test_a_cosignature_is_not_dated_without_a_zone_or_before_all_clocks(at: datetime) -> None:
    with pytest.raises(Invalid):
        cosigned(TEXT, "north", NORTH, at)
