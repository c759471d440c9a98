"""The rules see each party of a set as they would see it alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import Account, Freeze
from accounts.policy.facts import AccountStanding
from accounts.queries import parties
from accounts.queries.party_sets import AccountLockTimeout, facts_of, lock_party_sets, wait_for_accounts
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus
from config.kernel.database.id_arrays import Ids
from config.kernel.database.locks import everybody_lock, lock_concerned
from config.kernel.database.sql import ask, rows, send
from config.kernel.vault.sealed import account_key
from config.logs import sqlstate
from tests import factories
from tests.blacklist.test_register_plans import MANY, TABLES
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.listings import certify
from tests.plans import plans_of, vacuum
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.roles import superuser
from transfers.operations.release_claim import behavior

OUTSIDE = [("ab12", "yz"), ("ab13", "YZ")]


@pytest.mark.django_db
def test_the_same_facts_as_one_by_one(noon, zhang, li, wang, organization):
    bank, payment = factories.account(zhang, "I", balance_fen=500), factories.account(zhang, "III", "payment")
    named, other = factories.account(li, "I"), factories.account(li, "II", balance_fen=7, held_fen=3)
    open_end, ends, over = (factories.account(wang, "II") for _ in range(3))
    company, closed = factories.account(organization), factories.account(wang, "I", status="closed", closed_at=NOON)
    again = factories.account(factories.customer(), "II")
    for account, until in ((open_end, None), (ends, NOON + timedelta(seconds=1)), (over, NOON)):
        placed = NOON - timedelta(days=1)
        Freeze.objects.create(account=account, authority="法院", order_no="1", placed_at=placed, until=until)
    certify(factories.ZHANG)
    certify(
        case_accounts=[
            {"account_number": named.account_number},
            {"account_number": again.account_number},
            {"account_number": "AB12", "bank_code": "YZ"},
        ]
    )
    factories.reverified(again.customer)
    every = [bank, payment, named, other, open_end, ends, over, company, closed, again]
    ids = [account.id for account in every]
    refs = ask(parties.by_ids(ids))
    alone = parties.lock_parties(refs, lock=ids, outside={account_key(*each): each for each in OUTSIDE})
    sets = lock_party_sets(Ids.of(ids), {account_key(*each) for each in OUTSIDE})
    together = facts_of(ids, sets.at)
    assert sets.at == alone.at
    assert together == {key: replace(each, name_index=b"") for key, each in alone.parties.items()}
    assert sets.stopped_outside == alone.outside_case_accounts == {account_key("ab12", "yz")}
    restricted = {key for key, each in together.items() if each.restrictions}
    assert restricted == {bank.id, payment.id, named.id, other.id, again.id}
    # A freeze that has run out marks its account, too: what it means is the rule's to say.
    assert sets.marked == restricted | {open_end.id, ends.id, over.id}
    assert {standing: set(accounts.read()) for standing, accounts in sets.standings.items()} == {
        AccountStanding(kind=kind, account_class=of, status=status): {account.id for account in accounts}
        for kind, of, status, accounts in (
            (AccountKind.BANK, AccountClass.I, AccountStatus.OPEN, [bank, named]),
            (AccountKind.PAYMENT, AccountClass.III, AccountStatus.OPEN, [payment]),
            (AccountKind.BANK, AccountClass.II, AccountStatus.OPEN, [other, open_end, ends, over, again]),
            (AccountKind.BANK, AccountClass.NONE, AccountStatus.OPEN, [company]),
            (AccountKind.BANK, AccountClass.I, AccountStatus.CLOSED, [closed]),
        )
    }
    assert set(sets.locked.read()) == set(ids)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 40])
def test_two_round_trips_to_survey_however_many(noon, django_assert_num_queries, count):
    ids = [factories.account(factories.customer(), "I").id for _ in range(count)]
    with django_assert_num_queries(2):
        assert set(lock_party_sets(Ids.of(ids)).locked.read()) == set(ids)


@pytest.mark.django_db
def test_nothing_asked_nothing_found(noon):
    found = lock_party_sets(Ids.of([]))
    assert (found.standings, found.marked, found.stopped_outside) == ({}, frozenset(), frozenset())
    assert facts_of([], NOON) == {}


@pytest.mark.django_db(transaction=True)
def test_locked_accounts_are_left_out_or_waited_for(noon):
    free, taken = (factories.account(factories.customer(), "I").id for _ in range(2))
    with other_transaction(row_lock("accounts_account", taken)) as other:
        with transaction.atomic():
            assert lock_party_sets(Ids.of([free, taken])).locked.read() == [free]
        waiting = ConcurrentCall(
            lambda: in_a_transaction(lambda: wait_for_accounts(Ids.of([free, taken]), at_most="60s"))
        )
        waiting.wait_until_blocked()
        other.execute("ROLLBACK")
        waiting.result()


@pytest.mark.django_db(transaction=True)
def test_the_wait_for_accounts_is_bounded_as_a_whole(noon):
    """A lock timeout alone would start again with each session that gets the row first."""
    taken = factories.account(factories.customer(), "I").id
    with other_transaction(row_lock("accounts_account", taken)), pytest.raises(AccountLockTimeout) as raised:
        in_a_transaction(lambda: wait_for_accounts(Ids.of([taken]), at_most="50ms"))
    assert sqlstate(raised.value) == "57014"


@pytest.mark.django_db(transaction=True)
def test_accounts_are_waited_for_in_ascending_order(noon):
    ids = sorted(factories.account(factories.customer(), "I").id for _ in range(2))
    lower, higher = ids
    with other_transaction(row_lock("accounts_account", higher)) as other:
        waiting = ConcurrentCall(lambda: in_a_transaction(lambda: wait_for_accounts(Ids.of(ids[::-1]), at_most="60s")))
        waiting.wait_until_blocked()
        with transaction.atomic():
            assert not lock_party_sets(Ids.of([lower])).locked.size
        other.execute("ROLLBACK")
        waiting.result()


@pytest.mark.django_db
def test_a_wait_leaves_the_timeout_of_statements_as_it_was(noon):
    account = factories.account(factories.customer(), "I")
    before = rows("SHOW statement_timeout")
    wait_for_accounts(Ids.of([account.id]), at_most="60s")
    assert rows("SHOW statement_timeout") == before


@pytest.mark.django_db(transaction=True)
def test_an_approval_waits_for_a_set_and_a_set_for_an_approval(noon):
    other = connection.copy()
    with other.cursor() as cursor:
        for theirs, ours in ((everybody_lock(), lock_no_subject), (everybody_lock(exclusive=True), share)):
            cursor.execute("BEGIN")
            cursor.execute(theirs.text, theirs.params)
            with pytest.raises(OperationalError, match="lock timeout"):
                impatiently(ours)
            cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")
        cursor.execute(everybody_lock().text, everybody_lock().params)
        with transaction.atomic():
            share()
    other.close()
    assert not Account.objects.exists()


def impatiently(lock):
    with transaction.atomic():
        rows("SELECT set_config('lock_timeout', '50ms', true)")
        lock()


def in_a_transaction(work):
    with transaction.atomic():
        work()


def share():
    ask(everybody_lock())


def lock_no_subject():
    lock_concerned(lambda: ())


FILLED = """
INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at, balance_fen, held_fen)
SELECT uuidv7(), uuidv7(), (6000100000000000 + n)::text, 'bank', 'I', 1, 'open', now(), 0, 0 FROM generate_series(1, 20000) n
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [0, 1, 9])
@pytest.mark.parametrize("counted", [False, True], ids=["as-filled", "analysed"])
def test_a_register_that_has_grown_since_a_session_planned_is_asked_by_its_indexes(noon, before, counted):
    by = factories.caller("compliance").id

    def grow(count: int, region: str) -> None:
        # Without a change of a table's definition, after which every session plans anew.
        with superuser() as server:
            server.execute("SET session_replication_role = replica")
            many = MANY.format(by=by, at=NOON.isoformat(), count=count)
            server.execute(many.replace("{{}}", "{}").replace("440100", region))

    with past_the_guards("accounts_account"):
        rows(FILLED)
    grow(before, "440300")
    if counted:
        vacuum("accounts_account", *TABLES)
    ids = Ids.of([row["id"] for row in rows("SELECT id FROM accounts_account LIMIT 60")])
    # What this session has planned for other tests was not planned within a batch.
    connection.close()

    def batch() -> None:
        with transaction.atomic():
            send(everybody_lock(), behavior())
            lock_party_sets(ids)

    batch()
    grow(10_000, "440100")
    (plan,) = [each for each in plans_of(batch, table="blacklist_subject") if each.reading("accounts_identity")]
    assert plan.pages < 1_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("counted", [False, True], ids=["as-filled", "analysed"])
@pytest.mark.parametrize("listed", [0, 1])
def test_holders_are_looked_up_and_not_all_accounts_walked_through(noon, zhang, listed, counted):
    if listed:
        account = factories.account(zhang, "I")
        certify(factories.WANG, case_accounts=[{"account_number": account.account_number}])
    with past_the_guards("accounts_account"):
        rows(FILLED)
    if counted:
        vacuum("accounts_account")
    ids = Ids.of([row["id"] for row in rows("SELECT id FROM accounts_account ORDER BY account_number LIMIT 1800")])

    def batch() -> None:
        with transaction.atomic():
            send(everybody_lock(), behavior())
            lock_party_sets(ids)

    (plan,) = [each for each in plans_of(batch, table="blacklist_caseaccount") if each.reading("accounts_account")]
    read = sum(node["Actual Rows"] * node["Actual Loops"] for node in plan.reading("accounts_account"))
    assert read == (1800 if listed else 0)
