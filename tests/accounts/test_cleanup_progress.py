"""The figures of a campaign equal an independent count after any sequence of acts."""

import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupItem
from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.queries.case_details import show_case
from accounts.cleanup.queries.cases import UNASSIGNED, CaseFilter, matching_cases, next_case, progress_of_cases
from accounts.cleanup.queries.progress import Figure, progress_of
from accounts.cleanup.vocabulary import CaseState, CleanupSettled
from accounts.models import Account, Card
from accounts.operations.accounts import change_class, close_account
from accounts.operations.cards import cancel_card, replace_card
from accounts.vocabulary import AccountClass
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.refusals import BadRequest, Refusal
from config.kernel.models import Decision
from tests import cleanup_cases, factories
from tests.cleanup_cases import approve, asked, stock_account, stock_card

pytestmark = pytest.mark.django_db
BRANCHES = ("", "011", "022")


@pytest.fixture
def teller_of_cases():
    return factories.caller("teller")


def excess_customer(chance: random.Random) -> None:
    """Create a customer beyond one or two limits."""
    holder, branch = factories.customer(), chance.choice(BRANCHES)
    first = factories.account(holder, "I", branch=branch)
    makers = {
        "bank_i": lambda: stock_account(holder, branch=branch),
        "bank_ii": lambda: stock_account(holder, "II", branch=branch),
        "payment_iii": lambda: stock_account(holder, "III", "payment", branch=branch),
        "cards": lambda: stock_card(first),
    }
    placed = {
        "bank_i": [],
        "bank_ii": [lambda: factories.account(holder, "II", branch=branch)] * 5,
        "payment_iii": [lambda: factories.account(holder, "III", kind="payment", branch=branch)],
        "cards": [lambda: factories.card(first)] * 4,
    }
    for limit in chance.sample(list(makers), chance.randint(1, 2)):
        for make in [*placed[limit], *[makers[limit]] * chance.randint(1, 3)]:
            make()


def work(chance: random.Random, teller, item: CleanupItem) -> None:
    """Do a random act about an item, inside or outside the campaign; ignore a refusal."""
    if item.card_id:
        card = Card.objects.get(pk=item.card_id)
        while Card.objects.filter(replaces=card).exists():
            card = Card.objects.get(replaces=card)
        doings = [
            lambda: perform(lambda: cancel_card(principal=teller, card_id=card.id)),
            lambda: perform(lambda: replace_card(principal=teller, card_id=card.id)),
            lambda: approve(asked(item, "explain")),
            lambda: approve(asked(item, "stop")),
            lambda: approve(asked(item, "cancel")),
        ]
    else:
        others = Account.objects.filter(customer=item.account.customer, kind=item.account.kind, status="open")
        into = others.exclude(pk=item.account_id).first()
        doings = [
            lambda: perform(lambda: close_account(principal=teller, account_id=item.account_id)),
            lambda: perform(
                lambda: change_class(principal=teller, account_id=item.account_id, to=AccountClass.II, up=False)
            ),
            lambda: approve(asked(item, "explain")),
            lambda: approve(asked(item, "downgrade")),
            lambda: approve(asked(item, "keep")),
            lambda: approve(asked(item, "merge", to_account_id=into.id if into else None, cards="move")),
        ]
    try:
        chance.choice(doings)()
    except (Refusal, BadRequest):
        return
    made = CleanupAction.objects.filter(item=item, status="active", undone_at=None).exclude(way="undo").first()
    if made and chance.random() < 0.3:
        try:
            cleanup_cases.undone(made)
        except Refusal:
            return


def card_now(item: CleanupItem) -> Card:
    card = Card.objects.get(pk=item.card_id)
    while (after := Card.objects.filter(replaces=card).first()) is not None:
        card = after
    return card


