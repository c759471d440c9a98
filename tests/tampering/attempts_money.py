"""Attempts on the books and on what is kept of decisions."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    CASH,
    CLEARING,
    DEPOSIT,
    HELD,
    NEW,
    NOW,
    PAYEE,
    PAYER,
    RELEASED,
    SUPERVISOR,
    TELLER,
    copied,
    decided,
    posted,
)

FORGED = "takes a chain over the records: what is forged whole and in step is as the application writes it"
ACCOUNTS = "UPDATE accounts_account SET"


def raise_balance(account: str, fen: int) -> str:
    return f"{ACCOUNTS} balance_fen = balance_fen + {fen} WHERE id = {account}"


BOOKS = (
    refused(
        "entry_posting_balances",
        "one leg alone",
        f"INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at) "
        f"SELECT {NEW}, 1, 'deposit', {PAYER}, 100, {NOW}",
    ),
    refused(
        "entry_posting_balances",
        "two legs that do not add up",
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100).replace(", -100)", ", -99)"),
    ),
    refused(
        "entry_account_exists",
        "a leg for an account that does not exist",
        posted("deposit", f"internal_id {CASH}", "account_id '00000000-0000-7000-8000-000000000000'::uuid", 100),
    ),
    refused("grants", "an entry is raised", "UPDATE accounts_entry SET amount_fen = amount_fen + 1"),
    refused("grants", "an entry is deleted", "DELETE FROM accounts_entry"),
    refused("grants", "the entries are emptied", "TRUNCATE accounts_entry"),
    refused(
        "entry_posting_leg_once",
        "a transfer is posted a second time",
        posted("transfer", f"account_id {PAYER}", f"account_id {PAYEE}", 100, posting=RELEASED),
    ),
    refused("account_balance_moves_with_entries", "a balance is raised alone", raise_balance(PAYER, 100)),
    refused(
        "account_held_moves_with_transfers",
        "a hold is raised alone",
        f"{ACCOUNTS} held_fen = held_fen + 1 WHERE id = {PAYER}",
    ),
    refused(
        "account_held_moves_with_transfers", "a hold is lowered alone", f"{ACCOUNTS} held_fen = 0 WHERE id = {PAYER}"
    ),
    refused("account_held_not_negative", "a hold below zero", f"{ACCOUNTS} held_fen = -1 WHERE id = {PAYER}"),
    refused("account_available_not_negative", "more is spent than there is", raise_balance(PAYER, -100_000_000)),
    refused("account_balance_below_limit", "more than an account may hold", raise_balance(PAYER, 10**17)),
    refused(
        "entry_cash_is_decided",
        "an entry without its balance",
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100),
    ),
    refused(
        "entry_cash_is_decided",
        "a deposit out of nothing, with its balance",
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100),
        raise_balance(PAYER, 100),
    ),
    refused(
        "entry_cash_is_decided",
        "a withdrawal out of nothing, with its balance",
        posted("withdrawal", f"account_id {PAYER}", f"internal_id {CASH}", 100),
        raise_balance(PAYER, -100),
    ),
    unseen(
        FORGED,
        "a deposit out of nothing, with its balance and its decision",
        decided("deposit", NEW, by=TELLER, facts='{"amount_fen": 100}', account_id=PAYER),
        posted(
            "deposit",
            f"internal_id {CASH}",
            f"account_id {PAYER}",
            100,
            posting="(SELECT object_id FROM kernel_decision WHERE kind = 'deposit' ORDER BY at DESC, id DESC LIMIT 1)",
        ),
        raise_balance(PAYER, 100),
    ),
    refused(
        "entry_cash_is_decided",
        "a deposit dated before a decision that saw less",
        decided(
            "deposit",
            DEPOSIT.replace("ORDER BY id LIMIT 1", "ORDER BY id DESC LIMIT 1"),
            by=TELLER,
            facts='{"amount_fen": 100}',
            account_id=PAYER,
            at=f"{NOW} - interval '1 hour'",
        ),
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100, at=f"{NOW} - interval '1 hour'"),
        raise_balance(PAYER, 100),
    ),
    seen(
        "I08",
        "a posting of a transfer that is not there",
        posted("transfer", f"account_id {PAYER}", f"account_id {PAYEE}", 100),
        raise_balance(PAYER, -100),
        raise_balance(PAYEE, 100),
    ),
    seen(
        "I31",
        "an opening balance for an account that was no stock",
        posted("opening", f"internal_id {CASH}", f"account_id {PAYER}", 100),
        raise_balance(PAYER, 100),
    ),
    refused(
        "entry_cash_is_decided",
        "a clearing account pays a customer",
        posted("deposit", f"internal_id {CLEARING}", f"account_id {PAYER}", 100),
        raise_balance(PAYER, 100),
    ),
    refused(
        "entry_cash_is_decided",
        "a posting in the future",
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100, at=f"{NOW} + interval '1 day'"),
        raise_balance(PAYER, 100),
    ),
    refused(
        "accounts_internalaccount_stands",
        "a clearing account is another bank's",
        "UPDATE accounts_internalaccount SET bank_code = 'ABCBANK' WHERE kind = 'clearing'",
    ),
)

RECORDS = (
    refused("grants", "a decision is another", "UPDATE kernel_decision SET principal_id = NULL"),
    refused("grants", "a decision is deleted", "DELETE FROM kernel_decision WHERE kind = 'transfer'"),
    refused("grants", "the records of looks are deleted", "DELETE FROM kernel_decision WHERE kind = 'unmask'"),
    refused("grants", "the decisions are emptied", "TRUNCATE kernel_decision"),
    refused("grants", "an identity check is another", "UPDATE accounts_identitycheck SET result = 'match'"),
    refused("grants", "an identity check is deleted", "DELETE FROM accounts_identitycheck"),
    seen(
        "I31",
        "an amount that is no number in a decision",
        decided("deposit", DEPOSIT, by=TELLER, account_id=PAYER, facts='{"amount_fen": "x"}'),
    ),
    seen("I37", "a decision about a transfer that is not there", decided("transfer", NEW)),
    seen("I31", "a decision about a deposit that is not there", decided("deposit", NEW)),
    seen(
        "I37",
        "a second decision about a transfer",
        copied("kernel_decision", f"object_id = {HELD}", id=NEW, facts="'{}'", rule="''"),
    ),
    seen("I30", "a decision dated back", decided("unmask", NEW, at=f"{NOW} - interval '1 day'")),
    unseen(FORGED, "a look of somebody who never looked", decided("unmask", NEW, by=SUPERVISOR)),
    unseen(
        FORGED,
        "a refusal that never was",
        copied(
            "kernel_decision",
            "outcome = 'refused' AND object_id IS NOT NULL",
            id=NEW,
            at=NOW,
            kind="'open_account'",
            object_id="NULL",
        ),
    ),
    seen(
        "I52",
        "an identity check that never was beside one that failed",
        copied("accounts_identitycheck", "result <> 'match'", id=NEW, result="'match'"),
    ),
    unseen(
        FORGED,
        "an identity check that never was, at an instant of its own",
        copied("accounts_identitycheck", "true", id=NEW, result="'match'", at=NOW),
    ),
    unseen("answers are kept for a while only", "the answers to keys are deleted", "DELETE FROM kernel_idempotencykey"),
    unseen(
        "answers are kept for a while only",
        "an answer is another key's",
        "UPDATE kernel_idempotencykey SET status = 200",
    ),
    refused("grants", "the log of the back office is emptied", "DELETE FROM django_admin_log"),
    refused(
        "grants",
        "the log of the back office is another",
        "UPDATE django_admin_log SET object_repr = 'x'",
    ),
)
