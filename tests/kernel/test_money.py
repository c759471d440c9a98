"""Amounts are parsed strictly, and formatted so that they can be parsed again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.law.money import (
    FEN_MAX,
    MoneyError,
    capital_yuan,
    format_yuan,
    grouped,
    parse_yuan,
    yuan_text,
)

amounts = st.integers(1, FEN_MAX) | st.integers(1, 20_000_000)
#: Amounts full of zeros, where the writing of capitals goes wrong.
sparse_amounts = st.lists(st.sampled_from("0000123"), min_size=1, max_size=15).map(lambda digits: int("".join(digits)))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.01", 1),
        ("0.1", 10),
        ("1", 100),
        ("1.00", 100),
        ("1.5", 150),
        ("007.05", 705),
        ("300000.01", 30_000_001),
        ("9999999999999.99", FEN_MAX),
    ],
)
def test_yuan_are_parsed(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0.0",
        "0.00",
        "0000000000000.00",
        "10000000000000",
        "1.234",
        "1.",
        ".5",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1,000.00",
        "1e3",
        "1_0",
        "0x1",
        "NaN",
        "Infinity",
        "１.００",
        "١",
        "1．00",
        "¥1",
        "1.0\x00",
        "1" * 1_000_000,
        1,
        1.5,
        True,
        None,
        b"1",
        ["1"],
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises(MoneyError) as caught:
        parse_yuan(text)
    assert caught.value.zh
    assert caught.value.en


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (-1, "-0.01"),
        (10, "0.10"),
        (-12345, "-123.45"),
        (FEN_MAX, "9999999999999.99"),
    ],
)
def test_amount_has_two_decimals(fen, text):
    assert format_yuan(fen) == text


@pytest.mark.parametrize(
    ("text", "capitals"),
    [
        pytest.param("1409.50", "壹仟肆佰零玖元伍角整", id="annex 1: zero inside"),
        pytest.param("6007.14", "陆仟零柒元壹角肆分", id="annex 1: zeros inside"),
        pytest.param("1680.32", "壹仟陆佰捌拾元叁角贰分", id="annex 1: zero before yuan"),
        pytest.param("107000.53", "壹拾万柒仟元伍角叁分", id="annex 1: zero before wan"),
        pytest.param("16409.02", "壹万陆仟肆佰零玖元零贰分", id="annex 1: no jiao"),
        pytest.param("325.04", "叁佰贰拾伍元零肆分", id="annex 1: no jiao, short"),
        pytest.param("0.01", "壹分", id="one fen"),
        pytest.param("0.10", "壹角整", id="one jiao"),
        pytest.param("0.11", "壹角壹分", id="jiao and fen"),
        pytest.param("1.00", "壹元整", id="one yuan"),
        pytest.param("10.00", "壹拾元整", id="ten"),
        pytest.param("10.05", "壹拾元零伍分", id="ten and five fen"),
        pytest.param("1001.00", "壹仟零壹元整", id="one zero for two"),
        pytest.param("10001.00", "壹万零壹元整", id="across the group"),
        pytest.param("100000000.00", "壹亿元整", id="a hundred million"),
        pytest.param("100010000.00", "壹亿零壹万元整", id="zero after yi"),
        pytest.param("110000000.00", "壹亿壹仟万元整", id="no zero after yi"),
        pytest.param("100000001.01", "壹亿零壹元零壹分", id="seven zeros"),
        pytest.param("1000000000000.00", "壹万亿元整", id="thirteen digits"),
        pytest.param("1000000000001.00", "壹万亿零壹元整", id="eleven zeros"),
        pytest.param(
            "9999999999999.99",
            "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
            id="the largest",
        ),
    ],
)
def test_amount_is_written_in_capitals(text, capitals):
    assert capital_yuan(parse_yuan(text)) == capitals


def test_zero_and_negative_amounts_are_written_in_capitals():
    assert capital_yuan(0) == "零元整"
    assert capital_yuan(-150) == "负壹元伍角整"


@pytest.mark.parametrize("fen", [FEN_MAX + 1, -FEN_MAX - 1])
def test_capitals_beyond_thirteen_digits_are_refused(fen):
    with pytest.raises(ValueError, match="13 digits"):
        capital_yuan(fen)


@given(amounts)
def test_amount_written_in_yuan_can_be_read(fen):
    assert parse_yuan(format_yuan(fen)) == fen


@given(amounts | sparse_amounts)
def test_amount_written_in_capitals_can_be_read(fen):
    assert read_capitals(capital_yuan(fen)) == fen


@given(amounts | sparse_amounts)
def test_capitals_never_stutter(fen):
    words = capital_yuan(fen)
    assert "零零" not in words
    assert not re.search("零[拾佰仟万亿角分整]", words)
    assert words == "零元整" or "零元" not in words
    assert words.endswith("整") == (fen % 10 == 0)


def read_capitals(words: str) -> int:
    """Parse an amount in capitals by adding up its digits, independently of the code that writes it."""
    yuan, cents, section, below_yi, digit = 0, 0, 0, 0, 0
    for character in words:
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
        elif character == "万":
            below_yi += (section + digit) * 10_000
            section = digit = 0
        elif character == "亿":
            yuan += (below_yi + section + digit) * 100_000_000
            below_yi = section = digit = 0
        elif character == "元":
            yuan += below_yi + section + digit
            below_yi = section = digit = 0
        elif character in "角分":
            cents += digit * {"角": 10, "分": 1}[character]
            digit = 0
        else:
            assert character == "整"
    return yuan * 100 + cents


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (99_999, "999.99"), (100_000, "1,000.00"), (-123_456_789, "-1,234,567.89")]
)
def test_people_read_thousands(fen, text):
    assert yuan_text(fen) == text


@pytest.mark.parametrize("text", ["", "1000", "1000.5", "6228480000000018", "2026-01-05", "1000.00 元"])
def test_text_that_is_no_amount_is_unchanged(text):
    assert grouped(text) == text
