"""A mask shows exactly the characters that the contract allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.identity.masking import (
    mask_account,
    mask_card,
    mask_document,
    mask_name,
    mask_phone,
)

MASKS = [mask_account, mask_card, mask_document, mask_name, mask_phone]


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_document, "11010519491231002X", "110105********002X"),
        (mask_document, "91110108MA01002270", "911101********2270"),
        (mask_document, "H12345678", "H1*****78"),
        (mask_document, "12345678", "12****78"),
        (mask_document, "USA123456789012", "USA*********012"),
        (mask_document, "A1", "**"),
        (mask_name, "张三", "张*"),
        (mask_name, "欧阳娜", "欧**"),
        (mask_name, "张", "*"),
        (mask_name, "\U00020bb7田", "\U00020bb7*"),
        (mask_name, "北京某某公司", "北*****"),
        (mask_card, "6222020000000005", "622202******0005"),
        (mask_card, "6222020000000000000", "622202*********0000"),
        (mask_account, "100000000012", "10******0012"),
        (mask_account, "1234567890123456", "1234********3456"),
        (mask_account, "12345678", "****5678"),
        (mask_account, "1234", "**34"),
        (mask_phone, "13800138000", "138****8000"),
        (mask_phone, "+14155550123", "+1******0123"),
        (mask_phone, "01012345678", "010****5678"),
    ],
)
def test_mask_equals_the_contract(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize("mask", MASKS)
@given(value=st.text(max_size=70))
def test_a_mask_hides_something_of_every_text(mask, value):
    shown = mask(value)
    assert len(shown) == len(value)
    assert mask(shown) == shown
    pairs = list(zip(shown, value, strict=True))
    assert all(one in (other, "*") for one, other in pairs)
    if value:
        assert "*" in shown
    if value and "*" not in value:
        assert shown != value


@pytest.mark.parametrize(
    ("mask", "shown_max"),
    [
        (mask_account, lambda n: min(8, n // 2)),
        (mask_card, lambda n: 10 if n >= 16 else n // 2),
        (mask_document, lambda n: 10 if n >= 18 else n // 2),
        (mask_name, lambda n: 1 if n > 1 else 0),
        (mask_phone, lambda n: 7 if n == 11 else min(8, n // 2)),
    ],
)
@given(value=st.text(alphabet="0123456789ABC张", max_size=70))
def test_a_mask_never_shows_more_than_it_may(mask, shown_max, value):
    shown = mask(value)
    assert len(shown) - shown.count("*") <= shown_max(len(value))


def test_a_citizen_number_never_shows_its_birth_date():
    assert mask_document("11010519491231002X")[6:14] == "*" * 8
