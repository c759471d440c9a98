"""Revocation of some subjects or accounts of a certificate: the others stay, and the last one ends it."""

from typing import Any

import pytest

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart
from blacklist.operations.affected_subjects import affected_by
from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from blacklist.policy.restrictions import restrictions_of_account, restrictions_of_person
from blacklist.queries import case_accounts_query, listed
from blacklist.queries.past_listings import find_past_listings
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import CertificateStatus, RevocationGround
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import ask, rows
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.vault.sealed import account_key
from tests.blacklist.cast import LI, OWN_ACCOUNT, TODAY, ZHANG, case_draft, draft, key_of, latest_approval, person
from tests.clock import NOON, Clock
from tests.database_refusals import refused_by

ALL = ([key_of(ZHANG), key_of(LI)], [OWN_ACCOUNT, "6000000000000002"], [])
TWO = draft(subjects=(person(), person(LI, "李四")))


@pytest.fixture
def take_out(maker: Caller, checker: Caller):
    def run(certificate: Certificate, approve: bool = True, **places: list[int]) -> Revocation:
        revocation = request_revocation(
            principal=maker,
            certificate_id=certificate.id,
            draft=RevocationDraft("撤1", TODAY, "冒名", RevocationGround.WRONG_PERSON),
            at=bank_now(),
            of=ChosenParts(**places),
        )
        if approve:
            approvals.approve(latest_approval().id, principal=checker)
        certificate.refresh_from_db()
        return revocation

    return run


def restricted(number: str) -> bool:
    found = listed([key_of(number)], [], []).of([key_of(number)], [], [])
    return bool(restrictions_of_person(found, at=bank_now()))


def stopped(account_number: str) -> bool:
    found = listed([], [account_number], []).of([], [account_number], [])
    return bool(
        restrictions_of_account(found, account_number=account_number, card_keys=(), payment=False, at=bank_now())
    )


def test_revoked_subject_is_free_and_the_other_stays(put_in_force, take_out, noon: Clock) -> None:
    certificate = put_in_force(TWO)
    before = noon.at
    noon.advance(hours=1)
    take_out(certificate, subjects=[1])
    assert (restricted(ZHANG), restricted(LI), certificate.status) == (False, True, CertificateStatus.IN_FORCE)
    assert [hit.name for hit in affected_by([certificate], noon.at)[certificate.id]] == ["李*"]
    past = {each.listing.identity_key: each for each in find_past_listings(*ALL)}
    zhang = past[key_of(ZHANG)]
    assert (zhang.was_effective_at(before), zhang.was_effective_at(noon.at), zhang.revoked_at) == (True, False, noon.at)
    assert past[key_of(LI)].revoked_at is None


def test_the_last_one_revokes_the_certificate(put_in_force, take_out, noon: Clock) -> None:
    certificate = put_in_force(TWO)
    take_out(certificate, subjects=[2])
    assert certificate.status == CertificateStatus.IN_FORCE
    take_out(certificate, subjects=[1])
    assert (certificate.status, certificate.revoked_at) == (CertificateStatus.REVOKED, noon.at)
    assert latest_approval().after["certificate_status"] == "revoked"
    assert rows("SET CONSTRAINTS ALL IMMEDIATE") == []


def test_revoked_account_is_free(put_in_force, take_out) -> None:
    certificate = put_in_force(
        case_draft((OWN_ACCOUNT, ""), ("6000000000000002", ""), ("6217", "ICBC"), subjects=(person(),))
    )
    outside = account_key("6217", "ICBC")
    assert (restricted(ZHANG), stopped(OWN_ACCOUNT)) == (True, True)
    take_out(certificate, case_accounts=[1, 3])
    assert (stopped(OWN_ACCOUNT), stopped("6000000000000002")) == (False, True)
    # Without that account nobody is a holder of a case account at another bank.
    assert (restricted(ZHANG), ask(case_accounts_query([outside]))) == (False, frozenset())


def test_part_revoked_before_or_missing_is_refused(put_in_force, take_out) -> None:
    certificate = put_in_force(TWO)
    take_out(certificate, subjects=[1])
    with pytest.raises(CertificateStateRefused) as refused:
        take_out(certificate, subjects=[1, 2])
    assert refused.value.fields["status"] == "revoked"
    for places in ({"subjects": [3]}, {"subjects": [0]}, {"case_accounts": [1]}):
        with pytest.raises(NotFound):
            take_out(certificate, **places)
    with pytest.raises(BadRequest):
        take_out(certificate)


