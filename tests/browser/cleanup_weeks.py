"""Nine weeks of a clean-up campaign in the database of a demo, for the screenshots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction

from accounts.cleanup.models import CleanupCampaign, CleanupCase, CleanupItem
from accounts.cleanup.operations.actions import request_action
from accounts.cleanup.operations.campaigns import start_campaign
from accounts.cleanup.operations.cases import assign_cases, note_contact
from accounts.cleanup.vocabulary import CleanupWay, ContactKind, ContactResult
from accounts.models import Account, Customer
from benchmarks.bank.client import Bank
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Principal
from tests import factories
from tests.excess import OLD, batch
from tests.factories import Person
from tests.people import caller_for

NAMES = [
    "蒋玉兰", "蔡振华", "贾晓燕", "丁国庆", "魏淑芬", "薛志明", "叶思琪", "阎宏伟", "余美玲", "潘建国", "杜春梅", "戴文博", "夏雨荷",
    "钟海涛", "汪丽华", "田振国", "任晓东", "姜秀英", "范志强", "方文静", "石建平", "姚雪琴", "谭永刚", "廖慧敏",
]  # fmt: skip
BRANCHES = ("杭州分行营业部", "西湖支行", "宁波分行", "温州分行")
WEEKS = 9


@dataclass
class CleanupWeeks:
    """A campaign nine weeks old with two dozen customers.

    :ivar case: a case without any action so far, with accounts and cards of every kind.
    :ivar item: an account of the case that can be merged.
    """

    campaign: CleanupCampaign
    case: CleanupCase
    item: CleanupItem
    to: Account


def live(bank: Bank) -> CleanupWeeks:
    """Import the stock, start the campaign and work on it week by week."""
    random = Random(20160923)
    with transaction.atomic():
        holders = [_stock(random, nth, name) for nth, name in enumerate(NAMES)]
    teller, second, supervisor = map(_caller, ("teller", "teller_2", "supervisor"))
    last = shanghai_day(bank_now()) + timedelta(days=7 * WEEKS + 70)
    campaign = perform(lambda: start_campaign(principal=supervisor, name="2026年存量账户清理", deadline=last))
    cases = list(CleanupCase.objects.filter(campaign=campaign).order_by("id"))
    # The first one has something of everything; it waits until the pictures are taken.
    case = next(each for each in cases if each.customer_id == holders[0].id)
    others = [each for each in cases if each != case]
    _assign(supervisor, teller, [case, *others[::2]])
    _assign(supervisor, second, others[1:-4:2])
    for week in range(WEEKS):
        bank.go_to(bank_now() + timedelta(days=7))
        waiting = list(CleanupItem.objects.filter(case__in=others, beyond=True, actions=None).order_by("id"))
        random.shuffle(waiting)
        for item in waiting[: 2 + week % 3]:
            _work(random, item, teller, supervisor)
    _contacts(case, teller)
    account = CleanupItem.objects.filter(case=case, limit="bank_i", beyond=True).order_by("rank")[0]
    kept = CleanupItem.objects.select_related("account").get(case=case, limit="bank_i", rank=1).account
    assert kept is not None
    return CleanupWeeks(campaign, case, account, kept)


def _stock(random: Random, nth: int, name: str) -> Customer:
    """Import one customer with accounts from before the limits; most customers exceed a limit."""
    born = f"19{58 + nth}{1 + nth % 12:02d}{1 + nth % 28:02d}"
    person = Person(name, factories.citizen_number("330106", born, 700 + nth))
    opened = OLD - timedelta(days=random.randint(0, 2000))
    holder = factories.customer(person, phone=f"1370000{nth:04d}", at=opened)
    used = shanghai_day(bank_now()) - timedelta(days=random.randint(20, 900))
    given = {"import_batch": batch(), "branch": BRANCHES[nth % len(BRANCHES)]}
    spare, cards = (2, 6) if nth == 0 else (nth % 3, 5 + nth % 2 if nth % 3 == 0 else 3)
    accounts = [
        factories.account(
            holder,
            "I",
            class_slot=None if each else 1,
            balance_fen=random.randint(0, 9_000_00) if each else random.randint(1_000_00, 80_000_00),
            opened_at=opened + timedelta(days=300 * each),
            last_used_on=used - timedelta(days=400 * each),
            **given,
        )
        for each in range(spare + 1)
    ]
    for each in range(cards):
        slot = each + 1 if each < 4 else None
        factories.card(
            random.choice(accounts), slot=slot, issued_at=OLD + timedelta(days=40 * each), import_batch=batch()
        )
    return holder


def _work(random: Random, item: CleanupItem, teller: Caller, supervisor: Caller) -> None:
    """Propose and approve an action for an item, by two persons."""
    ways = [CleanupWay.EXPLAIN, CleanupWay.CANCEL, CleanupWay.STOP]
    if item.account_id is not None:
        ways = [CleanupWay.MERGE, CleanupWay.MERGE, CleanupWay.DOWNGRADE, CleanupWay.EXPLAIN]
    way = random.choice(ways)
    to: dict[str, Any] = {}
    if way is CleanupWay.MERGE:
        kept = CleanupItem.objects.get(case=item.case_id, limit=item.limit, rank=1)
        to = {"to_account_id": kept.account_id, "cards": "move"}
    if way is CleanupWay.DOWNGRADE:
        to = {"to_class": "II"}
    given = {"principal": teller, "item_id": item.id, "way": way, "reason": "客户到柜面说明并确认。"} | to
    _, approval = perform(lambda: request_action(**given))
    perform(lambda: approvals.approve(approval.id, principal=supervisor))


def _contacts(case: CleanupCase, teller: Caller) -> None:
    """Record that the customer was written to and called."""
    contacts = (
        (ContactKind.LETTER, ContactResult.NOT_REACHED, "通知书已寄出。"),
        (ContactKind.PHONE, ContactResult.WILL_COME, "客户表示周五上午到柜面办理。"),
    )
    for kind, result, text in contacts:
        given = {"principal": teller, "case_id": case.id, "kind": kind, "result": result, "text": text}
        perform(lambda given=given: note_contact(**given))


def _assign(supervisor: Caller, to: Caller, cases: Sequence[CleanupCase]) -> None:
    ids = [each.id for each in cases]
    perform(lambda: assign_cases(principal=supervisor, case_ids=ids, assignee_id=to.id))


def _caller(name: str) -> Caller:
    return caller_for(Principal.objects.get(name=name))
