"""Restricted customers are marked: a badge, disabled acts, and one explanation for all of them."""

import pytest

from accounts.operations.freezes import place_freeze
from tests import factories
from tests.desk.pages import english, text_of
from tests.listings import certify, enter

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


def test_a_case_account_offers_neither_cash_nor_a_card_and_says_why(account, zhang, signed_in):
    certify(case_accounts=[{"account_number": account.account_number}])
    teller = signed_in("teller")
    row, page = (text_of(teller.get(each)) for each in (f"/desk/customers/{zhang.id}", f"/desk/accounts/{account.id}"))
    for word in ("现金", "转账", "发卡"):
        assert f'aria-describedby="why-{account.id}">{word}</a>' in row
    for word in ("现金存取", "转账", "发卡"):
        assert f'aria-describedby="why-account">{word}</a>' in page
    assert f"/desk/accounts/{account.id}/cash" not in row


def test_a_provisional_stop_marks_the_name_and_leaves_cash(account, zhang, signed_in):
    enter(case_accounts=[{"account_number": account.account_number}])
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    assert "受限</span>" in page
    assert f'href="/desk/accounts/{account.id}/cash"' in page


def test_two_papers_of_one_measure_are_one_line_with_both_behind(account, zhang, signed_in):
    certify(factories.ZHANG, doc_no="甲1")
    certify(factories.ZHANG, doc_no="甲2")
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    lines = page.split('class="acc-restrictions"')[1].split("</ul>")[0]
    assert lines.count("<strong>停止非柜面业务") == 1
    assert (lines.count("甲1"), lines.count("甲2")) == (lines.count("<strong>"),) * 2
    row = page.split(f'id="why-{account.id}"')[1].split("</td>")[0]
    assert row.count("badge") == 1


def test_certificate_page_marks_the_customers_it_names_as_restricted(account, zhang, signed_in):
    made = certify(factories.ZHANG)
    named = f"/desk/certificates/{made.id}/customers"
    officer = signed_in("compliance")
    assert "受限</span>" in text_of(officer.get(named))
