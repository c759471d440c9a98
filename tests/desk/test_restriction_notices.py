"""Restrictions of a customer or an account are shown beside each act, and no text there contradicts them."""

import pytest

from accounts.models import Freeze
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import rows_of
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db

CANNOT_BE_USED = "（暂不可支用）"


@pytest.fixture
def frozen(account):
    Freeze.objects.create(account=account, authority="某区人民法院", order_no="(2026)冻1号", placed_at=NOON)
    return account


@pytest.mark.parametrize("act", ["cash", "cards/new", "class", "close", "freezes/new"])
def test_the_form_of_an_act_about_a_frozen_account_says_so(frozen, signed_in, act):
    desk = signed_in("compliance" if act == "freezes/new" else "teller")
    page = text_of(desk.get(f"/desk/accounts/{frozen.id}/{act}")).split("<main")[1]
    assert "对该账户的限制" in page
    assert "(2026)冻1号" in page
    assert CANNOT_BE_USED in page
    assert "正常" not in page.split("<form")[0]


def test_the_form_of_an_act_about_any_other_account_says_nothing_of_it(account, signed_in):
    page = text_of(signed_in("teller").get(f"/desk/accounts/{account.id}/cash"))
    assert "对该账户的限制" not in page
    assert CANNOT_BE_USED not in page


def test_the_page_of_an_account_says_that_its_balance_cannot_be_used(account, li, signed_in):
    teller = signed_in("teller")
    address = f"/desk/accounts/{account.id}"
    assert CANNOT_BE_USED not in text_of(teller.get(address))
    certify(factories.ZHANG)
    # At the counter it can.
    assert CANNOT_BE_USED not in text_of(teller.get(address))
    certify_account(account.account_number)
    assert CANNOT_BE_USED in text_of(teller.get(address))
    assert "(cannot be used now)" in text_of(english(teller).get(address))


def test_no_badge_says_that_a_restricted_customer_is_well(account, zhang, signed_in):
    certify(factories.ZHANG)
    (identity,) = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}")).split('id="identity"')[1:]
    assert "正常" not in identity.split("对该客户的限制")[0]
    zhang.status = "in_review"
    zhang.save()
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}")).split('id="identity"')[1]
    assert "待核实" in page.split("对该客户的限制")[0]


def test_openable_account_says_which_business_would_be_suspended(account, zhang, signed_in):
    address = f"/desk/customers/{zhang.id}"
    teller = signed_in("teller")
    assert "开立后即" not in text_of(teller.get(address))
    certify_account(account.account_number)
    rules = text_of(teller.get(address)).split('<div class="desk-rule">')
    sentences = {
        name: next(each for each in rules if f"<strong>{name}</strong>" in each)
        for name in ("Ⅱ类户", "Ⅲ类支付账户", "Ⅰ类户")
    }
    assert "开立后即暂停非柜面业务，直至认定撤销或身份重新核实。" in sentences["Ⅱ类户"]
    assert "开立后即暂停支付账户所有业务，直至认定撤销或身份重新核实。" in sentences["Ⅲ类支付账户"]
    assert "开立后即" not in sentences["Ⅰ类户"]
    assert any("发卡后即暂停非柜面业务" in each for each in rules)
    assert "Once opened: all business of payment accounts suspended until" in text_of(english(teller).get(address))


def test_restriction_links_to_its_certificate_with_permission(account, zhang, signed_in):
    certificate = certify(factories.ZHANG)
    link = f'href="/desk/certificates/{certificate.id}"'
    for path in (f"/desk/customers/{zhang.id}", f"/desk/accounts/{account.id}"):
        page = text_of(signed_in("compliance").get(path)).split("<main")[1]
        assert link in page.split("acc-restrictions")[1].split("</ul>")[0]
        assert link not in text_of(signed_in("teller").get(path))
    (line,) = rows_of(text_of(signed_in("compliance").get(f"/desk/customers/{zhang.id}")), "li", "认定书生效")
    assert link in line


def test_openable_account_under_a_restriction_of_outflow_says_so(account, zhang, signed_in):
    certify(factories.ZHANG, legal_basis="JDM_2024", extent={"accounts": 3})
    teller = signed_in("teller")
    address = f"/desk/customers/{zhang.id}"
    page = text_of(teller.get(address))
    assert ("发卡后即限制非柜面出金，至2028年1月2日（含）止。" in page, "非柜面业务" in page) == (True, False)
    assert "Once issued: " in text_of(english(teller).get(address))


def test_the_opening_names_the_law_that_bars_something_else(account, zhang, signed_in):
    certify(factories.ZHANG, legal_basis="JDM_2024", extent={"accounts": 3})
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}/open"))
    rule = page.split("可以开立；另有限制：暂停新开立支付账户")[1].split("desk-rule")[0]
    assert "金融惩戒" in rule
    assert "通告" not in rule
