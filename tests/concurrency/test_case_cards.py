"""A card's account becomes a case account during a decision: one session waits for the other."""

import threading
from contextlib import closing

import pytest
from django.db import connections

from accounts.operations.holders import lock_holder
from accounts.vocabulary import Channel
from blacklist.models import Certificate
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.registration import register_certificate
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import AuthorityLevel, Category
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Ruled
from config.kernel.models import Approval
from tests import factories
from tests.clock import Clock
from tests.listings import CERTIFIED_ON
from tests.races import not_yet_committed, wait_for_blocked_session
from tests.transfers.conftest import pay_in
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.vocabulary import Arrival

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "6222020000000000126"


@pytest.fixture
def case():
    """An account whose cancelled card is named by a pending certificate."""
    Clock().run()
    account = factories.account(factories.customer(factories.ZHANG), "II", account_number="6000100000000022")
    pay_in(account, 50_000)
    factories.card(account, number=NUMBER, status="cancelled")
    paper = CertificateDraft(
        doc_no="1",
        authority_name="广州市公安局",
        region_code="440100",
        level=AuthorityLevel.PREFECTURE,
        certified_on=CERTIFIED_ON,
        category=Category.CASE_ACCOUNT,
        legal_basis=LegalBasis("NOTICE_2016"),
        case_accounts=((NUMBER, ""),),
    )
    maker = factories.caller("compliance")
    perform(lambda: register_certificate(principal=maker, draft=paper, at=bank_now()))
    return account


@pytest.fixture
def other():
    account = factories.account(factories.customer(factories.LI), "II", account_number="6000200000000002")
    pay_in(account, 50_000)
    return account


def approve():
    checker = factories.caller("compliance", "second")
    return approvals.approve(Approval.objects.get().id, principal=checker)


def pay(payer, payee):
    """Post a payment; return the code of the answer."""
    order = TransferOrder(
        channel=Channel.COUNTER,
        amount_fen=100,
        payer_card=None,
        payer_account_id=payer.id,
        payee_account_number=payee.account_number,
        payee_bank_code="",
        payee_name=payee.customer.name,
        arrival=Arrival.REAL_TIME,
    )
    try:
        return accept_transfer(order, principal=factories.caller("teller")).status
    except Ruled as refusal:
        return refusal.code


def in_background(act):
    outcomes = []

    def run():
        with closing(connections["default"]):
            outcomes.append(perform(act))

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcomes


DECIDING = [
    pytest.param(lambda case, other: pay(case, other), id="a transfer from it"),
    pytest.param(lambda case, other: pay(other, case), id="a transfer to it"),
    pytest.param(lambda case, _: lock_holder(case.customer_id), id="what is opened for its holder"),
]


@pytest.mark.parametrize("decide", DECIDING)
def test_an_approval_waits_for_the_decision(case, other, decide):
    with not_yet_committed():
        decide(case, other)
        thread, _ = in_background(approve)
        wait_for_blocked_session("advisory")
        decided_at = bank_now()
    thread.join(timeout=30)
    assert Certificate.objects.get().in_force_at > decided_at


@pytest.mark.parametrize("decide", DECIDING[:2])
def test_a_decision_waits_for_the_approval_and_sees_it(case, other, decide):
    with not_yet_committed():
        approve()
        thread, outcomes = in_background(lambda: decide(case, other))
        wait_for_blocked_session("advisory")
        assert outcomes == []
    thread.join(timeout=30)
    assert outcomes == ["CASE_ACCOUNT_STOPPED"]
