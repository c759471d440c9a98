"""Cards to look at, masked, and the report of a lost one (挂失)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field

from accounts.admin.accounts import AGENT
from accounts.desk.card_acts import OPERATIONS, TOLD
from accounts.models import Card
from accounts.policy.cards import CardAct, check_card_state
from accounts.refusals.opening import CardState
from accounts.vocabulary import CardStatus
from config.back_office.acts import ActingAdmin, RecordAct
from config.back_office.columns import column, masked
from config.desk.problems import problem_of
from config.kernel.identity.masking import mask_card, mask_name
from config.kernel.keys import Caller
from config.kernel.permissions import Permission
from config.kernel.text import Text

_CARD = masked("number", mask_card, Text("卡号", "Card number"))
# What entitles to a card is free text about its holder: that there is one, and no more.
_PROOF = masked("proof", mask_name, Text("申领依据", "Entitlement"))
_FACTS = [_CARD, *(column(Card._meta.get_field(name)) for name in ("product", "status"))]


class ReportLost(RecordAct):
    """Stop a card that its holder lost, as the desk does."""

    name = "report-lost"
    needs = Permission.CHANGE_CARD
    title, button, explained, _done = TOLD[CardAct.REPORT_LOST]
    about = "accounts/admin/card.html"
    danger = True

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"card_facts": [(label_for_field(each, Card), each(row)) for each in _FACTS]}

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        try:
            check_card_state(CardAct.REPORT_LOST, CardStatus(row.status))
        except CardState as refused:
            return problem_of(refused).text
        return None

    def work(self, row: Any, caller: Caller, form: Any) -> Card:
        return OPERATIONS[CardAct.REPORT_LOST](principal=caller, card_id=row.pk)

    def done(self, result: Any) -> str:
        return str(self._done)


@admin.register(Card)
class CardAdmin(ActingAdmin):
    """Cards; the whole number stands nowhere but in the answer that issued it."""

    list_display: Any = ("id", "customer", _CARD, "product", "status", "slot", "issued_at", "cancelled_at")
    list_filter = ("product", "status")
    shown = (_CARD, AGENT, _PROOF)
    acts = (ReportLost(),)
