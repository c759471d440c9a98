"""Pending proposals of every kind are on the customer's page, and a merge names those that it ends."""

import pytest

from accounts.models import Account, Customer
from accounts.queries.merging import merge_shown
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.http import code

pytestmark = pytest.mark.django_db

ABOUT_CUSTOMERS = [
    name for name, kind in approvals.bank_kinds().items()
    if CASES[name].owner[0] and kind.model._meta.app_label == "accounts"
]  # fmt: skip


def propose(kind: str, account: Account) -> Approval:
    case = CASES[kind]
    prepared = case.prepare(account)
    perform(lambda: case.propose(account, factories.caller(case.by, "maker"), prepared))
    return latest_approval()


@pytest.mark.parametrize("kind", ABOUT_CUSTOMERS)
def test_pending_proposal_is_on_the_customers_page(kind, account, signed_in):
    approval = propose(kind, account)
    desk = signed_in(approvals.deciding_role(kind), "checker")
    assert f'href="/desk/inbox/{approval.id}"' in desk.get(f"/desk/customers/{account.customer_id}").text


@pytest.mark.parametrize("kind", [each for each in ABOUT_CUSTOMERS if each != "customer_merge"])
def test_merge_page_says_whether_the_proposal_ends(kind, account, client_for):
    remains: Customer = factories.customer(PERMIT)
    approval = propose(kind, account)
    becomes_stale = approval.id in merge_shown(remains.id, account.customer_id, bank_now()).stale
    merge(client_for("teller"), client_for("supervisor", "merges"), remains, account.customer)
    answer = client_for(approvals.deciding_role(kind), "checker").approve(str(approval.id))
    assert code(answer) == ((409, "APPROVAL_STALE") if becomes_stale else (200, None))
