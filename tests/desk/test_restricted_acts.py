"""Restricted customers are marked: a badge, disabled acts, and one explanation for all of them."""

import pytest

from accounts.operations.freezes import place_freeze
from tests import factories
from tests.desk.pages import english, text_of
from tests.listings import certify

pytestmark = pytest.mark.django_db
OFF = 'aria-disabled="true"'


@pytest.fixture
def account(noon, zhang):
    return factories.account(zhang, "I", balance_fen=100_000)


def test_a_penalized_customer_is_marked_and_opening_is_off_for_one_reason(account, zhang, signed_in):
    teller = signed_in("teller")
    page = f"/desk/customers/{zhang.id}"
    free = text_of(teller.get(page))
    assert "受限</span>" not in free
    assert OFF not in free
    assert f'href="{page}/open"' in free
    certify(factories.ZHANG)
    barred = text_of(teller.get(page))
    assert "受限</span>" in barred
    assert barred.count("<span>不可发卡</span>") == 4
    assert f'href="{page}/open"' not in barred
    assert 'aria-describedby="why-not">开户</a>' in barred
    assert barred.count('id="why-not"') == 1
    sentences = [each.verdict.sentence for each in teller.get(page).context["verdicts"]]
    assert len(sentences) == len(set(sentences)) < 5, "the bar is stated once, and apart from it the card"
    # Cards that do not count are issued all the same.
    assert f'href="/desk/accounts/{account.id}/cards/new"' in barred
    assert "Restricted</span>" in text_of(english(teller).get(page))


def test_an_expired_document_puts_cards_off_too(account, zhang, signed_in):
    factories.valid_until(zhang, account.opened_at.date().replace(year=2020))
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    assert f'href="/desk/accounts/{account.id}/cards/new"' not in page


def test_a_full_class_puts_nothing_off(account, zhang, signed_in):
    assert OFF not in text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))


def test_frozen_account_offers_no_transfer(account, signed_in):
    teller = signed_in("teller")
    page = f"/desk/accounts/{account.id}"
    assert f"/desk/transfers/new?account={account.id}" in text_of(teller.get(page))
    place_freeze(
        principal=factories.caller("compliance"), account_id=account.id, authority="某区法院", order_no="2", until=None
    )
    frozen = text_of(teller.get(page))
    assert f"/desk/transfers/new?account={account.id}" not in frozen
    assert 'aria-describedby="why-account">转账</a>' in frozen
    assert 'id="why-account"' in frozen
    assert "受限</span>" in frozen
    assert f'href="{page}/cash"' in frozen, "cash still comes in"
    customer = text_of(teller.get(f"/desk/customers/{account.customer_id}"))
    assert f"/desk/transfers/new?account={account.id}" not in customer
    assert f'aria-describedby="why-{account.id}">转账</a>' in customer


def test_exception_is_disabled_on_a_penalized_holders_account_and_the_bar_is_shown(account, signed_in):
    certify(factories.ZHANG)
    page = text_of(signed_in("teller").get(f"/desk/accounts/{account.id}"))
    assert 'aria-describedby="why-holder">申请超限额发卡</a>' in page
    assert page.count('id="why-holder"') == 1
    assert "对客户的限制" in page
