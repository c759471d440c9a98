"""Maker and checker of a case account's certificate see the holders whom it will suspend."""

from datetime import timedelta

import pytest

from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.listings import certify, enter

pytestmark = pytest.mark.django_db

ELSEWHERE = {"account_number": "87144583", "bank_code": "YZ"}
HOLDER, NAMED, OTHER = "所列本行账户的开户人", "所列对象，认定书列有他行账户", "不因本认定书受限制"


def here(account):
    return {"account_number": account.account_number}


@pytest.fixture
def waiting(payee):
    return enter(factories.ZHANG, factories.WANG, case_accounts=[here(payee)])


def pages(waiting, desk):
    yield text_of(desk.get(f"/desk/certificates/{waiting['id']}"))
    yield text_of(desk.get(f"/desk/inbox/{waiting['approval_id']}"))


def test_the_holder_is_suspended_and_the_subjects_are_not(waiting, signed_in):
    for page in pages(waiting, signed_in("compliance", "checker")):
        assert f"李*：{HOLDER}" in page
        assert page.count(OTHER) == 2
        assert f"张*：所列对象，但不是所列账户的开户人；{OTHER}" in page
        for name in (factories.LI.name, factories.ZHANG.name, factories.WANG.name):
            assert name not in page


def test_named_number_is_shown_with_its_kind(waiting, signed_in):
    desk = signed_in("compliance", "checker")
    assert "6000200000000002 (本行账号)" in list(pages(waiting, desk))[1]
    assert "账号或卡号" in text_of(desk.get("/desk/certificates/new"))


def test_holders_are_named_in_english(waiting, signed_in):
    for page in pages(waiting, english(signed_in("compliance", "checker"))):
        assert "holds a named account here" in page
        assert page.count("holds no named account; not restricted by this certificate") == 2


def test_subject_of_a_certificate_with_an_external_account_is_suspended(payee, signed_in):
    waiting = enter(factories.ZHANG, case_accounts=[here(payee), ELSEWHERE])
    for page in pages(waiting, signed_in("compliance", "checker")):
        assert f"张*：{NAMED}" in page
        assert OTHER not in page


def test_subject_who_is_the_holder_is_shown_once_as_holder(payee, signed_in):
    factories.card(payee, number="6222020000000000126")
    cards = [{"account_number": "6222020000000000126"}]
    waiting = enter(factories.LI, case_accounts=[here(payee), *cards])
    for page in pages(waiting, signed_in("compliance", "checker")):
        assert page.count(HOLDER) == 1
        assert OTHER not in page


def test_penalty_shows_subjects_and_no_holders(signed_in, payee):
    page, proposal = pages(enter(factories.ZHANG), signed_in("compliance", "checker"))
    assert "case-holders" not in page
    assert "涉案账户开户人" not in proposal


def test_calendar_of_a_subject_without_a_named_account_is_empty(payee, signed_in, zhang, noon):
    desk = signed_in("compliance")
    first = certify(factories.ZHANG, case_accounts=[here(payee)])
    assert "惩戒日历" not in text_of(desk.get(f"/desk/certificates/{first.id}"))
    second = certify(factories.ZHANG, case_accounts=[here(factories.account(zhang))])
    assert "惩戒日历" in text_of(desk.get(f"/desk/certificates/{second.id}"))


def test_the_calendar_of_a_holder_ends_with_the_re_verification(signed_in, zhang, noon):
    certificate = certify(factories.ZHANG, case_accounts=[here(factories.account(zhang))])
    noon.advance(days=1)
    factories.reverified(zhang, at=noon.at)
    page = text_of(signed_in("compliance").get(f"/desk/certificates/{certificate.id}"))
    assert f"{(NOON + timedelta(days=1)).date()} 解除" in page


def test_re_verified_holder_is_shown_as_free(signed_in, zhang, li, noon):
    """Restrictions of the account remain; the page shows one end only."""
    named = [here(factories.account(zhang)), here(factories.account(li, account_number="6000200000000002"))]
    certificate = certify(case_accounts=named)
    page, desk = f"/desk/certificates/{certificate.id}", signed_in("compliance")
    assert "该暂停已" not in text_of(desk.get(page))
    noon.advance(days=1)
    factories.reverified(zhang, at=noon.at)
    day = (NOON + timedelta(days=1)).date()
    text = text_of(desk.get(page))
    assert f"该暂停已因身份重新核实于 {day} 解除。" in text.split("张*：")[1].split("</li>")[0]
    assert "该暂停已" not in text.split("李*：")[1].split("</li>")[0]
    assert f"ended on {day}, when the identity was re-verified" in text_of(english(desk).get(page))
