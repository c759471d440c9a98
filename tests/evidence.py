"""Write the decisions that operations would have stored with directly written rows."""

from config.kernel.database.sql import rows

_ALLOWED = """
INSERT INTO kernel_decision
    (id, at, kind, outcome, code, rule, clause, policy_version, facts, customer_id, account_id, object_id, principal_id)
SELECT gen_random_uuid(), w.at, w.kind, 'allowed', '', w.rule, w.clause, 'test', w.facts, w.customer_id, w.account_id,
       w.object_id, w.principal_id
FROM ({written}) w (kind, at, object_id, customer_id, account_id, principal_id, rule, clause, facts)
WHERE NOT EXISTS (
    SELECT FROM kernel_decision d WHERE d.kind = w.kind AND d.object_id = w.object_id AND d.at = w.at
      AND d.principal_id IS NOT DISTINCT FROM w.principal_id
)
"""
_WRITTEN = (
    """
    SELECT 'register_customer', created_at, id, id, NULL::uuid, NULL::uuid, '', '', jsonb_build_object('kind', kind)
    FROM accounts_customer WHERE import_batch_id IS NULL
    """,
    """
    SELECT 'open_account', opened_at, id, customer_id, id, NULL::uuid, '', '',
           jsonb_build_object('kind', kind, 'account_class', account_class)
    FROM accounts_account WHERE import_batch_id IS NULL
    """,
    """
    SELECT 'issue_card', issued_at, id, customer_id, account_id, NULL::uuid, '', '',
           jsonb_build_object('product', product)
    FROM accounts_card WHERE import_batch_id IS NULL AND exception_id IS NULL AND replaces_id IS NULL
    """,
    """
    SELECT kind, posted_at, posting_id, NULL::uuid, account_id, NULL::uuid, '', '',
           jsonb_build_object('amount_fen', abs(amount_fen))
    FROM accounts_entry WHERE kind IN ('deposit', 'withdrawal') AND account_id IS NOT NULL
    """,
    """
    SELECT 'place_freeze', placed_at, id, NULL::uuid, account_id, NULL::uuid, '', '',
           jsonb_build_object('until', until, 'authority', authority, 'order_no', order_no)
    FROM accounts_freeze
    """,
    """
    SELECT 'transfer', accepted_at, id, NULL::uuid, payer_account_id, made_by_id, rule_code, rule_clause,
           jsonb_build_object('amount_fen', amount_fen, 'channel', channel, 'with_memo', memo IS NOT NULL,
                              'with_screen', screen_evidence IS NOT NULL)
    FROM transfers_transfer WHERE status <> 'refused' AND import_batch_id IS NULL
    """,
    """
    SELECT 'load_stock', finished_at, id, NULL::uuid, NULL::uuid, NULL::uuid, '', '', jsonb_build_object('loaded',
        jsonb_build_object(
            'customers', (SELECT count(*) FROM accounts_customer WHERE import_batch_id = b.id),
            'accounts', (SELECT count(*) FROM accounts_account WHERE import_batch_id = b.id),
            'cards', (SELECT count(*) FROM accounts_card WHERE import_batch_id = b.id AND replaces_id IS NULL)
        ), 'by_class', (
            SELECT coalesce(string_agg(class || ' ' || accounts, ', ' ORDER BY class), '') FROM (
                SELECT coalesce(was.class, a.account_class) AS class, count(*) AS accounts FROM accounts_account a
                LEFT JOIN LATERAL (
                    SELECT facts->>'class' AS class FROM kernel_decision d
                    WHERE d.object_id = a.id AND d.kind IN ('upgrade_account', 'downgrade_account')
                      AND d.outcome = 'allowed' ORDER BY d.id LIMIT 1
                ) was ON true
                WHERE a.import_batch_id = b.id GROUP BY 1
            ) brought))
    FROM accounts_importbatch b
    WHERE finished_at IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_stockimport i WHERE i.batch_id = b.id)
    """,
    """
    SELECT CASE kind WHEN 'counter_cash' THEN 'ask_counter_cash' ELSE kind END, made_at, object_id, NULL::uuid, NULL::uuid, made_by_id, '', '', '{}'::jsonb FROM kernel_approval
    """,
    """
    SELECT kind, decided_at, object_id, NULL::uuid, NULL::uuid, decided_by_id, '', '', '{}'::jsonb
    FROM kernel_approval WHERE status = 'approved'
    """,
)


def write_missing() -> None:
    """Write the missing decision of each directly written row."""
    for written in _WRITTEN:
        rows(_ALLOWED.format(written=written))
