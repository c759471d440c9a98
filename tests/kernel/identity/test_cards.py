"""The check digit of a card number is computed by the Luhn algorithm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.identity.cards import luhn_check_digit, luhn_valid


@pytest.mark.parametrize("number", ["6222020000000000000", "6217850000000000005", "6217000000000006"])
def test_valid_cards_of_the_rule_table_are_accepted(number):
    assert luhn_valid(number)
    assert luhn_check_digit(number[:-1]) == number[-1]


@pytest.mark.parametrize(
    "number",
    [
        "6222021234567890123",
        "",
        "6217000000000006 ",
        "6217 0000 0000 0006",
        "6217000000000006\n",
        "６２１７０００００００００００６",
        "٦٢١٧٠٠٠٠٠٠٠٠٠٠٠٦",
    ],
)
def test_other_check_digits_are_refused(number):
    assert not luhn_valid(number)


def test_completes_digits_only():
    for payload in ("", "62a", "６２"):
        with pytest.raises(ValueError, match="digits"):
            luhn_check_digit(payload)


@given(st.from_regex(r"[0-9]{1,18}", fullmatch=True), st.integers(1, 9))
def test_exactly_one_last_digit_fits(payload, shift):
    digit = int(luhn_check_digit(payload))
    assert luhn_valid(f"{payload}{digit}")
    assert not luhn_valid(f"{payload}{(digit + shift) % 10}")
