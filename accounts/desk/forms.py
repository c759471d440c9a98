"""Forms about persons, accounts and cards."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    ExternalAccount,
    Freeze,
    IdentityCheck,
    ImpostorDeclaration,
    SamePerson,
    SetAsidePayment,
)
from accounts.vocabulary import PROOF_MAX, CardProduct, CheckMethod, CheckResult
from config.frames.desk.fields import (
    AccountNumberField,
    DayField,
    DeskForm,
    EndField,
    LineField,
    NameField,
    NumberField,
    OtherBankField,
    QueryReasonField,
    StatedField,
    YuanField,
    missing_message,
)
from config.kernel.identity.vocabulary import INDIVIDUAL_TYPES
from config.kernel.law.text import Text
from config.kernel.models import QueryReason, column_word
from config.kernel.requests.documents import DOCUMENT_TYPES

PERSONAL_TYPES = [(code, word) for code, word in DOCUMENT_TYPES if code in INDIVIDUAL_TYPES]
ORGANIZATION_TYPES = [(code, word) for code, word in DOCUMENT_TYPES if code not in INDIVIDUAL_TYPES]
METHODS = [
    CheckMethod.ONLINE.noted("公民身份信息系统", "citizen register"),
    *((each.value, each.label) for each in (CheckMethod.CARD_READER, CheckMethod.ENTRY_DOCUMENTS)),
    (CheckMethod.POLICE_RECEIPT.value, CheckMethod.POLICE_RECEIPT.label),
    CheckMethod.BY_HAND.noted("辅助证件", "another document"),
]
ORGANIZATION_METHODS = [
    CheckMethod.ENTERPRISE_REGISTER.noted("法定代表人联网核查", "with an online check of the legal representative"),
    (CheckMethod.REGISTRY_RECEIPT.value, CheckMethod.REGISTRY_RECEIPT.label),
    CheckMethod.BY_HAND.noted("登记证照原件", "the original licence"),
]

TYPE, NUMBER = column_word(Document, "type"), column_word(Document, "number")
COUNTRY, VALID = Text("签发国家或地区", "Issuing country"), Text("有效期至", "Valid until")
NO_END = Text("长期有效", "No expiry")

EITHER = Text(
    "请填写有效期至，或勾选长期有效（二者选一）。", "Enter until when it is valid, or tick “No expiry”: one of the two."
)

PROOF = column_word(Card, "proof")

CHOOSE_RESULT = Text("请选择核查结果。", "Choose the result of the check.")


class CardProductField(forms.ChoiceField):
    """A card product or none; the select marks the products for which the page asks for a ground."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        """Return the attributes that the page's script reads (`accounts.js`)."""
        return super().widget_attrs(widget) | {"data-proved": " ".join(each for each in CardProduct if not each.counts)}


def products(*, organization: bool = False) -> list[tuple[str, str]]:
    """Return the card products that a holder can choose from, each with its distinction."""
    return [
        (each.value, each.label) if each.counts else each.noted("不计入限额", "not counted")
        for each in CardProduct
        if not (organization and each.is_personal)
    ]


def ask_for_end(form: DeskForm) -> None:
    """Require either an end or the statement that there is none: an empty field does not mean no end."""
    data = form.cleaned_data
    if bool(data.get("valid_until")) == bool(data.get("no_end")) and "valid_until" not in form.errors:
        form.add_error("no_end", str(EITHER))


class ProofField(LineField):
    """The ground on which the holder may have a card that takes none of the four slots (申领依据)."""

    def __init__(self) -> None:
        super().__init__(
            label=PROOF,
            max_length=PROOF_MAX,
            required=False,
            help_text=Text(
                "不计入限额的卡种须填写，如社保卡申领依据；加密保存",
                "Required for a product that is not counted, e.g. what entitles to a social security card; kept encrypted",
            ),
        )


def ask_for_proof(form: DeskForm, product: str | None) -> None:
    """Require the ground for a product that does not count against the four; refuse one for any other."""
    data = form.cleaned_data
    if not product or CardProduct(product).counts:
        data["proof"] = ""
    elif not data.get("proof") and "proof" not in form.errors:
        form.add_error("proof", missing_message(PROOF))


