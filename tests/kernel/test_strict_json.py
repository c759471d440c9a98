"""Hostile bodies: 400, 413 or 415 as a problem, and never a 500."""

import json
from decimal import Decimal

import pytest

from config.frames.api.strict_json import MAX_BYTES, parse
from config.kernel.law.refusals import BadRequest
from tests.kernel.conftest import DEPOSITS

MALFORMED = {
    "21 brackets": b"[" * 21 + b"]" * 21,
    "21 objects": b'{"a":' * 20 + b"{}" + b"}" * 20,
    "a scalar in 21 brackets": b"[" * 21 + b"1" + b"]" * 21,
    "100,000 brackets": b"[" * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "a duplicate key": b'{"amount":"1.00","amount":"2.00"}',
    "a duplicate key, escaped": b'{"amount":"1.00","\\u0061mount":"2.00"}',
    "a nested duplicate key": b'{"account":{"account_id":"a","account_id":"b"}}',
    "a duplicate key in a list": b'[[{"a":1,"a":1}]]',
    "NaN": b'{"amount":NaN}',
    "Infinity": b'{"amount":Infinity}',
    "-Infinity": b'{"amount":-Infinity}',
    "65 digits": b"1" * 65,
    "5,000 digits": b'{"amount":' + b"1" * 5000 + b"}",
    "5,000 decimals": b'{"amount":0.' + b"1" * 5000 + b"}",
    "bad UTF-8": b'{"amount":"\xff"}',
    "overlong UTF-8": b'{"amount":"\xc0\xaf"}',
    "UTF-16": '{"amount":"1.00"}'.encode("utf-16"),
    "GBK": '{"amount":"张三"}'.encode("gbk"),
    "a byte order mark": b'\xef\xbb\xbf{"amount":"1.00"}',
    "a lone surrogate": b'{"amount":"\\ud800"}',
    "a lone low surrogate in a name": b'{"\\udc00":"1"}',
    "NUL in a text": b'{"amount":"1\\u00000"}',
    "NUL in a name": b'{"\\u0000":"1"}',
    "a raw NUL": b'{"amount":"1\x000"}',
    "a raw newline in a text": b'{"amount":"1\n0"}',
    "trailing garbage": b'{"amount":"1.00"} x',
    "two bodies": b"{}{}",
    "a trailing comma": b'{"amount":"1.00",}',
    "single quotes": b"{'amount':'1.00'}",
    "a comment": b"{} // x",
    "only spaces": b"   ",
    "a bare word": b"amount",
    "half a body": b'{"amount":"1.0',
    "hexadecimal": b'{"amount":0x10}',
    "an underscore in a number": b'{"amount":1_000}',
    "a leading zero": b'{"amount":01}',
    "a plus sign": b'{"amount":+1}',
}
WELL_FORMED_BUT_NO_DEPOSIT = {
    "20 brackets": b"[" * 20 + b"]" * 20,
    "a scalar in 20 brackets": b"[" * 20 + b"1" + b"]" * 20,
    "1e999": b'{"amount":1e999}',
    "-0": b'{"amount":-0}',
    "64 digits": b'{"amount":' + b"1" * 64 + b"}",
    "a list": b"[]",
    "a text": b'"amount"',
    "null": b"null",
    "a number": b"1",
    "true": b"true",
    "an empty object": b"{}",
    "empty": b"",
    "an unknown field": b'{"amount":"1.00","due_at":"2026-01-01T00:00:00+08:00"}',
    "an object for a text": b'{"amount":{"a":1}}',
    "a list for an object": b'{"account":[],"amount":"1.00"}',
    "a paired surrogate": b'{"amount":"\\ud83d\\ude00"}',
}


def _refused(answer) -> None:
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "INVALID_REQUEST"
    assert answer.json()["fields"]


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_body_that_is_not_strict_json_is_refused(till, body):
    answer = till.client.post(DEPOSITS, raw=body)
    _refused(answer)
    assert list(answer.json()["fields"]) == ["body"]


@pytest.mark.parametrize("body", WELL_FORMED_BUT_NO_DEPOSIT.values(), ids=WELL_FORMED_BUT_NO_DEPOSIT)
def test_fields_of_valid_json_that_is_no_deposit_are_named(till, body):
    _refused(till.client.post(DEPOSITS, raw=body))
    assert till.balance_fen == 0


