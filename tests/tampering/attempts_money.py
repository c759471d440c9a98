"""Attempts on the ledger and on stored decisions."""

from tests.tampering.attempts import refused, seen, unseen
from tests.tampering.places import (
    CASH,
    DEPOSIT,
    HELD,
    NEW,
    NOW,
    PAYER,
    RELEASED,
    STOCK,
    SUPERVISOR,
    TELLER,
    copied,
    decided,
    posted,
)

FORGED = "takes a chain over the records: what is forged whole and in step is as the application writes it"
ACCOUNTS = "UPDATE accounts_account SET"
#: What a teller's own decision about cash comes to when it is posted.
POST = "SELECT * FROM accounts_post_cash({})"
LAST_DECIDED = (
    "(SELECT id FROM kernel_decision WHERE kind IN ('deposit', 'withdrawal') ORDER BY at DESC, id DESC LIMIT 1)"
)


def alone(kind: str, fen: int, object_id: str = NEW, **more: str) -> str:
    """Return the SQL that forges a teller's own decision about cash."""
    about = {"account_id": PAYER, **more}
    return decided(kind, object_id, by=about.pop("by", TELLER), facts=f'{{"amount_fen": {fen}}}', **about)


BOOKS = (
    refused(
        "grants",
        "a posting that balances",
        posted("deposit", f"internal_id {CASH}", f"account_id {PAYER}", 100),
    ),
    refused("grants", "an entry is raised", "UPDATE accounts_entry SET amount_fen = amount_fen + 1"),
    refused("grants", "an entry is deleted", "DELETE FROM accounts_entry"),
    refused("grants", "the entries are emptied", "TRUNCATE accounts_entry"),
    refused("grants", "a balance is raised", f"{ACCOUNTS} balance_fen = balance_fen + 100 WHERE id = {PAYER}"),
    refused("grants", "a hold is lowered", f"{ACCOUNTS} held_fen = 0 WHERE id = {PAYER}"),
    refused("grants", "a sum of the bank's own account is deleted", "DELETE FROM accounts_internalsum"),
    refused(
        "grants",
        "a sum of the bank's own account is written",
        f"INSERT INTO accounts_internalsum (internal_id, amount_fen) SELECT {CASH}, 1",
    ),
    refused(
        "account_begins_empty",
        "an account begins with money",
        copied("accounts_account", f"id = {PAYER}", id=NEW, account_number="'X'", held_fen="0"),
    ),
    refused(
        "account_begins_empty",
        "an account begins with a hold",
        copied("accounts_account", f"id = {PAYER}", id=NEW, account_number="'X'", balance_fen="0", held_fen="1"),
    ),
    refused("entry_cash_is_decided", "cash moves without a decision", POST.format(NEW)),
    refused(
        "entry_posting_leg_once",
        "a deposit is posted a second time",
        POST.format(f"(SELECT id FROM kernel_decision WHERE object_id = {DEPOSIT})"),
    ),
    refused(
        "entry_posting_leg_once",
        "a transfer is posted a second time, as a deposit",
        alone("deposit", 100, RELEASED),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "entry_cash_is_decided",
        "a withdrawal of less than nothing",
        alone("withdrawal", -100),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "entry_cash_is_decided",
        "a deposit that nobody decided",
        alone("deposit", 100, by="NULL"),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "entry_cash_is_decided",
        "a deposit that was refused",
        alone("deposit", 100, outcome="'refused'", code="'X'"),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "account_available_not_negative",
        "more is paid out than there is",
        alone("withdrawal", 100_000_000),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "account_balance_below_limit",
        "more is paid in than an account may hold",
        alone("deposit", 10**17),
        POST.format(LAST_DECIDED),
    ),
    refused(
        "entry_posting_leg_once",
        "a deposit dated before a decision that saw less",
        alone(
            "deposit",
            100,
            DEPOSIT.replace("ORDER BY id LIMIT 1", "ORDER BY id DESC LIMIT 1"),
            at=f"{NOW} - interval '1 hour'",
        ),
        POST.format("(SELECT id FROM kernel_decision WHERE kind = 'deposit' ORDER BY id DESC LIMIT 1)"),
    ),
    unseen(FORGED, "a deposit out of nothing, with its decision", alone("deposit", 100), POST.format(LAST_DECIDED)),
    refused(
        "entry_reversal_mirrors", "a reversal that nobody has approved", f"SELECT accounts_post_cash_reversal({NEW})"
    ),
    refused(
        "entry_close_out_is_approved", "a balance is moved out unapproved", f"SELECT accounts_post_close_out({NEW})"
    ),
    refused(
        "entry_set_aside_is_approved", "a balance is set aside unapproved", f"SELECT accounts_post_set_aside({NEW})"
    ),
    refused(
        "entry_aside_payment_is_approved",
        "money set aside is paid unapproved",
        f"SELECT accounts_post_aside_payment({NEW})",
    ),
    refused("entry_merge_is_approved", "two accounts are merged unapproved", f"SELECT accounts_post_merge({NEW})"),
    refused("entry_of_open_stock", "a load that is finished brings balances", f"SELECT accounts_post_stock({STOCK})"),
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
    unseen(FORGED, "a look by a person who never looked", decided("unmask", NEW, by=SUPERVISOR)),
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
        "an invented identity check next to one that failed",
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
