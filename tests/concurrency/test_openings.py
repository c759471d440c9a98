"""Concurrent openings: real threads, each with its own PostgreSQL connection."""

import random
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest

from accounts.models import Account, Card, Customer
from accounts.operations.accounts import change_class, close_account, open_account
from accounts.operations.cards import activate_card, cancel_card, issue_card, replace_card
from accounts.operations.counter_opening import CounterOpening, open_at_counter
from accounts.operations.customers import NewCustomer
from accounts.operations.holders import Agent, Holder
from accounts.operations.identity_documents import CheckInput
from accounts.queries.customer_restrictions import subject_keys
from accounts.queries.opening_changes import OpeningEntry, changes_by_opening
from accounts.vocabulary import COUNTED_CARD_STATUSES, AccountClass, AccountKind, CardProduct, CheckResult
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.models import Decision
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.concurrency.conftest import ended
from tests.factories import LI, ZHANG
from tests.races import at_once, in_rounds

pytestmark = pytest.mark.django_db(transaction=True)

BANK, PAYMENT = AccountKind.BANK, AccountKind.PAYMENT


@pytest.fixture
def teller(noon) -> Caller:
    return factories.caller("teller")


def opening(teller: Caller, customer: Customer, account_class="I", kind=BANK) -> Callable[[], str]:
    return ended(
        lambda: open_account(
            principal=teller, customer_id=customer.id, kind=kind, account_class=AccountClass(account_class)
        )
    )


def issuing(teller: Caller, account: Account, agent: Agent | None = None) -> Callable[[], str]:
    return ended(lambda: issue_card(principal=teller, account_id=account.id, product=CardProduct.DEBIT, agent=agent))


def live_cards(customer: Customer) -> int:
    return Card.objects.filter(customer=customer, product="debit", status__in=COUNTED_CARD_STATUSES).count()


def test_32_counters_open_one_class_i_account_for_one_person(teller, zhang):
    ends = at_once(*[opening(teller, zhang)] * 32)
    assert Counter(ends) == {"done": 1, "CLASS_I_EXISTS": 31}
    assert Account.objects.filter(customer=zhang, account_class="I").count() == 1
    kept = Counter(Decision.objects.filter(kind="open_account").values_list("outcome", flat=True))
    assert kept == {"allowed": 1, "refused": 31}


@pytest.mark.parametrize(
    ("kind", "account_class", "limit", "refusal"),
    [
        (BANK, "II", 5, "CLASS_II_LIMIT"),
        (BANK, "III", 5, "CLASS_III_LIMIT"),
        (PAYMENT, "III", 1, "PAYMENT_CLASS_III_EXISTS"),
    ],
)
def test_a_class_fills_up_to_its_limit_exactly(teller, zhang, kind, account_class, limit, refusal):
    ends = at_once(*[opening(teller, zhang, account_class, kind)] * 12)
    assert Counter(ends) == {"done": limit, refusal: 12 - limit}


def test_forty_customers_and_32_openings_each_leave_one_class_i_and_four_cards(teller):
    customers = [factories.customer() for _ in range(40)]
    rounds = []
    for number, customer in enumerate(customers):
        account = factories.account(customer, "II")
        rounds.append([opening(teller, customer)] * 16 + [issuing(teller, account)] * 16)
        random.Random(number).shuffle(rounds[-1])
    for ends in in_rounds(rounds):
        assert Counter(ends) == {"done": 5, "CLASS_I_EXISTS": 15, "DEBIT_CARD_LIMIT": 12}
    assert {Account.objects.filter(customer=customer, account_class="I").count() for customer in customers} == {1}
    assert {live_cards(customer) for customer in customers} == {4}
    assert Counter(Card.objects.values_list("slot", flat=True)) == {1: 40, 2: 40, 3: 40, 4: 40}


def test_openings_of_many_customers_do_not_disturb_each_other(teller):
    customers = [factories.customer() for _ in range(8)]
    accounts = [factories.account(customer, "II") for customer in customers]
    calls = [opening(teller, customer) for customer in customers] * 2
    calls += [issuing(teller, account) for account in accounts] * 2
    random.Random(1).shuffle(calls)
    assert Counter(at_once(*calls)) == {"done": 24, "CLASS_I_EXISTS": 8}


