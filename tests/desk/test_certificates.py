"""The register of certificates: pending, in force, lapsed and revoked ones, searched without personal numbers."""

from datetime import date

import pytest

from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.vocabulary import AuthorityLevel
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import OWN_ACCOUNT, case_draft, draft, latest_approval, person
from tests.database import queries_of
from tests.desk.pages import text_of
from tests.desk.papers import NEW, in_force, paper

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("papers_lapse")
def test_certificate_with_a_lapsed_proposal_shows_the_next_step(officer, noon):
    maker = factories.caller("compliance", "maker")
    certificate, _ = register_certificate(principal=maker, draft=draft(), at=bank_now())
    where, notice = f"/desk/certificates/{certificate.id}", "复核申请已逾期失效，未生效"
    assert notice not in text_of(officer.get(where))
    noon.advance(days=7)
    page = text_of(officer.get(where))
    assert notice in page
    assert ("待复核" in page, "生效后" in page, "措施（未生效）" in page) == (False, False, True)
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    assert notice not in text_of(officer.get(where))


@pytest.mark.usefixtures("papers_lapse")
def test_a_paper_entered_again_says_whether_it_was_submitted_again(officer, noon):
    for once, message in (("1", "已登记，待另一名"), ("2", "未重复登记"), ("3", "已重新提交，待另一名合规人员复核")):
        if once == "3":
            noon.advance(days=7)
        assert message in text_of(officer.post(NEW, paper(once=once), follow=True))
    assert Approval.objects.filter(kind="certificate").count() == 2


def test_revoked_certificate_was_in_force_and_rejected_one_never(officer, noon):
    factories.account(factories.customer(), "I", account_number=OWN_ACCOUNT)
    certificate, _ = register_certificate(
        principal=factories.caller("compliance", "maker"), draft=case_draft(), at=bank_now()
    )
    where, checker = f"/desk/certificates/{certificate.id}", factories.caller("compliance", "checker")
    approvals.reject(latest_approval().id, principal=checker, reason="文书号有误")
    page = text_of(officer.get(where))
    assert ("措施（未通过）" in page, "已撤销）" in page) == (True, False)
    certificate = in_force(case_draft())
    assert "措施（" not in text_of(officer.get(f"/desk/certificates/{certificate.id}"))
    paper = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
    request_revocation(
        principal=factories.caller("compliance", "maker"), certificate_id=certificate.id, draft=paper, at=bank_now()
    )
    approvals.approve(latest_approval().id, principal=checker)
    page = text_of(officer.get(f"/desk/certificates/{certificate.id}"))
    assert ("措施（已撤销）" in page, "对人的影响（已撤销）" in page, "未生效" in page) == (True, True, False)


@pytest.mark.usefixtures("papers_lapse")
def test_list_shows_which_proposals_lapsed(officer, noon):
    maker = factories.caller("compliance", "maker")
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    assert "复核申请已逾期失效" not in text_of(officer.get("/desk/certificates"))
    noon.advance(days=7)
    row = text_of(officer.get("/desk/certificates")).split("<tbody>")[1]
    assert "复核申请已逾期失效" in row
    assert "待复核" not in row
    assert "2031年1月1日（含）" not in row
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    assert "复核申请已逾期失效" not in text_of(officer.get("/desk/certificates"))


def test_revocation_can_be_proposed_again_after_a_lapsed_proposal(officer, noon):
    certificate = in_force()
    where = f"/desk/certificates/{certificate.id}"
    maker, link = factories.caller("compliance", "maker"), f'href="{where}/revocation"'
    paper = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
    request_revocation(principal=maker, certificate_id=certificate.id, draft=paper, at=bank_now())
    assert link not in text_of(officer.get(where))
    assert "撤销待复核" in text_of(officer.get("/desk/certificates"))
    noon.advance(days=7)
    assert link in text_of(officer.get(where))
    page = text_of(officer.get("/desk/certificates"))
    assert "撤销申请已逾期失效" in page
    assert "撤销待复核" not in page


def test_certificates_are_listed_newest_first_with_masked_subjects(officer):
    in_force(draft(doc_no="甲1"))
    in_force(draft(doc_no="乙2"))
    page = text_of(officer.get("/desk/certificates"))
    assert page.index("乙2") < page.index("甲1")
    assert "张*" in page
    assert "张三" not in page


