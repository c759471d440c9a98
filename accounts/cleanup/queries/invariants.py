"""Invariants of the clean-up of stock (清理不变量): each approved action took effect whole, and nothing else changed."""

from accounts.cleanup.policy import UNDOABLE
from config.kernel.proof.invariants import Invariant

_UNDOABLE = ", ".join(f"'{way.value}'" for way in sorted(UNDOABLE))

INVARIANTS = (
    Invariant(
        "I60",
        "归并账户：依生效的措施，全部余额转入同一客户的另一同种账户，随即销户",
        "Each merge of accounts was approved, moved the whole balance to another account of the same customer "
        "and kind, and closed the account",
        """
        SELECT coalesce(x.id, e.posting_id)::text AS id
        FROM (
            SELECT c.*, i.account_id FROM accounts_cleanupaction c JOIN accounts_cleanupitem i ON i.id = c.item_id
            WHERE c.way = 'merge' AND c.status = 'active'
        ) x
        FULL JOIN (
            SELECT posting_id, min(posted_at) AS at, max(id) FILTER (WHERE leg = 1) AS paid,
                   max(account_id::text) FILTER (WHERE leg = 1) AS payer,
                   max(account_id::text) FILTER (WHERE leg = 2) AS payee, max(amount_fen) AS fen
            FROM accounts_entry WHERE kind = 'merge' GROUP BY posting_id
        ) e ON e.posting_id = x.id
        LEFT JOIN accounts_account a ON a.id = x.account_id
        LEFT JOIN accounts_account t ON t.id = x.to_account_id
        WHERE x.id IS NULL OR x.amount_fen IS DISTINCT FROM coalesce(e.fen, 0)
           OR a.id = t.id OR a.kind <> t.kind OR NOT accounts_same_customer(a.customer_id, t.customer_id)
           OR a.status <> 'closed' OR a.closed_at <> x.in_force_at
           OR e.posting_id IS NOT NULL AND (
              e.at <> x.in_force_at OR e.payer <> x.account_id::text OR e.payee <> x.to_account_id::text
              OR (SELECT sum(b.amount_fen) FROM accounts_entry b WHERE b.account_id = x.account_id AND b.id <= e.paid) <> 0)
        UNION ALL
        -- A card is where the last merge of its account has bound it.
        SELECT m.id::text FROM accounts_cardmove m
        LEFT JOIN accounts_cleanupaction x ON x.id = m.action_id LEFT JOIN accounts_cleanupitem i ON i.id = x.item_id
        WHERE (x.way = 'merge' AND x.cards = 'move' AND x.status = 'active' AND m.at = x.in_force_at
               AND m.from_account_id = i.account_id AND m.to_account_id = x.to_account_id) IS NOT TRUE
        UNION ALL
        SELECT c.id::text FROM accounts_card c JOIN (
            SELECT DISTINCT ON (card_id) card_id, to_account_id FROM accounts_cardmove ORDER BY card_id, at DESC, id DESC
        ) last ON last.card_id = c.id WHERE c.account_id <> last.to_account_id
        """,
    ),
    Invariant(
        "I61",
        "清理措施生效即已执行，撤销即已恢复；降级户、停用卡均有其生效的措施",
        "Each clean-up action in force was carried out, each undone one was reversed, and each downgrade and "
        "stop has its action in force",
        f"""
        SELECT x.id::text AS id FROM accounts_cleanupaction x
        JOIN accounts_cleanupitem i ON i.id = x.item_id
        JOIN accounts_cleanupcase k ON k.id = i.case_id JOIN accounts_cleanupcampaign p ON p.id = k.campaign_id
        LEFT JOIN accounts_account a ON a.id = i.account_id
        LEFT JOIN accounts_card c ON c.id = accounts_card_now(i.card_id)
        WHERE x.status = 'active' AND (
            x.in_force_at > p.sealed_at OR x.undone_at > p.sealed_at OR x.in_force_at < p.as_of
            OR x.way = 'cancel' AND coalesce(a.closed_at, c.cancelled_at) IS DISTINCT FROM x.in_force_at
            OR x.way = 'downgrade' AND NOT EXISTS (
                SELECT FROM kernel_decision d WHERE d.object_id = a.id AND d.kind = 'downgrade_account'
                  AND d.outcome = 'allowed' AND d.at = x.in_force_at AND d.facts ->> 'to' = x.to_class)
            OR x.way = 'stop' AND x.undone_at IS NULL AND c.status NOT IN ('stopped', 'cancelled')
            OR x.undone_at IS NOT NULL AND (x.way NOT IN ({_UNDOABLE}) OR NOT EXISTS (
                SELECT FROM accounts_cleanupaction u WHERE u.undoes_id = x.id AND u.status = 'active'
                  AND u.in_force_at = x.undone_at))
            OR x.way = 'undo' AND NOT EXISTS (
                SELECT FROM accounts_cleanupaction u WHERE u.id = x.undoes_id AND u.undone_at = x.in_force_at))
        UNION ALL
        SELECT a.id::text FROM accounts_account a
        LEFT JOIN accounts_cleanupaction x ON x.id = a.downgrade_id AND x.status = 'active' AND x.undone_at IS NULL
        LEFT JOIN accounts_cleanupitem i ON i.id = x.item_id
        WHERE a.downgrade_id IS NOT NULL AND CASE x.way
            WHEN 'downgrade' THEN i.account_id = a.id AND x.to_class = a.account_class
            WHEN 'keep' THEN a.kind = 'payment' AND a.account_class = 'II' AND EXISTS (
                SELECT FROM accounts_cleanupitem o WHERE o.case_id = i.case_id AND o.limit = i.limit
                  AND o.account_id = a.id AND o.id <> i.id)
            ELSE false END IS NOT TRUE
        UNION ALL
        SELECT c.id::text FROM accounts_card c WHERE c.status = 'stopped' AND NOT EXISTS (
            SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
            WHERE i.card_id IN (SELECT accounts_card_line(c.id)) AND x.way = 'stop' AND x.status = 'active'
              AND x.undone_at IS NULL)
        """,  # noqa: S608 - constants of the policy
    ),
)
