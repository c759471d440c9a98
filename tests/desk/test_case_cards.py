"""The desk explains the number of a case account, and shows a whole card number only with a reason."""

import pytest

from config.kernel.models import Approval, Decision
from tests import factories
from tests.blacklist.cast import body
from tests.desk.pages import english, text_of
from tests.listings import certify_account

pytestmark = pytest.mark.django_db

NUMBER, MASKED = "6222020000000000126", "622202*********0126"


@pytest.fixture
def case(zhang):
    account = factories.account(zhang, "II")
    factories.card(account, number=NUMBER, status="cancelled")
    return account


def test_the_holders_page_shows_the_cards_account_stopped_and_the_others_suspended(case, zhang, signed_in):
    other = factories.account(zhang, "I")
    certify_account(NUMBER)
    desk = signed_in("teller")
    for account, word in ((case, "涉案账户"), (other, "暂停非柜面业务")):
        page = text_of(desk.get(f"/desk/accounts/{account.id}"))
        assert word in page
        assert NUMBER not in page
    page = text_of(desk.get(f"/desk/customers/{zhang.id}"))
    assert "涉案账户" in page


def test_screening_draws_the_certificate_that_names_a_card(case, signed_in):
    named = certify_account(NUMBER)
    page = text_of(signed_in("compliance").post("/desk/screening", factories.ZHANG.document | {"reason": "business"}))
    assert named.doc_no in page


def test_a_certificate_shows_the_card_masked_and_whole_with_a_reason_on_record(case, signed_in):
    address = f"/desk/certificates/{certify_account(NUMBER).id}"
    desk = signed_in("compliance")
    page = text_of(desk.get(address))
    assert MASKED in page
    assert "本行卡号" in page
    assert NUMBER not in page
    assert "Card of this bank" in text_of(english(desk).get(address))
    whole = desk.post(f"{address}/unmask", {"reason": "document_check"}, headers={"HX-Request": "true"})
    assert NUMBER in text_of(whole)
    assert Decision.objects.filter(kind="unmask").count() == 1


def test_certificate_and_proposal_name_unknown_numbers_and_the_review_reason(noon, compliance, signed_in):
    accounts = [{"account_number": NUMBER}]
    made = compliance.post(
        "/blacklist/certificates", body(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts)
    )
    desk = signed_in("compliance", "checker")
    certificate = text_of(desk.get(f"/desk/certificates/{made.json()['id']}"))
    proposal = text_of(desk.get(f"/desk/inbox/{made.json()['approval_id']}"))
    for page in (certificate, proposal):
        assert "所列本行涉案账号既非本行账号，也非本行卡号" in page
        assert "本行无此账号或卡号" in page


def test_checker_sees_the_card_masked(case, compliance, signed_in):
    accounts = [{"account_number": NUMBER}]
    compliance.post("/blacklist/certificates", body(category="CASE_ACCOUNT", subjects=[], case_accounts=accounts))
    page = text_of(signed_in("compliance", "checker").get(f"/desk/inbox/{Approval.objects.get().id}"))
    assert f"{MASKED} (本行卡号)" in page
    assert NUMBER not in page


def test_the_back_office_shows_the_card_masked(case, staff):
    page = text_of(staff("superuser").get(f"/admin/blacklist/certificate/{certify_account(NUMBER).id}/change/"))
    assert MASKED in page
    assert NUMBER not in page
