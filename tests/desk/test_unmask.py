"""Subjects of a certificate: masked, unmasked for 30 seconds with a reason, and recorded."""

import pytest

from blacklist.operations.registration import register_certificate
from config.kernel.database.clock import bank_now
from config.kernel.models import Decision
from tests import factories
from tests.blacklist.cast import case_draft, draft
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

ACCOUNT = "6217000000000006"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def person(noon):
    """A certificate about 张三."""
    return _registered(draft())


@pytest.fixture
def case(noon):
    """A certificate about an account at another bank."""
    return _registered(case_draft((ACCOUNT, "OTHERBANK"), doc_no="公(反诈)认字〔2026〕002号"))


def _registered(of):
    certificate, _ = register_certificate(principal=factories.caller("compliance", "maker"), draft=of, at=bank_now())
    return f"/desk/certificates/{certificate.id}"


@pytest.mark.parametrize("path", ["", "/masked"])
def test_subjects_and_case_accounts_are_masked(signed_in, person, case, path):
    client = signed_in("compliance")
    subject, account = text_of(client.get(person + path)), text_of(client.get(case + path))
    assert "张*" in subject
    assert "张三" not in subject
    assert factories.ZHANG.number not in subject
    assert "6217********0006" in account
    assert ACCOUNT not in account


def test_a_reason_shows_them_whole_and_is_kept(signed_in, person, case):
    client = signed_in("compliance")
    answer = client.post(f"{person}/unmask", {"reason": "document_check"}, headers=HTMX)
    page = text_of(answer)
    assert "张三" in page
    assert factories.ZHANG.number in page
    assert "delay:30s" in page
    assert "no-store" in answer.headers["Cache-Control"]
    assert ACCOUNT in text_of(client.post(f"{case}/unmask", {"reason": "document_check"}, headers=HTMX))
    kept = Decision.objects.filter(kind="unmask").order_by("at", "id")
    assert [f"/desk/certificates/{each.object_id}" for each in kept] == [person, case]
    assert [each.facts for each in kept] == [{"reason": "document_check"}] * 2
    assert {each.principal.role for each in kept} == {"compliance"}


@pytest.mark.parametrize("reason", ["", "张三", "because"])
def test_nothing_is_shown_without_a_reason_of_the_list(signed_in, person, reason):
    assert signed_in("compliance").post(f"{person}/unmask", {"reason": reason}).status_code == 302
    assert not Decision.objects.filter(kind="unmask").exists()


def test_unmasked_page_without_scripts_is_masked_again_after_its_time(signed_in, person):
    answer = signed_in("compliance").post(f"{person}/unmask", {"reason": "document_check"})
    assert answer.headers["Refresh"] == f"30; url={person}"
    assert "张三" in text_of(answer)


def test_a_get_shows_nothing(signed_in, person):
    assert signed_in("compliance").get(f"{person}/unmask").status_code == 302
    assert not Decision.objects.filter(kind="unmask").exists()


def test_the_auditor_reads_masked_and_is_not_asked_why(signed_in, person):
    client = signed_in("auditor")
    assert "/unmask" not in text_of(client.get(person))
    assert client.post(f"{person}/unmask", {"reason": "document_check"}).status_code == 403


def test_a_look_is_evidence_in_words(signed_in, person):
    signed_in("compliance").post(f"{person}/unmask", {"reason": "document_check"}, headers=HTMX)
    kept = Decision.objects.get(kind="unmask")
    auditor = signed_in("auditor")
    assert "核对证件或文书原件" in text_of(auditor.get(f"/desk/decisions/{kept.id}"))
    assert "Checking the original document" in text_of(english(auditor).get(f"/desk/decisions/{kept.id}"))


def test_an_unknown_certificate_is_not_found(signed_in, noon):
    unknown = "/desk/certificates/01900000-0000-7000-8000-000000000000"
    client = signed_in("compliance")
    assert client.get(f"{unknown}/masked").status_code == 404
    assert client.post(f"{unknown}/unmask", {"reason": "document_check"}).status_code == 404
