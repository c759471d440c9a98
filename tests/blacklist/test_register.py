"""Registration of a certificate, and its approval."""

import pytest

from blacklist.api.answers import certificate_answer
from blacklist.models import CaseAccount, Certificate, Subject
from blacklist.operations import customers
from blacklist.operations.registration import register_certificate
from blacklist.refusals import AuthorityTooLow, CertificateExists, LegalBasisNotOffered
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import AuthorityLevel, Category, CertificateStatus, ReviewReason
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.law.refusals import MakerDecides
from config.kernel.models import Approval, Decision
from config.kernel.vault.sealed import account_key, card_key
from tests.approvals.case import Case
from tests.blacklist.cast import (
    LI,
    OWN_ACCOUNT,
    OWN_CARD,
    ZHANG,
    case_draft,
    draft,
    key_of,
    latest_approval,
    person,
)
from tests.clock import Clock
from tests.database_refusals import past_the_guards

CASES = {
    "certificate": Case(
        by="compliance",
        propose=lambda _, maker, __: register_certificate(principal=maker, draft=draft(), at=bank_now()),
        # A certificate stays pending when its proposal lapses: entered again it is proposed again.
        ended={"rejected": "rejected", "withdrawn": "rejected", "expired": "pending"},
        owner=(False, False),
    ),
}


def test_a_certificate_waits_for_a_second_person(register, maker: Caller) -> None:
    certificate = register()
    assert certificate.status == CertificateStatus.PENDING
    approval = latest_approval()
    assert approval.object_id == certificate.id
    assert [bytes(key) for key in approval.subject_keys] == [key_of(ZHANG)]
    with pytest.raises(MakerDecides):
        approvals.approve(approval.id, principal=maker)


def test_certificate_is_in_force_from_the_instant_of_approval(put_in_force, noon: Clock) -> None:
    certificate = put_in_force()
    assert certificate.status == CertificateStatus.IN_FORCE
    assert certificate.in_force_at == noon.at


def test_checker_sees_masked_certificate(register) -> None:
    register()
    shown = latest_approval()
    assert shown.before == {"status": "pending"}
    assert shown.after["status"] == "in_force"
    assert shown.after["subjects"] == [
        {
            "kind": "individual",
            "name": "张*",
            "document": {"type": "resident_id", "number": "110105********002X"},
        }
    ]


def test_a_proposal_keeps_no_case_accounts_number_in_the_clear(register) -> None:
    certificate = register(case_draft(("6217000000000006", "ICBC")))
    assert latest_approval().after["case_accounts"] == [{"account_number": "6217********0006", "bank_code": "ICBC"}]
    assert certificate.case_accounts.get().number == "6217000000000006"


def test_a_rejected_certificate_never_restricts_and_stays_on_record(register, checker: Caller) -> None:
    certificate = register()
    approvals.reject(latest_approval().id, principal=checker, reason="文书号录错")
    certificate.refresh_from_db()
    assert (certificate.status, certificate.in_force_at) == (CertificateStatus.REJECTED, None)


def test_a_rejected_entry_does_not_bar_the_paper(register, checker: Caller) -> None:
    first = register()
    approvals.reject(latest_approval().id, principal=checker, reason="录错")
    assert register(draft(category=Category.BUY)).id != first.id


def test_a_county_leaves_nothing_but_the_record_of_the_attempt(register) -> None:
    with pytest.raises(AuthorityTooLow):
        register(draft(level=AuthorityLevel.COUNTY, region_code="440105"))
    assert not Certificate.objects.exists()
    assert not Subject.objects.exists()
    assert not Approval.objects.exists()
    attempt = Decision.objects.get()
    assert (attempt.outcome, attempt.code) == ("refused", "AUTHORITY_TOO_LOW")
    assert ZHANG not in str(attempt.facts)
    assert "张三" not in str(attempt.facts)


def test_legal_basis_without_a_regime_is_refused(register) -> None:
    with pytest.raises(LegalBasisNotOffered):
        register(draft(legal_basis=LegalBasis("RUMOUR")))
    assert not Certificate.objects.exists()
    attempt = Decision.objects.get()
    assert (attempt.outcome, attempt.code) == ("refused", "LEGAL_BASIS_NOT_OFFERED")


