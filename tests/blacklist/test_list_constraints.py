"""Database constraints of lists of certificates."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from blacklist.imports.models import ListUndo, ListUpload
from blacklist.imports.operations import propose_list, propose_undo
from blacklist.imports.operations.undo import UNDO
from blacklist.models import Certificate, Revocation
from config.kernel import approvals
from config.kernel.models import Approval
from tests.blacklist.cast import TODAY, ZHANG, draft
from tests.blacklist.direct_writes import at_the_end, copy, update
from tests.blacklist.lists import approved, person, registered, staged, undo_draft
from tests.clock import NOON
from tests.database_refusals import refused_by

BY_HAND = draft(doc_no="2")
LONG_AFTER = NOON + timedelta(days=365)


@pytest.fixture
def reading(tmp_path, maker):
    """A staged list."""
    return staged(tmp_path, maker, person(ZHANG))


@pytest.fixture
def registered_list(reading, maker, checker):
    """A registered list."""
    return registered(reading, maker, checker)


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        (
            "registered_list",
            [
                ("list_import_moves", {"status": "staged"}),
                ("list_import_undone_before_sealed", {"status": "undoing", "undo_at": LONG_AFTER}),
                ("list_import_undone_before_sealed", {"status": "undoing", "undo_at": NOON - timedelta(days=1)}),
                ("list_import_undone_before_sealed", {"status": "undoing"}),
                ("list_import_undone_since", {"undone_at": NOON}),
                ("list_import_rows_done", {"rows_done": F("rows_due") + 1}),
                ("blacklist_listimport_stands", {"source": "x"}),
                ("blacklist_listimport_stands", {"in_force_at": LONG_AFTER}),
                ("blacklist_listimport_stands", {"sealed_from": LONG_AFTER}),
            ],
        ),
        (
            "reading",
            [
                ("list_import_moves", {"status": "lost"}),
                ("list_import_in_force_since", {"status": "applying"}),
                ("list_import_in_force_since", {"in_force_at": NOON}),
                ("list_import_checked_first", {"staged_at": None}),
                ("list_import_applied_whole", {"applied_at": NOON}),
            ],
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_list(request, of: str, changes: list[tuple[str, dict[str, Any]]]) -> None:
    row = request.getfixturevalue(of)
    for constraint, change in changes:
        with refused_by(constraint):
            update(row, **change)()


def test_new_list_has_a_known_status_and_is_unique(reading) -> None:
    with refused_by("list_import_status_known"):
        copy(reading, digest="other", status="lost")()
    # What was counted only is never registered.
    with refused_by("list_import_in_force_since"):
        copy(reading, digest="other", dry_run=True, status="applying", in_force_at=NOON)()
    with refused_by("list_import_once"):
        copy(reading)()
    copy(reading, status="refused")()
    piece = ListUpload.objects.create(list_import=reading, number=0, content="eA==")
    with refused_by("list_upload_once"):
        copy(piece)()


def test_a_list_is_registered_and_undone_by_two_persons(reading, maker, checker) -> None:
    act = at_the_end(update(reading, status="applying", in_force_at=NOON))
    with refused_by("blacklist_listimport_second_person"):
        act()
    # The person who read it in may not approve it, nor the one who submitted it.
    propose_list(principal=checker, import_id=reading.id)
    Approval.objects.filter(kind="import").update(status="approved", decided_by=maker.id, decided_at=NOON)
    with refused_by("blacklist_listimport_second_person"):
        act()


def test_a_list_is_not_undone_by_one_person_alone(registered_list) -> None:
    with refused_by("blacklist_listimport_second_person"):
        at_the_end(update(registered_list, status="undoing", undo_at=registered_list.applied_at))()


def test_undone_list_has_a_paper_that_cannot_change(registered_list, maker, checker) -> None:
    _, approval = propose_undo(principal=maker, import_id=registered_list.id, draft=undo_draft())
    paper = ListUndo.objects.get(approval=approval)
    with refused_by("blacklist_listundo_append_only"):
        update(paper, doc_no="other")()
    other = Approval.objects.exclude(pk=approval.id).latest("id")
    with refused_by("list_undo_ground_known"):
        copy(paper, approval_id=other.id, ground="other")()
    with refused_by("list_undo_names_its_paper"):
        copy(paper, approval_id=other.id, doc_no="")()
    # By two persons, but of this approval there is no paper.
    approvals.withdraw(approval.id, principal=maker)
    bare = approvals.propose(
        approvals.make_room(UNDO, registered_list.id, at=NOON),
        principal=maker,
        object_id=registered_list.id,
        before={},
        after={},
    )
    Approval.objects.filter(pk=bare.pk).update(status="approved", decided_by=checker.id, decided_at=NOON)
    with refused_by("list_import_undone_on_paper"):
        at_the_end(update(registered_list, status="undoing", undo_at=NOON))()


def test_certificates_of_a_list_need_the_approval_of_the_list(reading, register, maker, checker) -> None:
    by_hand = register(BY_HAND)
    with refused_by("certificate_of_open_list"):
        copy(by_hand, doc_no="3", brought_by_id=reading.id)()
    with refused_by("blacklist_certificate_stands"):
        update(by_hand, brought_by_id=reading.id)()
    approved(reading, maker, checker)
    # The approver of the list is not the maker of its certificates.
    copy(by_hand, doc_no="3", brought_by_id=reading.id, made_by_id=checker.id)()
    brought = Certificate.objects.get(brought_by=reading)
    with refused_by("certificate_in_force_by_list"):
        at_the_end(update(brought, status="in_force", in_force_at=NOON))()


def test_only_certificates_of_a_list_are_undone_with_it(registered_list, put_in_force, maker) -> None:
    by_hand = put_in_force(BY_HAND)
    said = {"doc_no": "撤", "revoked_on": TODAY, "reason": "x", "made_by_id": maker.id, "made_at": NOON}
    for certificate in (by_hand, Certificate.objects.get(brought_by=registered_list)):
        # The second certificate came with the list, but nobody has approved its undoing.
        with refused_by("revocation_undoes_its_list"):
            at_the_end(
                lambda of=certificate: Revocation.objects.create(certificate=of, undoes=registered_list, **said)
            )()
    own = Revocation.objects.create(certificate=by_hand, **said)
    with refused_by("blacklist_revocation_stands"):
        update(own, undoes_id=registered_list.id)()
