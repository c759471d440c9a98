"""Changes by the owner of the database with its guards disabled, and the invariant that finds each.

Most corruptions are consistent: related rows are changed too, as by a person who knows the tables. Those that
no invariant finds are listed in docs/security.md.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from config.kernel.proof.proofs import keep_proof
from config.oversight.queries.proof import INVARIANTS, prove
from tests.tampering.guards import take_away
from tests.tampering.places import (
    CERTIFICATE,
    DEPOSIT,
    HELD,
    NEW,
    PAYER,
    RELEASED,
    SUPERVISOR,
    copied,
    in_balances,
    principal,
    transfer,
)

pytestmark = pytest.mark.django_db

REFUSED = transfer("refused")
OFFICER_2 = principal("supervisor_2")


def person(name: str) -> str:
    return f"(SELECT n.id FROM kernel_person n JOIN auth_user u ON u.id = n.user_id WHERE u.username = '{name}')"


def user(name: str) -> str:
    return f"(SELECT id FROM auth_user WHERE username = '{name}')"


class Corruption(NamedTuple):
    """One kind of corruption.

    :ivar seen_by: the invariant that names it.
    :ivar statements: the SQL, in this order; each must touch a row.
    """

    name: str
    seen_by: str
    statements: tuple[str, ...]


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
    Corruption("a fifth card has a slot of its own", "I14",
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
    # Who may act
    Corruption("a teller is a supervisor", "I71",
               ("UPDATE kernel_principal SET role = 'supervisor' WHERE name = 'chen'",)),
    Corruption("a teller is a supervisor, in the administrative act as well", "I71",
               ("UPDATE kernel_principal SET role = 'supervisor' WHERE name = 'chen'",
                ("UPDATE kernel_administration SET content = content || '{\"role\": \"supervisor\"}' "
                "WHERE kind = 'principal' AND content->>'name' = 'chen'"))),
    Corruption("a principal is another person's", "I71",
               (f"UPDATE kernel_principal SET person_id = {person('deng')} WHERE name = 'chen'",)),
    Corruption("a principal that was switched off acts again", "I71",
               ("UPDATE kernel_principal SET active = true WHERE name = 'feng'",)),
    Corruption("a key is forged for a principal", "I72",
               (copied("kernel_apikey", "administration_id IS NOT NULL", id=NEW, digest="sha256('known')",
                       administration_id="NULL"),)),
    Corruption("a key is exchanged for a known one", "I72",
               ("UPDATE kernel_apikey SET digest = sha256('known') WHERE administration_id IS NOT NULL",)),
    Corruption("a key lasts longer", "I72",
               ("UPDATE kernel_apikey SET expires_at = NULL WHERE expires_at IS NOT NULL",)),
    Corruption("a revoked key is good again", "I72",
               ("UPDATE kernel_apikey SET revoked_at = NULL WHERE revoked_at IS NOT NULL",)),
    Corruption("an enrolment code is forged for a user", "I72",
               (copied("kernel_enrolment", "administration_id IS NOT NULL", id=NEW, digest="sha256('known')",
                       administration_id="NULL", used_at="NULL"),)),
    Corruption("a code to enrol with is good again", "I72", ("UPDATE kernel_enrolment SET used_at = NULL",)),
    Corruption("a teller is a superuser", "I73",
               ("UPDATE auth_user SET is_superuser = true WHERE username = 'chen'",)),
    Corruption("two people sign in as each other", "I73",
               ((f"UPDATE kernel_person SET user_id = CASE user_id WHEN {user('chen')} THEN {user('deng')} "
                f"ELSE {user('chen')} END WHERE user_id IN ({user('chen')}, {user('deng')})"),)),
    Corruption("a user who was switched off signs in again", "I73",
               ("UPDATE auth_user SET is_active = true WHERE username = 'feng'",)),
    Corruption("a user's password is another's", "I74",
               ((f"UPDATE auth_user SET password = (SELECT password FROM auth_user WHERE id = {user('deng')}) "
                "WHERE username = 'chen'"),)),
    Corruption("a second factor is forged for a user", "I75",
               (copied("kernel_secondfactor", "confirmed", id=NEW, user_id=user("chen")),)),
    Corruption("a passkey is exchanged for another key", "I75",
               ("UPDATE kernel_passkey SET public_key = sha256(public_key)",)),
    Corruption("recovery codes are written on a sheet", "I75",
               ("DELETE FROM kernel_recoverycode WHERE number = 10",)),
    # Records that no other row repeats: they are counted with each run of the proof
    Corruption("a run of the proof is rewritten", "I76", ("UPDATE kernel_proofrun SET findings = '[]'",)),
    Corruption("a run of the proof is deleted", "I76", ("DELETE FROM kernel_proofrun",)),
    Corruption("an approval is another checker's, in step with its decision", "I77",
               ((f"UPDATE kernel_decision SET principal_id = {OFFICER_2} WHERE (object_id, kind, principal_id) = "
                f"(SELECT object_id, kind, decided_by_id FROM kernel_approval WHERE object_id = {CERTIFICATE})"),
                f"UPDATE kernel_approval SET decided_by_id = {OFFICER_2} WHERE object_id = {CERTIFICATE}")),
    Corruption("a refused transfer is gone, with event and decision", "I77",
               (f"DELETE FROM kernel_decision WHERE object_id = {REFUSED}",
                f"DELETE FROM transfers_event WHERE transfer_id = {REFUSED}",
                f"DELETE FROM transfers_transfer WHERE id = {REFUSED}")),
    Corruption("all refusals are gone", "I77", ("DELETE FROM kernel_decision WHERE outcome = 'refused'",)),
    Corruption("the rules of all decisions are another version's", "I77",
               ("UPDATE kernel_decision SET policy_version = '2016.1'",)),
    Corruption("who took a deposit is another, in its decision", "I77",
               (f"UPDATE kernel_decision SET principal_id = {SUPERVISOR} WHERE object_id = {DEPOSIT}",)),
    Corruption("the records of who looked at whole data are deleted", "I77",
               ("DELETE FROM kernel_decision WHERE kind = 'unmask'",)),
    Corruption("the trail is emptied", "I77", ("DELETE FROM kernel_trailrecord",)),
    Corruption("the log of sign-ins is emptied", "I77", ("DELETE FROM axes_accesslog", "DELETE FROM kernel_signin")),
    Corruption("the log of the back office is emptied", "I77", ("DELETE FROM django_admin_log",)),
    # Papers of a case
    Corruption("a freeze is another authority's, by another order", "I35",
               ("UPDATE accounts_freeze SET authority = 'x', order_no = 'x' WHERE lifted_at IS NULL",)),
    Corruption("all identity checks match", "I52",
               ("UPDATE accounts_identitycheck SET result = 'match' WHERE result <> 'match'",
                "UPDATE accounts_customer SET status = 'active' WHERE status = 'in_review'")),
    Corruption("memo and what the screen showed are emptied", "I37",
               ("UPDATE transfers_transfer SET memo = NULL, screen_evidence = NULL WHERE memo IS NOT NULL",)),
    Corruption("an account of stock is of Class III", "I36",
               (("UPDATE accounts_account SET account_class = 'III' WHERE account_class = 'II' "
                "AND import_batch_id IS NOT NULL"),)),
    Corruption("a payee's sealed name is another transfer's", "I28",
               ((f"UPDATE transfers_transfer SET payee_name = (SELECT payee_name FROM transfers_transfer "
                f"WHERE id = {RELEASED}) WHERE id = {HELD}"),)),
)  # fmt: skip


@pytest.fixture
def unguarded(town) -> Iterator[None]:
    with transaction.atomic():
        # As if two days had gone by: what the town has done is counted.
        keep_proof(prove(), began_at=timezone.now() + timedelta(days=2))
        take_away()
        yield
        transaction.set_rollback(True)


def violated() -> set[str]:
    # Its guards were taken away: what asks for them is not asked.
    asked = tuple(each for each in INVARIANTS if each.name != "I80")
    return {finding.invariant.name for finding in prove(asked) if not finding.holds}


def test_document_states_the_number_of_corruptions():
    documented = re.search(
        r"\| Corruption by the owner[^|]*\| (\d+) kinds", (settings.BASE_DIR / "docs" / "security.md").read_text()
    )
    assert documented
    assert len({each.name for each in KINDS}) == len(KINDS) == int(documented[1])


def test_each_kind_is_seen_by_the_question_that_says_so(unguarded):
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
        if each.seen_by not in found:
            wrong[each.name] = (each.seen_by, sorted(found))
    assert wrong == {}