def settled_naively(item: CleanupItem) -> tuple[datetime, str] | None:
    """Return when and how an item was settled, computed from the rows one by one."""
    actions = CleanupAction.objects.filter(item=item, status="active", undone_at=None).exclude(way="undo")
    done = actions.first()
    way = done.way if done and done.way != "keep" else "elsewhere"
    at = []
    if done and done.way in ("explain", "stop"):
        at.append(done.in_force_at)
    if item.card_id:
        card = card_now(item)
        if card.status == "cancelled":
            at.append(card.cancelled_at)
    else:
        account = Account.objects.get(pk=item.account_id)
        if account.status == "closed":
            at.append(account.closed_at)
        if item.limit != f"{account.kind}_{account.account_class.lower()}":
            keep = CleanupAction.objects.filter(
                item__case=item.case_id, item__limit=item.limit, way="keep", status="active", undone_at=None
            ).first()
            changes = Decision.objects.filter(
                account_id=account.id, kind__in=["downgrade_account", "upgrade_account"], outcome="allowed"
            )
            if done and done.way == "downgrade":
                at.append(done.in_force_at)
            elif keep and (done is None or done.way == "keep"):
                way = "keep"
                at.append(keep.in_force_at)
            else:
                at.append(min(each.at for each in changes))
    return (min(at), way) if at else None


def counted_naively(campaign: CleanupCampaign):
    """Count the worked-off items, one case and limit after the other."""
    excess, worked, cases = Counter(), Counter(), defaultdict(int)
    for case in CleanupCase.objects.filter(campaign=campaign):
        for limit in CleanupLimit:
            items = list(CleanupItem.objects.filter(case=case, limit=limit))
            most = sum(each.beyond for each in items)
            settled = [(*found, each.rank) for each in items if (found := settled_naively(each))]
            settled.sort(key=lambda each: (each[0], each[2]))
            excess[case.branch, limit.value] += most
            for at, way, _ in settled[:most]:
                day = at.astimezone(SHANGHAI).date()
                worked[case.branch, limit.value, way, day - timedelta(days=day.weekday())] += 1
            cases[case.id] += most - len(settled[:most])
    return excess, worked, cases


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_an_independent_count(noon, boss, teller_of_cases, seed):
    chance = random.Random(seed)
    for _ in range(7):
        excess_customer(chance)
    campaign = perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 12, 31)))
    for _ in range(18):
        noon.advance(days=chance.randint(0, 4), seconds=1)
        item = chance.choice(list(CleanupItem.objects.select_related("account", "card").order_by("id")))
        work(chance, teller_of_cases, item)
    assert_as_counted(campaign)
    perform(lambda: seal_campaign(principal=boss, campaign_id=campaign.id))
    campaign.refresh_from_db()
    before = progress_of(campaign)
    assert_as_counted(campaign)
    noon.advance(days=9)
    for item in list(CleanupItem.objects.all())[:12]:
        work(chance, teller_of_cases, item)
    assert progress_of(campaign) == before, "a sealed campaign does not change"


def assert_as_counted(campaign: CleanupCampaign) -> None:
    excess, worked, cases = counted_naively(campaign)
    progress = progress_of(campaign)
    assert progress.total.excess.count == sum(excess.values())
    assert progress.total.worked_off.count == sum(worked.values())
    assert progress.total.remaining.count == sum(cases.values())
    assert progress.cases.count == len(cases)
    assert progress.open_cases.count == sum(left > 0 for left in cases.values())
    for way in CleanupSettled:
        counted = progress.total.ways.get(way, Figure(0)).count
        assert counted == sum(count for (_, _, each, _), count in worked.items() if each == way), way
    for each in progress.branches:
        assert each.excess.count == sum(count for (branch, _), count in excess.items() if branch == each.name)
        mine = [count for (branch, *_), count in worked.items() if branch == each.name]
        assert each.worked_off.count == sum(mine)
    for each in progress.limits:
        mine = [count for (_, limit, *_), count in worked.items() if limit == each.name]
        assert (each.excess.count, each.worked_off.count) == (
            sum(count for (_, limit), count in excess.items() if limit == each.name),
            sum(mine),
        )
    remaining = progress.total.excess.count
    for week in progress.weeks:
        mine = sum(count for (*_, monday), count in worked.items() if monday == week.monday)
        remaining -= mine
        assert (week.worked_off.count, week.remaining) == (mine, remaining)
    assert remaining == progress.total.remaining.count
    assert_listed(campaign, progress, cases)


