"""A proposal concurrent with the end of an earlier one, and with another that corrects the same row."""

import pytest

from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from config.kernel import approvals
from config.kernel.approvals.context import SubmittedForm, submitting
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.concurrency.conftest import outcome_during

pytestmark = pytest.mark.django_db(transaction=True)


def test_proposal_is_possible_after_a_concurrent_rejection(zhang):
    """A freeze lists nobody: the proposal about the same object is all that the two wait for."""
    maker, checker = factories.caller("compliance"), factories.caller("compliance", "second")
    account = factories.account(zhang)
    words = {"authority": "广州市公安局", "order_no": "穗公冻〔2026〕1号", "until": None}
    freeze = perform(lambda: place_freeze(principal=maker, account_id=account.id, **words))

    def ask():
        return ask_freeze_lift(principal=maker, freeze_id=freeze.id, order_no="穗公解〔2026〕1号", reason="案件撤销")

    first = perform(ask)[1]
    assert outcome_during(lambda: approvals.reject(first.id, principal=checker, reason="文书有误"), ask) == "done"
    assert sorted(Approval.objects.values_list("status", flat=True)) == ["pending", "rejected"]


def test_a_returned_proposal_is_corrected_once(zhang, li):
    maker, checker = factories.caller("teller"), factories.caller("supervisor")

    def ask(holder):
        entered = ExternalAccountInput("6222000011112222", "ICBC", holder.name, "见卡")
        return request_external_account(principal=maker, customer_id=holder.id, entered=entered)

    perform(lambda: ask(zhang))
    returned = latest_approval()
    perform(lambda: approvals.send_back(returned.id, principal=checker, reason="账号有误"))

    def correct(holder):
        with submitting(lambda: SubmittedForm("/", "", follows=returned.id)):
            return ask(holder)

    assert outcome_during(lambda: correct(zhang), lambda: correct(li)) == "NOT_TO_BE_CORRECTED"
    assert Approval.objects.filter(follows=returned).count() == 1
