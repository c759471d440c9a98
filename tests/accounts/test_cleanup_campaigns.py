"""A campaign fixes the customers beyond a limit, ranked, and is sealed when no action is pending."""

from datetime import date, datetime, timedelta

import pytest

from accounts.cleanup.models import CleanupCampaign, CleanupCase, CleanupItem, CleanupOutcome
from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.queries.population import LIMIT_MAX, Population, population_now
from accounts.cleanup.queries.progress import campaign_now, progress_of
from accounts.cleanup.refusals import CampaignRuns, CleanupActionsPending, CleanupSealed, NothingToCleanUp
from accounts.models import Account
from accounts.vocabulary import COUNTED_CARD_PRODUCTS, COUNTED_CARD_STATUSES, CardStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Decision
from tests import cleanup_cases, factories
from tests.cleanup_cases import stock_account, stock_card
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by

pytestmark = pytest.mark.django_db
DEADLINE = date(2026, 12, 31)
OLD = datetime(2010, 5, 1, 10, tzinfo=SHANGHAI)


def start(boss, name="2026年存量清理"):
    return perform(lambda: start_campaign(principal=boss, name=name, deadline=DEADLINE))


def test_campaign_includes_exactly_the_customers_beyond_a_limit(zhang, li, wang, organization, boss):
    one = factories.account(zhang, "I")
    other, third = (stock_account(zhang, opened_at=OLD + timedelta(days=n)) for n in range(2))
    factories.account(li, "I")
    for _ in range(5):
        factories.account(li, "II")
    rich = factories.account(wang, "I")
    cards = [factories.card(rich) for _ in range(4)]
    beyond = stock_card(rich, issued_at=OLD)
    factories.account(organization)
    assert population_now() == Population(customers=2, accounts=2, cards=1)
    campaign = start(boss)
    assert (campaign.as_of, campaign.deadline, campaign.sealed_at) == (NOON, DEADLINE, None)
    cases = {case.customer_id: case for case in CleanupCase.objects.filter(campaign=campaign)}
    assert cases.keys() == {zhang.id, wang.id}
    assert (cases[zhang.id].excess_accounts, cases[zhang.id].excess_cards) == (2, 0)
    assert (cases[wang.id].excess_accounts, cases[wang.id].excess_cards) == (0, 1)
    items = CleanupItem.objects.filter(case=cases[zhang.id]).order_by("rank")
    assert [(each.account_id, each.rank, each.beyond) for each in items] == [
        (one.id, 1, False),
        (other.id, 2, True),
        (third.id, 3, True),
    ]
    of_cards = CleanupItem.objects.filter(case=cases[wang.id]).order_by("rank")
    assert [each.card_id for each in of_cards] == [*(card.id for card in cards), beyond.id]
    assert [each.beyond for each in of_cards] == [False] * 4 + [True]
    assert of_cards[4].opened_at == OLD
    kept = Decision.objects.get(kind="start_cleanup")
    assert (kept.object_id, kept.clause.split()[-1]) == (campaign.id, "第五条")
    assert {name: kept.facts[f"beyond_{name}"] for name in ("customers", "accounts", "cards")} == {
        "customers": 2,
        "accounts": 2,
        "cards": 1,
    }


def test_ranks_by_place_then_by_last_use_then_by_balance(zhang, boss):
    placed = factories.account(zhang, "I", opened_at=NOON)
    never = stock_account(zhang, opened_at=OLD)
    used = stock_account(zhang, opened_at=OLD, last_used_on=date(2015, 1, 1))
    rich = stock_account(zhang, opened_at=OLD, balance_fen=100)
    start(boss)
    items = CleanupItem.objects.order_by("rank")
    assert [each.account_id for each in items] == [placed.id, used.id, rich.id, never.id]
    assert items[1].last_used_at == datetime(2015, 1, 1, tzinfo=SHANGHAI)
    assert items[2].last_used_at is None, "an opening balance is no use"
    assert items[2].balance_fen == 100


def test_a_case_lies_at_the_branch_of_the_oldest_account_beyond(zhang, boss):
    factories.account(zhang, "I", branch="011", opened_at=OLD - timedelta(days=9))
    stock_account(zhang, branch="022", opened_at=OLD + timedelta(days=1))
    stock_account(zhang, branch="033", opened_at=OLD)
    start(boss)
    assert CleanupCase.objects.get().branch == "033"