@pytest.mark.parametrize(("body", "field"), [(None, "body"), ([], "body"), ({"account": [], "amount": "1"}, "account")])
def test_body_that_is_no_object_is_refused_in_words_of_the_bank(till, body, field):
    answer = till.client.post(DEPOSITS, raw=json.dumps(body).encode())
    _refused(answer)
    assert answer.json()["fields"] == {field: ["须为对象。"]}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"amount": "1.00"}, {"account"}),
        ({"account": {}, "amount": "1.00"}, {"account"}),
        ({"account": {"account_id": "x", "card_number": "622848000000"}, "amount": "1.00"}, {"account"}),
        ({"account": {"account_id": 5}, "amount": "1.00"}, {"account.account_id"}),
        ({"account": {"id": "x"}, "amount": "1.00"}, {"account.id"}),
        ({"account": {"account_id": "x"}, "amount": "1.00", "status": 1, "channel": "atm"}, {"status", "channel"}),
        ({"account": {"account_id": "x"}}, {"amount"}),
        ({"account": {"account_id": "x"}, "amount": None}, {"amount"}),
    ],
)
def test_each_wrong_field_is_named_by_its_path(till, body, named):
    answer = till.client.post(DEPOSITS, body)
    _refused(answer)
    assert set(answer.json()["fields"]) == named


MONEY = [
    "0", "0.00", "-1", "-0.01", "+1", "1e3", "1E3", "1_000", "1,000", " 1", "1 ", "1.", ".5", "1.001", "0x10", "NaN",
    "Infinity", "１２.３４", "٣", "1٫5", "", "1" * 14, "1" * 30, "1.0.0", "1\n", "1.00元", 1, 1.5, 0, -1, True, False,
    None, [], ["1.00"], {}, {"yuan": "1"},
]  # fmt: skip


@pytest.mark.parametrize("amount", MONEY, ids=repr)
def test_an_amount_is_a_decimal_string_and_nothing_else(till, amount):
    answer = till.deposit(amount)
    _refused(answer)
    assert set(answer.json()["fields"]) == {"amount"}
    assert till.balance_fen == 0


@pytest.mark.parametrize(
    ("amount", "fen"), [("0.01", 1), ("1", 100), ("1.5", 150), ("01.50", 150), ("9" * 10, 999999999900)]
)
def test_amounts_of_the_contract_are_taken(till, amount, fen):
    assert till.deposit(amount).status_code == 201
    assert till.balance_fen == fen


def test_the_largest_amounts_never_overflow(till):
    largest = "9" * 13 + ".99"
    statuses = {till.deposit(largest).status_code for _ in range(3)}
    assert statuses <= {201, 409, 422}


def _padded(size: int, till) -> bytes:
    body = json.dumps(till.body()).encode()
    return body + b" " * (size - len(body))


def test_a_body_of_one_mebibyte_is_read(till):
    assert till.client.post(DEPOSITS, raw=_padded(MAX_BYTES, till)).status_code == 201


def test_body_one_byte_too_large_is_413(till):
    answer = till.client.post(DEPOSITS, raw=_padded(MAX_BYTES + 1, till))
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")
    assert answer["Content-Type"] == "application/problem+json"


def test_body_of_three_megabytes_is_413(till):
    assert till.client.post(DEPOSITS, raw=b"[" * 3_000_000).status_code == 413


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded", "application/problem+json",
        "multipart/form-data; boundary=x", "application/json; charset=gbk", "application/json; charset=latin-1", "",
        "application/json; charset=nonsense", "json", "application/json, text/plain",
    ],
)  # fmt: skip
def test_another_content_type_is_415(till, ask, kind):
    body = json.dumps(till.body()).encode()
    answer = ask("POST", DEPOSITS, body, bearer=till.client.bearer, kind=kind, Idempotency_Key="k")
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)  # fmt: skip
def test_json_in_utf8_is_taken(till, ask, kind):
    body = json.dumps(till.body()).encode()
    answer = ask("POST", DEPOSITS, body, bearer=till.client.bearer, kind=kind, Idempotency_Key="k")
    assert answer.status_code == 201


def test_numbers_are_exact():
    assert parse(b"[1.10, 12345678901234567890]") == [Decimal("1.10"), 12345678901234567890]


def test_depth_is_counted_in_containers():
    parse(b'{"a":' * 20 + b"1" + b"}" * 20)
    with pytest.raises(BadRequest):
        parse(b'{"a":' * 21 + b"1" + b"}" * 21)
