"""Attempts to declare rows as stock, and to open accounts beside excess."""

from tests.tampering.attempts import refused, seen
from tests.tampering.places import NEW, NOW, PAYER, STOCK, copied

OLD = "'2014-05-04'::timestamptz"
BEYOND_ACCOUNT = (
    "(SELECT id FROM accounts_account WHERE class_slot IS NULL AND account_class = 'I' AND status = 'open')"
)
CROWDED = f"(SELECT customer_id FROM accounts_account WHERE id = {BEYOND_ACCOUNT})"
BEYOND_CARD = f"(SELECT id FROM accounts_card WHERE slot IS NULL AND product = 'debit' AND customer_id = {CROWDED})"
PLACED_CARD = f"(SELECT id FROM accounts_card WHERE slot = 4 AND status = 'active' AND customer_id = {CROWDED})"
CARD = f"(SELECT id FROM accounts_card WHERE slot = 1 AND account_id = {PAYER})"
#: A load that no command began.
BEGUN = (
    f"INSERT INTO accounts_importbatch (id, source, started_at, row_count, error_count) SELECT {NEW}, 'x', {NOW}, 1, 0"
)
OF_IT = "(SELECT id FROM accounts_importbatch WHERE source = 'x')"
EMPTY = {"id": NEW, "account_number": "'1'", "balance_fen": "0", "held_fen": "0"}
A_CARD = {"id": NEW, "number_index": "sha256(number_index)"}

ACCOUNT_OF_STOCK = copied("accounts_account", f"id = {PAYER}", **EMPTY, class_slot="NULL", import_batch_id=STOCK)
STOCKS = (
    refused("account_class_slot_or_stock", "a second account of Class I as stock", ACCOUNT_OF_STOCK),
    refused(
        "account_batch_unfinished",
        "a second account of Class I as stock of before the rule",
        copied("accounts_account", f"id = {PAYER}", **EMPTY, class_slot="NULL", import_batch_id=STOCK, opened_at=OLD),
    ),
    seen(
        "I15",
        "a second account of Class I of a load that nobody has begun",
        BEGUN,
        copied("accounts_account", f"id = {PAYER}", **EMPTY, class_slot="NULL", import_batch_id=OF_IT, opened_at=OLD),
    ),
    refused(
        "stock_breach_batch_unfinished",
        "a second account of Class I as a breach that no load has found",
        'INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on) '
        f"SELECT {NEW}, {STOCK}, 'bank_i', {NOW}::date",
    ),
    refused(
        "account_breach_is_its_own",
        "a second account of Class I as a breach of another load",
        BEGUN,
        'INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on) '
        f"SELECT {NEW}, {OF_IT}, 'bank_i', ({NOW} AT TIME ZONE 'Asia/Shanghai')::date",
        copied(
            "accounts_account",
            f"id = {PAYER}",
            **EMPTY,
            class_slot="NULL",
            opened_at=NOW,
            breach_id=f"(SELECT id FROM accounts_stockbreach WHERE import_batch_id = {OF_IT})",
        ),
    ),
    refused(
        "accounts_importbatch_stands",
        "a load is not finished any more",
        "UPDATE accounts_importbatch SET finished_at = NULL",
    ),
    refused(
        "account_beyond_by_approval",
        "an old account of the stock goes beyond its limit",
        f"UPDATE accounts_account SET class_slot = NULL WHERE class_slot = 1 AND account_class = 'I' AND customer_id = {CROWDED}",
    ),
    refused(
        "account_no_place_beside_excess",
        "the slot of a closed account is taken while another is beyond the limit",
        f"UPDATE accounts_account SET account_class = 'II', class_slot = 1 WHERE class_slot = 1 AND customer_id = {CROWDED}",
        copied(
            "accounts_account",
            f"customer_id = {CROWDED} AND account_class = 'II'",
            **EMPTY,
            account_class="'I'",
            import_batch_id="NULL",
            opened_at=NOW,
        ),
    ),
    refused(
        "card_slot_or_reason",
        "a fifth card as stock",
        copied("accounts_card", f"id = {CARD}", **A_CARD, slot="NULL", import_batch_id=STOCK),
    ),
    refused(
        "card_batch_unfinished",
        "a fifth card as stock of before the rule",
        copied("accounts_card", f"id = {CARD}", **A_CARD, slot="NULL", import_batch_id=STOCK, issued_at=OLD),
    ),
    seen(
        "I14",
        "a fifth card of a load that nobody has begun",
        BEGUN,
        copied("accounts_card", f"id = {CARD}", **A_CARD, slot="NULL", import_batch_id=OF_IT, issued_at=OLD),
    ),
    refused(
        "card_replacement_inherits",
        "a fifth card as one in the place of another that lives",
        copied(
            "accounts_card",
            f"id = {BEYOND_CARD}",
            **A_CARD,
            issued_at=NOW,
            replaces_id=BEYOND_CARD,
        ),
    ),
    refused(
        "card_replacement_inherits",
        "a fifth card in the place of one that had a place",
        f"UPDATE accounts_card SET status = 'cancelled', cancelled_at = {NOW} WHERE id = {PLACED_CARD}",
        copied(
            "accounts_card",
            f"customer_id = {CROWDED} AND status = 'cancelled'",
            **A_CARD,
            issued_at=NOW,
            slot="NULL",
            status="'active'",
            cancelled_at="NULL",
            replaces_id="id",
        ),
    ),
    refused(
        "card_no_place_beside_excess",
        "the slot of a cancelled card is taken while another is beyond the limit",
        f"UPDATE accounts_card SET status = 'cancelled', cancelled_at = {NOW} WHERE id = {PLACED_CARD}",
        copied(
            "accounts_card",
            f"customer_id = {CROWDED} AND status = 'cancelled'",
            **A_CARD,
            issued_at=NOW,
            status="'active'",
            cancelled_at="NULL",
            import_batch_id="NULL",
        ),
    ),
    refused(
        "card_beyond_by_approval",
        "an old card of the stock goes beyond the four",
        f"UPDATE accounts_card SET slot = NULL WHERE id = {PLACED_CARD}",
    ),
)
