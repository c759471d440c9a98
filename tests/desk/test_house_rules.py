"""The desk names a house rule (本行规则) with its reason, and never cites the notice for it."""

import pytest

from tests import factories
from tests.desk.pages import english, text_of
from tests.listings import certify, enter

pytestmark = pytest.mark.django_db

REASON = "“六部门通告（2016年）”未列“受刑事处罚”；对其限制为本行规则"
CLAUSE = "第五条"


def test_restrictions_of_the_punished_say_why_and_cite_nothing(account, zhang, signed_in):
    certify(factories.ZHANG, category="CRIMINAL_PUNISHED")
    desk = signed_in("teller")
    for page in (
        text_of(desk.get(f"/desk/customers/{zhang.id}")),
        text_of(desk.get(f"/desk/accounts/{account.id}")),
        text_of(desk.post("/desk/screening", factories.ZHANG.document | {"reason": "business"})),
    ):
        assert REASON in page
        assert CLAUSE not in page
        assert "None" not in page


def test_page_of_the_certificate_shows_the_house_rule(signed_in, noon):
    waiting = enter(factories.ZHANG, category="CRIMINAL_PUNISHED")
    desk = signed_in("compliance")
    page = text_of(desk.get(f"/desk/certificates/{waiting['id']}"))
    assert REASON in page
    assert CLAUSE not in page
    assert "停止非柜面业务5年" in page
    typed = {"level": "prefecture", "region_code": "440100", "certified_on": "2026-01-01", "legal_basis": "NOTICE_2016"}
    live = text_of(desk.get("/desk/certificates/new/check", typed | {"category": "CRIMINAL_PUNISHED"}))
    assert REASON in live
    assert REASON not in text_of(desk.get("/desk/certificates/new/check", typed | {"category": "SELL"}))


def test_house_rule_is_named_in_english(account, zhang, signed_in):
    certify(factories.ZHANG, category="CRIMINAL_PUNISHED")
    page = text_of(english(signed_in("teller")).get(f"/desk/customers/{zhang.id}"))
    assert "restricting them is a house rule" in page


def test_barred_card_is_named_a_house_rule_unlike_the_accounts(account, zhang, signed_in):
    certify(factories.ZHANG)
    page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}"))
    assert "这是本行规则：卡是动用账户的工具" in page
    assert CLAUSE in page
    refused = signed_in("teller").post(f"/desk/accounts/{account.id}/cards/new", {"card-product": "debit", "once": "x"})
    problem = refused.context["problem"]
    assert (problem.code, problem.clause) == ("OPENING_BARRED", "本行规则")
