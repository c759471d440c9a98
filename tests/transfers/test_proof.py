"""The proof raises no false alarm, and each of its queries finds the fault it is for."""

import pytest
from django.db import connection, transaction

from accounts.queries.transfer_sides import clearing_totals
from config.oversight.queries.proof import INVARIANTS
from tests.proof_findings import violated
from tests.tampering.guards import take_away
from transfers.models import Transfer

pytestmark = pytest.mark.django_db


def test_raises_no_false_alarm(bank):
    assert {status for (status,) in Transfer.objects.values_list("status")} == {
        "held", "posted", "cancelled", "returned", "refused",
    }  # fmt: skip
    assert violated() == set()


def test_an_empty_bank_proves(noon):
    assert violated() == set()


def test_names_of_invariants_are_unique():
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS) == 67


def test_clearing_totals_equal_the_postings_to_each_bank(bank):
    assert clearing_totals() == {"YZ": 400}


ONE_ENTRY = "(SELECT id FROM accounts_entry WHERE kind = '{kind}' AND account_id IS NOT NULL LIMIT 1)"
PAYER = "(SELECT id FROM accounts_account WHERE account_number = '6000100000000001')"
OTHER = "(SELECT id FROM accounts_account WHERE account_number = '6000200000000002')"


def one(status: str, more: str = "") -> str:
    return f"(SELECT id FROM transfers_transfer WHERE status = '{status}' {more} LIMIT 1)"


