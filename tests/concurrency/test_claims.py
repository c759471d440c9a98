"""Concurrent claims and comments: one claim holds, each comment has its own place, the limit per person holds."""

import pytest

from config.kernel import approvals
from config.kernel.approvals import work
from config.kernel.database.transactions import perform
from config.kernel.models import ApprovalClaim, ApprovalComment
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.races import ConcurrentCall, at_once, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_two_claims_succeeds_and_both_comments_are_kept(noon):
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


def test_concurrent_claims_of_one_person_keep_the_limit(noon, monkeypatch):
    monkeypatch.setattr(work, "CLAIMS_MOST", 1)
    account = factories.account(factories.customer(factories.ZHANG))
    maker, by = factories.caller("teller", "maker"), factories.caller("supervisor", "one")
    perform(lambda: CASES["external_account"].propose(account, maker, None))
    first = latest_approval().pk
    perform(lambda: CASES["reverification"].propose(account, maker, CASES["reverification"].prepare(account)))
    second = latest_approval().pk
    with not_yet_committed():
        approvals.claim(first, principal=by)
        call = ConcurrentCall(lambda: perform(lambda: approvals.claim(second, principal=by))).wait_until_blocked()
    with pytest.raises(approvals.ClaimsFull):
        call.result()
    assert ApprovalClaim.objects.get().approval_id == first
