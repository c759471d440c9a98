"""What must be true of customers, cards and two persons (开户与复核不变量)."""

from config.kernel.invariants import Invariant

# What is in force only by a second person, with the kind of approval and the thing it is about.
_BY_TWO = """
SELECT 'certificate' AS kind, id FROM blacklist_certificate WHERE status IN ('in_force', 'revoked')
UNION ALL SELECT 'revocation', id FROM blacklist_revocation WHERE status = 'in_force'
UNION ALL SELECT 'card_exception', id FROM accounts_cardexception WHERE status = 'active'
UNION ALL SELECT 'external_account', id FROM accounts_externalaccount WHERE status = 'active'
UNION ALL SELECT 'reverification', id FROM accounts_reverification WHERE status = 'active'
UNION ALL SELECT 'document_link', id FROM accounts_document WHERE status = 'active' AND NOT is_primary
UNION ALL SELECT 'freeze_lift', id FROM accounts_freeze WHERE lifted_at IS NOT NULL
"""

RULES = (
    Invariant(
        "I14",
        "每人至多四张借记卡（存量与例外除外；通告第五条）",
        "Four debit cards per customer, but for stock and approved exceptions",
        """
        SELECT customer_id::text AS id FROM accounts_card
        WHERE product = 'debit' AND status <> 'cancelled' AND exception_id IS NULL
          AND NOT (slot IS NULL AND import_batch_id IS NOT NULL)
        GROUP BY customer_id
        HAVING count(*) > 4 OR count(DISTINCT slot) <> count(*) OR max(slot) > 4 OR min(slot) < 1
        UNION ALL
        SELECT c.id::text FROM accounts_card c JOIN accounts_cardexception x ON x.id = c.exception_id
        WHERE c.status <> 'cancelled' AND x.status <> 'active'
        """,
    ),
    Invariant(
        "I15",
        "每人至多一个Ⅰ类户等（存量除外；通告第五条）",
        "One Class I account per customer, five of Class II and III, one payment Class III, but for stock",
        """
        SELECT customer_id::text AS id FROM accounts_account
        WHERE status = 'open' AND NOT (class_slot IS NULL AND import_batch_id IS NOT NULL)
        GROUP BY customer_id, kind, account_class
        HAVING count(*) > CASE kind || ' ' || account_class
            WHEN 'bank I' THEN 1 WHEN 'bank II' THEN 5 WHEN 'bank III' THEN 5 WHEN 'payment III' THEN 1
            ELSE 2147483647 END
        """,
    ),
    Invariant(
        "I16",
        "一个身份一个客户，有效证件属于该身份",
        "One identity is one customer, and a document in force is his identity's",
        """
        SELECT encode(key, 'hex') AS id FROM accounts_identity GROUP BY key HAVING count(DISTINCT customer_id) > 1
        UNION ALL
        SELECT c.id::text FROM accounts_customer c
        WHERE NOT EXISTS (SELECT FROM accounts_identity i WHERE i.customer_id = c.id)
        UNION ALL
        SELECT d.id::text FROM accounts_document d LEFT JOIN accounts_identity i ON i.id = d.identity_id
        WHERE d.status = 'active' AND (i.id IS NULL OR i.customer_id <> d.customer_id OR i.key <> d.identity_key)
        """,
    ),
    Invariant(
        "I17",
        "卡的客户就是账户的客户",
        "A card's customer is its account's, and the account may carry cards",
        """
        SELECT c.id::text AS id FROM accounts_card c JOIN accounts_account a ON a.id = c.account_id
        WHERE a.customer_id <> c.customer_id
           OR c.status <> 'cancelled' AND (a.kind = 'payment' OR a.account_class = 'III')
        """,
    ),
    Invariant(
        "I20",
        "双人复核：经办与复核不是同一人，且在有效期内",
        "Two persons: whoever decides is not who asked, and decides in time",
        """
        SELECT id::text AS id FROM kernel_approval
        WHERE decided_by_id = made_by_id
           OR (status IN ('approved', 'rejected')) <> (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)
           OR decided_at >= expires_at OR decided_at < made_at
        """,
    ),
    Invariant(
        "I27",
        "须双人办理的事项都经过复核",
        "What needs a second person took effect by one",
        f"""
        SELECT x.id::text AS id FROM ({_BY_TWO}) x
        WHERE NOT EXISTS (
            SELECT FROM kernel_approval a WHERE a.kind = x.kind AND a.object_id = x.id AND a.status = 'approved'
        )
        """,  # noqa: S608 - constants of this module
    ),
    Invariant(
        "I21",
        "幂等键都有答复",
        "Every key that was taken has its answer",
        """
        SELECT id::text AS id FROM kernel_idempotencykey
        WHERE status IS NULL OR body IS NULL OR NOT (status BETWEEN 200 AND 299 OR status IN (404, 409, 422))
        UNION ALL
        SELECT min(id::text) FROM kernel_idempotencykey GROUP BY principal_id, key HAVING count(*) > 1
        """,
    ),
)
