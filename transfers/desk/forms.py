"""Forms for a transfer and for its cancellation, with identification of the applicant."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.queries.accounts import find_account
from accounts.queries.banks import is_loaded, listed_name
from accounts.queries.transfer_sides import account_sides
from accounts.vocabulary import Channel
from config.frames.desk.fields import (
    AccountNumberField,
    BankCodeField,
    DeskForm,
    DigitRadios,
    LineField,
    NameField,
    NumberField,
    StatedField,
    YuanField,
)
from config.kernel.identity.account_numbers import outside_bank
from config.kernel.law.text import Text
from config.kernel.models import column_word
from transfers.models import Transfer
from transfers.operations.accept import TransferOrder
from transfers.operations.cancel import Applicant
from transfers.queries.board import BoardFilter, Due
from transfers.queries.history import payee_paid_before
from transfers.vocabulary import BANK_CARD, SHOWN_TYPES, Arrival, IdentifiedBy

#: The choices of arrival, each with its meaning for the customer.
ARRIVALS = [
    Arrival.REAL_TIME.noted("立即入账或转出，不能撤销", "posted or paid out at once, cannot be cancelled"),
    Arrival.ORDINARY.noted("稍后入账或转出，此前可撤销", "posted or paid out later, can be cancelled until then"),
    Arrival.NEXT_DAY.noted(
        "次日零时入账或转出，此前可撤销", "posted or paid out at midnight, can be cancelled until then"
    ),
]
CARD = "card"


class OrderForm(DeskForm):
    """A transfer ordered by a customer at the counter (转账指令).

    `payer_account` is set if the form was opened from an account's page. Then no number is entered.
    """

    payer_account = forms.UUIDField(required=False, widget=forms.HiddenInput)
    payer = NumberField(label=Text("付款卡号或账号", "Payer's card or account number"), max_length=60, required=False)
    # A payee of an earlier transfer, chosen by the payer from the list; then no number is entered.
    payee_of = forms.UUIDField(required=False, widget=forms.HiddenInput)
    payee_number = AccountNumberField(
        label=Text("收款账号或卡号", "Payee's account or card number"), max_length=60, required=False
    )
    bank_code = BankCodeField(
        label=column_word(Transfer, "payee_bank_code"), max_length=20, required=False,
        help_text=Text("本行账户不填；他行键入行名或行号查找", "Blank for this bank; type a bank's name or code to search"),
    )  # fmt: skip
    payee_name = NameField(
        label=column_word(Transfer, "payee_name"), max_length=240, required=False,
    )  # fmt: skip
    amount = YuanField(label=column_word(Transfer, "amount_fen"))
    # The customer chooses; there is no default (银发〔2016〕261号 二(八)).
    arrival = forms.ChoiceField(label=Text("到账方式（请询问客户）", "Arrival (ask the customer)"), choices=ARRIVALS,
                                widget=forms.RadioSelect(attrs={"class": "form-check-input"}))  # fmt: skip
    memo = LineField(label=column_word(Transfer, "memo"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # If the payer is already known, the next number is the payee's and must not replace the payer's.
        fields = self.data if self.is_bound else self.initial
        self.fields["bank_code"].widget.attrs["list"] = "banks"
        first = "payee_number" if fields.get("payer_account") and not fields.get("payer") else "payer"
        self.fields[first].widget.attrs["data-first"] = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors.keys() & {"payer", "payer_account"}:
            self._read_payer(data)
        self._read_payee(data)
        data["bank_code"] = outside_bank(data.get("bank_code", ""), own=settings.BANK_CODE)
        self._needs_a_name(data)
        self._knows_the_bank(data["bank_code"])
        return data

    def _read_payee(self, data: dict[str, Any]) -> None:
        """Read the payee as entered, or from an earlier transfer of this payer."""
        chosen = data.get("payee_of")
        if data.get("payee_number") and chosen:
            both = Text(
                "已选近期收款人，又填写了收款账号，请取其一。",
                "A recent payee is chosen and a number is typed. Keep one.",
            )
            self.add_error("payee_number", str(both))
        if data.get("payee_number") or "payee_number" in self.errors:
            return
        if chosen:
            before = payee_paid_before(chosen, data.get("shown_payer"))
            if before is not None:
                data["payee_number"], data["bank_code"] = before.payee_number, before.payee_bank_code
                data["payee_name"] = data.get("payee_name") or before.payee_name
                return
        self.add_error("payee_number", str(Text("请填写收款账号或卡号。", "Enter the payee's account or card number.")))

    def _needs_a_name(self, data: dict[str, Any]) -> None:
        """Require the payee's name, which the payer states at the counter for any bank."""
        if not data.get("payee_name") and "payee_name" not in self.errors:
            self.add_error("payee_name", str(Text("请填写收款人户名。", "Enter the payee's name.")))

    def _knows_the_bank(self, code: str) -> None:
        """Refuse a bank code that is not in the directory, if there is a directory."""
        if code and "bank_code" not in self.errors and listed_name(code) is None and is_loaded():
            words = Text(
                "行名行号簿中没有该行号，请按行名查找。",
                "The directory has no such bank code. Search by the bank's name.",
            )
            self.add_error("bank_code", str(words))

    def order(self) -> TransferOrder:
        """Return the order of a valid form."""
        data = self.cleaned_data
        return TransferOrder(
            channel=Channel.COUNTER,
            amount_fen=data["amount"],
            payer_card=data["payer_card"],
            payer_account_id=data["payer_id"],
            payee_account_number=data["payee_number"],
            payee_bank_code=data["bank_code"],
            payee_name=data["payee_name"] or None,
            arrival=Arrival(data["arrival"]),
            memo=data["memo"] or None,
        )

    def _read_payer(self, data: dict[str, Any]) -> None:
        """Find the payer's account; keep a card as a card, so that the rule checks its status."""
        number, account_id = data.get("payer"), data.get("payer_account")
        data["payer_card"] = data["payer_id"] = data["shown_payer"] = None
        if number:
            data["payer_id"] = find_account(account_number=number)
            if data["payer_id"] is None:
                data["shown_payer"] = find_account(card_number=number)
                data["payer_card"] = number if data["shown_payer"] else None
        else:
            data["payer_id"] = account_id
        data["shown_payer"] = data["shown_payer"] or data["payer_id"]
        if not number and not account_id:
            self.add_error("payer", str(Text("请填写付款卡号或账号。", "Enter the payer's card or account number.")))
        elif data["shown_payer"] not in account_sides([data["shown_payer"]]):
            self.add_error(
                "payer",
                str(
                    Text(
                        "本行没有该卡号或账号，请核对。",
                        "This bank has no such card or account number. Please check it.",
                    )
                ),
            )


