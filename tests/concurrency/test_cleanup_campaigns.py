"""Concurrent starts, seals and assignments of a campaign are serialized."""

from datetime import date

import pytest

from accounts.cleanup.models import CleanupCampaign, CleanupCase, CleanupContact, CleanupItem, CleanupOutcome
from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.operations.cases import assign_cases, note_contact
from accounts.cleanup.queries.progress import progress_of
from accounts.cleanup.vocabulary import ContactKind, ContactResult
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Refusal
from tests import cleanup_cases, factories
from tests.cleanup_cases import asked, stock_account
from tests.races import ConcurrentCall, at_once, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beyond(zhang):
    factories.account(zhang, "I")
    return stock_account(zhang)


def start(boss):
    return perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2099, 12, 31)))


def said(call):
    """Return the refusal's code of a call, or "done"."""
    try:
        call()
    except Refusal as refusal:
        return refusal.code
    return "done"


def test_one_of_two_concurrent_starts_succeeds(boss, beyond):
    def begin():
        return said(lambda: start(boss))

    assert sorted(at_once(*[begin] * 4)) == ["CLEANUP_CAMPAIGN_RUNS"] * 3 + ["done"]
    assert (CleanupCampaign.objects.count(), CleanupCase.objects.count()) == (1, 1)


def test_seal_waits_for_an_approval_and_counts_it(boss, beyond):
    campaign = start(boss)
    proposal = asked(CleanupItem.objects.get(beyond=True), "explain")
    with not_yet_committed():
        cleanup_cases.approve(proposal)
        sealing = ConcurrentCall(
            lambda: perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
        ).wait_until_blocked()
        assert not CleanupOutcome.objects.exists()
    sealing.result()
    assert CleanupOutcome.objects.get().way == "explain"
    campaign.refresh_from_db()
    assert progress_of(campaign).total.worked_off.count == 1


def test_seal_waits_for_a_proposal_and_finds_it(boss, beyond):
    campaign = start(boss)
    with not_yet_committed():
        asked(CleanupItem.objects.get(beyond=True), "explain")
        sealing = ConcurrentCall(
            lambda: said(lambda: perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id)))
        ).wait_until_blocked()
    assert sealing.result() == "CLEANUP_ACTIONS_PENDING"


def test_contact_recorded_during_a_seal_finds_the_campaign_sealed(boss, beyond):
    campaign = start(boss)
    case, teller = CleanupCase.objects.get(), factories.caller("teller")

    def note():
        return said(
            lambda: perform(
                lambda: note_contact(
                    principal=teller, case_id=case.id, kind=ContactKind.NOTE, result=ContactResult.NONE, text="晚了"
                )
            )
        )

    with not_yet_committed():
        perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
        noting = ConcurrentCall(note).wait_until_blocked()
    assert noting.result() == "CLEANUP_SEALED"
    assert not CleanupContact.objects.exists()


def test_one_of_two_tellers_gets_a_case(boss, beyond):
    start(boss)
    case = CleanupCase.objects.get()
    one, other = factories.caller("teller", "one"), factories.caller("teller", "other")

    def take(who):
        return said(lambda: perform(lambda: assign_cases(principal=who, case_ids=[case.id], assignee_id=who.id)))

    with not_yet_committed():
        assert take(one) == "done"
        taking = ConcurrentCall(lambda: take(other)).wait_until_blocked()
    assert taking.result() == "CLEANUP_CASES_ASSIGNED"
    case.refresh_from_db()
    assert case.assignee_id == one.id
