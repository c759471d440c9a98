"""Screening at the desk: restrictions with clause and end; the asked number is not stored."""

import pytest

from config.kernel.models import Decision
from tests import factories
from tests.desk.pages import text_of
from tests.desk.papers import in_force

pytestmark = pytest.mark.django_db


def screen(client, someone, **more):
    typed = {"type": someone.type, "number": someone.number, "reason": "business"} | more
    return text_of(client.post("/desk/screening", typed))


@pytest.mark.parametrize("role", ["teller", "supervisor", "compliance"])
def test_restrictions_are_shown_with_clause_and_end(officer, signed_in, role):
    in_force()
    page = screen(signed_in(role), factories.ZHANG)
    for words in (
        "有限制措施",
        "NON_COUNTER_SUSPENDED",
        "OPENING_BARRED",
        "第五条",
        "至2031年1月1日（含）止",
        "至2029年1月1日（含）止",
        "<svg",
    ):
        assert words in page
    assert factories.ZHANG.number not in page.split("<section")[1]


def test_a_teller_learns_the_restriction_and_not_the_paper(officer, signed_in):
    certificate = in_force()
    page = screen(signed_in("teller"), factories.ZHANG)
    assert certificate.doc_no not in page
    assert str(certificate.id) not in page
    assert certificate.doc_no in screen(officer, factories.ZHANG)


def test_screening_without_a_match_says_so(officer):
    in_force()
    page = screen(officer, factories.LI)
    assert "无限制" in page
    assert "有限制措施" not in page


def test_a_customers_linked_documents_count(officer, zhang):
    factories.document(zhang, "passport", "E12345678", "CHN")
    in_force()
    passport = factories.Person("张三", "E12345678", "passport")
    assert "OPENING_BARRED" in screen(officer, passport, country="CHN")


@pytest.mark.parametrize(("days", "suspended"), [(0, True), (1, False)], ids=["last day", "day after"])
def test_restriction_ends_after_the_corresponding_day(officer, noon, days, suspended):
    in_force()
    noon.set(noon.at.replace(year=2031, month=1, day=1 + days, hour=0))
    page = screen(officer, factories.ZHANG)
    assert ("NON_COUNTER_SUSPENDED" in page) is suspended
    assert "OPENING_BARRED" not in page


def test_screening_stores_nothing(officer):
    before = Decision.objects.count()
    screen(officer, factories.ZHANG)
    assert Decision.objects.count() == before


@pytest.mark.parametrize("where", ["/desk/screening", "/desk/certificates/person"])
def test_wrong_document_is_reported_with_its_code(officer, where):
    answer = officer.post(where, {"type": "resident_id", "number": "123"})
    page = text_of(answer)
    assert answer.status_code == 400
    assert "<code>INVALID_REQUEST</code>" in page
    assert 'value="123"' in page
