"""A phone number has one normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.identity.phones import PhoneError, normalise_phone


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("＋8613800138000", "13800138000"),
        ("19900000000", "19900000000"),
        ("010-62345678", "01062345678"),
        ("+861023456789", "01023456789"),
        ("+86 010 23456789", "01023456789"),
        ("02123456789", "02123456789"),
        ("0755-2345678", "07552345678"),
        ("075523456789", "075523456789"),
        ("+85291234567", "+85291234567"),
        ("0085291234567", "+85291234567"),
        ("+1 415 555 0123", "+14155550123"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_phone_has_one_normal_form(typed, phone):
    assert normalise_phone(typed) == phone


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1380013800",
        "138001380000",
        "12800138000",
        "11800138000",
        "8613800138000",
        "+8612800138000",
        "23456789",
        "4001234567",
        "+1234567890123456",
        "+0123456789",
        "++8613800138000",
        " 13800138000",
        "13800138000 ",
        "138  00138000",
        "13800138000\n",
        "13800138000\x00",
        "138\u200b00138000",
        "\u202e13800138000",
        "١٣٨٠٠١٣٨٠٠٠",
        "1380013800O",
        "1380013800①",
        "13800138000;ext=1",
        "\ud800",
        "1" * 1_000_000,
    ],
)
def test_invalid_phone_is_refused(typed):
    with pytest.raises(PhoneError) as caught:
        normalise_phone(typed)
    assert caught.value.zh
    assert caught.value.en


@given(st.text(alphabet="0123456789+- ８abc\u200b", max_size=20) | st.text(max_size=20))
def test_any_text_has_one_normal_form_or_none(entry):
    try:
        phone = normalise_phone(entry)
    except PhoneError:
        return
    assert normalise_phone(phone) == phone
    assert phone.removeprefix("+").isdigit()
    assert phone.isascii()
    assert not phone.startswith("+86")
