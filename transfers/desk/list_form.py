"""The filters of the list of transfers: they stand in its address, so none of them is personal."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.http import urlencode

from accounts.queries.sides import account_ids_of
from accounts.vocabulary import Channel
from config.frames.desk.fields import DayField, DeskForm, YuanField
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.text import Text
from transfers.queries.listing import ListFilter, ListOrder
from transfers.vocabulary import TransferStatus

#: How far back the bank's list looks when nobody says.
DAYS_SHOWN = 7
_ALL = ("", Text("全部", "All"))
#: Each order in both directions, the first of each as one wants it first.
ORDERS = {
    "": (ListOrder.TIME, False, Text("受理时间，最新在前", "Accepted, newest first")),
    "time": (ListOrder.TIME, True, Text("受理时间，最早在前", "Accepted, oldest first")),
    "-amount": (ListOrder.AMOUNT, False, Text("金额，从大到小", "Amount, largest first")),
    "amount": (ListOrder.AMOUNT, True, Text("金额，从小到大", "Amount, smallest first")),
    "due": (ListOrder.DUE, True, Text("到账时间，最早在前", "Due, earliest first")),
    "-due": (ListOrder.DUE, False, Text("到账时间，最晚在前", "Due, latest first")),
}


class TransferListForm(DeskForm):
    """What somebody asks of the list of transfers (查询条件)."""

    status = forms.ChoiceField(label=Text("状态", "Status"), required=False, choices=[_ALL, *TransferStatus.choices])
    first_day = DayField(label=Text("受理日起", "Accepted from"), required=False)
    last_day = DayField(label=Text("受理日止", "Accepted to"), required=False)
    amount_from = YuanField(label=Text("金额不低于（元）", "Amount from (yuan)"), required=False)
    amount_to = YuanField(label=Text("金额不高于（元）", "Amount to (yuan)"), required=False)
    channel = forms.ChoiceField(label=Text("渠道", "Channel"), required=False, choices=[_ALL, *Channel.choices])
    code = forms.RegexField(
        r"^[A-Za-z_]{1,40}$", label=Text("拒绝代码", "Refusal code"), required=False, max_length=40,
        error_messages={"invalid": Text("代码由字母和下划线组成。", "A code is made of letters and underscores.")},
        widget=forms.TextInput(attrs={"list": "refusal-codes"}),
    )  # fmt: skip
    sort = forms.ChoiceField(
        label=Text("排序", "Sort by"), required=False, choices=[(key, word) for key, (_, _, word) in ORDERS.items()]
    )

    def __init__(self, typed: Mapping[str, Any]) -> None:
        """Read what an address or a form says.

        :param typed: besides the fields of the form `customer` or `account`: the id of whose transfers are meant.
        """
        super().__init__(typed)
        self.customer_id, self.account_id = (read_id(typed.get(name)) for name in ("customer", "account"))
        # Of a list of somebody that nobody is, nothing is shown: never the whole bank's instead.
        self.of_nobody = any(
            typed.get(name) and not found
            for name, found in (("customer", self.customer_id), ("account", self.account_id))
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("first_day", str(Text("起日不得晚于止日。", "It begins after it ends.")))
        return data

    @property
    def of_bank(self) -> bool:
        """Say whether it asks for the whole bank's."""
        return not (self.customer_id or self.account_id or self.of_nobody)

    def days(self) -> tuple[date | None, date | None]:
        """Return the days that are asked for, both inclusive: of the bank's the last seven, unless somebody says."""
        first, last = (self.cleaned_data.get(name) for name in ("first_day", "last_day"))
        if first is None and self.of_bank:
            first = (last or shanghai_day(bank_now())) - timedelta(days=DAYS_SHOWN - 1)
        return first, last

    def wanted(self) -> ListFilter:
        """Return the filters of a form whose fields were looked at; one that cannot be read filters nothing."""
        self.is_valid()
        data, (first, last) = self.cleaned_data, self.days()
        order, up, _ = ORDERS[data.get("sort") or ""]
        return ListFilter(
            begins_at=start_of_day(first) if first else None,
            ends_at=day_end(last) if last else None,
            status=data.get("status", ""),
            channel=data.get("channel", ""),
            amount_from_fen=data.get("amount_from"),
            amount_to_fen=data.get("amount_to"),
            code=data.get("code", "").upper(),
            account_ids=self._account_ids(),
            order=order,
            up=up,
        )

    def by_time(self) -> ListFilter:
        """Return the filters without the order: the newest first."""
        return replace(self.wanted(), order=ListOrder.TIME, up=False)

    def parameters(self) -> dict[str, str]:
        """Return what was asked for, as an address and a record of an export have it."""
        self.is_valid()
        told = {name: str(self.data[name]) for name in self.fields if name in self.cleaned_data and self.data.get(name)}
        told |= {"code": told["code"].upper()} if "code" in told else {}
        whose = {"customer": self.customer_id, "account": self.account_id}
        return told | {name: str(found) for name, found in whose.items() if found}

    def query(self) -> str:
        """Return it as the query of an address."""
        return urlencode(self.parameters())

    def _account_ids(self) -> tuple[UUID, ...] | None:
        if self.of_nobody:
            return ()
        if self.account_id:
            return (self.account_id,)
        return tuple(account_ids_of(self.customer_id)) if self.customer_id else None