def test_a_rejected_one_leaves_all_in_place(put_in_force, take_out, checker) -> None:
    certificate = put_in_force(TWO)
    take_out(certificate, subjects=[1], approve=False)
    assert restricted(ZHANG)
    approvals.reject(latest_approval().id, principal=checker, reason="无撤销文书")
    assert (restricted(ZHANG), RevokedPart.objects.get().in_force_at) == (True, None)


def part(revocation: Revocation, **more: Any) -> RevokedPart:
    return RevokedPart.objects.create(revocation=revocation, **more)


def test_the_database_holds_it(put_in_force, take_out, maker) -> None:
    certificate, other = put_in_force(TWO), put_in_force(draft(doc_no="2"))
    account = CaseAccount.objects.create(
        certificate=Certificate.objects.create(
            **{f.attname: getattr(certificate, f.attname) for f in Certificate._meta.concrete_fields if f.name != "id"}
            | {"doc_no": "3", "status": "pending", "in_force_at": None}
        ),
        account_number="6217",
    )
    first, second = certificate.subjects.order_by("pk")
    theirs = CertificateSubject.objects.get(certificate=other)
    said = {"doc_no": "撤", "revoked_on": TODAY, "reason": "x", "made_by_id": maker.id, "made_at": NOON}
    revocation = Revocation.objects.create(certificate=certificate, whole=False, **said)
    with refused_by("revoked_part_is_one"):
        part(revocation, named_subject=first, case_account=account)
    for foreign in (
        {"named_subject": theirs},
        {"case_account": account},
        {"named_subject": first, "in_force_at": NOON},
    ):
        with refused_by("revoked_part_of_its_certificate"):
            part(revocation, **foreign)
    with refused_by("revocation_whole_or_parts"):
        rows("SET CONSTRAINTS ALL IMMEDIATE")
    part(revocation, named_subject=first)
    with refused_by("revoked_part_subject_once"):
        part(revocation, named_subject=first)
    assert rows("SET CONSTRAINTS ALL IMMEDIATE") == []
    rows("SET CONSTRAINTS ALL DEFERRED")
    with refused_by("revoked_part_by_revocation"):
        RevokedPart.objects.update(in_force_at=NOON)
        rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by("blacklist_revocation_stands"):
        Revocation.objects.filter(pk=revocation.pk).update(whole=True)
    Revocation.objects.filter(pk=revocation.pk).update(status="withdrawn")
    take_out(certificate, subjects=[1])
    again = Revocation.objects.create(certificate=certificate, whole=False, **said)
    twice = part(again, named_subject=first)
    with refused_by("revoked_subject_once"):
        RevokedPart.objects.filter(pk=twice.pk).update(in_force_at=NOON)
    with refused_by("blacklist_revokedpart_stands"):
        RevokedPart.objects.filter(pk=twice.pk).update(named_subject=second)
    with refused_by("revocation_ground_known"):
        Revocation.objects.create(certificate=other, ground="mercy", **said)
    Revocation.objects.filter(pk=again.pk).update(status="withdrawn")
    last = Revocation.objects.create(certificate=certificate, whole=False, **said)
    part(last, named_subject=second)
    with refused_by("certificate_revoked_with_its_last_part"):
        RevokedPart.objects.filter(revocation=last).update(in_force_at=NOON)
        rows("SET CONSTRAINTS revoked_part_by_revocation IMMEDIATE")


def test_the_database_holds_it_for_accounts_too(put_in_force, take_out, maker) -> None:
    certificate = put_in_force(case_draft((OWN_ACCOUNT, ""), ("6000000000000002", "")))
    take_out(certificate, case_accounts=[2])
    out = RevokedPart.objects.get().case_account
    said = {"doc_no": "撤", "revoked_on": TODAY, "reason": "x", "made_by_id": maker.id, "made_at": NOON}
    again = Revocation.objects.create(certificate=certificate, whole=False, **said)
    part(again, case_account=out)
    with refused_by("revoked_part_account_once"):
        part(again, case_account=out)
    with refused_by("revoked_account_once"):
        RevokedPart.objects.filter(revocation=again).update(in_force_at=NOON)
