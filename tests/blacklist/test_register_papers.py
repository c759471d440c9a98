"""A certificate that is registered already, and one with contradictory fields."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from blacklist.refusals import CertificateExists
from blacklist.vocabulary import AuthorityLevel, Category, CertificateStatus, SubjectKind
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Approval
from tests.blacklist.cast import (
    LI,
    ORGANIZATION,
    TODAY,
    case_draft,
    draft,
    latest_approval,
    person,
)
from tests.clock import Clock


class TestRepeatedCertificate:
    def test_repeated_certificate_is_the_first_one(self, register, maker: Caller) -> None:
        first = register()
        again, is_new = register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert (again.id, is_new) == (first.id, False)
        assert Approval.objects.count() == 1

    def test_certificate_typed_differently_is_the_same(self, register) -> None:
        papers = draft(subjects=(person(), person(LI, "李 四")))
        first = register(papers)
        again = replace(
            papers,
            authority_name="广州市 公安局",
            subjects=(person(LI, "李四", "household_register"), person("11010519491231002ｘ")),
        )
        assert register(again).id == first.id

    def test_certificate_in_force_is_the_first_one_and_a_revoked_one_is_registered_anew(
        self, put_in_force, revoke, maker: Caller, checker: Caller
    ) -> None:
        first = put_in_force()
        assert register_certificate(principal=maker, draft=draft(), at=bank_now())[0].id == first.id
        revoke(first)
        again, is_new = register_certificate(principal=maker, draft=draft(), at=bank_now())
        assert (is_new, again.renews_id, again.status) == (True, first.id, CertificateStatus.PENDING)
        assert register_certificate(principal=maker, draft=draft(), at=bank_now()) == (again, False)
        # A slip of the pen bars the paper no more than it did the first time.
        approvals.reject(latest_approval().id, principal=checker, reason="录错")
        third, _ = register_certificate(principal=maker, draft=draft(level=AuthorityLevel.PROVINCE), at=bank_now())
        assert third.renews_id == first.id

    def test_waits_for_a_decision_however_long(self, register, checker: Caller, noon: Clock) -> None:
        first = register()
        noon.advance(days=3650)
        assert register().id == first.id
        assert approvals.settle_lapsed(10) == 0
        approvals.approve(latest_approval().id, principal=checker)
        first.refresh_from_db()
        assert (first.status, Approval.objects.count()) == (CertificateStatus.IN_FORCE, 1)

    @pytest.mark.usefixtures("papers_lapse")
    def test_certificate_with_an_expired_proposal_is_proposed_anew(
        self, register, checker: Caller, noon: Clock
    ) -> None:
        first = register()
        noon.advance(days=7)
        with pytest.raises(approvals.ApprovalDecided):
            approvals.approve(latest_approval().id, principal=checker)
        assert register().id == first.id
        assert Approval.objects.count() == 2
        approvals.approve(latest_approval().id, principal=checker)
        first.refresh_from_db()
        assert first.status == CertificateStatus.IN_FORCE

    @pytest.mark.parametrize(
        ("change", "differs"),
        [
            ({"certified_on": date(2026, 1, 2)}, "certified_on"),
            ({"received_on": date(2026, 1, 2)}, "received_on"),
            ({"category": Category.RENT}, "category"),
            ({"level": AuthorityLevel.PROVINCE}, "authority.level"),
            ({"term": (date(2026, 1, 1), date(2031, 1, 1))}, "term"),
            ({"subjects": (person(LI, "李四"),)}, "subjects"),
            ({"subjects": (person(name="张三丰"),)}, "subjects"),
        ],
    )
    def test_repeated_certificate_with_other_content_is_refused_with_the_differences(
        self, register, change: dict, differs: str
    ) -> None:
        first = register()
        with pytest.raises(CertificateExists) as refused:
            register(draft(**change))
        assert refused.value.fields == {"certificate_id": str(first.id), "differs": differs}
        assert differs in CertificateExists.words["differs"], "the sentence would name a code"
        assert Certificate.objects.count() == 1

    @pytest.mark.parametrize(
        "change", [{"doc_no": "别号"}, {"authority_name": "深圳市公安局"}, {"region_code": "440300"}]
    )
    def test_another_authority_or_number_is_another_paper(self, register, change: dict) -> None:
        assert register().id != register(draft(**change)).id

    def test_repeated_certificate_with_other_accounts_is_refused(self, register) -> None:
        register(case_draft(("6217", "ICBC")))
        with pytest.raises(CertificateExists) as refused:
            register(case_draft(("6218", "ICBC")))
        assert refused.value.fields["differs"] == "case_accounts"
        assert "涉案账户" in refused.value.detail("zh")


class TestWrongPapers:
    def refused(self, register, papers) -> dict[str, list[str]]:
        with pytest.raises(BadRequest) as bad:
            register(papers)
        return bad.value.fields

    def test_a_day_in_the_future(self, register) -> None:
        assert set(self.refused(register, draft(certified_on=TODAY + timedelta(days=1)))) == {"certified_on"}
        assert register(draft(certified_on=TODAY))

    def test_the_day_is_the_bank_s(self, register, noon: Clock) -> None:
        noon.set(noon.at.replace(hour=23, minute=59, second=59, microsecond=999999))
        tomorrow = draft(certified_on=TODAY + timedelta(days=1))
        assert "certified_on" in self.refused(register, tomorrow)
        noon.advance(microseconds=1)
        assert register(tomorrow)

    def test_received_before_it_was_certified(self, register) -> None:
        certified = draft(certified_on=date(2026, 1, 2))
        assert set(self.refused(register, replace(certified, received_on=date(2026, 1, 1)))) == {"received_on"}
        assert register(replace(certified, received_on=date(2026, 1, 2)))

    def test_received_in_the_future(self, register) -> None:
        assert set(self.refused(register, draft(received_on=TODAY + timedelta(days=1)))) == {"received_on"}

    @pytest.mark.parametrize(
        ("subject", "field"),
        [
            (person("110105194912310021"), "subjects.1.document.number"),
            (person("110105491231002"), "subjects.1.document.number"),
            (person(kind="library_card"), "subjects.1.document.type"),
            (person("E12345678", kind="passport"), "subjects.1.document.country"),
            (person(kind="temporary_id"), "subjects.1.document.number"),
            (replace(person(LI, "李四"), kind=SubjectKind.ORGANIZATION), "subjects.1.kind"),
            (person(ORGANIZATION, "示范有限公司", "uscc"), "subjects.1.kind"),
        ],
        ids=[
            "check digit",
            "15 digits",
            "type",
            "no country",
            "named twice",
            "unit with an ID card",
            "person with a code",
        ],
    )
    def test_names_the_wrong_field_of_a_subject(self, register, subject, field: str) -> None:
        assert set(self.refused(register, draft(subjects=(person(), subject)))) == {field}

    def test_penalty_names_subjects_and_no_account(self, register) -> None:
        assert set(self.refused(register, draft(subjects=()))) == {"subjects"}
        assert set(self.refused(register, draft(case_accounts=(("6217", "ICBC"),)))) == {"case_accounts"}

    def test_case_account_certificate_names_accounts_and_optional_subjects(self, register) -> None:
        empty = replace(case_draft(), case_accounts=())
        assert set(self.refused(register, empty)) == {"case_accounts"}
        assert register(case_draft())

    def test_the_same_account_twice(self, register) -> None:
        twice = case_draft(("6217a", "icbc"), ("6217A", "ICBC"))
        assert set(self.refused(register, twice)) == {"case_accounts.1.account_number"}
