"""What the owner of the database changes with its guards asleep, and whether the proof sees it.

Thirty kinds, most of them in step: whatever else would tell is changed with it, as somebody would who knows the tables.
What no question sees is named with what it takes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.db import connection, transaction

from config.oversight.queries.proof import INVARIANTS, prove
from tests.tampering.guards import take_away
from tests.tampering.places import CERTIFICATE, DEPOSIT, HELD, PAYER, RELEASED, SUPERVISOR, in_balances

pytestmark = pytest.mark.django_db

CHAIN = "takes a chain over the records, anchored outside the database"


class Corruption(NamedTuple):
    """One kind of corruption.

    :ivar seen_by: the invariant that names it; empty where none does.
    :ivar statements: what is done, in this order; each must touch a row.
    :ivar unseen_because: why nothing sees it.
    """

    name: str
    seen_by: str
    statements: tuple[str, ...]
    unseen_because: str = ""


KINDS = (
    # The books
    Corruption("one leg of a posting is raised", "I02",
               (f"UPDATE accounts_entry SET amount_fen = amount_fen + 1 WHERE posting_id = {RELEASED} AND leg = 2",)),
    Corruption("the posting of a transfer is deleted", "I08",
               (f"DELETE FROM accounts_entry WHERE posting_id = {RELEASED}",)),
    Corruption("a hold falls below zero", "I05",
               (f"UPDATE accounts_account SET held_fen = -1 WHERE id = {PAYER}",)),
    Corruption("a deposit is raised, with its balance", "I31",
               (f"UPDATE accounts_entry SET amount_fen = amount_fen * 2 WHERE posting_id = {DEPOSIT}",
                in_balances(DEPOSIT, "+ e.amount_fen / 2"))),
    Corruption("a deposit is deleted, with its balance and its decision", "I39",
               (in_balances(DEPOSIT, "- e.amount_fen"),
                f"DELETE FROM kernel_decision WHERE object_id = {DEPOSIT}",
                f"DELETE FROM accounts_entry WHERE posting_id = {DEPOSIT}")),
    Corruption("a deposit is moved to the day before, with its decision", "I30",
               (f"UPDATE kernel_decision SET at = at - interval '1 day' WHERE object_id = {DEPOSIT}",
                f"UPDATE accounts_entry SET posted_at = posted_at - interval '1 day' WHERE posting_id = {DEPOSIT}")),
    # Transfers
    Corruption("an event is missing", "I23", (f"DELETE FROM transfers_event WHERE transfer_id = {HELD}",)),
    Corruption("a held transfer is due in an hour", "I10",
               (f"UPDATE transfers_transfer SET due_at = accepted_at + interval '1 hour' WHERE id = {HELD}",)),
    Corruption("a transfer's decision is missing", "I26", (f"DELETE FROM kernel_decision WHERE object_id = {HELD}",)),
    Corruption("an outcome is another, in the row and the event", "I08",
               ((f"UPDATE transfers_event SET new_status = 'returned', code = 'ACCOUNT_CLOSED' "
                f"WHERE transfer_id = {RELEASED} AND new_status = 'posted'"),
                ("UPDATE transfers_transfer SET status = 'returned', outcome_code = 'ACCOUNT_CLOSED', settled_at = NULL "
                f"WHERE id = {RELEASED}"))),
    Corruption("a whole transfer is gone, with events, postings, decision and balances", "I39",
               (in_balances(RELEASED, "- e.amount_fen"),
                f"DELETE FROM transfers_event WHERE transfer_id = {RELEASED}",
                f"DELETE FROM kernel_decision WHERE object_id = {RELEASED}",
                (f"WITH gone AS (DELETE FROM transfers_transfer WHERE id = {RELEASED} RETURNING id) "
                "DELETE FROM accounts_entry WHERE posting_id IN (SELECT id FROM gone)"))),
    Corruption("an amount is another everywhere: transfer, postings, decision and balances", "I39",
               (f"UPDATE kernel_decision SET facts = facts || '{{\"amount_fen\": 1}}' WHERE object_id = {RELEASED}",
                in_balances(RELEASED, "- e.amount_fen + sign(e.amount_fen)"),
                f"UPDATE accounts_entry SET amount_fen = sign(amount_fen) WHERE posting_id = {RELEASED}",
                f"UPDATE transfers_transfer SET amount_fen = 1 WHERE id = {RELEASED}")),
    Corruption("who cancelled is another", "I38",
               (f"UPDATE transfers_event SET actor_id = {SUPERVISOR} WHERE new_status = 'cancelled'",)),
    Corruption("a release was not late", "I38",
               ("UPDATE transfers_event SET lateness_ms = 0 WHERE released_by <> ''",)),
    Corruption("an acceptance was 23 hours earlier, so that it falls due now: transfer, event and decision", "I30",
               (f"UPDATE kernel_decision SET at = at - interval '23 hours' WHERE object_id = {HELD}",
                f"UPDATE transfers_event SET at = at - interval '23 hours' WHERE transfer_id = {HELD}",
                ("UPDATE transfers_transfer SET accepted_at = accepted_at - interval '23 hours', "
                f"due_at = due_at - interval '23 hours' WHERE id = {HELD}"))),
    # Accounts, cards, people
    Corruption("a fifth card stands in a place of its own", "I14",
               ("UPDATE accounts_card SET slot = 5, exception_id = NULL WHERE exception_id IS NOT NULL",)),
    Corruption("a second account of Class I", "I15",
               ((f"UPDATE accounts_account SET account_class = 'I' WHERE customer_id = "
                f"(SELECT customer_id FROM accounts_account WHERE id = {PAYER})"),)),
    Corruption("an identity is two customers'", "I16",
               ("UPDATE accounts_identity SET key = (SELECT key FROM accounts_identity ORDER BY id LIMIT 1)",)),
    Corruption("the decision of a card's issue is missing", "I33",
               ("DELETE FROM kernel_decision WHERE kind = 'issue_card' AND outcome = 'allowed'",)),
    # Freezes and certificates
    Corruption("a freeze is deleted", "I35", ("DELETE FROM accounts_freeze WHERE lifted_at IS NULL",)),
    Corruption("a freeze is moved to another account", "I35",
               (f"UPDATE accounts_freeze SET account_id = {PAYER} WHERE lifted_at IS NULL",)),
    Corruption("a freeze was lifted by nobody", "I27",
               ("UPDATE accounts_freeze SET lifted_at = (SELECT bank_now()) WHERE lifted_at IS NULL",)),
    Corruption("a person is struck off a certificate", "I41",
               (("DELETE FROM blacklist_certificatesubject WHERE id = (SELECT max(id::text)::uuid "
                f"FROM blacklist_certificatesubject WHERE certificate_id = {CERTIFICATE})"),)),
    Corruption("a certificate is deleted whole, with whom it names, its proposal and its decisions", "I42",
               (f"DELETE FROM kernel_decision WHERE object_id = {CERTIFICATE}",
                f"DELETE FROM kernel_approval WHERE object_id = {CERTIFICATE}",
                (f"WITH gone AS (DELETE FROM blacklist_certificate WHERE id = {CERTIFICATE} RETURNING id) "
                "DELETE FROM blacklist_certificatesubject WHERE certificate_id IN (SELECT id FROM gone)"))),
    # Two persons
    Corruption("an approval is missing", "I27", (f"DELETE FROM kernel_approval WHERE object_id = {CERTIFICATE}",)),
    Corruption("the checker is the maker", "I20",
               (f"UPDATE kernel_approval SET decided_by_id = made_by_id WHERE object_id = {CERTIFICATE}",)),
    Corruption("the checker is another person", "I29",
               (f"UPDATE kernel_approval SET decided_by_id = {SUPERVISOR} WHERE object_id = {CERTIFICATE}",)),
    # Records that nothing else repeats
    Corruption("who took a deposit is another, in its decision", "",
               (f"UPDATE kernel_decision SET principal_id = {SUPERVISOR} WHERE object_id = {DEPOSIT}",), CHAIN),
    Corruption("the records of who looked at whole data are deleted", "",
               ("DELETE FROM kernel_decision WHERE kind = 'unmask'",), CHAIN),
    Corruption("the log of the back office is emptied", "", ("DELETE FROM django_admin_log",), CHAIN),
)  # fmt: skip


@pytest.fixture
def unguarded(town) -> Iterator[None]:
    with transaction.atomic():
        take_away()
        yield
        transaction.set_rollback(True)


def violated() -> set[str]:
    # Its guards were taken away: what asks for them is not asked.
    asked = tuple(each for each in INVARIANTS if each.name != "I80")
    return {finding.invariant.name for finding in prove(asked) if not finding.holds}


def test_there_are_thirty_kinds_and_what_is_not_seen_says_why():
    assert len({each.name for each in KINDS}) == len(KINDS) == 30
    assert all(bool(each.seen_by) != bool(each.unseen_because) for each in KINDS)
    assert sum(bool(each.seen_by) for each in KINDS) == 27


def test_each_kind_is_seen_by_the_question_that_says_so_and_no_other_is(unguarded):
    assert violated() == set()
    wrong = {}
    for each in KINDS:
        with transaction.atomic():
            for statement in each.statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    assert cursor.rowcount > 0, f"{each.name}: touches nothing: {statement}"
            found = violated()
            transaction.set_rollback(True)
        if each.seen_by not in found if each.seen_by else found:
            wrong[each.name] = (each.seen_by, sorted(found))
    assert wrong == {}
