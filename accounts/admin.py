"""Customers, accounts, cards and the ledger to look at, masked; all but a lost card's report is done elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field

from accounts.models import (
    Account,
    AccountTelling,
    BeneficialOwner,
    Card,
    CardException,
    CloseOut,
    ConflictReview,
    Customer,
    CustomerParticulars,
    Document,
    DocumentRenewal,
    DocumentWithdrawal,
    Entry,
    ExternalAccount,
    ExternalAccountWithdrawal,
    Freeze,
    FreezeLift,
    Identity,
    IdentityCheck,
    IdentityConflict,
    ImportBatch,
    InternalAccount,
    InternalSum,
    LegalRepresentative,
    ListedBank,
    LossReport,
    MovedRow,
    SamePerson,
    StockBreach,
)
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
from config.kernel.identity.masking import mask_account, mask_address, mask_card, mask_document, mask_name, mask_phone
from config.kernel.law.ends import end_text
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, text

_ACCOUNT = masked("account_number", mask_account, Text("账号", "Account number"))
AGENT = masked("agent_name", mask_name, Text("代理人", "Agent"))


@admin.display(description=Text("余额（元）", "Balance (yuan)"))
def _balance(row: Account) -> str:
    return yuan_text(row.balance_fen)


@admin.display(description=Text("预留金额（元）", "Held amount (yuan)"))
def _held(row: Account) -> str:
    return yuan_text(row.held_fen)


@admin.display(description=Text("金额（元）", "Amount (yuan)"))
def _amount(row: Entry | CloseOut | InternalSum) -> str:
    return yuan_text(row.amount_fen)


@admin.display(description=Text("事由", "Reason"))
def _reason(row: CardException | FreezeLift) -> str:
    # Written by the maker for the checker, who must be able to read it.
    return str(row.reason)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts and what is on them."""

    list_display: Any = ("id", "customer", _ACCOUNT, "kind", "account_class", "status", _balance, _held, "opened_at")
    list_filter = ("kind", "account_class", "status")
    shown = (_ACCOUNT, _balance, _held, AGENT)
    personal = ("account_number", "balance_fen", "held_fen")


@admin.register(AccountTelling)
class AccountTellingAdmin(ReadOnlyAdmin):
    """Purposes of accounts stated after the opening, the newest first."""

    list_display = ("at", "account", "was_unit_kind", "unit_kind", "was_purpose", "purpose", "principal")
    list_filter = ("unit_kind", "purpose")


@admin.register(CardException)
class CardExceptionAdmin(ReadOnlyAdmin):
    """Cards beyond four and why."""

    list_display = ("id", "account", "product", "status", "asked_at", "approved_at")
    list_filter = ("status", "product")
    shown = (_reason,)


