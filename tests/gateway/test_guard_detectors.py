"""What each detector finds and what it leaves; every number here is made up."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.rules.guards import aadhaar, cards, corporate_number, my_number
from corridor.gateway.rules.guards.finding import DETECTORS, KINDS, Found, found_in, redacted
from corridor.gateway.rules.guards.folding import folded

EVERY = tuple(DETECTORS.values())
ELEVEN = st.text("0123456789", min_size=11, max_size=11)


def with_verhoeff(digits: str) -> str:
    return next(digits + d for d in "0123456789" if aadhaar.passes_verhoeff(digits + d))


def with_luhn(digits: str) -> str:
    return next(digits + d for d in "0123456789" if cards.passes_luhn(digits + d))


AADHAAR = with_verhoeff("23412341234")
MY_NUMBER = "123456789018"
CARD = "4111111111111111"
CORPORATE = f"{corporate_number.check_digit('012345678901')}012345678901"
GROUPED = f"{AADHAAR[:4]} {AADHAAR[4:8]} {AADHAAR[8:]}"
DEVANAGARI = AADHAAR.translate({ord("0") + n: chr(0x966 + n) for n in range(10)})
TAMIL = AADHAAR.translate({ord("0") + n: chr(0xBE6 + n) for n in range(10)})
WIDE = MY_NUMBER.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})

FOUND = [
    ("aadhaar", f"My Aadhaar is {AADHAAR}.", AADHAAR),
    ("aadhaar", f"आधार: {GROUPED}", GROUPED),
    ("aadhaar", GROUPED.replace(" ", "-"), GROUPED.replace(" ", "-")),
    ("aadhaar", f"मेरा आधार नंबर {DEVANAGARI} है", DEVANAGARI),
    ("aadhaar", f"ஆதார் {TAMIL}", TAMIL),
    ("aadhaar", GROUPED.replace(" ", "\u00a0"), GROUPED.replace(" ", "\u00a0")),
    ("aadhaar", GROUPED.replace(" ", "\u200b"), GROUPED.replace(" ", "\u200b")),
    ("pan", "PAN ABCPK1234Z,", "ABCPK1234Z"),
    ("pan", "my pan: abcpk1234z", "abcpk1234z"),
    ("pan", "ＡＢＣＰＫ１２３４Ｚです", "ＡＢＣＰＫ１２３４Ｚ"),
    ("my_number", f"マイナンバーは{MY_NUMBER}です", MY_NUMBER),
    ("my_number", f"個人番号　{WIDE}", WIDE),
    ("my_number", "1234-5678-9018", "1234-5678-9018"),
    ("my_number", "1234ー5678ー9018", "1234ー5678ー9018"),
    ("corporate_number_jp", f"法人番号：{CORPORATE}", CORPORATE),
    ("corporate_number_jp", f"登録番号 T{CORPORATE}", CORPORATE),
    ("corporate_number_jp", f"(T{CORPORATE})", CORPORATE),
    ("phone_in", "Call +91 98765 43210 now", "+91 98765 43210"),
    ("phone_in", "9876543210", "9876543210"),
    ("phone_in", "मोबाइल ९८७६५४३२१०", "९८७६५४३२१०"),
    ("phone_in", "09876543210", "09876543210"),
    ("phone_in", "+91-9876543210", "+91-9876543210"),
    ("phone_in", "98765-43210", "98765-43210"),
    ("phone_in", "office 011-23456789", "011-23456789"),
    ("phone_in", "(080) 2345 6789", "(080) 2345 6789"),
    ("phone_in", "+91 44 2345 6789", "+91 44 2345 6789"),
    ("phone_jp", "090-1234-5678", "090-1234-5678"),
    ("phone_jp", "携帯は０９０－１２３４－５６７８です", "０９０－１２３４－５６７８"),
    ("phone_jp", "08012345678", "08012345678"),
    ("phone_jp", "+81 90-1234-5678", "+81 90-1234-5678"),
    ("phone_jp", "+81-3-1234-5678", "+81-3-1234-5678"),
    ("phone_jp", "03-1234-5678", "03-1234-5678"),
    ("phone_jp", "(03)1234-5678", "(03)1234-5678"),
    ("phone_jp", "03(1234)5678", "03(1234)5678"),
    ("phone_jp", "0120-123-456", "0120-123-456"),
    ("phone_jp", "電話：0312345678", "0312345678"),
    ("phone_jp", "0467-12-3456", "0467-12-3456"),
    ("postal_code_jp", "〒100-0001 東京都", "100-0001"),
    ("postal_code_jp", "〒１００－０００１", "１００－０００１"),
    ("postal_code_jp", "郵便番号は 1000001", "1000001"),
    ("postal_code_jp", "100-0001 東京都千代田区", "100-0001"),
    ("pin_code_in", "PIN code: 560001", "560001"),
    ("pin_code_in", "PIN - 560 001", "560 001"),
    ("pin_code_in", "पिन कोड ११०००१", "११०००१"),
    ("bank_account_in", "IFSC SBIN0001234, 12345678901", "12345678901"),
    ("bank_account_in", "A/c no. 123456789012345", "123456789012345"),
    ("bank_account_in", "12345678901 at SBIN0001234", "12345678901"),
    ("bank_account_in", "खाता संख्या 12345678901", "12345678901"),
    ("bank_account_jp", "普通 1234567", "1234567"),
    ("bank_account_jp", "口座番号は１２３４５６７です", "１２３４５６７"),
    ("bank_account_jp", "記号12345 番号12345678", "12345 番号12345678"),
    ("email", "write to asha.k+x@example.co.in!", "asha.k+x@example.co.in"),
    ("email", "ａｓｈａ＠ｅｘａｍｐｌｅ．ｊｐ", "ａｓｈａ＠ｅｘａｍｐｌｅ．ｊｐ"),
    ("card", CARD, CARD),
    ("card", "4111 1111 1111 1111", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111", "4111-1111-1111-1111"),
    ("card", "3782 822463 10005", "3782 822463 10005"),
]

LEFT = [
    ("aadhaar", "234123412340"),  # the check fails
    ("aadhaar", with_verhoeff("12341234123")),  # none begins with 1
    ("aadhaar", f"{AADHAAR}7"),
    ("aadhaar", f"7{AADHAAR}"),
    ("aadhaar", f"3.{AADHAAR}"),
    ("aadhaar", f"f{AADHAAR}a"),
    ("aadhaar", f"{GROUPED} 1234"),
    ("pan", "ABCZK1234Z"),  # no kind of person
    ("pan", "XABCPK1234Z"),
    ("pan", "ABCPK12345"),
    ("my_number", "123456789017"),
    ("my_number", "000000000000"),
    ("corporate_number_jp", CORPORATE),  # a barcode, as far as anybody can tell
    ("corporate_number_jp", f"法人番号 {int(CORPORATE) + 1}"),
    ("phone_in", "5876543210"),
    ("phone_in", "98765432101"),
    ("phone_in", "2024-09-15"),
    ("phone_in", "0.9876543210"),
    ("phone_jp", "2024-11-30"),
    ("phone_jp", "0312345678"),  # ten digits of whatever
    ("phone_jp", "090-1234-56789"),
    ("phone_jp", "192.168.0.1"),
    ("postal_code_jp", "100-0001"),
    ("postal_code_jp", "zip: 100-00012"),
    ("pin_code_in", "560001 people"),
    ("pin_code_in", "pineapple 560001"),
    ("bank_account_in", "12345678901"),
    ("bank_account_in", "the account of 2024"),
    ("bank_account_jp", "1234567"),
    ("bank_account_jp", "普通は2024年"),
    ("email", "asha at example.org"),
    ("email", "@example.org"),
    ("email", "asha@localhost"),
    ("card", "4111111111111112"),
    ("card", "9111111111111111"),
    ("card", "4111 1111 1111 1111 22"),
]


@pytest.mark.parametrize(("kind", "text", "thing"), FOUND)
def test_what_is_something_is_found_where_it_stands(kind: str, text: str, thing: str) -> None:
    [each] = found_in(text, [DETECTORS[kind]])

    assert (each.kind, text[each.start : each.end]) == (kind, thing)


@pytest.mark.parametrize(("kind", "text", "thing"), FOUND)
def test_it_is_found_and_named_the_same_among_all_detectors(
    kind: str, text: str, thing: str
) -> None:
    shown = [(each.kind, text[each.start : each.end]) for each in found_in(text, EVERY)]

    assert shown == [(kind, thing)]


@pytest.mark.parametrize(("kind", "text"), LEFT)
def test_what_only_looks_alike_is_left(kind: str, text: str) -> None:
    assert found_in(text, [DETECTORS[kind]]) == ()


def test_a_text_without_numbers_or_addresses_holds_nothing() -> None:
    assert found_in("नमस्ते, आप कैसे हैं? 今日は。 Hello.", EVERY) == ()


def test_what_was_found_is_replaced_by_a_word_of_its_kind() -> None:
    text = f"आधार {DEVANAGARI}, मेल asha@example.org."

    assert redacted(text, found_in(text, EVERY)) == "आधार [AADHAAR], मेल [EMAIL]."


def test_many_things_in_one_text_are_all_found() -> None:
    text = f"{GROUPED}, 〒100-0001, 090-1234-5678, {CARD}, a@example.org. " * 50

    found = found_in(text, EVERY)

    assert [each.kind for each in found[:5]] == [
        "aadhaar",
        "postal_code_jp",
        "phone_jp",
        "card",
        "email",
    ]
    assert len(found) == 250


def test_the_published_examples_of_the_check_digits_hold() -> None:
    assert aadhaar.passes_verhoeff("2363")
    assert not aadhaar.passes_verhoeff("2364")
    assert my_number.check_digit("12345678901") == 8
    assert cards.passes_luhn("79927398713")


@given(ELEVEN, st.integers(0, 10), st.integers(1, 9))
def test_verhoeff_notices_every_digit_that_was_changed(base: str, at: int, by: int) -> None:
    good = with_verhoeff(base)
    changed = str((int(good[at]) + by) % 10)

    assert not aadhaar.passes_verhoeff(good[:at] + changed + good[at + 1 :])


@given(ELEVEN, st.integers(0, 10))
def test_verhoeff_notices_neighbours_that_changed_places(base: str, at: int) -> None:
    good = with_verhoeff(base)
    swapped = good[:at] + good[at + 1] + good[at] + good[at + 2 :]

    assert swapped == good or not aadhaar.passes_verhoeff(swapped)


@given(st.text())
def test_a_folded_text_has_every_place_of_the_text(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text("0123456789 -+().@〒T口座a\u0966\uff11", max_size=200))
def test_findings_are_in_order_and_apart(text: str) -> None:
    found = found_in(text, EVERY)

    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


@given(st.text("0123456789 -", max_size=60))
def test_nothing_is_found_in_what_has_been_replaced(text: str) -> None:
    once = redacted(text, found_in(text, EVERY))

    assert all(each.kind in KINDS for each in found_in(once, EVERY))


def test_what_was_found_says_nothing_of_its_content() -> None:
    assert AADHAAR not in repr(found_in(AADHAAR, EVERY))
    assert Found("pan", 0, 10).kind == "pan"
