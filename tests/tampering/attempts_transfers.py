"""Attempts on transfers and their steps."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    AT_ONCE,
    CANCELLED,
    HELD,
    NEW,
    NOW,
    OWN,
    PAYEE,
    PAYER,
    RELEASED,
    RETURNED,
    STOCK,
    SUPERVISOR,
    TELLER,
    copied,
    decided,
)

FORGED = "takes a chain over the records: what is forged whole and in step is as the application writes it"


def of_transfer(change: str, which: str = HELD) -> str:
    return f"UPDATE transfers_transfer SET {change} WHERE id = {which}"


NEWEST = "(SELECT max(id::text)::uuid FROM transfers_transfer)"


def to_a_stranger(**changes: str) -> str:
    """Return the SQL that writes a machine's transfer to a third person, posted at once as to an own account."""
    return copied(
        "transfers_transfer", f"id = {OWN}", id=NEW, payee_account_id=PAYEE, accepted_at=NOW, due_at=NOW,
        settled_at=NOW, ended_at=NOW, payee_name="NULL", memo="NULL", screen_evidence="NULL",
        payee_account_number=f"(SELECT account_number FROM accounts_account WHERE id = {PAYEE})", **changes,
    )  # fmt: skip


ITS_EVENT = (
    "INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by) "
    f"SELECT id, accepted_at, made_by_id, '', 'posted', '', '' FROM transfers_transfer WHERE id = {NEWEST}"
)
CANCELS = of_transfer(f"status = 'cancelled', ended_at = {NOW}")
CANCELLING = (
    "INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by) "
    f"SELECT id, {NOW}, {TELLER}, 'held', 'cancelled', '', '' FROM transfers_transfer WHERE status = 'cancelled' "
    "ORDER BY ended_at DESC LIMIT 1"
)