def copy(table: str, where: str, **changes: str) -> str:
    """Return the SQL that inserts a changed copy of a row."""
    columns = [field.column for field in next(m for m in all_models() if m._meta.db_table == table)._meta.local_fields]
    values = [changes.get(column, column) for column in columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE {where} LIMIT 1"


def all_models():
    from django.apps import apps

    return apps.get_models()


NEW_ID = "gen_random_uuid()"
NEXT_ID = "id + 1000000"
POSTED = one("posted", "AND channel = 'atm'")
OF_STOCK = "import_batch_id IS NOT NULL"
ANY_BATCH = "(SELECT import_batch_id FROM transfers_transfer WHERE import_batch_id IS NOT NULL LIMIT 1)"
NO_PLACE = "class_slot IS NULL AND import_batch_id IS NOT NULL"
BEYOND = "slot IS NULL AND import_batch_id IS NOT NULL AND product = 'debit'"
CORRUPTIONS = {
    "I01": "DELETE FROM accounts_entry WHERE id = " + ONE_ENTRY.format(kind="deposit"),
    "I02": "UPDATE accounts_entry SET leg = 1 WHERE posting_id = " + POSTED,
    "I02-instants": "UPDATE accounts_entry SET posted_at = posted_at - interval '1 day' WHERE id = "
    + ONE_ENTRY.format(kind="deposit"),
    "I03": "UPDATE accounts_account SET balance_fen = balance_fen + 1 WHERE id = " + PAYER,
    "I04": "UPDATE accounts_account SET held_fen = held_fen + 1 WHERE id = " + PAYER,
    "I04-held": f"UPDATE transfers_transfer SET amount_fen = amount_fen + 1 WHERE id = {one('held')}",
    "I05": f"UPDATE accounts_account SET balance_fen = held_fen - 1 WHERE id = {PAYER}",
    "I06": "UPDATE accounts_entry SET kind = 'withdrawal' WHERE posting_id = "
    "(SELECT posting_id FROM accounts_entry WHERE kind = 'deposit' AND internal_id IS NOT NULL LIMIT 1)",
    "I07": copy("transfers_event", f"transfer_id = {one('cancelled')} AND new_status = 'cancelled'", id=NEXT_ID),
    "I07-silent": f"UPDATE transfers_transfer SET status = 'posted', settled_at = now() WHERE id = {one('held')}",
    "I08": f"DELETE FROM accounts_entry WHERE posting_id = {POSTED}",
    "I08-twice": copy("accounts_entry", f"posting_id = {POSTED}", id=NEXT_ID, leg="leg + 2"),
    "I08-amount": f"UPDATE accounts_entry SET amount_fen = amount_fen * 2 WHERE posting_id = {POSTED}",
    "I08-account": f"UPDATE transfers_transfer SET payer_account_id = {OTHER} WHERE id = {POSTED}",
    "I08-orphan": f"UPDATE accounts_entry SET posting_id = {NEW_ID} WHERE posting_id = {POSTED}",
    "I08-cancelled": f"UPDATE accounts_entry SET posting_id = {one('cancelled')} WHERE posting_id = {POSTED}",
    "I09": f"UPDATE transfers_transfer SET settled_at = due_at - interval '1 microsecond' WHERE id = {POSTED}",
    "I09-event": "UPDATE transfers_event SET lateness_ms = -1 WHERE released_by = 'celery'",
    "I10": f"UPDATE transfers_transfer SET due_at = due_at - interval '1 microsecond' WHERE id = {one('held')}",
    "I10-rule": f"UPDATE transfers_transfer SET rule_code = 'ATM_ORGANIZATION', due_at = accepted_at WHERE id = {POSTED}",
    "I10-hold": "UPDATE transfers_transfer SET hold_seconds = 60, due_at = accepted_at + interval '1 minute' "
    f"WHERE id = {one('held')}",
    "I10-flag": "UPDATE transfers_transfer SET rule_code = 'ATM_OWN_ACCOUNT', same_holder = true, hold_seconds = NULL, "
    f"due_at = accepted_at WHERE id = {POSTED}",
    "I10-before": "UPDATE transfers_transfer SET rule_code = 'ATM_BEFORE_RULE', hold_seconds = NULL, "
    f"due_at = accepted_at WHERE id = {POSTED}",
    "I10-label": f"UPDATE transfers_transfer SET rule_code = 'ATM_ORGANIZATION', hold_seconds = NULL WHERE id = {POSTED}",
    "I10-own": f"UPDATE transfers_transfer SET same_holder = true WHERE id = {POSTED}",
    "I10-channel": f"UPDATE transfers_transfer SET channel = 'counter' WHERE id = {POSTED}",
    "I10-profile": f"UPDATE transfers_transfer SET rule_profile = '' WHERE id = {POSTED}",
    "I11": f"UPDATE transfers_transfer SET ended_at = due_at WHERE id = {one('cancelled')}",
    "I11-posted": f"UPDATE transfers_transfer SET settled_at = due_at WHERE id = {one('cancelled')}",
    "I12": "UPDATE kernel_sandboxclock SET frozen_at = frozen_at + interval '24 hours 1 minute 1 second'",
    "I12-parked": f"UPDATE transfers_transfer SET parked_until = '2100-01-01' WHERE id = {one('held')}",
    "I13": f"UPDATE transfers_transfer SET ended_at = due_at WHERE id = {one('held')}",
    "I13-code": f"UPDATE transfers_transfer SET outcome_code = '' WHERE id = {one('returned')}",
    "I14": copy("accounts_card", "slot = 1", id=NEW_ID, number_index="number_index || number_index"),
    "I14-fifth": copy("accounts_card", "slot = 1", id=NEW_ID, slot="5", number_index="number_index || number_index"),
    "I14-exception": "UPDATE accounts_cardexception SET status = 'rejected', approved_at = NULL",
    "I14-young": f"UPDATE accounts_card SET issued_at = '2016-01-01T00:00:00+08:00' WHERE {BEYOND}",
    "I14-batch": f"UPDATE accounts_card SET import_batch_id = NULL WHERE {BEYOND}",
    "I14-breach": f"UPDATE accounts_card SET breach_id = NULL WHERE {BEYOND}",
    "I14-day": "UPDATE accounts_stockbreach SET opened_on = opened_on + 1 WHERE \"limit\" = 'cards'",
    "I14-limit": "UPDATE accounts_stockbreach SET \"limit\" = 'bank_i' WHERE \"limit\" = 'cards'",
    "I14-other": f"UPDATE accounts_stockbreach SET import_batch_id = {NEW_ID} WHERE \"limit\" = 'cards'",
    "I14-nobody": "UPDATE accounts_card SET breach_id = NULL, status = 'cancelled' WHERE breach_id IS NOT NULL",
    "I14-merge": f"UPDATE accounts_card SET merge_id = {NEW_ID} WHERE {BEYOND}",
    "I14-replaces": "UPDATE accounts_card c SET replaces_id = o.id FROM accounts_card o "
    "WHERE c.slot IS NULL AND c.import_batch_id IS NOT NULL AND c.product = 'debit' AND o.slot = 1",
    "I14-beside": "UPDATE accounts_card SET issued_at = issued_at + interval '1 year' WHERE slot = 1",
    "I15-young": f"UPDATE accounts_account SET opened_at = '2016-12-01T00:00:00+08:00' WHERE {NO_PLACE}",
    "I15-batch": f"UPDATE accounts_account SET import_batch_id = NULL WHERE {NO_PLACE}",
    "I15-breach": f"UPDATE accounts_account SET breach_id = NULL WHERE {NO_PLACE}",
    "I15-day": "UPDATE accounts_stockbreach SET opened_on = opened_on + 1 WHERE \"limit\" = 'bank_i'",
    "I15-limit": "UPDATE accounts_stockbreach SET \"limit\" = 'bank_ii' WHERE \"limit\" = 'bank_i'",
    "I15-other": f"UPDATE accounts_stockbreach SET import_batch_id = {NEW_ID} WHERE \"limit\" = 'bank_i'",
    "I15-twice": "UPDATE accounts_account a SET breach_id = b.id FROM accounts_stockbreach b "
    "WHERE a.class_slot IS NULL AND a.import_batch_id IS NOT NULL AND b.\"limit\" = 'bank_i'",
    "I15-merge": f"UPDATE accounts_account SET merge_id = {NEW_ID} WHERE {NO_PLACE}",
    "I15-beside": f"UPDATE accounts_account SET opened_at = opened_at + interval '1 year' WHERE id = {PAYER}",
    "I14-unfinished": "UPDATE accounts_importbatch SET finished_at = NULL",
    "I15-unfinished": "UPDATE accounts_importbatch SET finished_at = NULL",
    "I15": copy("accounts_account", f"id = {PAYER}", id=NEW_ID, account_number="'X'", balance_fen="0", held_fen="0"),
    "I16": copy(
        "accounts_identity", "true", id=NEW_ID, customer_id="(SELECT max(id::text)::uuid FROM accounts_customer)"
    ),
    "I16-nobody": "DELETE FROM accounts_identity WHERE id = (SELECT id FROM accounts_identity LIMIT 1)",
    "I16-document": "UPDATE accounts_document SET identity_key = '\\x00'",
    "I17": f"UPDATE accounts_card SET customer_id = (SELECT customer_id FROM accounts_account WHERE id = {OTHER})",
    "I17-class": f"UPDATE accounts_account SET account_class = 'III' WHERE id = {PAYER}",
    "I18": f"UPDATE accounts_account SET status = 'closed', closed_at = now() WHERE id = {PAYER}",
    "I18-card": "UPDATE accounts_account SET status = 'closed', closed_at = now() WHERE import_batch_id IS NOT NULL",
    "I19": f"UPDATE transfers_transfer SET amount_fen = 0 WHERE id = {one('cancelled')}",
    "I19-self": f"UPDATE transfers_transfer SET payee_account_id = payer_account_id WHERE id = {one('cancelled')}",
    "I20": "UPDATE kernel_approval SET decided_by_id = made_by_id",
    "I20-late": "UPDATE kernel_approval SET decided_at = expires_at",
    "I20-nobody": "UPDATE kernel_approval SET decided_by_id = NULL",
    "I21": "UPDATE kernel_idempotencykey SET status = NULL, body = NULL",
    "I21-twice": copy("kernel_idempotencykey", "true", id=NEW_ID),
    "I22": copy(
        "accounts_entry",
        "kind = 'transfer' AND internal_id IS NOT NULL",
        id=NEXT_ID,
        posting_id=NEW_ID,
        kind="'deposit'",
    ),
    "I22-bank": "UPDATE accounts_internalaccount SET bank_code = 'ZY' WHERE kind = 'clearing'",
    "I23": f"UPDATE transfers_event SET new_status = 'returned' WHERE new_status = 'posted' AND transfer_id = {POSTED}",
    "I23-path": f"UPDATE transfers_event SET old_status = 'cancelled' WHERE transfer_id = {POSTED} AND old_status = 'held'",
    "I23-nobody": "UPDATE transfers_event SET released_by = '', lateness_ms = NULL",
    "I23-nothing": f"DELETE FROM transfers_event WHERE transfer_id = {one('held')}",
    "I24": "UPDATE accounts_entry SET posted_at = posted_at + interval '10 days'",
    "I24-event": "UPDATE transfers_event SET at = at + interval '10 days'",
    "I25": "UPDATE accounts_freeze SET placed_at = placed_at - interval '1 day', lifted_at = NULL",
    "I26": f"DELETE FROM kernel_decision WHERE object_id = {one('held')}",
    "I26-later": f"UPDATE transfers_transfer SET accepted_at = accepted_at + interval '1 hour' WHERE {OF_STOCK}",
    "I26-maker": f"UPDATE transfers_transfer SET made_by_id = {NEW_ID} WHERE {OF_STOCK}",
    "I26-load": "UPDATE kernel_decision SET kind = 'x' WHERE kind = 'load_stock'",
    "I26-here": f"UPDATE transfers_transfer SET import_batch_id = {ANY_BATCH} WHERE id = {one('held')}",
    "I27": "UPDATE kernel_approval SET status = 'rejected' WHERE kind = 'certificate'",
    "I27-lift": "DELETE FROM kernel_approval WHERE kind = 'freeze_lift'",
    "I27-exception": "DELETE FROM kernel_approval WHERE kind = 'card_exception'",
    "I27-document": "UPDATE accounts_document SET is_primary = false",
    "I28": "UPDATE accounts_customer SET name = (SELECT name FROM accounts_customer ORDER BY id LIMIT 1)",
    "I52": "UPDATE accounts_customer SET status = 'in_review'",
    "I52-renewed": "UPDATE accounts_document SET renewal_count = 1",
    "I52-failed": "INSERT INTO accounts_identitycheck (id, customer_id, method, result, at) "
    f"SELECT {NEW_ID}, id, 'x', 'not_found', now() FROM accounts_customer LIMIT 1",
    "I50": "WITH made AS (INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, "
    "last_name, email, date_joined) VALUES ('x', '', false, false, true, '', '', '', now()) RETURNING id) "
    "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0, digits, tolerance, drift, last_t, "
    "throttling_failure_count) SELECT id, 'x', true, repeat('0', 40), 30, 0, 6, 1, 0, -1, 0 FROM made",
    "I28-index": "UPDATE accounts_card SET number_index = sha256(number_index)",
    "I29": "UPDATE kernel_decision SET principal_id = NULL WHERE kind = 'freeze_lift'",
    "I29-maker": "DELETE FROM kernel_decision d USING kernel_approval a WHERE d.at = a.made_at AND a.kind = 'freeze_lift'",
    "I29-end": "UPDATE kernel_decision SET outcome = 'rejected', facts = jsonb_build_object('approval_id', id) "
    "WHERE kind = 'freeze_lift'",
    "I31": "DELETE FROM kernel_decision WHERE kind = 'withdrawal'",
    "I31-amount": "UPDATE kernel_decision SET facts = facts || '{\"amount_fen\": 1}' WHERE kind = 'withdrawal'",
    "I31-gone": "UPDATE accounts_entry SET kind = 'transfer' WHERE kind = 'withdrawal'",
    "I31-opening": "UPDATE accounts_entry SET kind = 'opening' WHERE kind = 'withdrawal'",
    "I32": f"DELETE FROM kernel_decision WHERE kind = 'open_account' AND object_id = {PAYER}",
    "I32-class": f"UPDATE accounts_account SET account_class = 'II' WHERE id = {PAYER}",
    "I32-closed": f"UPDATE accounts_account SET status = 'closed', closed_at = now() WHERE id = {OTHER}",
    "I32-gone": f"UPDATE kernel_decision SET object_id = {NEW_ID} WHERE kind = 'open_account'",
    "I33": "UPDATE accounts_card SET product = 'medical' WHERE slot = 1 AND import_batch_id IS NULL",
    "I33-exception": "UPDATE kernel_decision SET at = at - interval '1 day' WHERE kind = 'card_exception'",
    "I33-lost": "UPDATE kernel_decision SET kind = 'report_card_lost' WHERE kind = 'issue_card'",
    "I33-until": "UPDATE accounts_card SET status = 'lost', lost_until = now() + interval '9 days' "
    "WHERE id = (SELECT id FROM accounts_card WHERE status = 'active' LIMIT 1)",
    "I33-gone": f"UPDATE kernel_decision SET object_id = {NEW_ID} WHERE kind = 'issue_card'",
    "I34": "UPDATE accounts_customer SET kind = 'organization'",
    "I34-anew": "UPDATE accounts_customer SET reverified_at = created_at",
    "I34-checked": 'UPDATE kernel_decision SET facts = facts || \'{"check_result": "not_found"}\' '
    "WHERE kind = 'register_customer'",
    "I34-gone": f"UPDATE kernel_decision SET object_id = {NEW_ID} WHERE kind = 'register_customer'",
    "I35": "UPDATE accounts_freeze SET until = placed_at + interval '30 days'",
    "I35-early": "UPDATE accounts_freeze SET lifted_at = placed_at",
    "I36": "UPDATE kernel_decision SET facts = '{\"loaded\": {\"accounts\": 1}}' WHERE kind = 'load_stock'",
    "I36-load": "DELETE FROM kernel_decision WHERE kind = 'load_stock'",
    "I37": f"UPDATE transfers_transfer SET channel = 'counter' WHERE id = {one('held')}",
    "I37-maker": f"UPDATE kernel_decision SET principal_id = NULL WHERE object_id = {one('held')}",
    "I37-payee": f"UPDATE transfers_transfer SET payee_account_id = {PAYER} "
    f"WHERE id = {one('held', 'AND payee_account_id IS NOT NULL')}",
    "I37-arrival": f"UPDATE transfers_transfer SET arrival = 'ordinary' WHERE id = {one('held')}",
    "I37-own": f"UPDATE transfers_transfer SET same_holder = true WHERE id = {one('held')}",
    "I37-refused": f"UPDATE transfers_transfer SET outcome_code = 'CARD_NOT_FOUND' WHERE id = {one('refused')}",
    "I37-number": "UPDATE accounts_account SET account_number = reverse(account_number)",
    "I37-stock": f"UPDATE transfers_transfer SET amount_fen = amount_fen + 1 WHERE {OF_STOCK}",
    "I37-fewer": f"DELETE FROM transfers_transfer WHERE {OF_STOCK}",
    "I37-gone": f"UPDATE kernel_decision SET object_id = {NEW_ID} WHERE kind = 'transfer'",
    "I67": "UPDATE accounts_internalsum SET amount_fen = amount_fen + 1",
    "I67-lost": "DELETE FROM accounts_internalsum",
    "I66": "UPDATE transfers_latenesscount SET le_100ms = le_100ms + 1, over = over + 1",
    "I66-lost": "DELETE FROM transfers_latenesscount",
    "I66-other": "UPDATE transfers_latenesscount SET released_by = 'watcher'",
    "I68": "UPDATE transfers_latenesscount SET releases[1] = releases[1] + 1",
    "I68-later": "UPDATE transfers_latenesscount SET lateness_ms[1] = lateness_ms[1] + 1",
    "I68-lost": "DELETE FROM transfers_latenesscount",
    "I68-other": "UPDATE transfers_latenesscount SET released_by = 'watcher'",
    "I68-day": "UPDATE transfers_latenesscount SET day = day + 1",
    "I38": f"UPDATE transfers_event SET at = at - interval '1 second' WHERE transfer_id = {one('held')}",
    "I38-load": "UPDATE transfers_event e SET at = t.accepted_at FROM transfers_transfer t "
    "WHERE t.id = e.transfer_id AND e.old_status = '' AND t.import_batch_id IS NOT NULL",
    "I38-actor": "UPDATE transfers_event SET actor_id = NULL WHERE new_status = 'cancelled'",
    "I38-lateness": "UPDATE transfers_event SET lateness_ms = lateness_ms + 2 WHERE released_by <> ''",
    "I38-code": "UPDATE kernel_decision SET code = 'ACCOUNT_CLOSED' WHERE kind = 'release'",
    "I39": f"UPDATE kernel_decision SET facts = facts || '{{\"available_fen\": 1}}' WHERE object_id = {one('held')}",
    "I40": "UPDATE blacklist_certificate SET authority_name = '苏州市公安局'",
    "I40-facts": "UPDATE blacklist_certificate SET doc_no = doc_no || '1'",
    "I40-since": "UPDATE blacklist_certificate SET in_force_at = in_force_at + interval '1 second'",
    "I40-revoked": "UPDATE blacklist_certificate SET status = 'revoked', revoked_at = in_force_at",
    "I40-part": "UPDATE blacklist_revokedpart SET in_force_at = in_force_at - interval '1 second'",
    "I40-left": "DELETE FROM blacklist_revokedpart",
    "I40-renewal": "UPDATE blacklist_certificate SET doc_no = doc_no || '1' WHERE renews_id IS NOT NULL",
    "I40-list": "UPDATE blacklist_certificate SET in_force_at = in_force_at - interval '1 day' WHERE brought_by_id IS NOT NULL",
    "I40-reader": "UPDATE blacklist_listimport i SET started_by_id = a.decided_by_id FROM kernel_approval a "
    "WHERE a.object_id = i.id AND a.kind = 'import'",
    "I40-undo": "UPDATE blacklist_revocation SET undoes_id = (SELECT id FROM blacklist_listimport WHERE status = 'applied') "
    "WHERE undoes_id IS NOT NULL",
    "I40-undone": "UPDATE blacklist_listimport SET status = 'undone', undo_at = applied_at, undone_at = applied_at "
    "WHERE status = 'applied'",
    "I40-gone": f"UPDATE kernel_decision SET object_id = {NEW_ID} WHERE rule = 'register_certificate'",
    "I44": "UPDATE blacklist_certificatesubject SET since = now()",
    "I41": "UPDATE blacklist_certificate SET term_from = certified_on, term_to = certified_on",
    "I41-name": "UPDATE blacklist_certificatesubject SET name = document_number",
    "I51": "UPDATE accounts_card SET agent_key = '\\x01', agent_slot = 1, agent_relation = 'agent' WHERE status <> 'cancelled'",
    "I51-guardian": "UPDATE accounts_card SET agent_key = '\\x01', agent_relation = 'guardian'",
    "I53": "UPDATE accounts_customer SET merged_into_id = (SELECT max(id::text)::uuid FROM accounts_customer)",
    "I53-moved": "INSERT INTO accounts_movedrow (id, merge_id, kind, row_id) "
    f"SELECT {NEW_ID}, {NEW_ID}, 'accounts', id FROM accounts_account LIMIT 1",
    "I54": f"UPDATE accounts_account SET class_slot = NULL, merge_id = {NEW_ID} WHERE id = {PAYER}",
    "I54-card": f"UPDATE accounts_card SET slot = NULL, merge_id = {NEW_ID} WHERE slot = 1",
    "I60": "UPDATE accounts_entry SET kind = 'merge' WHERE kind = 'deposit'",
    "I60-card": "INSERT INTO accounts_cardmove (id, action_id, card_id, from_account_id, to_account_id, at) "
    f"SELECT {NEW_ID}, {NEW_ID}, id, account_id, account_id, issued_at FROM accounts_card LIMIT 1",
    "I61": f"UPDATE accounts_account SET downgrade_id = {NEW_ID} WHERE id = {PAYER}",
    "I61-stopped": "UPDATE accounts_card SET status = 'stopped' WHERE status = 'active'",
    "I62": "UPDATE accounts_letter SET serial = 2",
    "I62-decision": "UPDATE accounts_letter SET kind = 'end'",
    "I62-print": "UPDATE accounts_letterprint SET nth = 2",
    "I62-delivery": "UPDATE accounts_letterdelivery SET way = 'refused'",
    "I63": "UPDATE accounts_letter SET digest = repeat('a', 64)",
    "I64": "UPDATE accounts_cashmovement SET amount_fen = amount_fen + 1 WHERE kind = 'deposit'",
    "I64-day": "UPDATE accounts_cashbox SET day = day - 1",
    "I64-late": "UPDATE accounts_cashmovement SET at = at + interval '1 second'",
    "I64-alone": "UPDATE accounts_countercash SET status = 'rejected', in_force_at = NULL",
    "I64-whose": "UPDATE accounts_cashbox SET teller_id = (SELECT id FROM kernel_principal WHERE name = 'teller')",
    "I64-below": "UPDATE accounts_cashbox SET opening_fen = -10000000",
    "I64-open": "UPDATE accounts_cashbox SET closed_at = NULL",
    "I64-book": "UPDATE accounts_cashcount SET book_fen = book_fen + 1",
    "I64-beside": "DELETE FROM accounts_cashmovement WHERE amount_fen = 4000",
    "I65": "UPDATE accounts_cashreversal SET status = 'rejected', in_force_at = NULL",
    "I65-entry": "UPDATE accounts_entry SET kind = 'deposit' WHERE kind = 'reversal'",
    "I65-mirror": "UPDATE accounts_entry SET amount_fen = amount_fen * 2 WHERE kind = 'reversal'",
    "I65-day": "UPDATE accounts_cashmovement SET at = at - interval '1 day' WHERE kind = 'withdrawal'",
    "I65-twice": copy("accounts_cashreversal", "true", id=NEW_ID),
    "I65-large": "UPDATE accounts_countercash SET amount_fen = amount_fen + 1",
    "I06-reversal": "UPDATE accounts_entry SET kind = 'reversal' WHERE kind = 'transfer' AND internal_id IS NOT NULL",
    "I45": "UPDATE accounts_entry SET kind = 'set_aside' WHERE kind = 'deposit'",
    "I45-paid": "UPDATE accounts_entry SET kind = 'aside_paid' WHERE kind = 'deposit'",
    "I43": "UPDATE accounts_entry SET kind = 'close_out' WHERE kind = 'deposit'",
    "I42": copy("blacklist_subject", "true", id=NEW_ID, identity_key="'\\x00'"),
}
#: Asked by `tests/tampering`, of a bank whose ids follow its clock and whose people are administered; I80 by `tests/kernel/test_guards.py`.
ELSEWHERE = {"I30", "I80", *(f"I{number}" for number in range(71, 78))}


@pytest.mark.owner
def test_each_invariant_finds_rows_written_past_the_guards(bank):
    is_caught: dict[str, bool] = {}
    with transaction.atomic():
        take_away()
        for name, statement in CORRUPTIONS.items():
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    assert cursor.rowcount > 0, f"{name} touched nothing"
                is_caught[name] = bool(violated(name.partition("-")[0]))
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert [name for name, caught in is_caught.items() if not caught] == []
    assert violated() == set()


def test_every_invariant_has_failed_once():
    assert {name.partition("-")[0] for name in CORRUPTIONS} | ELSEWHERE == {invariant.name for invariant in INVARIANTS}
