"""The error of an empty field names that field."""

import pytest
from django.utils.translation import override

from accounts.desk.conflicts import ConflictEndForm
from accounts.desk.forms import CardExceptionForm, ExternalAccountForm, SearchForm
from blacklist.desk.forms import CertificateForm
from config.frames.desk.sign_in import SignInForm


@pytest.mark.parametrize(
    ("language", "message"), [("zh-hans", "请填写他行账号。"), ("en", "Account number at another bank is required.")]
)
def test_a_form_names_the_field(language, message):
    with override(language):
        assert [str(each) for each in ExternalAccountForm({}).errors["account_number"]] == [message]


def test_error_of_an_empty_choice_asks_to_choose():
    with override("zh-hans"):
        assert [str(each) for each in CardExceptionForm({}).errors["product"]] == ["请选择卡种。"]
        assert [str(each) for each in SearchForm({}).errors["key"]] == ["请填写号码。"]


def test_a_certificate_is_asked_for_its_number():
    with override("zh-hans"):
        assert [str(each) for each in CertificateForm({}).errors["doc_no"]] == ["请填写文书号。"]


def test_sign_in_names_the_missing_field():
    with override("zh-hans"):
        errors = SignInForm({}, request=None).errors
    assert [str(errors[name][0]) for name in ("username", "password", "code")] == [
        "请填写用户名。",
        "请填写密码。",
        "请填写动态口令。",
    ]


@pytest.mark.parametrize("nothing", ["\u200b", "\u200b \u2060"])
def test_invisible_characters_count_as_empty(nothing):
    with override("zh-hans"):
        assert [str(each) for each in ConflictEndForm({"reason": nothing}).errors["reason"]] == ["请填写理由。"]
    assert "reason" not in ConflictEndForm({"reason": f"原件{nothing}"}).errors


def test_texts_with_direction_marks_are_refused():
    with override("zh-hans"):
        (message,) = ConflictEndForm({"reason": "经核对\u202e001"}).errors["reason"]
    assert "改变文字方向" in message
    assert "reason" not in ConflictEndForm({"reason": "经核对\r\n001"}).errors
