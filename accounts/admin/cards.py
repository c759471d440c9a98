"""Cards to look at, masked, and the report of a lost one (挂失)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field

from accounts.admin.accounts import AGENT
from accounts.models import Card, LossReport
from accounts.operations.cards import report_card_lost
from accounts.policy.cards import check_loss_report
from accounts.queries.cards import as_it_stands
from accounts.refusals.opening import CardState
from accounts.vocabulary import CardStatus
from accounts.vocabulary.losses import LossKind
from config.frames.back_office.acts import ActingAdmin, RecordAct
from config.frames.back_office.columns import column, masked
from config.frames.back_office.tables import ReadOnlyAdmin
from config.frames.desk.problems import problem_of
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_card, mask_name
from config.kernel.law.text import Text, text

_CARD = masked("number", mask_card, Text("卡号", "Card number"))
# What entitles to a card is free text about its holder: that there is one, and no more.
_PROOF = masked("proof", mask_name, Text("申领依据", "Entitlement"))
_FACTS = [_CARD, *(column(Card._meta.get_field(name)) for name in ("product", "status"))]


class ReportLost(RecordAct):
    """Stop a card that its holder lost, as the desk does."""

    name = "report-lost"
    needs = Permission.CHANGE_CARD
    title = Text("挂失", "Report card lost")
    button = Text("确认挂失", "Report lost")
    explained = Text(
        "正式挂失：挂失后该卡不能再使用，仍计入四张限额；可随后补卡或销卡，找到的可由本人到柜面解挂。口头挂失在柜面系统办理。",
        "A formal report: the card can no longer be used and still counts towards the limit of four; it can then be replaced or "
        "cancelled, or, once found, brought back by its holder at the counter. A report by word is made at the desk.",
    )
    about = "accounts/admin/card.html"
    danger = True

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"card_facts": [(label_for_field(each, Card), each(row)) for each in _FACTS]}

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        try:
            card = as_it_stands(row, at)
            check_loss_report(LossKind.FORMAL, CardStatus(card.status), card.lost_until)
        except CardState as refused:
            return problem_of(refused).text
        return None

    def work(self, row: Any, caller: Caller, form: Any) -> Card:
        return report_card_lost(principal=caller, card_id=row.pk)

    def done(self, result: Any) -> str:
        return text("已挂失。", "The card has been reported lost.")


@admin.register(Card)
class CardAdmin(ActingAdmin):
    """Cards; the whole number stands nowhere but in the answer that issued it."""

    list_display: Any = (
        "id",
        "customer",
        _CARD,
        "product",
        "status",
        "lost_until",
        "slot",
        "issued_at",
        "cancelled_at",
    )
    list_filter = ("product", "status")
    shown = (_CARD, AGENT, _PROOF)
    acts = (ReportLost(),)


@admin.register(LossReport)
class LossReportAdmin(ReadOnlyAdmin):
    """Reports of lost cards, by word and formal."""

    list_display: Any = ("id", "card", "kind", "at", "lapses_at", "identified", "principal")
    list_filter = ("kind",)
    shown = (AGENT,)