def test_every_answer_is_recorded(register) -> None:
    certificate = register()
    decision = Decision.objects.get(object_id=certificate.id)
    assert (decision.kind, decision.outcome, decision.rule) == ("certificate", "allowed", "register_certificate")


class TestManualReview:
    @pytest.mark.parametrize(
        ("level", "region", "reason"),
        [
            (AuthorityLevel.DISTRICT_BRANCH, "110105", ReviewReason.DISTRICT_BRANCH),
            (AuthorityLevel.PROVINCE, "440100", ReviewReason.LEVEL_CONTRADICTS_REGION),
        ],
    )
    def test_doubtful_authority_needs_review(self, register, level: str, region: str, reason: str) -> None:
        certificate = register(draft(level=level, region_code=region))
        assert certificate.status == CertificateStatus.MANUAL_REVIEW
        assert certificate.review_reasons == [reason]

    def test_customer_under_another_name_needs_review(self, register) -> None:
        customers.register_name_lookup(lambda _: {key_of(ZHANG): {"张三丰"}})
        certificate = register()
        assert certificate.review_reasons == [ReviewReason.NAME_DIFFERS]

    @pytest.mark.parametrize(("written", "known"), [("张三", "张三"), ("欧阳•娜", "欧阳·娜"), ("ann lee", "ANNLEE")])
    def test_other_spelling_of_the_same_name_needs_no_review(self, register, written: str, known: str) -> None:
        customers.register_name_lookup(lambda _: {key_of(ZHANG): {known}})
        assert register(draft(subjects=(person(name=written),))).status == CertificateStatus.PENDING

    def test_subject_who_is_no_customer_needs_no_review(self, register) -> None:
        customers.register_name_lookup(lambda _: {})
        assert register().status == CertificateStatus.PENDING

    def test_unknown_number_of_this_bank_needs_review(self, register, its_card) -> None:
        certificate = register(case_draft((OWN_ACCOUNT, ""), (OWN_CARD, ""), ("6217", "demobank")))
        assert certificate.status == CertificateStatus.MANUAL_REVIEW
        assert certificate.review_reasons == [ReviewReason.CASE_ACCOUNT_UNKNOWN]

    def test_known_numbers_and_those_of_other_banks_need_no_review(self, register, its_card) -> None:
        certificate = register(case_draft((OWN_ACCOUNT, "DemoBank"), (OWN_CARD, ""), ("6217", "ICBC")))
        assert certificate.status == CertificateStatus.PENDING

    def test_restricts_once_approved(self, put_in_force) -> None:
        certificate = put_in_force(draft(level=AuthorityLevel.DISTRICT_BRANCH, region_code="110105"))
        assert certificate.status == CertificateStatus.IN_FORCE
        assert certificate.review_reasons == [ReviewReason.DISTRICT_BRANCH]


def test_account_of_this_bank_is_stored_without_a_code_and_in_one_letter_case(register) -> None:
    register(case_draft(("6217", "DEMOBANK"), ("6218", ""), ("ab12", "icbc")))
    kept = {(each.number, each.bank_code) for each in CaseAccount.objects.all()}
    assert kept == {("6217", ""), ("6218", ""), ("AB12", "ICBC")}


def test_numbers_at_other_banks_are_sealed_and_found_by_their_key_alone(register) -> None:
    register(case_draft(("ab12", "icbc")))
    kept = CaseAccount.objects.get()
    assert (kept.account_number, kept.number, bytes(kept.outside_key)) == ("", "AB12", account_key("ab12", "ICBC"))
    (row,) = rows("SELECT blacklist_caseaccount::text AS stored FROM blacklist_caseaccount")
    assert "AB12" not in row["stored"]


