"""Life of a list's certificates: registered again after revocation, provisional stops, undoing."""

import pytest

from blacklist.imports import operations as imports
from blacklist.imports.operations import execution, listed_certificates
from blacklist.imports.queries.lists import counts_of
from blacklist.models import Certificate, Revocation, RevokedPart
from blacklist.operations.registration import lock_keys
from blacklist.operations.revocations import ChosenParts, RevocationDraft, request_revocation
from blacklist.policy.restrictions import restrictions_of_account
from blacklist.queries import listed
from blacklist.vocabulary import RevocationGround
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.models import Approval
from config.oversight.queries.proof import prove
from tests.blacklist.cast import LI, OWN_ACCOUNT, OWN_CARD, TODAY, ZHANG, latest_approval
from tests.blacklist.lists import account, approved, person, registered, staged, undone

pytestmark = pytest.mark.django_db
SECOND, THIRD = {"doc_no": "2"}, {"doc_no": "3"}


def holds() -> bool:
    return rows("SET CONSTRAINTS ALL IMMEDIATE") == [] and all(each.holds for each in prove())


def stopped(number: str) -> bool:
    found = listed([], [number], []).of([], [number], [])
    return bool(restrictions_of_account(found, account_number=number, card_keys=(), payment=False, at=bank_now()))


def test_list_registers_a_revoked_certificate_again_and_again_after_its_undoing(
    tmp_path, put_in_force, revoke, maker, checker, noon
):
    first = revoke(put_in_force())
    row = staged(tmp_path, maker, person(ZHANG))
    assert counts_of(row)["new"] == 1
    registered(row, maker, checker)
    second = Certificate.objects.get(brought_by=row)
    assert (second.renews_id, second.status) == (first.id, "in_force")
    noon.advance(seconds=1)
    undone(row, maker, checker)
    # Of another content, too: what was revoked has said something else.
    again = registered(staged(tmp_path, maker, person(LI, "李四"), name="again.csv"), maker, checker)
    assert Certificate.objects.get(brought_by=again).renews_id == second.id
    assert holds()


def test_undecided_rows_stop_their_accounts_under_exclusive_locks(tmp_path, maker, checker, its_card):
    rows_of = [account(number) for number in (OWN_ACCOUNT, OWN_CARD, "6217")]
    rows_of += [account("87", "ICBC"), person(ZHANG, category="CASE_ACCOUNT")]
    row = approved(staged(tmp_path, maker, *rows_of), maker, checker)
    locked = execution.keys_of(row.id, listed_certificates.certificates_due(row.id, after=0, most=10))
    imports.apply_list(row.id)
    paper = Certificate.objects.get()
    assert (paper.status, paper.stopped_from) == ("manual_review", paper.made_at)
    assert sorted(locked) == lock_keys(paper.id)
    assert stopped(OWN_ACCOUNT)
    undone(row, maker, checker)
    assert not stopped(OWN_ACCOUNT)
    assert holds()


def test_a_list_is_undone_whatever_of_it_was_revoked_before_or_waits_to_be(tmp_path, maker, checker):
    papers = [(ZHANG, "张三"), (LI, "李四")]
    rows_of = [person(number, name, **paper) for paper in ({}, SECOND, THIRD) for number, name in papers]
    row = registered(staged(tmp_path, maker, *rows_of), maker, checker)
    in_part, half, whole = Certificate.objects.order_by("-doc_no").filter(brought_by=row)

    def ask(certificate: Certificate, by, of: ChosenParts | None = None) -> None:
        draft = RevocationDraft("撤1", TODAY, "冒名")
        request_revocation(principal=by, certificate_id=certificate.id, draft=draft, at=bank_now(), of=of)

    ask(in_part, maker, ChosenParts([1]))
    approvals.approve(latest_approval().id, principal=checker)
    ask(half, maker, ChosenParts([1]))
    ask(whole, checker)
    undone(row, maker, checker)
    assert set(Certificate.objects.values_list("status", flat=True)) == {"revoked"}
    waited = Revocation.objects.filter(undoes=None, certificate__in=[half, whole])
    assert set(waited.values_list("status", flat=True)) == {"rejected"}
    assert not Approval.objects.filter(status="pending").exists()
    # The person who requested this revocation did not reject it.
    assert Approval.objects.get(object_id=waited.get(certificate=whole).id).decided_by_id == maker.id
    undoing = Revocation.objects.filter(undoes=row)
    assert set(undoing.values_list("whole", "ground", "status")) == {(True, RevocationGround.ENTRY, "in_force")}
    assert RevokedPart.objects.filter(in_force_at=None).count() == 1
    assert holds()