class MethodField(StatedField):
    """How an identity was checked (核查方式)."""

    def __init__(self, choices: Sequence[tuple[str, Any]] = METHODS) -> None:
        super().__init__(label=column_word(IdentityCheck, "method"), choices=choices)


class ResultField(StatedField):
    """The result of an identity check (核查结果), entered by the person who made it, without a default.

    :source: 银发〔2007〕345号: a check that does not match puts the customer under review.
    """

    def __init__(self) -> None:
        super().__init__(
            label=column_word(IdentityCheck, "result"),
            choices=CheckResult.choices,
            error_messages={"required": CHOOSE_RESULT},
        )


class DocumentForm(DeskForm):
    """A document, read and checked with the form (识读证件): `cleaned_data["read"]` is the result."""

    type = StatedField(label=TYPE, choices=PERSONAL_TYPES)
    number = forms.CharField(label=NUMBER, max_length=64)
    country = forms.CharField(
        label=COUNTRY, max_length=3, required=False, help_text=Text("仅护照填写，如 USA", "Passports only, e.g. USA")
    )
    valid_until = DayField(
        label=VALID,
        required=False,
        help_text=Text("证件上为“长期”的，勾选长期有效", "Tick “No expiry” where the document says so"),
    )
    no_end = forms.BooleanField(label=NO_END, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ask_for_end(self)
        if {"type", "number"} <= data.keys():
            data |= self.read_document()
        return data


class SearchForm(DeskForm):
    """One key, exactly as on a document, a card or a statement."""

    by = forms.ChoiceField(
        label=Text("查询方式", "Search by"),
        choices=[
            (
                "any",
                Text(
                    "自动识别（身份证、统一社会信用代码、卡号、账号、电话）",
                    "Any (resident ID, credit code, card, account, phone)",
                ),
            ),
            ("card", column_word(Card, "number")),
            ("account", column_word(Account, "account_number")),
            ("phone", column_word(Customer, "phone")),
            (Document._meta.verbose_name, DOCUMENT_TYPES),
        ],
    )
    key = forms.CharField(label=Text("号码", "Number"), max_length=64)
    country = forms.CharField(
        label=COUNTRY, max_length=3, required=False, help_text=Text("仅护照填写", "Passports only")
    )
    reason = QueryReasonField()

    def __init__(self, *args: Any, audits: bool = False, asks_why: bool = True, **more: Any) -> None:
        """Bind what was typed.

        :param audits: whether an auditor asks, who has no business with the customer.
        :param asks_why: False for the box of the codes, which has no field for a reason and is there for business.
        """
        super().__init__(*args, **more)
        if audits:
            words = [each for each in QueryReason.choices if each[0] != QueryReason.BUSINESS]
            self.fields["reason"].choices = list(reversed(words))  # type: ignore[attr-defined]
        else:
            self.fields["reason"].required = asks_why

    def clean_reason(self) -> str:
        """Return the reason; customer business where the form has no field for one."""
        return self.cleaned_data["reason"] or QueryReason.BUSINESS.value


class CardForm(DeskForm):
    """A card product."""

    prefix = "card"

    product = CardProductField(label=Text("卡种", "Card product"), choices=products())
    proof = ProofField()

    def __init__(self, *args: Any, organization: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].choices = products(organization=organization)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ask_for_proof(self, data.get("product"))
        return data


class SeenForm(DeskForm):
    """A confirmation, without a default, that the holder is at the counter and was identified."""

    seen = forms.BooleanField(
        label=Text(
            "已当面核对持卡人本人的有效身份证件和该卡",
            "I have checked the cardholder's valid document and the card in person",
        ),
        error_messages={
            "required": Text(
                "请先当面核对持卡人本人的有效身份证件和该卡，再勾选。",
                "Check the cardholder's valid document and the card in person, then tick the box.",
            )
        },
    )


class CardExceptionForm(CardForm):
    """A card beyond the limit of four, and the reason."""

    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("由主管复核；加密保存", "Reviewed by a supervisor; kept encrypted"),
    )  # fmt: skip