class TestCardNumbers:
    def test_card_numbers_are_sealed_and_found_by_key_only(self, register, its_card) -> None:
        register(case_draft((OWN_CARD, "DEMOBANK")))
        kept = CaseAccount.objects.get()
        assert (kept.account_number, kept.number, bytes(kept.card_key)) == ("", OWN_CARD, card_key(OWN_CARD))
        (row,) = rows("SELECT blacklist_caseaccount::text AS stored FROM blacklist_caseaccount")
        assert OWN_CARD not in row["stored"]
        assert OWN_CARD.encode() not in bytes(kept.__dict__["card_number"])

    def test_account_has_no_card_key_and_unknown_number_has_both(self, register, its_card) -> None:
        register(case_draft((OWN_ACCOUNT, ""), ("6217", "")))
        kept = {each.account_number: each for each in CaseAccount.objects.all()}
        assert (kept[OWN_ACCOUNT].card_key, kept[OWN_ACCOUNT].card_number) == (None, None)
        assert (bytes(kept["6217"].card_key), kept["6217"].card_number) == (card_key("6217"), None)

    def test_card_numbers_are_in_no_proposal_and_masked_in_the_answer(self, register, its_card, checker) -> None:
        certificate = register(case_draft((OWN_CARD, "")))
        masked = [{"account_number": "622848******0001", "bank_code": None}]
        assert latest_approval().after["case_accounts"] == masked
        assert certificate_answer(certificate.id, checker)["case_accounts"] == masked

    def test_the_same_paper_again_is_the_first_one_and_another_card_another_content(self, register, its_card) -> None:
        first = register(case_draft((OWN_CARD, "")))
        assert register(case_draft((OWN_CARD, "demobank"))).id == first.id
        with pytest.raises(CertificateExists) as refused:
            register(case_draft(("6228489900000002", "")))
        assert refused.value.fields["differs"] == "case_accounts"

    def test_a_number_that_a_card_bears_since_is_masked_from_then_on(self, register, checker) -> None:
        certificate = register(case_draft((OWN_CARD, "")))
        assert certificate_answer(certificate.id, checker)["case_accounts"][0]["account_number"] == OWN_CARD
        customers.register_number_lookup(lambda _: customers.KnownNumbers(cards=frozenset([OWN_CARD])))
        assert certificate_answer(certificate.id, checker)["case_accounts"][0]["account_number"] == "622848******0001"

    def test_checker_sees_the_present_meaning_of_each_number(self, register, its_card, checker: Caller) -> None:
        register(case_draft((OWN_ACCOUNT, ""), (OWN_CARD, ""), ("6217", ""), ("6218", "ICBC")))
        meanings = approvals.evidence_for(latest_approval(), checker)["case_accounts"].split("\n")
        assert meanings == [
            f"{OWN_ACCOUNT} (本行账号)",
            "622848******0001 (本行卡号)",
            "6217 (本行无此账号或卡号)",
            "6218 (ICBC)",
        ]


def test_certificate_with_an_unknown_number_and_no_remark_is_not_approved(register, checker: Caller, its_card) -> None:
    """Written without the operation that looks up the number: the certificate is pending without a remark."""
    customers.register_number_lookup(lambda _: customers.KnownNumbers(accounts=frozenset(["6217"])))
    old = register(case_draft(("6217", "")))
    with past_the_guards("blacklist_caseaccount"):
        CaseAccount.objects.create(certificate=old, account_number="6218", card_key=card_key("6218"))
    with pytest.raises(approvals.ApprovalStale):
        approvals.approve(latest_approval().id, principal=checker)
    approvals.reject(latest_approval().id, principal=checker, reason="账号不明")
    again = register(case_draft(("6217", ""), ("6218", "")))
    assert again.review_reasons == [ReviewReason.CASE_ACCOUNT_UNKNOWN]
    approvals.approve(latest_approval().id, principal=checker)
    again.refresh_from_db()
    assert again.status == CertificateStatus.IN_FORCE


def test_one_subject_per_citizen_number_with_sealed_personal_data(register) -> None:
    register()
    register(draft(doc_no="2", subjects=(person(kind="household_register"), person(LI, "李四"))))
    assert Subject.objects.count() == 2
    zhang = Subject.objects.get(identity_key=key_of(ZHANG))
    assert (zhang.document_number, zhang.name) == (ZHANG, "张三")
    stored = b"".join(bytes(zhang.__dict__[name]) for name in ("document_number", "name", "name_index"))
    assert ZHANG.encode() not in stored
    assert "张三".encode() not in stored
