"""One agent with different documents at several counters at once, on real PostgreSQL connections."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, Card, Customer
from accounts.operations.cards import issue_card
from accounts.operations.documents import request_document_link
from accounts.operations.holders import Agent, lock_holder
from accounts.vocabulary import CardProduct
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.models import Approval
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.concurrency.conftest import ended
from tests.factories import DAY, LI
from tests.races import ConcurrentCall, at_once, not_yet_committed
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)

_FUNCTION = "CREATE OR REPLACE FUNCTION accounts_card_agent_person"
#: The limit as `accounts/sql/cards.sql` has it, function and trigger.
LIMIT = _FUNCTION + Path("accounts/sql/cards.sql").read_text().split(_FUNCTION)[1].split("\n\n")[0]
NO_LIMIT = "DROP TRIGGER IF EXISTS card_agent_three_per_person ON accounts_card; DROP FUNCTION IF EXISTS accounts_card_agent_person"
PASSPORT = ("passport", "X1234567", "GBR")
BY_CARD = Agent(LI.name, parse_document("resident_id", LI.number, on=DAY))
BY_PASSPORT = Agent(LI.name, parse_document(*PASSPORT, on=DAY))


@pytest.fixture
def teller(noon: Any) -> Caller:
    return factories.caller("teller")


def taking(teller: Caller, account: Account, agent: Agent) -> Callable[[], str]:
    """Return a call that lets an agent take a card and returns its outcome."""
    return ended(lambda: issue_card(principal=teller, account_id=account.id, product=CardProduct.DEBIT, agent=agent))


def accounts(count: int) -> list[Account]:
    return [factories.account(factories.customer()) for _ in range(count)]


def linked(customer: Customer) -> None:
    """Link a passport to a customer, approved by a second person."""
    with transaction.atomic():
        factories.document(customer, *PASSPORT)


def live() -> int:
    return Card.objects.filter(agent_key__isnull=False).exclude(status="cancelled").count()


@pytest.mark.parametrize("round_", range(4))
def test_two_documents_at_sixteen_counters_take_three_cards(teller, li, round_):
    linked(li)
    calls = [
        taking(teller, account, (BY_CARD, BY_PASSPORT)[(number + round_) % 2])
        for number, account in enumerate(accounts(16))
    ]
    assert Counter(at_once(*calls)) == {"done": 3, "AGENT_CARD_LIMIT": 13}
    assert live() == 3


def test_second_counter_waits_before_counting_for_an_agent_who_is_no_customer(teller):
    one, other = (account.customer_id for account in accounts(2))
    with not_yet_committed():
        lock_holder(one, BY_CARD)
        call = ConcurrentCall(lambda: perform(lambda: lock_holder(other, BY_CARD))).wait_until_blocked()
        assert call.waits
    assert call.result().customer.id == other


def test_a_second_counter_waits_before_it_counts_whichever_document_is_shown(teller, li):
    linked(li)
    one, other = (account.customer_id for account in accounts(2))
    with not_yet_committed():
        lock_holder(one, BY_CARD)
        call = ConcurrentCall(lambda: perform(lambda: lock_holder(other, BY_PASSPORT))).wait_until_blocked()
        assert call.waits
    assert call.result().customer.id == other


def test_document_linked_meanwhile_is_counted(teller, li):
    for account in accounts(3):
        assert taking(teller, account, BY_CARD)() == "done"
    supervisor = factories.caller("supervisor")
    perform(lambda: request_document_link(principal=teller, customer_id=li.id, entered=DocumentInput(*PASSPORT)))
    (account,) = accounts(1)
    with not_yet_committed():
        approvals.approve(Approval.objects.get().id, principal=supervisor)
        call = ConcurrentCall(taking(teller, account, BY_PASSPORT)).wait_until_blocked()
    assert call.result() == "AGENT_CARD_LIMIT"


def test_two_mutual_agents_get_their_cards(teller, li, zhang):
    own = Agent(zhang.name, parse_document("resident_id", factories.ZHANG.number, on=DAY))
    pairs = [(factories.account(zhang), BY_CARD), (factories.account(li), own)]
    for _ in range(3):
        assert at_once(*[taking(teller, account, agent) for account, agent in pairs]) == ["done", "done"]


def written(account: Account, agent: Agent, slot: int) -> Callable[[], str]:
    """Return a call that writes an agent's card without the operations and returns the refusing constraint."""

    def run() -> str:
        try:
            factories.card(account, agent_key=agent.key, agent_slot=slot)
        except IntegrityError as error:
            return error.__cause__.diag.constraint_name
        return "done"

    return run


@pytest.fixture
def two_taken(li: Any) -> list[Account]:
    """李四 has taken one card with each of two documents; return two accounts for which he takes cards."""
    linked(li)
    first, second, *more = accounts(4)
    for account, agent in ((first, BY_CARD), (second, BY_PASSPORT)):
        factories.card(account, agent_key=agent.key, agent_slot=1)
    return more


def the_two_at_once(places: list[Account]) -> tuple[str, str]:
    """Write the third and the fourth card, the fourth while the third is uncommitted."""
    with not_yet_committed():
        first = written(places[0], BY_CARD, 2)()
        call = ConcurrentCall(written(places[1], BY_PASSPORT, 2)).wait_until_blocked()
    return first, call.result()


@contextmanager
def limited_by(statements: str) -> Iterator[None]:
    """Replace the database's limit within the block."""
    with as_owner():
        run(f"{NO_LIMIT}; {statements}")
    try:
        yield
    finally:
        with as_owner():
            run(f"{NO_LIMIT}; {LIMIT}")


def run(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)


def test_operations_accept_one_of_two_cards_without_the_trigger(teller, two_taken):
    """The second counter waits for the person's row, for any document, and counts after the first."""
    with limited_by(NO_LIMIT):
        with not_yet_committed():
            issue_card(principal=teller, account_id=two_taken[0].id, product=CardProduct.DEBIT, agent=BY_CARD)
            call = ConcurrentCall(taking(teller, two_taken[1], BY_PASSPORT)).wait_until_blocked()
        assert call.result() == "AGENT_CARD_LIMIT"
    assert live() == 3


def test_database_accepts_one_of_two_cards_without_the_operations(two_taken):
    assert the_two_at_once(two_taken) == ("done", "card_agent_three_per_person")
    assert live() == 3


def test_row_of_the_person_serializes_two_counters(two_taken):
    """A trigger without its lock permits both cards, which shows that the lock is needed."""
    bare = LIMIT.replace(" FOR NO KEY UPDATE", "")
    assert bare != LIMIT
    with limited_by(bare):
        assert the_two_at_once(two_taken) == ("done", "done")
