"""A decision about a person and an approval that lists the person are serialized, on real connections."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction

from blacklist.models import Certificate
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.registration import register_certificate
from blacklist.operations.revocations import RevocationDraft, request_revocation
from blacklist.queries import case_account_key, case_accounts_query, listed, listings_query
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import CertificateStatus, RevocationGround
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_subjects, subject_lock
from config.kernel.database.sql import send
from config.kernel.database.transactions import perform
from config.kernel.vault.sealed import account_key, card_key
from tests.blacklist.cast import OWN_ACCOUNT, OWN_CARD, TODAY, ZHANG, case_draft, draft, key_of, latest_approval, person
from tests.blacklist.conftest import compliance_officer
from tests.clock import Clock
from tests.races import ConcurrentCall, at_once, times

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officers() -> tuple[Caller, Caller]:
    Clock().run()
    return compliance_officer("maker"), compliance_officer("checker")


def registered(maker: Caller, of=None) -> Certificate:
    return perform(lambda: register_certificate(principal=maker, draft=of or draft(), at=bank_now()))[0]


@pytest.mark.parametrize(
    ("paper", "key"),
    [
        pytest.param(draft(), key_of, id="a named subject"),
        pytest.param(case_draft(), lambda _: case_account_key(OWN_ACCOUNT, ""), id="a case account of a holder"),
        pytest.param(case_draft((OWN_CARD, "")), lambda _: card_key(OWN_CARD), id="a card of a holder"),
        pytest.param(
            case_draft(("6217", "ICBC")), lambda _: case_account_key("6217", "ICBC"), id="an account elsewhere"
        ),
    ],
)
def test_an_approval_waits_for_the_decision_and_takes_effect_after_it(officers, its_card, paper, key) -> None:
    maker, checker = officers
    about = ([key_of(ZHANG)], [OWN_ACCOUNT], [card_key(OWN_CARD)])
    certificate = registered(maker, paper)
    approval_id = latest_approval().id
    with transaction.atomic():
        lock_subjects([key(ZHANG)])
        call = ConcurrentCall(lambda: perform(lambda: approvals.approve(approval_id, principal=checker)))
        call.wait_until_blocked()
        assert all(each.provisional for each in listed(*about).of(*about))
        decided_at = bank_now()
    call.result()
    certificate.refresh_from_db()
    assert certificate.status == CertificateStatus.IN_FORCE
    assert certificate.in_force_at > decided_at


def corrected(maker: Caller, certificate: Certificate, of: CertificateDraft) -> Certificate:
    """Request a correction in a transaction of its own."""
    wanted = CorrectionDraft(of, "更1号", "登记人员录错账号")

    def ask() -> tuple[Certificate, bool]:
        return request_correction(principal=maker, certificate_id=certificate.id, draft=wanted, at=bank_now())

    return perform(ask)[0]


def in_force(maker: Caller, checker: Caller, of: CertificateDraft) -> Certificate:
    certificate = registered(maker, of)
    perform(lambda: approvals.approve(latest_approval().id, principal=checker))
    return certificate


@pytest.mark.parametrize(
    ("number", "key"),
    [(OWN_ACCOUNT, case_account_key(OWN_ACCOUNT, "")), (OWN_CARD, card_key(OWN_CARD))],
    ids=["an account", "a card"],
)
def test_a_registration_waits_for_the_decision_and_stops_after_it(officers, its_card, number, key) -> None:
    maker, _ = officers
    with transaction.atomic():
        lock_subjects([key])
        call = ConcurrentCall(lambda: registered(maker, case_draft((number, ""))))
        call.wait_until_blocked()
        decided_at = bank_now()
    certificate = call.result()
    assert certificate.stopped_from == certificate.made_at > decided_at


def test_a_correction_waits_for_the_decision_and_stops_after_it(officers, its_card) -> None:
    maker, checker = officers
    old = in_force(maker, checker, case_draft(("6217", "ICBC")))
    with transaction.atomic():
        lock_subjects([case_account_key(OWN_ACCOUNT, "")])
        call = ConcurrentCall(lambda: corrected(maker, old, case_draft((OWN_ACCOUNT, ""))))
        call.wait_until_blocked()
        decided_at = bank_now()
    correction = call.result()
    assert correction.stopped_from == correction.made_at > decided_at


def test_a_correction_waits_for_the_revocation_and_is_refused(officers) -> None:
    maker, checker = officers
    old = in_force(maker, checker, draft())
    revocation = RevocationDraft("撤1", TODAY, "冒名", RevocationGround.WRONG_PERSON)
    perform(lambda: request_revocation(principal=maker, certificate_id=old.id, draft=revocation, at=bank_now()))
    approval_id = latest_approval().id
    with transaction.atomic():
        approvals.approve(approval_id, principal=checker)
        call = ConcurrentCall(lambda: corrected(maker, old, draft(doc_no="2")))
        call.wait_until_blocked()
    with pytest.raises(CertificateStateRefused):
        call.result()
    assert not Certificate.objects.filter(corrects=old).exists()


def test_two_concurrent_requests_for_one_correction(officers) -> None:
    maker, checker = officers
    old = in_force(maker, checker, draft())
    ids = times(6, lambda: corrected(maker, old, draft(certified_on=date(2025, 12, 1))).id)
    assert len(set(ids)) == 1
    assert Certificate.objects.filter(corrects=old).count() == 1


def test_a_decision_waits_for_the_approval_and_sees_it(officers) -> None:
    maker, checker = officers
    registered(maker)
    approval_id = latest_approval().id
    seen: list[int] = []

    def decide() -> None:
        with transaction.atomic():
            _, found = send(subject_lock([key_of(ZHANG)]), listings_query([key_of(ZHANG)], [], []))
            seen.append(len(found.of([key_of(ZHANG)], [], [])))

    with transaction.atomic():
        approvals.approve(approval_id, principal=checker)
        call = ConcurrentCall(decide).wait_until_blocked()
        assert seen == []
    call.result()
    assert seen == [1]


def test_a_decision_about_an_account_elsewhere_waits_too(officers) -> None:
    maker, checker = officers
    registered(maker, case_draft(("6217", "ICBC")))
    approval_id = latest_approval().id
    seen: list[int] = []

    def decide() -> None:
        with transaction.atomic():
            _, found = send(
                subject_lock([case_account_key("6217", "ICBC")]), case_accounts_query([account_key("6217", "ICBC")])
            )
            seen.append(len(found))

    with transaction.atomic():
        approvals.approve(approval_id, principal=checker)
        call = ConcurrentCall(decide).wait_until_blocked()
    call.result()
    assert seen == [1]


def test_two_decisions_do_not_wait_for_each_other(officers) -> None:
    with transaction.atomic():
        lock_subjects([key_of(ZHANG)])
        call = ConcurrentCall(lambda: perform(lambda: lock_subjects([key_of(ZHANG)])))
        call.result()


def test_certificate_entered_by_many_at_once_is_one_row(officers) -> None:
    maker, _ = officers
    ids = times(6, lambda: registered(maker).id)
    assert len(set(ids)) == 1
    assert Certificate.objects.count() == 1


def test_two_certificates_with_the_same_subjects_in_another_order(officers) -> None:
    maker, _ = officers
    people = tuple(person(number, name) for number, name in [(ZHANG, "张三"), ("440524188001010014", "李四")])
    one = draft(subjects=people)
    other = replace(one, doc_no="2", subjects=people[::-1])
    first, second = at_once(lambda: registered(maker, one), lambda: registered(maker, other))
    assert first.id != second.id