def assert_listed(campaign, totals, cases) -> None:
    """Assert that the filter of each figure lists exactly its cases."""
    listed = {case.id for case in matching_cases(CaseFilter(campaign.id, state=CaseState.OPEN), bank_now())[0]}
    assert listed == {case for case, left in cases.items() if left}
    for case_id, progress in progress_of_cases(list(cases)).items():
        assert progress.remaining == cases[case_id]
        shown = show_case(case_id)
        assert shown.progress == progress
        for item in shown.items:
            expected = settled_naively(item.item)
            if campaign.sealed_at is None:
                assert (item.settled_at, item.settled_by) == (expected or (None, None))
    for limit in totals.limits:
        wanted = CaseFilter(campaign.id, limit=CleanupLimit(limit.name), worked=True)
        for case in matching_cases(wanted, bank_now())[0]:
            assert case.items.filter(limit=limit.name).exists()
    for way in totals.total.ways:
        assert matching_cases(CaseFilter(campaign.id, way=way), bank_now())[0].exists()
    for week in totals.weeks:
        exists = matching_cases(CaseFilter(campaign.id, week=week.monday), bank_now())[0].exists()
        assert exists is (week.worked_off.count > 0)


def test_a_card_that_was_replaced_is_not_settled_until_its_last_is_cancelled(zhang, boss, teller_of_cases, noon):
    account = factories.account(zhang, "I")
    for _ in range(4):
        factories.card(account)
    beyond = stock_card(account)
    campaign = perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 12, 31)))
    first = perform(lambda: replace_card(principal=teller_of_cases, card_id=beyond.id))
    assert progress_of(campaign).total.worked_off.count == 0
    at = noon.advance(days=1)
    perform(lambda: cancel_card(principal=teller_of_cases, card_id=first.id))
    item = next(each for each in show_case(CleanupCase.objects.get().id).items if each.item.beyond)
    assert (item.settled_at, item.settled_by, item.card) == (at, CleanupSettled.ELSEWHERE, first)


def test_item_settled_beyond_the_excess_does_not_count(zhang, boss, teller_of_cases):
    accounts = [factories.account(zhang, "I"), stock_account(zhang), stock_account(zhang)]
    campaign = perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 12, 31)))
    for each in accounts:
        perform(lambda each=each: close_account(principal=teller_of_cases, account_id=each.id))
    found = progress_of(campaign)
    assert (found.total.excess.count, found.total.worked_off.count, found.total.remaining.count) == (2, 2, 0)


def test_next_case_is_ones_own_then_an_unassigned_one_by_earliest_deadline(noon, boss, teller_of_cases):
    for _ in range(5):
        holder = factories.customer()
        factories.account(holder, "I")
        stock_account(holder)
    campaign = perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 12, 31)))
    one, two, three, four, five = CleanupCase.objects.order_by("id")
    CleanupCase.objects.filter(pk=four.pk).update(assignee=teller_of_cases.id)
    CleanupCase.objects.filter(pk=three.pk).update(deadline=date(2026, 6, 30))
    CleanupCase.objects.filter(pk=two.pk).update(assignee=boss.id)
    order, after = [], None
    while (case := next_case(teller_of_cases, campaign.id, after)) is not None:
        order.append(case.id)
        after = case.id
    assert order == [four.id, three.id, one.id, five.id]
    assert [each.id for each in matching_cases(CaseFilter(campaign.id, assignee=boss.id), bank_now())[0]] == [two.id]
    assert matching_cases(CaseFilter(campaign.id, assignee=UNASSIGNED), bank_now())[0].count() == 3


def test_item_remaining_after_its_deadline_is_overdue(zhang, li, boss, noon):
    for holder in (zhang, li):
        factories.account(holder, "I")
        stock_account(holder)
    campaign = perform(lambda: start_campaign(principal=boss, name="清理", deadline=date(2026, 1, 31)))
    CleanupCase.objects.filter(customer=li).update(deadline=date(2026, 3, 1))
    wanted = CaseFilter(campaign.id, overdue=True)
    noon.set(datetime(2026, 1, 31, 23, 59, 59, tzinfo=SHANGHAI))
    assert not matching_cases(wanted, bank_now())[0].exists()
    noon.set(datetime(2026, 2, 1, tzinfo=SHANGHAI))
    assert matching_cases(wanted, bank_now())[0].get().customer_id == zhang.id
    approve(asked(CleanupItem.objects.get(case__customer=zhang, beyond=True), "explain"))
    assert not matching_cases(wanted, bank_now())[0].exists()