class ClassForm(DeskForm):
    """The new class of an account."""

    to = forms.ChoiceField(
        label=Text("变更为", "Change to"),
        choices=[],
        error_messages={"required": Text("请选择变更后的类别。", "Choose the class to change to.")},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No class is preselected, because a downgrade removes functions.
        self.fields["to"].choices = [("", Text("请选择…", "Choose…")), *choices]  # type: ignore[attr-defined]


class CloseOutForm(DeskForm):
    """The own bank account that receives the balance, and the part that it receives.

    :param in_part: whether a part may leave.
    """

    to = forms.ChoiceField(label=Text("转入本人银行账户", "To own bank account"), choices=[])
    amount = YuanField(
        label=Text("金额（元）", "Amount (yuan)"),
        required=False,
        help_text=Text("不填为全部余额", "Empty for the whole balance"),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], in_part: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        if not in_part:
            del self.fields["amount"]


class ImpostorForm(DocumentForm):
    """The document of the person at the counter, and the declaration."""

    statement = forms.CharField(
        label=column_word(ImpostorDeclaration, "statement"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text(
            "按客户本人书面声明填写，须写明被冒用身份开户并同意销户；加密保存",
            "As the customer declared in writing: that an impostor opened it, and that it may be closed; kept encrypted",
        ),
    )  # fmt: skip


class AsidePaymentForm(DeskForm):
    """The account and the amount that an authority or a court names."""

    to_account_number = AccountNumberField(label=Text("转入账号", "To account"), max_length=60)
    bank_code = OtherBankField(
        label=Text("转入行行号", "Code of its bank"), max_length=20, required=False,
        help_text=Text("本行账户不填", "Leave blank for this bank"),
    )  # fmt: skip
    to_name = NameField(
        label=Text("户名", "Name of the holder"), max_length=200, required=False,
        help_text=Text("转入他行账户的必填", "Required for an account at another bank"),
    )  # fmt: skip
    amount = YuanField(label=column_word(SetAsidePayment, "amount_fen"))
    authority = LineField(label=column_word(SetAsidePayment, "authority"), max_length=120)
    order_no = LineField(label=column_word(SetAsidePayment, "order_no"), max_length=80)


class ExternalAccountForm(DeskForm):
    """An own account at another bank, proved in person."""

    account_number = AccountNumberField(label=Text("他行账号", "Account number at another bank"), max_length=60)
    bank_code = OtherBankField(label=column_word(ExternalAccount, "bank_code"), max_length=20)
    name = NameField(label=Text("户名", "Name of the holder"), max_length=200)
    evidence = forms.CharField(
        label=column_word(ExternalAccount, "evidence"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("如银行卡原件、存折、电子凭证；加密保存", "E.g. the card, a passbook, an electronic statement; kept encrypted"),
    )  # fmt: skip


class ReverificationForm(DeskForm):
    """How the customer was re-verified."""

    method = MethodField()
    result = ResultField()


class MergeForm(DeskForm):
    """The evidence that two customers are one person."""

    evidence = forms.CharField(
        label=column_word(SamePerson, "evidence"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text(
            "写明查验了哪些证件、如何认定为同一人；由主管复核；加密保存",
            "Which documents were checked and how they show one person; reviewed by a supervisor; kept encrypted",
        ),
    )  # fmt: skip


class FreezeForm(DeskForm):
    """The ordering authority, its order, and the end of a freeze."""

    authority = LineField(label=column_word(Freeze, "authority"), max_length=120)
    order_no = LineField(label=column_word(Freeze, "order_no"), max_length=80)
    until = EndField(
        label=Text("冻结至", "Until"),
        required=False,
        help_text=Text(
            "日期或日期加时间；只填日期即至当日24时。不填则至解除为止",
            "A date, or a date and time; a date alone means 24:00 of that day. Blank: until released",
        ),
    )


class LiftForm(DeskForm):
    """The order that lifts a freeze, and the reason."""

    order_no = LineField(label=Text("解除冻结文号", "Lift order number"), max_length=80)
    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("由另一名合规人员复核；加密保存", "Reviewed by another compliance officer; kept encrypted"),
    )  # fmt: skip


class AccountFindForm(DeskForm):
    """An account or a card by its number."""

    number = NumberField(label=Text("账号或卡号", "Account or card number"), max_length=60)
