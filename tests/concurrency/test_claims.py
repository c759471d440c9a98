"""Two claim, and two comment, at the same instant: one claim holds, and each comment has a place of its own."""

import pytest

from config.kernel import approvals
from config.kernel.models import ApprovalClaim, ApprovalComment
from config.kernel.transactions import perform
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_two_has_the_claim_and_both_are_heard(noon):
    account = factories.account(factories.customer(factories.ZHANG))
    maker, *checkers = (factories.caller(role, name) for role, name in (
        ("teller", "maker"), ("supervisor", "one"), ("supervisor", "other"),
    ))  # fmt: skip
    perform(lambda: CASES["external_account"].propose(account, maker, None))
    proposal = latest_approval().pk

    def works(by):
        def work():
            perform(lambda: approvals.comment(proposal, principal=by, text="x"))
            try:
                return perform(lambda: approvals.claim(proposal, principal=by)).principal_id
            except approvals.ApprovalClaimed:
                return None

        return work

    has_it = at_once(*map(works, checkers))
    assert sorted(each is None for each in has_it) == [False, True]
    assert ApprovalClaim.objects.get().principal_id in has_it
    assert list(ApprovalComment.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