def test_database_refuses_the_fifth_card_without_the_rules(teller, zhang, monkeypatch):
    monkeypatch.setattr("accounts.operations.cards.check_issue_card", lambda *_, **__: None)
    account = factories.account(zhang, "II")
    assert Counter(at_once(*[issuing(teller, account)] * 16)) == {"done": 4, "CONFLICT": 12}
    assert live_cards(zhang) == 4


def test_database_refuses_the_second_class_i_account_without_the_rules(teller, zhang, monkeypatch):
    monkeypatch.setattr("accounts.operations.accounts.check_open_account", lambda *_: None)
    assert Counter(at_once(*[opening(teller, zhang)] * 16)) == {"done": 1, "CONFLICT": 15}


def test_index_keeps_the_places_without_the_lock(teller, zhang, monkeypatch):
    """Without the lock two openings collide in the index; the second is judged again, or answered 409."""
    monkeypatch.setattr("accounts.operations.holders.lock_holder", _without_lock)
    accounts = [factories.account(zhang, "II") for _ in range(5)]
    ends = Counter(at_once(*[issuing(teller, account) for account in accounts * 4]))
    assert set(ends) <= {"done", "DEBIT_CARD_LIMIT", "CONFLICT"}
    assert live_cards(zhang) == ends["done"] <= 4


def test_32_counters_issue_four_cards_over_two_accounts(teller, zhang):
    accounts = [factories.account(zhang, "I"), factories.account(zhang, "II")]
    ends = at_once(*[issuing(teller, accounts[number % 2]) for number in range(32)])
    assert Counter(ends) == {"done": 4, "DEBIT_CARD_LIMIT": 28}
    assert live_cards(zhang) == 4


@pytest.mark.parametrize("round_", range(8))
def test_an_upgrade_to_class_i_and_an_opening_leave_one(teller, zhang, round_):
    account = factories.account(zhang, "II")
    upgrade = ended(lambda: change_class(principal=teller, account_id=account.id, to=AccountClass.I, up=True))
    calls = [upgrade, opening(teller, zhang)]
    random.Random(round_).shuffle(calls)
    assert Counter(at_once(*calls)) == {"done": 1, "CLASS_I_EXISTS": 1}
    assert Account.objects.filter(customer=zhang, account_class="I", status="open").count() == 1


def test_two_concurrent_upgrades_leave_one_class_i_account(teller, zhang):
    accounts = [factories.account(zhang, "II") for _ in range(5)]
    ends = at_once(
        *[
            ended(
                lambda account=account: change_class(
                    principal=teller, account_id=account.id, to=AccountClass.I, up=True
                )
            )
            for account in accounts
        ]
    )
    assert Counter(ends) == {"done": 1, "CLASS_I_EXISTS": 4}


def test_closing_and_opening_at_the_limit_never_exceed_it(teller, zhang):
    for seed in range(4):
        dice = random.Random(seed)
        accounts = list(Account.objects.filter(customer=zhang, status="open", account_class="II"))
        while len(accounts) < 4:
            accounts.append(factories.account(zhang, "II", class_slot=_free(zhang)))
        for account in accounts:
            if live_cards(zhang) < 4:
                perform(
                    lambda account=account: issue_card(
                        principal=teller, account_id=account.id, product=CardProduct.DEBIT
                    )
                )
        cards = list(Card.objects.filter(customer=zhang, status="active"))
        calls = [issuing(teller, dice.choice(accounts)) for _ in range(6)]
        calls += [opening(teller, zhang, "II") for _ in range(4)]
        calls += [_cancelling(teller, card.id) for card in dice.sample(cards, 2)]
        calls.append(_closing(teller, dice.choice(accounts)))
        dice.shuffle(calls)
        ends = Counter(at_once(*calls))
        allowed = {"done", "DEBIT_CARD_LIMIT", "CLASS_II_LIMIT", "ACCOUNT_CLOSED", "CARD_STATE"}
        assert set(ends) <= allowed
        assert live_cards(zhang) <= 4
        assert Account.objects.filter(customer=zhang, account_class="II", status="open").count() <= 5
        assert not Card.objects.filter(account__status="closed").exclude(status="cancelled").exists()