def test_last_day_is_shown_for_restricting_certificates_only(officer):
    maker, checker = (factories.caller("compliance", name) for name in ("maker", "checker"))
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))
    approvals.reject(latest_approval().id, principal=checker, reason="x")
    assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))
    certificate = in_force()
    assert "2031年1月1日（含）" in text_of(officer.get("/desk/certificates"))
    revoking = RevocationDraft(doc_no="撤1", revoked_on=date(2026, 1, 4), reason="x")
    request_revocation(principal=maker, certificate_id=certificate.id, draft=revoking, at=bank_now())
    approvals.approve(latest_approval().id, principal=checker)
    assert "2031年1月1日（含）" not in text_of(officer.get("/desk/certificates"))


def test_filters_by_status_category_number_and_authority(officer):
    in_force(draft(doc_no="甲1"))
    factories.account(factories.customer(), account_number=OWN_ACCOUNT)
    register_certificate(
        principal=factories.caller("compliance", "maker"),
        draft=case_draft(doc_no="乙2", authority_name="深圳市公安局", region_code="440300"),
        at=bank_now(),
    )
    for query, shown, hidden in (
        ({"status": "pending"}, "乙2", "甲1"),
        ({"category": "SELL"}, "甲1", "乙2"),
        ({"q": "甲"}, "甲1", "乙2"),
        ({"q": "深圳"}, "乙2", "甲1"),
    ):
        body = text_of(officer.get("/desk/certificates", query)).split("<main")[1]
        assert shown in body
        assert hidden not in body


def test_list_of_manual_reviews(officer):
    in_force(draft(doc_no="甲1"))
    register_certificate(
        principal=factories.caller("compliance", "maker"),
        draft=draft(doc_no="乙2", level=AuthorityLevel.DISTRICT_BRANCH, region_code="110105"),
        at=bank_now(),
    )
    body = text_of(officer.get("/desk/certificates?status=manual_review")).split("<main")[1]
    assert "乙2" in body
    assert "甲1" not in body


def of_person(officer, number: str):
    asked = {"type": "resident_id", "number": number, "reason": "business"}
    return officer.post("/desk/certificates/person", asked)


def test_certificates_of_a_person_are_found_without_a_number_in_the_address(officer):
    in_force(draft(doc_no="甲1"))
    in_force(draft(doc_no="乙2", subjects=(person(factories.LI.number, "李四"),)))
    answer = of_person(officer, factories.ZHANG.number)
    assert factories.ZHANG.number not in answer.url
    body = text_of(officer.get(answer.url)).split("<main")[1]
    assert "甲1" in body
    assert "乙2" not in body


def test_certificate_that_names_only_a_persons_account_is_found(officer, zhang):
    certificate = in_force(case_draft((factories.account(zhang).account_number, "DEMOBANK"), doc_no="甲1"))
    answer = of_person(officer, factories.ZHANG.number)
    body = text_of(officer.get(answer.url)).split("<main")[1]
    assert "甲1" in body
    assert str(certificate.id) in answer.url
    answer = of_person(officer, factories.LI.number)
    assert "甲1" not in text_of(officer.get(answer.url))


def test_missing_subjects_are_stated(officer):
    answer = of_person(officer, factories.WANG.number)
    assert "没有认定书列明该人" in text_of(officer.get(answer.url))


@pytest.mark.parametrize("number", ["", "123"])
def test_wrong_number_is_reported_beside_the_field(officer, number):
    answer = of_person(officer, number)
    assert answer.status_code == 400
    assert 'id="id_number_error"' in text_of(answer)


def test_pages_cost_the_same_for_one_as_for_many(officer):
    officer.get("/desk/certificates")
    maker = factories.caller("compliance", "maker")
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    one = queries_of(lambda: officer.get("/desk/certificates"))
    for number in range(59):
        register_certificate(principal=maker, draft=draft(doc_no=f"文书{number}"), at=bank_now())
    assert queries_of(lambda: officer.get("/desk/certificates")) == one <= 22
    page = text_of(officer.get("/desk/certificates"))
    assert page.split("<tbody>")[1].count("<tr>") == 50
    older = page.split('href="?before=')[1].split('"')[0]
    assert text_of(officer.get(f"/desk/certificates?before={older}")).split("<tbody>")[1].count("<tr>") == 10