def test_a_payment_account_of_class_iii_too_many_is_a_case_and_of_class_ii_none(zhang, li, boss):
    factories.account(zhang, "III", kind="payment")
    stock_account(zhang, "III", "payment", opened_at=OLD)
    for _ in range(7):
        factories.account(li, "II", kind="payment")
    start(boss)
    case = CleanupCase.objects.get()
    assert (case.customer_id, case.items.get(beyond=True).limit) == (zhang.id, CleanupLimit.PAYMENT_III)


def test_every_limit_of_the_law_has_its_number():
    assert {limit.value: most for limit, most in LIMIT_MAX.items()} == {
        "bank_i": 1, "bank_ii": 5, "bank_iii": 5, "payment_iii": 1, "cards": 4,
    }  # fmt: skip


def test_the_words_of_the_index_are_those_of_the_rule():
    """Debit cards that are not cancelled count against the four, in the statement and in the index."""
    assert set(COUNTED_CARD_PRODUCTS) == {"debit"}
    assert set(COUNTED_CARD_STATUSES) == set(CardStatus) - {CardStatus.CANCELLED}


def test_one_campaign_runs_at_a_time(zhang, boss):
    factories.account(zhang, "I")
    stock_account(zhang)
    campaign = start(boss)
    with pytest.raises(CampaignRuns) as refused:
        start(boss)
    assert refused.value.fields == {"campaign_id": str(campaign.id)}
    with refused_by("cleanup_campaign_one_open"):
        cleanup_cases.campaign(name="another")


def test_campaign_without_customers_does_not_start(zhang, boss):
    factories.account(zhang, "I")
    with pytest.raises(NothingToCleanUp):
        start(boss)
    assert not CleanupCampaign.objects.exists()


def test_the_deadline_has_not_passed(zhang, boss):
    with pytest.raises(BadRequest):
        perform(lambda: start_campaign(principal=boss, name="晚了", deadline=date(2026, 1, 4)))


def test_sealed_campaign_cannot_change(zhang, boss, noon):
    first, second = factories.account(zhang, "I"), stock_account(zhang)
    campaign = start(boss)
    at = noon.advance(days=8)
    Account.objects.filter(pk=second.pk).update(status="closed", closed_at=at)
    noon.advance(days=8)
    sealed = perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
    outcome = CleanupOutcome.objects.get()
    assert (outcome.item.account_id, outcome.at, outcome.way) == (second.id, at, "elsewhere")
    before = progress_of(sealed)
    assert (before.total.excess.count, before.total.worked_off.count, before.total.remaining.count) == (1, 1, 0)
    noon.advance(days=8)
    Account.objects.filter(pk=first.pk).update(status="closed", closed_at=noon.at)
    assert progress_of(sealed) == before
    case = CleanupCase.objects.get()
    with refused_by("cleanup_campaign_is_open"):
        CleanupCase.objects.filter(pk=case.pk).update(branch="999")
    with refused_by("cleanup_action_before_the_seal"):
        cleanup_cases.action(case.items.first())
    with pytest.raises(CleanupSealed):
        perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
    assert campaign_now() == sealed
    # Another may start over what is left.
    with pytest.raises(NothingToCleanUp):
        start(boss)


def test_campaign_with_pending_actions_is_not_sealed(zhang, boss):
    factories.account(zhang, "I")
    stock_account(zhang)
    campaign = start(boss)
    action = cleanup_cases.action(CleanupItem.objects.get(beyond=True))
    with pytest.raises(CleanupActionsPending) as refused:
        perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
    assert refused.value.fields == {"count": 1, "approval_ids": [str(action.id)]}
    with refused_by("cleanup_campaign_sealed_when_nothing_waits"):
        CleanupCampaign.objects.filter(pk=campaign.pk).update(sealed_at=NOON, sealed_by=boss.id)
    action.status = "withdrawn"
    action.save()
    perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
    with refused_by("cleanup_outcome_as_sealed"):
        CleanupOutcome.objects.create(item=action.item, at=NOON, way="explain")


def test_a_case_of_an_open_campaign_is_never_written_for_a_merged_customer(zhang, li, boss):
    factories.account(zhang, "I")
    stock_account(zhang)
    with past_the_guards("accounts_customer"):
        type(zhang).objects.filter(pk=zhang.pk).update(merged_into=li)
    campaign = start(boss)
    assert not CleanupCase.objects.filter(campaign=campaign).exists()
