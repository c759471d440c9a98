"""Invariants of money (账务不变量), as queries that return each contradiction."""

from config.kernel.proof.invariants import Invariant

LEDGER = (
    Invariant(
        "I01",
        "总分录借贷为零",
        "All entries of the ledger add up to zero",
        "SELECT 'ledger' AS id WHERE (SELECT coalesce(sum(amount_fen), 0) FROM accounts_entry) <> 0",
    ),
    Invariant(
        "I02",
        "每笔记账两条分录、合计为零",
        "Every posting has two legs that add up to zero",
        """
        SELECT posting_id::text AS id FROM accounts_entry GROUP BY posting_id
        HAVING sum(amount_fen) <> 0 OR count(*) <> 2 OR count(DISTINCT leg) <> 2 OR count(DISTINCT kind) <> 1
            OR count(DISTINCT posted_at) <> 1
        """,
    ),
    Invariant(
        "I03",
        "余额等于分录合计",
        "A balance is the sum of its entries",
        """
        SELECT a.id::text AS id FROM accounts_account a
        LEFT JOIN (SELECT account_id, sum(amount_fen) AS fen FROM accounts_entry GROUP BY account_id) e
          ON e.account_id = a.id
        WHERE a.balance_fen <> coalesce(e.fen, 0)
        """,
    ),
    Invariant(
        "I05",
        "可用余额不为负",
        "The available balance of an account is never below zero",
        "SELECT id::text AS id FROM accounts_account WHERE held_fen < 0 OR balance_fen < held_fen",
    ),
    Invariant(
        "I06",
        "各种记账的对方科目正确",
        "Every posting has the contra account of its kind",
        """
        SELECT e.posting_id::text AS id FROM accounts_entry e
        LEFT JOIN accounts_internalaccount i ON i.id = e.internal_id
        GROUP BY e.posting_id, e.kind
        HAVING NOT CASE e.kind
            WHEN 'deposit' THEN max(i.kind) = 'cash' AND sum(e.amount_fen) FILTER (WHERE i.id IS NOT NULL) < 0
            WHEN 'withdrawal' THEN max(i.kind) = 'cash' AND sum(e.amount_fen) FILTER (WHERE i.id IS NOT NULL) > 0
            WHEN 'reversal' THEN max(i.kind) = 'cash' AND count(i.id) = 1
            WHEN 'opening' THEN max(i.kind) = 'stock' AND sum(e.amount_fen) FILTER (WHERE i.id IS NOT NULL) < 0
            WHEN 'transfer' THEN coalesce(max(i.kind), 'clearing') = 'clearing' AND count(i.id) <= 1
              AND coalesce(sum(e.amount_fen) FILTER (WHERE i.id IS NOT NULL), 1) > 0
            WHEN 'close_out' THEN count(i.id) = 0
            WHEN 'merge' THEN count(i.id) = 0
            WHEN 'set_aside' THEN max(i.kind) = 'aside' AND sum(e.amount_fen) FILTER (WHERE i.id IS NOT NULL) > 0
            WHEN 'aside_paid' THEN min(i.kind) = 'aside' AND sum(e.amount_fen) FILTER (WHERE i.kind = 'aside') < 0
              AND (count(i.id) = 1 OR max(i.kind) = 'clearing')
            ELSE false END
        """,
    ),
    Invariant(
        "I45",
        "待处理款项逐笔相符：依生效的声明转入，依生效的申请支付，不超付",
        "Every fen set aside came from an account closed by a declaration in force, and left by approved payments, never more",
        """
        SELECT coalesce(d.id, e.posting_id)::text AS id
        FROM (SELECT * FROM accounts_impostordeclaration WHERE status = 'active' AND amount_fen > 0) d
        FULL JOIN (SELECT * FROM accounts_entry WHERE kind = 'set_aside' AND account_id IS NOT NULL) e ON e.posting_id = d.id
        WHERE d.id IS NULL OR e.posting_id IS NULL OR e.account_id <> d.account_id OR e.amount_fen <> -d.amount_fen
           OR e.posted_at <> d.in_force_at
        UNION ALL
        SELECT d.id::text FROM accounts_impostordeclaration d JOIN accounts_account a ON a.id = d.account_id
        WHERE d.status = 'active' AND (a.status <> 'closed' OR a.closed_at <> d.in_force_at)
        UNION ALL
        SELECT coalesce(p.id, e.posting_id)::text
        FROM (SELECT * FROM accounts_setasidepayment WHERE status = 'active') p
        FULL JOIN (
            SELECT l.*, c.bank_code FROM accounts_entry l LEFT JOIN accounts_internalaccount c ON c.id = l.internal_id
            WHERE l.kind = 'aside_paid' AND l.amount_fen > 0
        ) e ON e.posting_id = p.id
        WHERE p.id IS NULL OR e.posting_id IS NULL OR e.account_id IS DISTINCT FROM p.to_account_id
           OR e.bank_code IS DISTINCT FROM p.bank_code OR e.amount_fen <> p.amount_fen OR e.posted_at <> p.in_force_at
        UNION ALL
        SELECT d.id::text FROM accounts_impostordeclaration d
        JOIN accounts_setasidepayment p ON p.declaration_id = d.id AND p.status = 'active'
        GROUP BY d.id, d.amount_fen, d.status HAVING sum(p.amount_fen) > d.amount_fen OR d.status <> 'active'
        """,
    ),
    Invariant(
        "I18",
        "已销户账户无余额、无预留、无有效卡",
        "A closed account has no balance, no reserved amount and no live card",
        """
        SELECT id::text AS id FROM accounts_account
        WHERE status = 'closed' AND (balance_fen <> 0 OR held_fen <> 0 OR closed_at IS NULL)
        UNION ALL
        SELECT c.id::text FROM accounts_card c JOIN accounts_account a ON a.id = c.account_id
        WHERE a.status = 'closed' AND c.status <> 'cancelled'
        """,
    ),
    Invariant(
        "I67",
        "内部户发生额合计等于分录合计",
        "The sums of the internal accounts equal the sums of their entries",
        """
        SELECT coalesce(s.internal_id, e.internal_id)::text AS id
        FROM (SELECT internal_id, sum(amount_fen) AS fen FROM accounts_internalsum GROUP BY 1) s
        FULL JOIN (
            SELECT internal_id, sum(amount_fen) AS fen FROM accounts_entry WHERE internal_id IS NOT NULL GROUP BY 1
        ) e ON e.internal_id = s.internal_id
        WHERE coalesce(s.fen, 0) <> coalesce(e.fen, 0)
        """,
    ),
)
