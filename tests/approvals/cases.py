"""Something to propose of every kind of approval, as the operations propose it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accounts.models import Account, CashBox
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.cash_boxes import ask_count
from accounts.operations.cash_reversals import ask_cash_reversal
from accounts.operations.cleanup.actions import request_action
from accounts.operations.close_outs import ask_close_out
from accounts.operations.counter_cash import ask_counter_cash
from accounts.operations.differences import request_difference
from accounts.operations.documents import request_document_link
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from accounts.operations.identity_documents import CheckInput
from accounts.operations.merging import request_merge
from accounts.operations.name_changes import NewName, request_name_change
from accounts.operations.reverifications import request_reverification
from accounts.operations.stock import propose_import
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.queries.cash_boxes import open_box
from accounts.vocabulary import CardProduct, CheckResult
from accounts.vocabulary.cash import MovementKind
from accounts.vocabulary.cleanup import CleanupLimit, CleanupWay
from blacklist.models import Certificate
from blacklist.operations.imports import propose_list, propose_undo
from blacklist.operations.register import register_certificate
from blacklist.operations.revoke import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.documents import DocumentInput
from config.kernel.keys import Caller
from tests import cashing, cleaning, factories
from tests.blacklist.cast import draft, latest_approval
from tests.blacklist.lists import person, registered, staged
from tests.clock import NOON
from tests.stock import staged_import
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.parked_returns import ask_parked_return


@dataclass(frozen=True)
class Case:
    """One kind: what must be there first, and what proposes it; the same proposed again is the same thing.

    :ivar by: the role that makes such proposals.
    :ivar ended: what the object's status is, by how its proposal ended; nothing for an object without one.
    :ivar change: what happens to the object meanwhile; None for what most may meet.
    :ivar of: which account that is, where it is another than the one that was made first.
    :ivar again: whether the same may be proposed on a later day: cash of an earlier day is settled.
    :ivar owner: whether a decision about it names the customer, and whether the account.
    """

    by: str
    propose: Callable[[Account, Caller, Any], Any]
    prepare: Callable[[Account], Any] = lambda _: None
    ended: dict[str, str] | None = None
    owner: tuple[bool, bool] = (True, False)
    of: Callable[[Account, Any], Any] = lambda account, _: account.id
    change: Callable[[Any], Any] | None = None
    again: bool = True


ENDED = {"rejected": "rejected", "withdrawn": "withdrawn", "expired": "expired"}


def _certified(_account: Account) -> Any:
    officer = factories.caller("compliance", "who-certified")
    made, _ = register_certificate(principal=officer, draft=draft(), at=bank_now())
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "who-approved"))
    return made.id


def _frozen(account: Account) -> Any:
    officer = factories.caller("compliance", "who-froze")
    until = bank_now() + timedelta(days=30)
    return place_freeze(principal=officer, account_id=account.id, authority="法院", order_no="冻1", until=until).id


def _own_elsewhere(account: Account) -> Any:
    row = factories.external_account(account.customer, "6217000000000014", status="active", in_force_at=NOON)
    factories.approved("external_account", row)
    return row.id


def _penalized(account: Account) -> Any:
    _certified(account)
    return factories.account(account.customer, "III", kind="payment", balance_fen=100).id


def _listed(doc_no: str = "名单9号") -> Any:
    reader = factories.caller("compliance", "who-read")
    with TemporaryDirectory() as folder:
        return staged(Path(folder), reader, person(factories.citizen_number(sequence=371), "钱七", doc_no=doc_no))


def _listed_and_registered() -> Any:
    one, two = (factories.caller("compliance", name) for name in ("who-read", "who-approved"))
    return registered(_listed("名单8号"), one, two).id


def _revoked_of(import_id: Any) -> None:
    one, two = (factories.caller("compliance", name) for name in ("who-read", "who-approved"))
    certificate = Certificate.objects.get(brought_by_id=import_id)
    told = RevocationDraft("撤1", shanghai_day(bank_now()), "误")
    request_revocation(principal=one, certificate_id=certificate.id, draft=told, at=bank_now())
    approvals.approve(latest_approval().id, principal=two)


def _parked(account: Account) -> Any:
    pay_in(account, 100)
    (transfer,) = held(account, due_at=bank_now())
    Transfer.objects.filter(pk=transfer.pk).update(attempts=1, parked_until=bank_now(), parked_reason="IntegrityError")
    return transfer.id


def _beyond(account: Account) -> Any:
    other = cleaning.stock_account(account.customer, account.account_class)
    limit = CleanupLimit(f"bank_{account.account_class.lower()}")
    return cleaning.case(account.customer, limit, account, other, most=1).items.get(rank=1).id


def _large_cash(account: Account, maker: Caller) -> Any:
    if open_box(maker.id) is None:
        # Written as it is: what its opening decides is not asked here.
        day = {"day": shanghai_day(bank_now()), "opened_at": bank_now()}
        CashBox(teller_id=maker.id, opening_fen=0, alone_fen=50_000_00, **day).save(force_insert=True)
    return ask_counter_cash(principal=maker, account_id=account.id, kind=MovementKind.DEPOSIT, amount_fen=50_000_01)


def _paid_in(account: Account) -> Any:
    teller = factories.caller("teller", "who-took-cash")
    if open_box(teller.id) is None:
        cashing.box(teller=teller)
    return cashing.pay(account, "deposit", 100_00, teller).id


CASES: dict[str, Case] = {
    "cleanup_action": Case(
        by="teller",
        prepare=_beyond,
        propose=lambda _, maker, item_id: request_action(
            principal=maker, item_id=item_id, way=CleanupWay.EXPLAIN, reason="一户用于工资"
        ),
        ended=ENDED,
        owner=(True, True),
    ),
    "counter_cash": Case(
        by="teller",
        propose=lambda account, maker, _: _large_cash(account, maker),
        ended=ENDED,
        owner=(True, True),
        again=False,
    ),
    "cash_reversal": Case(
        by="teller",
        prepare=_paid_in,
        propose=lambda _, maker, movement_id: ask_cash_reversal(
            principal=maker, movement_id=movement_id, reason="金额录入有误"
        ),
        ended=ENDED,
        owner=(True, True),
        again=False,
    ),
    "cash_count": Case(
        by="teller",
        prepare=lambda _: cashing.box(100_00, factories.caller("teller", "who-counts")).id,
        propose=lambda _, maker, box_id: ask_count(
            principal=maker, box_id=box_id, counted_fen=99_50, reason="少了五角，待查"
        ),
        ended=ENDED,
        owner=(False, False),
    ),
    "certificate": Case(
        by="compliance",
        propose=lambda _, maker, __: register_certificate(principal=maker, draft=draft(), at=bank_now()),
        # A paper whose proposal lapsed waits on: entered again it is proposed again.
        ended={"rejected": "rejected", "withdrawn": "rejected", "expired": "pending"},
        owner=(False, False),
    ),
    "revocation": Case(
        by="compliance",
        prepare=_certified,
        propose=lambda _, maker, certificate_id: request_revocation(
            principal=maker,
            certificate_id=certificate_id,
            draft=RevocationDraft("撤1", date(2026, 1, 4), "认定有误"),
            at=bank_now(),
        ),
        ended=ENDED,
        owner=(False, False),
    ),
    "freeze_lift": Case(
        by="compliance",
        prepare=_frozen,
        propose=lambda _, maker, freeze_id: ask_freeze_lift(
            principal=maker, freeze_id=freeze_id, order_no="解1", reason="原案已撤销"
        ),
        owner=(True, True),
    ),
    "card_exception": Case(
        by="teller",
        propose=lambda account, maker, _: ask_card_exception(
            principal=maker, account_id=account.id, product=CardProduct.DEBIT, reason="工资卡在外地"
        ),
        ended=ENDED,
        owner=(True, True),
    ),
    "payment_close_out": Case(
        by="teller",
        prepare=_penalized,
        propose=lambda account, maker, payment_id: ask_close_out(
            principal=maker, account_id=payment_id, to_account_id=account.id
        ),
        ended=ENDED,
        owner=(True, True),
        of=lambda _, payment_id: payment_id,
    ),
    "external_account": Case(
        by="teller",
        propose=lambda account, maker, _: request_external_account(
            principal=maker,
            customer_id=account.customer_id,
            entered=ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "出示他行存折原件"),
        ),
        ended=ENDED,
    ),
    "reverification": Case(
        by="teller",
        propose=lambda account, maker, _: request_reverification(
            principal=maker, customer_id=account.customer_id, check=CheckInput("联网核查", CheckResult.MATCH)
        ),
        ended=ENDED,
    ),
    "document_link": Case(
        by="teller",
        propose=lambda account, maker, _: request_document_link(
            principal=maker, customer_id=account.customer_id, entered=DocumentInput("passport", "X1234567", "GBR", None)
        ),
        ended=ENDED,
    ),
    "customer_difference": Case(
        by="teller",
        prepare=lambda _: factories.customer(),
        propose=lambda account, maker, other: request_difference(
            principal=maker, customer_id=account.customer_id, other_id=other.id, evidence="两人均到场"
        ),
        ended=ENDED,
    ),
    "name_change": Case(
        by="teller",
        propose=lambda account, maker, _: request_name_change(
            principal=maker,
            customer_id=account.customer_id,
            entered=NewName("张珊", DocumentInput("resident_id", factories.ZHANG.number, None, None), "户口簿变更记载"),
        ),
        ended=ENDED,
    ),
    "document_withdrawal": Case(
        by="teller",
        prepare=lambda account: factories.document(account.customer, "passport", "Y1234567", "GBR").id,
        propose=lambda account, maker, document_id: request_document_withdrawal(
            principal=maker, customer_id=account.customer_id, document_id=document_id, reason="登记有误"
        ),
        ended=ENDED,
    ),
    "external_account_withdrawal": Case(
        by="teller",
        prepare=_own_elsewhere,
        propose=lambda account, maker, row_id: request_external_account_withdrawal(
            principal=maker, customer_id=account.customer_id, external_account_id=row_id, reason="登记有误"
        ),
        ended=ENDED,
    ),
    "customer_merge": Case(
        by="teller",
        prepare=lambda _: factories.customer(factories.Person("张三", "H12345678", "hk_macau_permit")).id,
        propose=lambda account, maker, other_id: request_merge(
            principal=maker, customer_id=account.customer_id, other_id=other_id, evidence="两证件均已出示"
        ),
        ended=ENDED,
    ),
    "stock_import": Case(
        by="supervisor",
        prepare=lambda _: staged_import().id,
        propose=lambda _, maker, import_id: propose_import(principal=maker, import_id=import_id),
        # It can be submitted again.
        ended=dict.fromkeys(ENDED, "staged"),
        owner=(False, False),
        change=lambda row: type(row).objects.filter(pk=row.pk).update(summary={}),
    ),
    "import": Case(
        by="compliance",
        prepare=lambda _: _listed().id,
        propose=lambda _, maker, import_id: propose_list(principal=maker, import_id=import_id),
        # It can be submitted again.
        ended=dict.fromkeys(ENDED, "staged"),
        owner=(False, False),
        change=lambda row: type(row).objects.filter(pk=row.pk).update(summary={}),
    ),
    "import_undo": Case(
        by="compliance",
        prepare=lambda _: _listed_and_registered(),
        propose=lambda _, maker, import_id: propose_undo(principal=maker, import_id=import_id),
        ended=dict.fromkeys(ENDED, "applied"),
        owner=(False, False),
        change=lambda row: _revoked_of(row.pk),
    ),
    "parked_return": Case(
        by="supervisor",
        prepare=_parked,
        propose=lambda _, maker, transfer_id: ask_parked_return(principal=maker, transfer_id=transfer_id),
        # It is tried on, whatever becomes of the proposal.
        ended=dict.fromkeys(ENDED, "held"),
        owner=(True, True),
        change=lambda transfer: Transfer.objects.filter(pk=transfer.pk).update(attempts=0),
    ),
}