TRANSFERS = (
    refused("grants", "a transfer is deleted", "DELETE FROM transfers_transfer"),
    refused("transfer_accepted_stands", "an amount is raised", of_transfer("amount_fen = amount_fen + 1")),
    refused("transfer_accepted_stands", "the payer is another", of_transfer(f"payer_account_id = {PAYEE}")),
    refused("transfer_accepted_stands", "the payee is another", of_transfer(f"payee_account_id = {PAYER}")),
    refused("transfer_accepted_stands", "it is due at once", of_transfer(f"due_at = {NOW}")),
    refused(
        "transfer_accepted_stands",
        "it was accepted a day before",
        of_transfer("accepted_at = accepted_at - interval '1 day'"),
    ),
    refused("transfer_accepted_stands", "it waits an hour", of_transfer("hold_seconds = 3600")),
    refused(
        "transfer_posted_not_early",
        "it is posted before it is due",
        of_transfer(f"status = 'posted', settled_at = {NOW}, ended_at = {NOW}"),
    ),
    refused(
        "transfer_moves", "a cancelled one is held again", of_transfer("status = 'held', ended_at = NULL", CANCELLED)
    ),
    refused(
        "transfer_moves",
        "a posted one is returned",
        of_transfer("status = 'returned', settled_at = NULL, outcome_code = 'ACCOUNT_CLOSED'", RELEASED),
    ),
    refused(
        "transfer_moves", "a returned one is posted", of_transfer("status = 'posted', settled_at = ended_at", RETURNED)
    ),
    refused(
        "event_one_outcome_per_transfer",
        "a second outcome",
        copied("transfers_event", f"transfer_id = {CANCELLED} AND new_status = 'cancelled'"),
    ),
    refused(
        "event_release_not_early",
        "a release before it was due",
        "INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms) "
        f"SELECT {HELD}, {NOW}, 'held', 'posted', '', 'celery', -1",
    ),
    refused(
        "event_transfer_exists",
        "an event of a transfer that is not there",
        copied("transfers_event", "new_status = 'held'", transfer_id=NEW),
    ),
    refused("grants", "an event is another", "UPDATE transfers_event SET actor_id = NULL"),
    refused("grants", "an event is deleted", "DELETE FROM transfers_event"),
    refused(
        "transfer_delayed_waits_its_hold",
        "a held one by the counter at once",
        copied("transfers_transfer", f"id = {HELD}", id=NEW, due_at="accepted_at"),
    ),
    refused(
        "transfer_payer_is_not_payee",
        "a payer who pays himself",
        copied("transfers_transfer", f"id = {HELD}", id=NEW, payee_account_id="payer_account_id"),
    ),
    refused(
        "transfer_amount_above_zero",
        "an amount of nothing",
        copied("transfers_transfer", f"id = {HELD}", id=NEW, amount_fen="0"),
    ),
    refused(
        "transfer_posted_not_early",
        "a release of today that is settled at its due instant",
        of_transfer(f"status = 'posted', settled_at = due_at, ended_at = {NOW}"),
    ),
    refused(
        "transfer_released_by_the_clock",
        "a release dated ahead",
        of_transfer("status = 'posted', settled_at = due_at, ended_at = due_at"),
    ),
    refused(
        "account_available_not_negative",
        "more is held than there is",
        copied("transfers_transfer", f"id = {HELD}", id=NEW, amount_fen="100000000"),
    ),
    refused(
        "transfer_arrives_as_its_regime_says",
        "a stranger is paid at a machine at once as an own account, without a decision",
        to_a_stranger(),
        ITS_EVENT,
    ),
    refused(
        "transfer_arrives_as_its_regime_says",
        "a stranger is paid at a machine at once as an own account, with a decision",
        to_a_stranger(),
        ITS_EVENT,
        decided("transfer", NEWEST, facts='{"amount_fen": 10000, "channel": "atm"}', account_id=PAYER),
    ),
    refused(
        "transfer_arrives_as_its_regime_says",
        "the same as a transfer of before the rule",
        to_a_stranger(rule_code="'ATM_BEFORE_RULE'"),
        ITS_EVENT,
    ),
    unseen(
        FORGED,
        "a transfer of the counter out of nothing, whole, with its decision",
        to_a_stranger(channel="'counter'", rule_code="'REAL_TIME'", rule_profile="''", same_holder="false"),
        ITS_EVENT,
        "INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts, account_id, "
        f"object_id, principal_id) SELECT {NEW}, accepted_at, 'transfer', 'allowed', '', rule_code, rule_clause, "
        "'2026.12', jsonb_build_object('amount_fen', 10000, 'channel', 'counter', 'with_memo', memo IS NOT NULL, "
        "'with_screen', screen_evidence IS NOT NULL), payer_account_id, id, made_by_id "
        f"FROM transfers_transfer WHERE id = {NEWEST}",
    ),
    seen("I23", "a held one is cancelled without an event", CANCELS),
    seen("I38", "a held one is cancelled with an event, without a decision", CANCELS, CANCELLING),
    unseen(
        FORGED,
        "a held one is cancelled whole, with its decision",
        CANCELS,
        CANCELLING,
        decided("cancel_transfer", f"(SELECT id FROM transfers_transfer WHERE ended_at = {NOW})", by=TELLER),
    ),
    refused("transfer_parked_for_a_while", "a held one is paused for ever", of_transfer("parked_until = '2100-01-01'")),
    unseen(
        "a pause within the longest one is what a failure leaves",
        "a held one is paused for half an hour",
        of_transfer("parked_until = due_at + interval '30 minutes', attempts = 1"),
    ),
    refused(
        "transfer_accepted_stands", "what the screen said is taken away", of_transfer("screen_evidence = NULL", OWN)
    ),
    refused("transfer_accepted_stands", "the memo is taken away", of_transfer("memo = NULL", OWN)),
    refused("transfer_accepted_stands", "the payee's name is taken away", of_transfer("payee_name = NULL")),
    refused(
        "transfer_accepted_stands",
        "the payee's name is another transfer's",
        of_transfer(f"payee_name = (SELECT payee_name FROM transfers_transfer WHERE id = {RELEASED})"),
    ),
    refused(
        "transfer_accepted_stands",
        "the payee's number here is another",
        of_transfer("payee_account_number = '1'", RELEASED),
    ),
    refused(
        "transfer_accepted_stands",
        "the payee's number at another bank is another",
        "UPDATE transfers_transfer SET payee_account_number = '1' WHERE payee_bank_code <> ''",
    ),
    refused("transfer_accepted_stands", "the channel is another", of_transfer("channel = 'mobile'", AT_ONCE)),
    refused("transfer_accepted_stands", "the rule is another", of_transfer("rule_code = 'NEXT_DAY'", AT_ONCE)),
    refused("transfer_accepted_stands", "the clause is another", of_transfer("rule_clause = ''")),
    refused("transfer_accepted_stands", "the profile is none", of_transfer("rule_profile = ''")),
    refused(
        "transfer_accepted_stands", "the version of its warnings is another", of_transfer("warning_version = NULL")
    ),
    refused("transfer_accepted_stands", "what it warned of is another", of_transfer("warning_kinds = 'refund'")),
    refused("transfer_accepted_stands", "the maker is another", of_transfer(f"made_by_id = {SUPERVISOR}")),
    refused("transfer_accepted_stands", "the card is another", of_transfer("payer_card_id = NULL")),
    refused("transfer_accepted_stands", "the account is called the payer's own", of_transfer("same_holder = true")),
    refused("transfer_accepted_stands", "the arrival is another", of_transfer("arrival = 'next_day'", AT_ONCE)),
    refused(
        "transfer_outcome_stands",
        "why it was returned is another",
        of_transfer("outcome_code = 'ACCOUNT_CLOSED'", RETURNED),
    ),
    refused(
        "transfer_outcome_stands", "a reason for a cancellation", of_transfer("cancel_reason = '\\x00'", CANCELLED)
    ),
    refused(
        "transfer_stock_batch_unfinished",
        "a transfer of today as one of a load that is finished",
        copied("transfers_transfer", f"id = {HELD}", id=NEW, import_batch_id=STOCK),
    ),
    refused(
        "transfer_stock_as_approved",
        "a transfer as one of a load that nobody has approved",
        f"INSERT INTO accounts_importbatch (id, source, started_at, row_count, error_count) SELECT {NEW}, 'x', {NOW}, 1, 0",
        copied(
            "transfers_transfer",
            f"id = {HELD}",
            id=NEW,
            import_batch_id="(SELECT id FROM accounts_importbatch WHERE source = 'x')",
        ),
    ),
    refused(
        "transfers_transfer_stands",
        "a held one is called one of a load",
        of_transfer(f"import_batch_id = {STOCK}"),
    ),
)