class PayerForm(DeskForm):
    """Form with the payer's number only."""

    payer = NumberField(max_length=60)

    def account_id(self) -> Any:
        """Return the account with a valid form's number; None if there is none."""
        number = self.cleaned_data["payer"]
        return find_account(account_number=number) or find_account(card_number=number)


class ApplicantForm(DeskForm):
    """Identification of the applicant: a document, or a card of the payer (申请人)."""

    way = StatedField(label=Text("身份核实方式", "Identified by"), choices=IdentifiedBy.choices, widget=DigitRadios)
    type = StatedField(label=Text("证件或银行卡", "Document or card"), choices=SHOWN_TYPES)
    number = NumberField(label=Text("证件号码或卡号", "Document or card number"), max_length=64)
    country = forms.CharField(
        label=Text("签发国家或地区", "Issuing country"), max_length=3, required=False,
        help_text=Text("仅护照填写，如 USA", "Passports only, e.g. USA"),
    )  # fmt: skip
    reason = LineField(
        label=Text("撤销理由", "Reason"), max_length=200, required=False,
        help_text=Text("客户说明的，可不填；加密保存", "As stated by the customer; optional; kept encrypted"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not {"way", "type", "number"} <= data.keys():
            return data
        way = IdentifiedBy(data["way"])
        if data["type"] == BANK_CARD:
            data["applicant"] = Applicant.by_card(data["number"]).identified_by(way)
            return data
        if document := self.read_document().get("read"):
            data["applicant"] = Applicant.by_document(document).identified_by(way)
        return data


class BoardForm(DeskForm):
    """Filters of the board; they are part of the address, so none is personal data."""

    due = forms.ChoiceField(
        label=Text("到期", "Due"), required=False,
        choices=[
            (Due.ALL.value, Text("全部", "All")),
            (Due.HOUR.value, Text("1小时内", "Within 1 hour")),
            (Due.TODAY.value, Text("今日", "Today")),
            (Due.OVERDUE.value, Text("逾期", "Overdue")),
        ],
    )  # fmt: skip
    amount_from = YuanField(label=Text("金额不低于（元）", "Amount from (yuan)"), required=False)
    amount_to = YuanField(label=Text("金额不高于（元）", "Amount to (yuan)"), required=False)
    channel = forms.ChoiceField(
        label=column_word(Transfer, "channel"), required=False,
        choices=[("", Text("全部", "All")), *Channel.choices],
    )  # fmt: skip

    def wanted(self) -> BoardFilter:
        """Return the filters; an invalid one filters nothing and shows an error beside its field."""
        self.is_valid()
        data = self.cleaned_data
        return BoardFilter(
            due=Due(data.get("due") or Due.ALL),
            amount_from_fen=data.get("amount_from"),
            amount_to_fen=data.get("amount_to"),
            channel=data.get("channel", ""),
        )
