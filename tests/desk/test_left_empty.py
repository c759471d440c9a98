"""A field that was left empty asks for itself by its name."""

import pytest
from django.utils.translation import override

from accounts.desk.forms import CardExceptionForm, ExternalAccountForm, SearchForm
from blacklist.desk.boxes import Box
from config.desk.sign_in import SignInForm
from config.kernel.text import Text


@pytest.mark.parametrize(
    ("language", "told"), [("zh-hans", "请填写他行账号。"), ("en", "Account number at the other bank is required.")]
)
def test_a_form_names_the_field(language, told):
    with override(language):
        assert [str(each) for each in ExternalAccountForm({}).errors["account_number"]] == [told]


def test_what_is_chosen_is_to_be_chosen():
    with override("zh-hans"):
        assert [str(each) for each in CardExceptionForm({}).errors["product"]] == ["请选择卡种。"]
        assert [str(each) for each in SearchForm({}).errors["key"]] == ["请填写号码。"]


def test_signing_in_names_what_is_missing():
    with override("zh-hans"):
        errors = SignInForm({}, request=None).errors
    assert [str(errors[name][0]) for name in ("username", "password", "code")] == [
        "请填写用户名。",
        "请填写密码。",
        "请填写动态口令。",
    ]


def test_a_box_names_itself_when_it_is_empty_and_says_what_is_wrong_when_it_is_not():
    def told(value: str) -> tuple[str, ...]:
        label = Text("文书号", "Document number")
        return Box("doc_no", "doc_no", label, value, errors=("不能为空",), required=True).errors

    with override("zh-hans"):
        assert told(" ") == ("请填写文书号。",)
    assert told("x") == ("不能为空",)
