"""A decision links to the proposal that it made, carried out or ended; its list is exported as shown."""

import csv
import io
import re

import pytest

from accounts.operations.freezes import ask_freeze_lift, place_freeze
from config.kernel import approvals
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


def leads_to(desk, decision: Decision) -> str | None:
    page = text_of(desk.get(f"/desk/decisions/{decision.id}"))
    found = page.split("/desk/inbox/")
    return found[1].split('"')[0].strip("/") if len(found) > 1 else None


def propose(kind: str, account) -> Approval:
    CASES[kind].propose(account, factories.caller(CASES[kind].by, "maker"), CASES[kind].prepare(account))
    return latest_approval()


@pytest.mark.parametrize("kind", list(CASES))
def test_request_and_approval_decisions_link_to_one_proposal(kind, account, noon, signed_in):
    before = set(Decision.objects.values_list("id", flat=True))
    proposal = propose(kind, account)
    asked = Decision.objects.exclude(id__in=before).order_by("-at", "-id").first()
    noon.advance(minutes=1)
    checker = factories.caller(approvals.deciding_role(kind), "checker")
    known = set(Decision.objects.values_list("id", flat=True))
    approvals.approve(proposal.id, principal=checker)
    desk = signed_in("auditor")
    assert leads_to(desk, asked) == str(proposal.id)
    done = Decision.objects.exclude(id__in=known).get(kind=kind)
    assert leads_to(desk, done) == str(proposal.id)


def test_rejected_proposal_is_not_the_next_one(account, noon, signed_in):
    first = propose("reverification", account)
    noon.advance(minutes=1)
    approvals.reject(first.id, principal=factories.caller("supervisor", "checker"), reason="不符")
    noon.advance(minutes=1)
    second = propose("reverification", account)
    desk = signed_in("auditor")
    asked = Decision.objects.filter(kind="reverification", outcome="allowed").order_by("at")
    assert [leads_to(desk, each) for each in asked] == [str(first.id), str(second.id)]
    rejected = Decision.objects.get(kind="reverification", outcome="rejected")
    assert leads_to(desk, rejected) == str(first.id)


def test_decision_of_one_person_links_to_no_proposal(account, noon, signed_in):
    officer = factories.caller("compliance", "maker")
    freeze = place_freeze(principal=officer, account_id=account.id, authority="某区法院", order_no="冻1", until=None)
    noon.advance(minutes=1)
    ask_freeze_lift(principal=officer, freeze_id=freeze.id, order_no="解1", reason="撤案")
    assert leads_to(signed_in("auditor"), Decision.objects.get(kind="place_freeze")) is None


@pytest.mark.parametrize("status", ["pending", "rejected", "withdrawn", "expired", "approved", "all"])
def test_proposals_are_exported_as_they_are_listed(status, account, noon, signed_in):
    for kind in ("reverification", "document_link", "external_account"):
        propose(kind, account)
        noon.advance(minutes=1)
    approvals.reject(
        Approval.objects.get(kind="document_link").id,
        principal=factories.caller("supervisor", "checker"),
        reason="不符",
    )
    desk = signed_in("auditor")
    page = text_of(desk.get(f"/desk/inbox?status={status}"))
    form = page.split('action="/desk/exports"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = desk.post("/desk/exports", hidden | {"format": "csv"})
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))[1:]
    listed = {str(each.id) for each in Approval.objects.all() if f"/desk/inbox/{each.id}" in page}
    assert {line[-1] for line in lines} == listed
    assert len(listed) == {"pending": 2, "rejected": 1, "all": 3}.get(status, 0)
