"""What must be true of transfers and the ledger together (转账与账务不变量)."""

from config.kernel.proof.invariants import Invariant

MONEY = (
    Invariant(
        "I04",
        "预留等于待到账转账合计",
        "What is reserved is the sum of the held transfers",
        """
        SELECT a.id::text AS id FROM accounts_account a
        LEFT JOIN (
            SELECT payer_account_id, sum(amount_fen) AS fen FROM transfers_transfer
            WHERE status = 'held' GROUP BY payer_account_id
        ) h ON h.payer_account_id = a.id
        WHERE a.held_fen <> coalesce(h.fen, 0)
        """,
    ),
    Invariant(
        "I22",
        "各行清算户等于已入账的他行转账合计",
        "A bank's clearing account is the sum of the transfers posted to it",
        """
        SELECT i.bank_code AS id FROM accounts_internalaccount i
        LEFT JOIN (SELECT internal_id, sum(amount_fen) AS fen FROM accounts_entry GROUP BY internal_id) e
          ON e.internal_id = i.id
        LEFT JOIN (
            SELECT payee_internal_id, upper(payee_bank_code) AS bank, sum(amount_fen) AS fen FROM transfers_transfer
            WHERE status = 'posted' GROUP BY payee_internal_id, upper(payee_bank_code)
        ) t ON t.payee_internal_id = i.id
        WHERE i.kind = 'clearing'
          AND (coalesce(e.fen, 0) <> coalesce(t.fen, 0) OR t.bank <> upper(i.bank_code))
        """,
    ),
    Invariant(
        "I24",
        "没有记在未来的分录和流水",
        "Nothing is posted in the future",
        """
        SELECT posting_id::text AS id FROM accounts_entry
        WHERE posted_at > (SELECT bank_now()) + interval '1 minute'
        UNION ALL
        SELECT transfer_id::text FROM transfers_event WHERE at > (SELECT bank_now()) + interval '1 minute'
        """,
    ),
    Invariant(
        "I25",
        "冻结期间没有借记",
        "No debit while a freeze stands",
        """
        SELECT e.posting_id::text AS id FROM accounts_entry e
        JOIN accounts_freeze f ON f.account_id = e.account_id AND e.posted_at > f.placed_at
          AND e.posted_at < least(coalesce(f.until, 'infinity'), coalesce(f.lifted_at, 'infinity'))
        WHERE e.amount_fen < 0
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t
        JOIN accounts_freeze f ON f.account_id = t.payer_account_id AND t.accepted_at > f.placed_at
          AND t.accepted_at < least(coalesce(f.until, 'infinity'), coalesce(f.lifted_at, 'infinity'))
        WHERE t.status <> 'refused'
        """,
    ),
)