def test_a_card_is_replaced_once(teller, zhang):
    card = factories.card(factories.account(zhang))
    ends = at_once(*[ended(lambda: replace_card(principal=teller, card_id=card.id))] * 6)
    assert Counter(ends) == {"done": 1, "CARD_STATE": 5}
    assert live_cards(zhang) == 1


def test_a_card_is_activated_or_cancelled(teller, zhang):
    card = factories.card(factories.account(zhang), status="issued")
    ends = at_once(ended(lambda: activate_card(principal=teller, card_id=card.id)), _cancelling(teller, card.id))
    assert ends[1] == "done"
    card.refresh_from_db()
    assert card.status == "cancelled"


def test_an_agent_takes_three_cards_at_sixteen_counters(teller, noon):
    agent = Agent("李四", parse_document("resident_id", LI.number, on=noon.at.date()))
    accounts = [factories.account(factories.customer()) for _ in range(16)]
    ends = at_once(*[issuing(teller, account, agent) for account in accounts])
    assert Counter(ends) == {"done": 3, "AGENT_CARD_LIMIT": 13}
    assert sorted(Card.objects.values_list("agent_slot", flat=True)) == [1, 2, 3]


def test_numbers_given_out_at_once_are_all_different(teller):
    customers = [factories.customer() for _ in range(16)]
    assert at_once(*[opening(teller, customer) for customer in customers]) == ["done"] * 16
    assert len(set(Account.objects.values_list("account_number", flat=True))) == 16


def _without_lock(customer_id: UUID, agent: Agent | None = None, *, opens: bool = False) -> Holder:
    return Holder(Customer.objects.get(pk=customer_id), subject_keys(customer_id), agent)


def _cancelling(teller: Caller, card_id: UUID) -> Callable[[], str]:
    return ended(lambda: cancel_card(principal=teller, card_id=card_id))


def _closing(teller: Caller, account: Account) -> Callable[[], str]:
    return ended(lambda: close_account(principal=teller, account_id=account.id))


def _free(customer: Customer) -> int:
    taken = Account.objects.filter(customer=customer, status="open").values_list("class_slot", flat=True)
    return next(slot for slot in range(1, 6) if slot not in set(taken))


@pytest.mark.parametrize("acts", [False, True], ids=["in person", "one with an agent"])
def test_two_counters_record_one_phone_and_the_other_is_read_back_anew(teller, zhang, acts):
    """Each has read back that it records the phone of a customer without one."""
    document = parse_document(ZHANG.type, ZHANG.number, on=factories.DAY)

    def at_counter(phone: str, account_class: str, agent: Agent | None = None) -> Callable[[], str]:
        entered = OpeningEntry(ZHANG.name, document, phone=phone)
        asked = CounterOpening(
            NewCustomer(
                kind=ZHANG.kind,
                name=ZHANG.name,
                document=DocumentInput(ZHANG.type, ZHANG.number),
                phone=phone,
                check=CheckInput("联网核查", CheckResult.MATCH),
            ),
            BANK,
            AccountClass(account_class),
            agent=agent,
            announced=changes_by_opening(zhang, entered, factories.DAY).mark,
        )
        return ended(lambda: open_at_counter(principal=teller, opening=asked))

    agent = Agent(LI.name, parse_document(LI.type, LI.number, on=factories.DAY)) if acts else None
    phones = ["13800138000", "13900139000"]
    ends = at_once(at_counter(phones[0], "I", agent), at_counter(phones[1], "II"))
    assert Counter(ends) == {"done": 1, "CONFLICT": 1}
    zhang.refresh_from_db()
    assert zhang.phone == phones[ends.index("done")]
    assert Account.objects.filter(customer=zhang).count() == 1
    assert Decision.objects.filter(kind="tell_particulars").count() == 1
