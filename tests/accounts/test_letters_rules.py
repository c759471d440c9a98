"""Letters due for a certificate: before, at and after its end, announced or not."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.letters.policy import Bearing, IssueFacts, check_issue, letters_of, revocation_to_announce
from accounts.letters.refusals import LetterAlreadyIssued, LetterNotDue
from accounts.letters.vocabulary import LetterKind
from tests.clock import NOON

PAPER, BY = UUID(int=1), UUID(int=2)
INFORMED = {(kind, PAPER) for kind in (LetterKind.PENALTY, LetterKind.SUSPENSION)}
PENALTY = Bearing(PAPER, penalized=True, until=NOON)
BEFORE = NOON - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("bearing", "letters", "at", "kinds"),
    [
        (PENALTY, (), BEFORE, {"penalty"}),
        (PENALTY, INFORMED, BEFORE, {"penalty"}),
        (PENALTY, (), NOON, set()),
        (PENALTY, INFORMED, NOON, {"end"}),
        (Bearing(PAPER, penalized=True), (), NOON, {"penalty"}),
        (Bearing(PAPER, stops=True, suspends=True), (), NOON, {"case_account", "suspension"}),
        (Bearing(PAPER, stops=True, suspends=True, reverified_by=BY), (), NOON, {"case_account"}),
        (Bearing(PAPER, suspends=True, reverified_by=BY), INFORMED, NOON, {"lift"}),
        (Bearing(PAPER, revocation_id=BY), (), NOON, set()),
        (Bearing(PAPER, revocation_id=BY), INFORMED, NOON, {"lift"}),
    ],
)
def test_letters_due_for_a_certificate(bearing, letters, at, kinds):
    found = list(letters_of(bearing, letters, at))
    assert {kind.value for kind, _ in found} == kinds
    assert {about for kind, about in found if kind is LetterKind.LIFT} <= {BY}


def test_release_letter_names_the_last_revocation_unless_one_was_announced():
    first, last = UUID(int=3), UUID(int=4)
    assert revocation_to_announce((), ()) is None
    assert revocation_to_announce((first, last), ()) == last
    assert revocation_to_announce((first, last), {(LetterKind.LIFT, first)}) == first


def test_letter_is_due_and_due_again_after_a_difference():
    check_issue(IssueFacts(applies=True))
    check_issue(IssueFacts(applies=True, issued=BY, differs=True))
    with pytest.raises(LetterAlreadyIssued):
        check_issue(IssueFacts(applies=True, issued=BY))
    with pytest.raises(LetterNotDue):
        check_issue(IssueFacts(applies=False, issued=BY))
