"""What must be true of customers who were made one (合并不变量), derived from the rows and not from what they say."""

from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from config.kernel.proof.invariants import Invariant

_PLACES = " ".join(f"WHEN '{kind.value} {of.value}' THEN {most}" for (kind, of), (_, most) in LIMITS.items())

MERGES = (
    Invariant(
        "I53",
        "合并的客户由生效的合并并入保留的客户，名下无任何权益；合并转入的都归保留的客户",
        "A merged customer is merged by a merge in force into the one that remains and owns nothing; what came is the one's",
        """
        SELECT c.id::text AS id FROM accounts_customer c
        LEFT JOIN accounts_sameperson s ON s.other_id = c.id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE c.merged_into_id IS DISTINCT FROM coalesce(k.merged_into_id, k.id)
           OR c.kind <> 'individual' AND c.merged_into_id IS NOT NULL
        UNION ALL
        SELECT c.id::text FROM accounts_customer c JOIN accounts_customer k ON k.id = c.merged_into_id
        WHERE k.merged_into_id IS NOT NULL
        UNION ALL
        SELECT o.id::text FROM (
            SELECT id, customer_id FROM accounts_identity
            UNION ALL SELECT id, customer_id FROM accounts_account
            UNION ALL SELECT id, customer_id FROM accounts_card
            UNION ALL SELECT id, customer_id FROM accounts_document WHERE status = 'active'
            UNION ALL SELECT id, customer_id FROM accounts_externalaccount WHERE status = 'active'
            UNION ALL SELECT id, customer_id FROM accounts_reverification WHERE status = 'active'
        ) o JOIN accounts_customer c ON c.id = o.customer_id
        WHERE c.merged_into_id IS NOT NULL
        UNION ALL
        SELECT m.id::text FROM accounts_movedrow m
        LEFT JOIN accounts_sameperson s ON s.id = m.merge_id
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        LEFT JOIN (
            SELECT 'identities' AS kind, id, customer_id FROM accounts_identity
            UNION ALL SELECT 'documents', id, customer_id FROM accounts_document
            UNION ALL SELECT 'accounts', id, customer_id FROM accounts_account
            UNION ALL SELECT 'cards', id, customer_id FROM accounts_card
            UNION ALL SELECT 'external_accounts', id, customer_id FROM accounts_externalaccount
            UNION ALL SELECT 'reverifications', id, customer_id FROM accounts_reverification
        ) o ON o.kind = m.kind AND o.id = m.row_id
        LEFT JOIN accounts_customer w ON w.id = o.customer_id
        -- An identity that no document bears any more is gone with the withdrawal of the last. What was withdrawn stays
        -- with whom it was withdrawn from, who may have been merged since; what is in force is asked above.
        WHERE (o.id IS NOT NULL OR m.kind <> 'identities')
          AND coalesce(w.merged_into_id, w.id) IS DISTINCT FROM coalesce(k.merged_into_id, k.id)
           OR s.status IS DISTINCT FROM 'active'
        """,
    ),
    Invariant(
        "I54",
        "合并后超限的账户和卡在合并前已有，当时限额已满；此外没有超限",
        "What a merge left over was there before it, when all places were taken by what was there, too",
        f"""
        SELECT a.id::text AS id FROM accounts_account a
        LEFT JOIN accounts_sameperson s ON s.id = a.merge_id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE a.merge_id IS NOT NULL AND (
            coalesce(k.merged_into_id, k.id) IS DISTINCT FROM a.customer_id OR a.opened_at > s.in_force_at
        ) OR a.merge_id IS NOT NULL AND a.downgrade_id IS NULL AND a.status = 'open' AND a.class_slot IS NULL AND (
            SELECT count(*) FROM accounts_account o
            WHERE o.customer_id = a.customer_id AND o.kind = a.kind
              AND o.opened_at <= s.in_force_at AND (o.closed_at IS NULL OR o.closed_at >= s.in_force_at)
              AND (o.account_class = a.account_class AND o.class_slot IS NOT NULL OR EXISTS (
                  -- Its class was another since.
                  SELECT FROM kernel_decision d
                  WHERE d.object_id = o.id AND d.kind IN ('upgrade_account', 'downgrade_account')
                    AND d.outcome = 'allowed' AND d.at >= s.in_force_at AND d.facts ->> 'class' = a.account_class))
        ) < CASE a.kind || ' ' || a.account_class {_PLACES} ELSE 0 END
        UNION ALL
        SELECT c.id::text FROM accounts_card c
        LEFT JOIN accounts_sameperson s ON s.id = c.merge_id AND s.decision = 'same' AND s.status = 'active'
        LEFT JOIN accounts_customer k ON k.id = s.customer_id
        WHERE c.merge_id IS NOT NULL AND (
            coalesce(k.merged_into_id, k.id) IS DISTINCT FROM c.customer_id
            OR c.issued_at > s.in_force_at AND NOT EXISTS (
                SELECT FROM accounts_card r WHERE r.id = c.replaces_id AND r.merge_id = c.merge_id)
        ) OR c.merge_id IS NOT NULL AND c.status <> 'cancelled' AND c.slot IS NULL AND c.replaces_id IS NULL AND (
            -- By a merge that followed a place may be another: what is cancelled keeps its number.
            SELECT count(*) FROM accounts_card o
            WHERE o.customer_id = c.customer_id AND o.slot IS NOT NULL AND o.issued_at <= s.in_force_at
              AND (o.cancelled_at IS NULL OR o.cancelled_at >= s.in_force_at)
        ) < {DEBIT_CARDS_MAX}
        """,  # noqa: S608 - constants of the policy
    ),
)
