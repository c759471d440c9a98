"""The page of one certificate, and its revocation by two persons."""

import pytest

from blacklist.models import Certificate, Revocation
from blacklist.operations.registration import register_certificate
from config.kernel.database.clock import bank_now
from tests import factories
from tests.blacklist.cast import draft, latest_approval, person
from tests.database import queries_of
from tests.desk.pages import text_of
from tests.desk.papers import in_force

pytestmark = pytest.mark.django_db


def test_page_shows_calendar_history_and_ends(officer):
    certificate = in_force()
    page = text_of(officer.get(f"/desk/certificates/{certificate.id}"))
    for words in (
        "<svg",
        "至2031年1月1日（含）止",
        "至2029年1月1日（含）止",
        "今天",
        "登记并提交复核",
        "复核通过，生效",
        "申请撤销",
    ):
        assert words in page


def test_certificate_is_revoked_by_two_persons_and_shows_the_pending_request(officer, signed_in):
    certificate = in_force()
    where = f"/desk/certificates/{certificate.id}"
    typed = {
        "once": "r1",
        "doc_no": "撤〔2026〕1号",
        "revoked_on": "2026-01-05",
        "ground": "revoked",
        "reason": "认定有误",
    }
    page = text_of(officer.post(f"{where}/revocation", typed, follow=True))
    assert "复核前认定书仍有效" in page
    assert "待复核" in page
    officer.post(f"{where}/revocation", typed)
    assert Revocation.objects.count() == 1
    signed_in("compliance", "other", with_codes=True).post(
        f"/desk/inbox/{latest_approval().id}", {"decision": "approve"}
    )
    page = text_of(officer.get(where))
    assert "撤销生效" in page
    assert "已撤销" in page
    assert "is-lifted" in page


def test_checker_of_a_revocation_reads_its_certificate(officer, signed_in):
    certificate = in_force()
    typed = {
        "once": "r1",
        "doc_no": "撤〔2026〕1号",
        "revoked_on": "2026-01-05",
        "ground": "revoked",
        "reason": "认定有误",
    }
    officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
    page = text_of(signed_in("compliance", "other").get(f"/desk/inbox/{latest_approval().id}"))
    assert "<dt>拟撤销的认定书</dt>" in page
    assert f"{certificate.doc_no} · {certificate.authority_name} · 出售账户 · 张*" in page
    assert "撤销文号" in page
    # Grounds and subjects are shown only to the roles that decide.
    assert "张*" not in text_of(signed_in("supervisor").get(f"/desk/inbox/{latest_approval().id}"))


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"revoked_on": "2026-01-06"}, 400, "撤销日期不得晚于今天"),
        ({"revoked_on": "2025-12-31"}, 400, "撤销日期不得早于认定日期"),
        ({"doc_no": ""}, 400, "id_doc_no_error"),
        ({"reason": ""}, 400, "id_reason_error"),
        ({"ground": ""}, 400, "id_ground_error"),
    ],
    ids=["tomorrow", "before", "no number", "no reason", "no ground"],
)
def test_wrong_revocation_is_reported_beside_the_field(officer, change, status, words):
    certificate = in_force()
    typed = {
        "once": "r1",
        "doc_no": "撤1",
        "revoked_on": "2026-01-05",
        "ground": "revoked",
        "reason": "认定有误",
    } | change
    answer = officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert not Revocation.objects.exists()


def test_ineffective_certificate_cannot_be_revoked(officer):
    certificate, _ = register_certificate(
        principal=factories.caller("compliance", "maker"), draft=draft(), at=bank_now()
    )
    typed = {"once": "r1", "doc_no": "撤1", "revoked_on": "2026-01-05", "ground": "revoked", "reason": "认定有误"}
    answer = officer.post(f"/desk/certificates/{certificate.id}/revocation", typed)
    assert answer.status_code == 409
    assert "CERTIFICATE_STATE" in text_of(answer)


def test_costs_the_same_for_one_subject_as_for_many(officer):
    def count(certificate: Certificate) -> int:
        return queries_of(lambda: officer.get(f"/desk/certificates/{certificate.id}"))

    one = in_force(draft(doc_no="甲1"))
    people = tuple(person(factories.new_person().number, "某某") for _ in range(12))
    many = in_force(draft(doc_no="乙2", subjects=people))
    in_force(draft(doc_no="丙3", subjects=people))
    officer.get("/desk/certificates")
    assert count(one) == count(many) <= 29
