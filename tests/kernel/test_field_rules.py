"""Each field has one rule and one error text in the API, at the desk and in imports."""

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError as FormError
from rest_framework.serializers import ValidationError as BodyError

from config.frames.api import fields as body
from config.frames.desk import fields as desk
from config.kernel.law.refusals import BadRequest
from config.kernel.requests import fields
from config.kernel.requests.documents import DocumentInput, read_document
from tests.kernel.identity.papers import TODAY


@pytest.mark.parametrize(
    ("reader", "entered", "kept"),
    [
        (fields.read_account_number, "1", "1"),
        (fields.read_account_number, "aZ9" + "0" * 31, "aZ9" + "0" * 31),
        (fields.read_card_number, "0" * 12, "0" * 12),
        (fields.read_card_number, "0" * 19, "0" * 19),
        (fields.read_bank_code, "ab", "AB"),
        (fields.read_bank_code, "a" * 14, "A" * 14),
        (fields.read_line, " 一  号\u3000文 ", "一 号 文"),
        (fields.read_text, " 一\r\n\t二 ", " 一\r\n\t二 "),
        (fields.read_text, "👨\u200d👩\u200d👧 ، \u200e", "👨\u200d👩\u200d👧 ، \u200e"),
        (fields.read_day, "2024-02-29", date(2024, 2, 29)),
    ],
)
def test_reader_returns_the_stored_form(reader, entered, kept):
    assert reader(entered) == kept


@pytest.mark.parametrize(
    ("reader", "entered"),
    [
        *((fields.read_account_number, text) for text in ("", "0" * 35, "1_2", "１", "1 2", "12\n")),
        *((fields.read_card_number, text) for text in ("0" * 11, "0" * 20, "0" * 12 + "X", "０" * 12)),
        *((fields.read_bank_code, text) for text in ("", "Q", "A" * 15, "A-B", "招商")),
        *((fields.read_line, text) for text in ("一\n二", "\u202e一", "\u200b")),
        *((fields.read_text, f"一{each}二") for each in "\x00\x07\x0b\x1b\x7f\x9f\u202a\u202e\u2066\u2069"),
        *((fields.read_day, text) for text in ("", "2023-02-29", "20240229", "2024-2-9", "2024-02-29 ")),
    ],
)
def test_a_reader_refuses_the_rest_without_repeating_it(reader, entered):
    with pytest.raises(fields.FieldFault) as raised:
        reader(entered)
    assert not entered or entered not in raised.value.zh + raised.value.en


@pytest.mark.parametrize(
    ("of_body", "of_form", "entered"),
    [
        (body.AccountNumberField, desk.AccountNumberField, "0" * 35),
        (body.BankCodeField, desk.BankCodeField, "A"),
        (body.OtherBankField, desk.OtherBankField, "A"),
        (body.OtherBankField, desk.OtherBankField, "demobank"),
        (body.NameField, desk.NameField, "张\u200b三"),
        (body.LineField, desk.LineField, "一\n二"),
        (body.PhoneField, desk.PhoneField, "12"),
        (body.DayField, desk.DayField, "昨天"),
    ],
)
def test_the_api_and_the_desk_say_the_same_of_the_same_fault(of_body, of_form, entered):
    with pytest.raises(BodyError) as in_body:
        of_body().run_validation(entered)
    with pytest.raises(FormError) as in_form:
        of_form().clean(entered)
    assert [str(each) for each in in_body.value.detail] == [str(each) for each in in_form.value.messages]


def test_another_banks_code_is_kept_in_one_spelling():
    assert body.OtherBankField().run_validation("icbc") == desk.OtherBankField().clean("icbc") == "ICBC"


class Either(body.ExactlyOne):
    card = body.CardNumberField(required=False)
    phone = body.PhoneField(required=False)


@pytest.mark.parametrize("data", [{}, {"card": "0" * 12, "phone": "13800138000"}], ids=["none", "both"])
def test_both_or_neither_of_two_fields_is_refused(data):
    with pytest.raises(BodyError) as raised:
        Either().run_validation(data)
    (message,) = raised.value.detail["non_field_errors"]
    assert str(message) == "card 与 phone 须且只能填一项。"


def test_one_of_two_fields_is_accepted():
    assert Either().run_validation({"phone": "13800138000"}) == {"phone": "13800138000"}


@pytest.mark.parametrize(
    ("entered", "part"),
    [
        (DocumentInput("driving_licence", "1"), "type"),
        (DocumentInput("resident_id", "123"), "number"),
        (DocumentInput("passport", "X1234567"), "country"),
        (DocumentInput("passport", "X1234567", "GBR", date(2025, 12, 31)), "valid_until"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_documents_fault_is_named_where_the_request_has_it(entered, part):
    for where in ("document", "agent.document"):
        with pytest.raises(BadRequest) as raised:
            read_document(entered, on=TODAY, at_field=where)
        assert list(raised.value.fields) == [f"{where}.{part}"]


def test_document_may_be_expired_where_its_holder_is_looked_up():
    expired = DocumentInput("passport", "X1234567", "GBR", date(2025, 12, 31))
    assert read_document(expired, on=TODAY, even_expired=True).number == "X1234567"


def test_a_form_field_that_may_be_empty_reads_nothing():
    class Form(forms.Form):
        bank_code = desk.OtherBankField(required=False)

    form = Form({"bank_code": ""})
    assert form.is_valid()
    assert form.cleaned_data == {"bank_code": ""}


@pytest.mark.parametrize(
    "typed", ["2031-01-15", "2031-1-15", "20310115", "2031/1/15", "２０３１－０１－１５", " ２０３１0115 "]
)
def test_a_day_is_read_from_the_ways_people_type_one(typed):
    assert desk.DayField().clean(typed) == date(2031, 1, 15)


@pytest.mark.parametrize(
    "typed", ["2031115", "203111", "2031-02-30", "15/01/2031", "2031-01", "2031年1月15日", "310115"]
)
def test_a_day_is_never_guessed(typed):
    """Seven digits may be 5 November, or 15 January with a missing zero."""
    with pytest.raises(forms.ValidationError):
        desk.DayField().clean(typed)
    with pytest.raises(forms.ValidationError):
        desk.EndField().clean(typed)