@admin.register(CloseOut)
class CloseOutAdmin(ReadOnlyAdmin):
    """Balances of payment accounts on their way out, approved or not."""

    list_display: Any = ("id", "account", "to_account", _amount, "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.display(description=Text("截止时间", "Until"))
def _end(row: Freeze) -> str:
    return str(end_text(row.until))


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Freezes by competent authorities."""

    list_display: Any = ("id", "account", "authority", "order_no", "placed_at", _end, "lifted_at")
    shown = (_end,)
    personal = ("until",)


@admin.register(FreezeLift)
class FreezeLiftAdmin(ReadOnlyAdmin):
    """Orders that lift a freeze, approved or not."""

    list_display = ("id", "freeze", "order_no", "asked_at")
    shown = (_reason,)


@admin.register(InternalAccount)
class InternalAccountAdmin(ReadOnlyAdmin):
    """The bank's own side; its balance is the sum of its entries."""

    list_display = ("id", "kind", "bank_code")


@admin.register(InternalSum)
class InternalSumAdmin(ReadOnlyAdmin):
    """What the entries of the bank's own accounts come to; all rows of one together are its balance."""

    list_display: Any = ("id", "internal", _amount)
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The ledger's legs, newest first."""

    list_display: Any = ("id", "posted_at", "kind", "posting_id", "leg", "account", "internal", _amount)
    list_filter = ("kind",)
    shown = (_amount,)
    personal = ("amount_fen",)


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


_NAME = masked("name", mask_name, Text("姓名或名称", "Name"))
_PHONE = masked("phone", mask_phone, Text("电话", "Phone"))
_DOCUMENT = masked("number", mask_document, Text("证件号码", "Document number"))
_ADDRESS = masked("address", mask_address, Text("住所或注册地址", "Address"))
_EXTERNAL_ACCOUNT = masked("sealed_number", mask_account, Text("账号", "Account number"))


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers, newest first."""

    list_display: Any = ("id", "kind", _NAME, _PHONE, "status", "created_at", "reverified_at")
    list_filter = ("kind", "status")
    shown = (_NAME, _PHONE)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Documents of customers, those that wait and those that were rejected among them."""

    list_display: Any = ("id", "customer", "type", "country", _DOCUMENT, "status", "valid_until", "created_at")
    list_filter = ("status", "type")
    shown = (_DOCUMENT,)


@admin.register(DocumentRenewal)
class DocumentRenewalAdmin(ReadOnlyAdmin):
    """Renewals of documents: until when each was valid before, and since."""

    list_display: Any = ("at", "document", "nth", _DOCUMENT, "old_valid_until", "valid_until", "principal")
    shown = (_DOCUMENT,)


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Identities: which customer each one is."""

    list_display = ("id", "customer")


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    """Results of identity checks."""

    list_display = ("at", "customer", "method", "result", "principal")
    list_filter = ("result",)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin):
    """The same number under another name: to be reviewed."""

    list_display: Any = ("at", "customer", _NAME, "principal")
    shown = (_NAME,)


@admin.register(ConflictReview)
class ConflictReviewAdmin(ReadOnlyAdmin):
    """What identity conflicts turned out to be, and who said so."""

    list_display = ("at", "conflict", "end", "principal", "name_change", "same_person", "document_withdrawal")
    list_filter = ("end",)


@admin.register(LegalRepresentative)
class LegalRepresentativeAdmin(ReadOnlyAdmin):
    """The representatives of an organization, the newest first."""

    list_display: Any = ("at", "customer", _NAME, "type", _DOCUMENT, "valid_until", "principal")
    list_filter = ("type",)
    shown = (_NAME, _DOCUMENT)


@admin.register(CustomerParticulars)
class CustomerParticularsAdmin(ReadOnlyAdmin):
    """Particulars that customers have stated, the newest first."""

    list_display: Any = ("at", "customer", _ADDRESS, "occupation", "proof_kind", "owner_count", "principal")
    shown = (_ADDRESS,)


@admin.register(BeneficialOwner)
class BeneficialOwnerAdmin(ReadOnlyAdmin):
    """Beneficial owners that organizations have stated."""

    list_display: Any = ("id", "particulars", _NAME, "type", _DOCUMENT, "control", "share")
    list_filter = ("control",)
    shown = (_NAME, _DOCUMENT)


@admin.register(SamePerson)
class SamePersonAdmin(ReadOnlyAdmin):
    """Whether two customers are one person; what was seen stays sealed."""

    list_display = ("id", "customer", "other", "decision", "status", "asked_at", "in_force_at")
    list_filter = ("decision", "status")


@admin.register(DocumentWithdrawal)
class DocumentWithdrawalAdmin(ReadOnlyAdmin):
    """Withdrawals of documents; the reason stays sealed."""

    list_display = ("id", "document", "status", "asked_at", "in_force_at")
    list_filter = ("status",)


@admin.register(ExternalAccountWithdrawal)
class ExternalAccountWithdrawalAdmin(ReadOnlyAdmin):
    """Withdrawals of own accounts at other banks; the reason stays sealed."""

    list_display = ("id", "external_account", "status", "asked_at", "in_force_at")
    list_filter = ("status",)


@admin.register(MovedRow)
class MovedRowAdmin(ReadOnlyAdmin):
    """Rows of a merged customer that belong to the surviving one."""

    list_display = ("id", "merge", "kind", "row_id")
    list_filter = ("kind",)


@admin.register(ExternalAccount)
class ExternalAccountAdmin(ReadOnlyAdmin):
    """Own accounts at other banks; what was seen stays sealed."""

    list_display: Any = ("id", "customer", _EXTERNAL_ACCOUNT, "bank_code", "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_EXTERNAL_ACCOUNT,)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    """Loads of stock."""

    list_display = ("id", "source", "started_at", "finished_at", "row_count", "error_count")


@admin.register(StockBreach)
class StockBreachAdmin(ReadOnlyAdmin):
    """What loads brought beyond a limit though it is younger than the rule."""

    list_display = ("id", "import_batch", "limit", "opened_on")
    list_filter = ("limit",)


@admin.register(ListedBank)
class ListedBankAdmin(ReadOnlyAdmin):
    """Other banks and their codes."""

    list_display = ("code", "name", "listed")
    list_filter = ("listed",)
    search_fields = ("code",)
    ordering = ("code",)
