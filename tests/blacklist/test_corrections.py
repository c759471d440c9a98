"""A correction replaces a certificate in force at the instant of its approval; the old one stays readable."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from blacklist.imports.queries.lists import counts_of
from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.corrections import CorrectionDraft, request_correction
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from blacklist.policy.listings import Reverified
from blacklist.policy.restrictions import restrictions_of_account, restrictions_of_person
from blacklist.queries import listed
from blacklist.queries.invariants import CERTIFICATES
from blacklist.queries.past_listings import find_past_listings
from blacklist.refusals import CertificateExists, CertificateStateRefused, NothingCorrected
from blacklist.vocabulary import Category, RevocationGround
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.law.dates import day_end
from config.kernel.law.refusals import NotFound
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import LI, OWN_ACCOUNT, TODAY, ZHANG, case_draft, draft, key_of, latest_approval, person
from tests.blacklist.direct_writes import at_the_end, copy, update
from tests.blacklist.lists import person as person_row
from tests.blacklist.lists import registered, staged, undone
from tests.database_refusals import past_the_guards, refused_by

pytestmark = pytest.mark.django_db
SLIP = "登记人员录错认定日期"
OTHER = draft(certified_on=date(2025, 12, 1))
ELSEWHERE = ("6217000000000001", "ICBC")


@pytest.fixture
def correct(maker, checker):
    def run(certificate: Certificate, of: CertificateDraft = OTHER, approve: bool = True) -> Certificate:
        made, _ = request_correction(
            principal=maker,
            certificate_id=certificate.id,
            draft=CorrectionDraft(of, "更〔2026〕1号", SLIP),
            at=bank_now(),
        )
        if approve:
            approvals.approve(latest_approval().id, principal=checker)
        for each in (certificate, made):
            each.refresh_from_db()
        return made

    return run


def take_out(certificate, maker, checker, **places) -> Approval:
    revocation = RevocationDraft("撤1", TODAY, "冒名", RevocationGround.WRONG_PERSON)
    request_revocation(
        principal=maker,
        certificate_id=certificate.id,
        draft=revocation,
        at=bank_now(),
        of=ChosenParts(**places) if places else None,
    )
    approval = latest_approval()
    if checker is not None:
        approvals.approve(approval.id, principal=checker)
    return approval


def bearing(number: str = ZHANG, *, grace_days: int = 0, anew: Reverified | None = None):
    found = listed([key_of(number)], [], []).of([key_of(number)], [], [])
    return restrictions_of_person(found, at=bank_now(), reverified=anew, grace_days=grace_days)


def proved() -> bool:
    """Return whether the deferred checks and the invariants of certificates hold."""
    broken = [each.code for each in CERTIFICATES if (rows(each.sql) if each.sql else list(each.look()))]
    return rows("SET CONSTRAINTS ALL IMMEDIATE") == [] == broken


def test_corrected_content_counts_from_the_approval_without_a_gap(put_in_force, correct, checker, noon) -> None:
    old = put_in_force()
    noon.advance(hours=1)
    new = correct(old, approve=False)
    last_end = max(filter(None, (each.until for each in bearing())))
    assert (old.status, new.status, last_end) == ("in_force", "pending", day_end(date(2031, 1, 1)))
    shown = latest_approval()
    assert (shown.before["certified_on"], shown.after["certified_on"]) == ("2026-01-01", "2025-12-01")
    assert (shown.after["differs"], shown.after["corrected_status"]) == (["certified_on"], "revoked")
    noon.advance(hours=1)
    approvals.approve(shown.id, principal=checker)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, old.revoked_at, new.status, new.in_force_at) == ("revoked", noon.at, "in_force", noon.at)
    assert max(filter(None, (each.until for each in bearing()))) == day_end(date(2030, 12, 1))
    past = {each.listing.certificate_id: each for each in find_past_listings([key_of(ZHANG)], [], [])}
    for at in (noon.at - timedelta(microseconds=1), noon.at, noon.at + timedelta(microseconds=1)):
        assert [each for each, of in past.items() if of.was_effective_at(at)] == [new.id if at >= noon.at else old.id]
    # The old row says what it said.
    assert (old.certified_on, old.subjects.count(), old.corrections.get()) == (date(2026, 1, 1), 1, new)
    assert new.correction_reason == SLIP
    assert proved()


def test_the_term_ends_where_the_corrected_day_says(put_in_force, correct, noon) -> None:
    correct(put_in_force(), draft(certified_on=date(2021, 1, 10)))
    (listing,) = listed([key_of(ZHANG)], [], []).of([key_of(ZHANG)], [], [])
    end = day_end(date(2026, 1, 10))
    for around, restricted in ((-1, True), (0, False), (1, False)):
        at = end + timedelta(microseconds=around)
        assert bool(restrictions_of_person([listing], at=at)) is restricted


def test_a_wrong_person_is_free_and_the_right_one_restricted(put_in_force, correct) -> None:
    old = put_in_force(draft(subjects=(person(), person(LI, "李四"))))
    right = person("110105200402290020", "王五")
    new = correct(old, draft(subjects=(person(LI, "李四"), right)), approve=False)
    shown = CERTIFICATE.effects(Certificate.objects.get(pk=new.id), latest_approval())
    assert shown["set_free"] == "张*：没有其他认定限制。"
    assert len(shown["hits"].split("\n")) == 2
    assert "张三" not in str(latest_approval().before) + str(latest_approval().after)
    # Decisions about a subject of either certificate are excluded while it is approved.
    locked = {bytes(key) for key in latest_approval().subject_keys}
    assert locked == {key_of(each) for each in (ZHANG, LI, "110105200402290020")}
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "third"))
    assert [bool(bearing(each)) for each in (ZHANG, LI, "110105200402290020")] == [False, True, True]
    # Who is in both is named since the old one came into force, whom it adds is not.
    since = {each.name: each.since for each in CertificateSubject.objects.filter(certificate=new)}
    assert since == {"李四": old.in_force_at, "王五": None}
    assert proved()


def test_grace_days_do_not_restart_and_re_verified_holder_stays_free(put_in_force, correct, noon) -> None:
    old = put_in_force(case_draft(ELSEWHERE, subjects=(person(), person(LI, "李四"))))
    first = noon.at
    noon.advance(days=5)
    anew = Reverified(noon.at)
    noon.advance(days=1)
    wang = "110105200402290020"
    named = (person(), person(LI, "李三"), person(wang, "王五"))
    new = correct(old, case_draft(ELSEWHERE, subjects=named))
    assert bearing(grace_days=3)
    assert bearing(grace_days=3)[0].starts_at == noon.at
    assert not bearing(anew=anew)
    # Whom it adds has the days, and was never identified again since.
    assert not bearing(wang, grace_days=3)
    assert bearing(wang, anew=anew)
    # So it is by a correction of the correction.
    noon.advance(days=1)
    last = correct(new, case_draft(ELSEWHERE, subjects=named[:2], certified_on=date(2025, 12, 1)))
    assert {each.since for each in last.subjects.all()} == {first}
    assert not bearing(anew=anew)
    assert not bearing(wang)
    assert proved()


def test_stopped_accounts_stay_stopped_and_removed_ones_are_free(put_in_force, correct, noon) -> None:
    kept, wrong, right = ((each, "DEMOBANK") for each in (OWN_ACCOUNT, "6000000000000002", "6000000000000003"))
    old = put_in_force(case_draft(kept, wrong))
    noon.advance(hours=1)
    new = correct(old, case_draft(kept, right), approve=False)

    def stopped() -> list[bool]:
        found = listed([], [kept[0], wrong[0], right[0]], [])
        of = {"card_keys": (), "payment": False, "at": bank_now()}
        return [
            bool(restrictions_of_account(found.of([], [each], []), account_number=each, **of))
            for each, _ in (kept, wrong, right)
        ]

    # What it names is stopped provisionally, what the certificate names until it is approved.
    assert stopped() == [True, True, True]
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "third"))
    assert stopped() == [True, False, True]
    assert {each.account_number: each.since for each in new.case_accounts.all()} == {
        kept[0]: old.in_force_at,
        right[0]: None,
    }
    assert proved()


def test_corrected_category_starts_a_new_term(put_in_force, correct) -> None:
    new = correct(put_in_force(), draft(category=Category.RENT))
    assert new.subjects.get().since is None


def test_invalid_corrections_are_refused(put_in_force, register, correct, maker, checker, noon) -> None:
    old, another = put_in_force(), put_in_force(draft(doc_no="2"))
    with pytest.raises(NothingCorrected):
        correct(old, draft())
    with pytest.raises(CertificateExists):
        correct(old, draft(doc_no="2", certified_on=date(2025, 12, 1)))
    with pytest.raises(NotFound):
        correct(Certificate(id=old.subjects.get().id))
    waiting = correct(old, approve=False)
    assert correct(old, approve=False) == waiting
    with pytest.raises(approvals.ApprovalPending):
        correct(old, draft(certified_on=date(2025, 12, 2)))
    approvals.reject(latest_approval().id, principal=checker, reason="无更正文书")
    # The number alone may be what was wrong.
    new = correct(old, draft(doc_no="3"))
    with pytest.raises(CertificateStateRefused):
        correct(old)
    assert (new.status, another.status) == ("in_force", "in_force")
    assert proved()


def test_change_of_the_certificate_makes_the_correction_stale(
    put_in_force, register, correct, maker, checker, noon
) -> None:
    two = draft(subjects=(person(), person(LI, "李四")))
    parted, revoked, taken = put_in_force(two), put_in_force(draft(doc_no="2")), put_in_force(draft(doc_no="3"))
    waits = []
    for each, of in ((parted, two), (revoked, draft()), (taken, draft())):
        doc_no = "4" if each is taken else each.doc_no
        correct(each, replace(of, doc_no=doc_no, certified_on=date(2025, 12, 1)), approve=False)
        waits.append(latest_approval())
    noon.advance(hours=1)
    take_out(parted, maker, checker, subjects=[1])
    take_out(revoked, maker, checker)
    register(draft(doc_no="4"))
    for each in waits:
        with pytest.raises(approvals.ApprovalStale):
            approvals.approve(each.id, principal=checker)
    assert proved()


def test_a_revocation_that_waits_is_stale_once_it_is_corrected(put_in_force, correct, maker, checker) -> None:
    old = put_in_force()
    asked = take_out(old, maker, None)
    correct(old, approve=False)
    approvals.approve(latest_approval().id, principal=checker)
    with pytest.raises(approvals.ApprovalStale):
        approvals.approve(asked.id, principal=checker)
    approvals.reject(asked.id, principal=checker, reason="已更正")
    assert Revocation.objects.get().status == "rejected"
    assert proved()


def test_database_refuses_an_invalid_correction(put_in_force, correct, revoke, noon) -> None:
    old, other_one = put_in_force(), put_in_force(draft(doc_no="2"))
    noon.advance(hours=1)
    new = correct(old, approve=False)
    for wrong in ({"correction_reason": None}, {"renews_id": other_one.id}, {"corrects_id": None}):
        with refused_by("certificate_correction_is_whole"):
            copy(new, status="rejected", **wrong)()
    with refused_by("certificate_corrected_once"):
        copy(new)()
    with refused_by("certificate_correction_differs"):
        copy(new, status="rejected", certified_on=old.certified_on, content=old.content)()
    with refused_by("certificate_corrects_what_stands"):
        copy(new, status="rejected", corrects_id=new.id)()
    for change in ({"corrects_id": other_one.id}, {"correction_no": "2"}, {"correction_reason": b"x"}):
        with refused_by("blacklist_certificate_stands"):
            update(new, **change)()
    approval = latest_approval()
    Approval.objects.filter(pk=approval.pk).update(
        status="approved", decided_by_id=factories.caller("compliance", "third").id, decided_at=noon.at
    )
    # Both at one instant: neither without the other, nor at another.
    with refused_by("certificate_once_per_authority"):
        update(new, status="in_force", in_force_at=noon.at)()
    with refused_by("certificate_revoked_by_revocation"):
        at_the_end(update(old, status="revoked", revoked_at=noon.at))()
    with refused_by("certificate_revoked_by_revocation"):
        update(old, status="revoked", revoked_at=noon.at - timedelta(seconds=1))()
        at_the_end(update(new, status="in_force", in_force_at=noon.at))()
    revoke(old)
    with refused_by("certificate_correction_ends_the_corrected"):
        at_the_end(update(new, status="in_force", in_force_at=noon.at + timedelta(seconds=1)))()


def test_database_refuses_a_correction_of_a_changed_certificate(put_in_force, correct, maker, checker, noon) -> None:
    old = put_in_force(draft(subjects=(person(), person(LI, "李四"))))
    noon.advance(hours=1)
    new = correct(old, approve=False)
    Approval.objects.filter(pk=latest_approval().pk).update(
        status="approved", decided_by_id=factories.caller("compliance", "third").id, decided_at=noon.at
    )
    take_out(old, maker, checker, subjects=[2])
    with refused_by("certificate_correction_of_what_stood"):
        update(old, status="revoked", revoked_at=noon.at)()
        at_the_end(update(new, status="in_force", in_force_at=noon.at))()


def test_database_sets_instant_and_origin_of_a_correction(put_in_force, correct, noon) -> None:
    old = put_in_force(case_draft(ELSEWHERE, subjects=(person(),)))
    noon.advance(hours=1)
    new = correct(old, case_draft(ELSEWHERE, subjects=(person(),), certified_on=TODAY))
    rows_of = [CertificateSubject.objects.get(certificate=new), CaseAccount.objects.get(certificate=new)]
    with past_the_guards("blacklist_certificate", "kernel_approval"):
        rows("UPDATE blacklist_certificate SET status = 'pending', in_force_at = NULL WHERE id = %s", [new.id])
        rows("DELETE FROM kernel_approval WHERE object_id = %s", [new.id])
    with past_the_guards("blacklist_certificatesubject", "blacklist_caseaccount"):
        for each in rows_of:
            rows(f"DELETE FROM {each._meta.db_table} WHERE id = %s", [each.id])
    for each in rows_of:
        copy(each, since=noon.at + timedelta(days=1))()
        assert type(each).objects.get(certificate=new).since == old.in_force_at
    # Of another paper it is of nothing.
    other_one = put_in_force(draft(doc_no="2"))
    assert other_one.subjects.get().since is None


def test_a_list_knows_the_corrected_content_and_undone_it_leaves_the_correction(
    tmp_path, correct, maker, checker, noon
) -> None:
    brought = registered(staged(tmp_path, maker, person_row(ZHANG), person_row(LI, "李四", doc_no="2")), maker, checker)
    old, other_one = sorted(Certificate.objects.filter(brought_by=brought), key=lambda row: row.doc_no == "2")
    said = replace(OTHER, doc_no=old.doc_no)
    waiting = correct(old, said, approve=False)
    # Until the decision a list is compared with the certificate in force.
    again = staged(tmp_path, maker, person_row(ZHANG, extent_times="1"), name="again.csv")
    assert counts_of(again)["changed"] == 1
    approvals.approve(latest_approval().id, principal=checker)
    row = person_row(ZHANG, certified_on="2025-12-01")
    assert counts_of(staged(tmp_path, maker, row, name="corrected.csv"))["known"] == 1
    assert counts_of(staged(tmp_path, maker, person_row(ZHANG, received_on=""), name="before.csv"))["changed"] == 1
    pending = correct(other_one, replace(OTHER, doc_no="2", subjects=(person(LI, "李四"),)), approve=False)
    noon.advance(hours=1)
    undone(brought, maker, checker)
    for each in (waiting, pending, other_one):
        each.refresh_from_db()
    assert (waiting.status, pending.status, other_one.status) == ("in_force", "rejected", "revoked")
    assert proved()
