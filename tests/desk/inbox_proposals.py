"""Pending proposals for the inbox, proposed as their makers do."""

from datetime import date

from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from accounts.vocabulary import CardProduct
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import draft, latest_approval


def address(approval: Approval) -> str:
    return f"/desk/inbox/{approval.id}"


def card_exception(teller: Caller) -> None:
    account = factories.account(factories.customer())
    factories.four_cards(account)
    ask_card_exception(principal=teller, account_id=account.id, product=CardProduct.DEBIT, reason="工资卡在外地丢失")


def external_account(teller: Caller) -> None:
    customer = factories.customer(factories.ZHANG)
    account = ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "出示他行存折原件")
    request_external_account(principal=teller, customer_id=customer.id, entered=account)


def freeze_lift(_teller: Caller) -> None:
    account = factories.account(factories.customer())
    officer = factories.caller("compliance", "maker")
    freeze = place_freeze(principal=officer, account_id=account.id, authority="法院", order_no="冻1", until=None)
    ask_freeze_lift(principal=officer, freeze_id=freeze.id, order_no="解1", reason="原案已撤销")


def revocation(_teller: Caller) -> None:
    officer = factories.caller("compliance", "maker")
    certificate, _ = register_certificate(principal=officer, draft=draft(), at=bank_now())
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "checker"))
    paper = RevocationDraft("撤1", date(2026, 1, 4), "认定有误")
    request_revocation(principal=officer, certificate_id=certificate.id, draft=paper, at=bank_now())
