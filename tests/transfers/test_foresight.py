"""The outcome of held transfers is foreseen by the release's own rule, with a constant number of queries."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Freeze
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.factories import LI, ZHANG
from tests.listings import certify, certify_account
from tests.transfers.conftest import pay_in
from tests.transfers.factories import clearing, held
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.queries.foreseen_returns import find_foreseen_returns
from transfers.vocabulary import ReleasedBy, ReturnCause

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=5)


def freeze(account: Account, until=None) -> None:
    Freeze.objects.create(account=account, authority="法院", order_no="1", placed_at=NOON, until=until)


def codes(*transfers: Transfer) -> list[str]:
    foreseen = find_foreseen_returns(transfers, NOON)
    return [foreseen[each.id].code if each.id in foreseen else "" for each in transfers]


def test_nothing_is_in_the_way_of_most(payer, payee):
    assert codes(*held(payer, payee, due_at=LATER), *held(payer, due_at=LATER)) == ["", ""]


def test_case_account_of_payer_or_payee_is_foreseen(payer, payee):
    (mine,) = held(payer, payee, due_at=LATER)
    certify_account(payee.account_number)
    foreseen = find_foreseen_returns([mine], NOON)[mine.id]
    assert (foreseen.code, foreseen.of_payee, foreseen.refusal.fields) == (
        "CASE_ACCOUNT_STOPPED",
        True,
        {"side": "payee"},
    )
    certify_account(payer.account_number)
    foreseen = find_foreseen_returns([mine], NOON)[mine.id]
    assert (foreseen.code, foreseen.of_payee) == ("CASE_ACCOUNT_STOPPED", False)


def test_foreseen_return_reveals_no_more_about_a_penalized_payee_than_the_return(payer, li):
    payment = factories.account(li, "III", kind="payment")
    (mine,) = held(payer, payment, due_at=LATER)
    certify(LI)
    foreseen = find_foreseen_returns([mine], NOON)[mine.id]
    assert (foreseen.code, foreseen.refusal.fields) == ("PAYMENT_BUSINESS_SUSPENDED", {"side": "payee"})
    for word in ("惩戒", "2031", "认定"):
        assert word not in foreseen.refusal.detail("zh") + foreseen.cause


def test_an_account_at_another_bank_that_is_a_case_account(payer):
    (mine,) = held(payer, due_at=LATER)
    (other,) = held(payer, due_at=LATER, payee_account_number="6222000011113333")
    certify_account("6222000011112222", "OTHERBANK")
    assert codes(mine, other) == ["CASE_ACCOUNT_STOPPED", ""]


def test_freeze_that_ends_before_the_due_instant_returns_nothing(payer):
    (before,), (after,) = held(payer, due_at=LATER), held(payer, due_at=LATER + timedelta(hours=1))
    freeze(payer, until=LATER + timedelta(microseconds=1))
    assert codes(before, after) == ["ACCOUNT_FROZEN", ""]


def test_only_held_transfers_are_foreseen(payer, payee):
    (mine,) = held(payer, payee, due_at=LATER)
    freeze(payer)
    mine.status = "posted"
    with CaptureQueriesContext(connection) as asked:
        assert find_foreseen_returns([mine], NOON) == {}
    assert len(asked) == 0


def test_many_are_asked_about_as_often_as_one(payer, payee):
    freeze(payer)
    few = held(payer, payee, due_at=LATER) + held(payer, due_at=LATER)
    many = few + [each for _ in range(8) for each in held(funded_account(), due_at=LATER)]
    assert (
        queries_of(lambda: find_foreseen_returns(many, NOON))
        == queries_of(lambda: find_foreseen_returns(few, NOON))
        <= 5
    )


def funded_account() -> Account:
    made = factories.account(factories.customer())
    pay_in(made, 10_000)
    return made


def test_foresight_equals_the_later_release(noon, zhang, li, wang):
    chance = random.Random(7)
    accounts = [factories.account(who, class_) for who in (zhang, li, wang) for class_ in ("I", "II")]
    accounts += [factories.account(li, "III", kind="payment"), *(funded_account() for _ in range(3))]
    for account in accounts:
        pay_in(account, 1_000_000)
    certify(ZHANG)
    certify_account(accounts[2].account_number)
    freeze(accounts[4])
    freeze(accounts[5], until=LATER)
    for _ in range(80):
        payer, payee = chance.sample([*accounts, clearing()], 2)
        if payer in accounts:
            held(payer, payee, due_at=LATER, channel=chance.choice(("atm", "mobile", "counter")))
    every = list(Transfer.objects.all())
    foreseen = dict(zip((each.id for each in every), codes(*every), strict=True))
    noon.set(LATER)
    release_due(released_by=ReleasedBy.CELERY)
    assert dict(Transfer.objects.values_list("id", "outcome_code")) == foreseen
    assert {"", "ACCOUNT_FROZEN", "CASE_ACCOUNT_STOPPED", "NON_COUNTER_SUSPENDED"} <= set(foreseen.values())


def test_a_return_is_on_the_payers_timeline(payer, payee, noon):
    held(payer, payee, due_at=LATER)
    freeze(payer)
    noon.set(LATER)
    release_due(released_by=ReleasedBy.CELERY)
    decision = Decision.objects.get(kind="release")
    assert (decision.customer_id, decision.account_id) == (payer.customer_id, payer.id)


def test_every_cause_of_a_return_has_a_word():
    assert ReturnCause.word("BALANCE_LIMIT") == "收款账户不能收取这笔款项"
