"""Invariants of evidence (依据不变量): accounts, cards, customers, cash and freezes match the decisions that made them.

Each row is compared with the decision of the act that wrote it, in both directions: rows without a decision, and
decisions without a row. Stock has no decisions of its own; the decision of its import counts the rows.
"""

from accounts.policy.identity import status_after_check
from accounts.vocabulary import CheckResult, CustomerStatus
from config.kernel.database.id_times import IdTime
from config.kernel.proof.invariants import Invariant

#: Results of a check that leave a new customer in review, as SQL values.
_IN_REVIEW = ", ".join(
    f"'{result.value}'" for result in CheckResult if status_after_check(result) is CustomerStatus.IN_REVIEW
)

EVIDENCE = (
    Invariant(
        "I31",
        "每笔现金存取有其决定，账户、金额、时间一致",
        "Every deposit and withdrawal matches its decision in account, amount and instant; none is missing",
        """
        SELECT coalesce(e.posting_id, d.object_id)::text AS id
        FROM (SELECT * FROM accounts_entry WHERE kind IN ('deposit', 'withdrawal') AND account_id IS NOT NULL) e
        FULL JOIN (
            SELECT *, CASE kind WHEN 'counter_cash' THEN facts->>'entry_kind' ELSE kind END AS entry_kind FROM kernel_decision
            WHERE kind IN ('deposit', 'withdrawal', 'counter_cash') AND outcome = 'allowed'
        ) d ON d.object_id = e.posting_id AND d.entry_kind = e.kind
        WHERE e.posting_id IS NULL OR d.id IS NULL OR d.account_id IS DISTINCT FROM e.account_id
           OR d.at <> e.posted_at OR (d.facts->>'amount_fen')::bigint <> abs(e.amount_fen)
        UNION ALL
        SELECT e.posting_id::text FROM accounts_entry e JOIN accounts_account a ON a.id = e.account_id
        WHERE e.kind = 'opening' AND a.import_batch_id IS NULL
        UNION ALL
        SELECT account_id::text FROM accounts_entry WHERE kind = 'opening' AND account_id IS NOT NULL
        GROUP BY account_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I32",
        "每个账户有其开户决定，类别与最近一次决定一致",
        "Every account was opened and closed by a decision, and has the class that its latest decision gave it",
        """
        SELECT a.id::text AS id FROM accounts_account a
        WHERE a.import_batch_id IS NULL AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = a.id AND d.kind = 'open_account' AND d.outcome = 'allowed'
              AND coalesce((SELECT m.merged_into_id FROM accounts_customer m WHERE m.id = d.customer_id), d.customer_id)
                  = a.customer_id
              AND d.at = a.opened_at AND d.facts->>'kind' = a.kind
        )
        UNION ALL
        SELECT a.id::text FROM accounts_account a JOIN (
            SELECT DISTINCT ON (object_id) object_id, coalesce(facts->>'to', facts->>'account_class') AS given_class
            FROM kernel_decision
            WHERE kind IN ('open_account', 'upgrade_account', 'downgrade_account') AND outcome = 'allowed'
            ORDER BY object_id, at DESC, id DESC
        ) last ON last.object_id = a.id
        WHERE last.given_class <> a.account_class
        UNION ALL
        SELECT coalesce(a.id, d.object_id)::text
        FROM (SELECT * FROM accounts_account a WHERE status = 'closed'
              AND NOT EXISTS (SELECT FROM accounts_impostordeclaration x WHERE x.account_id = a.id AND x.status = 'active')) a
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'close_account' AND outcome = 'allowed') d
          ON d.object_id = a.id
        WHERE a.id IS NULL OR d.id IS NULL OR d.at <> a.closed_at
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d
        WHERE d.kind = 'open_account' AND d.outcome = 'allowed'
          AND NOT EXISTS (SELECT FROM accounts_account a WHERE a.id = d.object_id)
        """,
    ),
    Invariant(
        "I33",
        "每张卡有其发卡决定，卡种与决定一致，挂失的卡未经解挂或口头挂失到期不恢复使用",
        "Every card was issued by a decision and has its product; a card reported lost does not work until it "
        "is found or the report by word has lapsed",
        """
        SELECT c.id::text AS id FROM (
            SELECT *, CASE WHEN replaces_id IS NOT NULL THEN 'replace_card' WHEN exception_id IS NOT NULL
                           THEN 'card_exception' ELSE 'issue_card' END AS act,
                   coalesce(replaces_id, exception_id, id) AS decided_id
            FROM accounts_card WHERE replaces_id IS NOT NULL OR import_batch_id IS NULL
        ) c
        WHERE NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = c.decided_id AND d.kind = c.act AND d.outcome = 'allowed'
              AND d.at = c.issued_at
              -- A later merge of two accounts may have moved it to the other one.
              AND d.account_id = coalesce((
                  SELECT m.from_account_id FROM accounts_cardmove m WHERE m.card_id = c.id ORDER BY m.at, m.id LIMIT 1
              ), c.account_id)
              AND coalesce((SELECT m.merged_into_id FROM accounts_customer m WHERE m.id = d.customer_id), d.customer_id)
                  = c.customer_id
              AND d.facts->>'product' = c.product
        )
        UNION ALL
        SELECT c.id::text FROM accounts_card c JOIN kernel_decision d ON d.object_id = c.id
        WHERE d.kind = 'report_card_lost' AND d.outcome = 'allowed' AND c.status NOT IN ('lost', 'stopped', 'cancelled')
           AND NOT EXISTS (
               SELECT FROM kernel_decision f
               WHERE f.object_id = c.id AND f.kind = 'find_card' AND f.outcome = 'allowed' AND f.at >= d.at)
           -- A report by word lapses after some days.
           AND (d.facts->>'until' IS NULL OR (d.facts->>'until')::timestamptz > bank_now())
           OR d.kind IN ('cancel_card', 'replace_card') AND d.outcome = 'allowed' AND c.status <> 'cancelled'
        UNION ALL
        -- Each report has its decision, and a card is lost until its latest report lapses.
        SELECT r.id::text FROM accounts_lossreport r
        WHERE NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = r.card_id AND d.kind = 'report_card_lost' AND d.outcome = 'allowed' AND d.at = r.at
              AND d.facts->>'loss_kind' = r.kind
              AND (d.facts->>'until')::timestamptz IS NOT DISTINCT FROM r.lapses_at)
        UNION ALL
        SELECT c.id::text FROM accounts_card c
        WHERE c.lost_until IS NOT NULL AND c.lost_until IS DISTINCT FROM (
            SELECT r.lapses_at FROM accounts_lossreport r WHERE r.card_id = c.id ORDER BY r.at DESC, r.id DESC LIMIT 1)
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d
        WHERE d.kind = 'issue_card' AND d.outcome = 'allowed'
          AND NOT EXISTS (SELECT FROM accounts_card c WHERE c.id = d.object_id)
        """,
    ),
    Invariant(
        "I34",
        "每个客户有其登记决定，种类一致；重新核实以生效的申请为准",
        "Every customer was registered by a decision and has its kind; a re-verification needs a proposal in force",
        f"""
        SELECT u.id::text AS id FROM accounts_customer u
        WHERE u.import_batch_id IS NULL AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = u.id AND d.kind = 'register_customer' AND d.outcome = 'allowed'
              AND d.at = u.created_at AND d.facts->>'kind' = u.kind
        )
        UNION ALL
        SELECT u.id::text FROM accounts_customer u LEFT JOIN (
            SELECT customer_id, max(in_force_at) AS at FROM accounts_reverification
            WHERE status = 'active' GROUP BY customer_id
        ) r ON r.customer_id = u.id
        LEFT JOIN kernel_decision d
          ON d.object_id = u.id AND d.kind = 'register_customer' AND d.outcome = 'allowed'
        LEFT JOIN (
            SELECT DISTINCT ON (customer_id) customer_id, in_force_at AS at, reverified_at FROM accounts_sameperson
            WHERE decision = 'same' AND status = 'active' ORDER BY customer_id, in_force_at DESC, id DESC
        ) merged ON merged.customer_id = u.id
        WHERE u.merged_into_id IS NULL AND (
            u.reverified_at IS DISTINCT FROM
                CASE WHEN merged.at > r.at OR r.at IS NULL AND merged.at IS NOT NULL THEN merged.reverified_at ELSE r.at END
            AND (merged.at = r.at AND u.reverified_at IS NOT DISTINCT FROM merged.reverified_at) IS NOT TRUE
            OR u.status = 'active' AND r.at IS NULL AND d.facts->>'check_result' IN ({_IN_REVIEW})
        )
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d
        WHERE d.kind = 'register_customer' AND d.outcome = 'allowed'
          AND NOT EXISTS (SELECT FROM accounts_customer u WHERE u.id = d.object_id)
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I35",
        "每个冻结有其决定，账户、机关、文号、起止一致，复核之前未解除",
        "Every freeze matches its decision in account, authority, order number, beginning and end; none is "
        "missing, and none was lifted before its approval",
        """
        SELECT coalesce(f.id, d.object_id)::text AS id
        FROM (SELECT * FROM accounts_freeze WHERE import_batch_id IS NULL) f
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'place_freeze' AND outcome = 'allowed') d
          ON d.object_id = f.id
        WHERE f.id IS NULL OR d.id IS NULL OR d.account_id IS DISTINCT FROM f.account_id OR d.at <> f.placed_at
           OR (d.facts->>'until')::timestamptz IS DISTINCT FROM f.until
           OR (d.facts->>'authority', d.facts->>'order_no') IS DISTINCT FROM (f.authority, f.order_no)
        UNION ALL
        SELECT f.id::text FROM accounts_freeze f
        WHERE f.lifted_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = f.id AND d.kind = 'freeze_lift' AND d.outcome = 'allowed' AND d.at <= f.lifted_at
        )
        """,
    ),
    Invariant(
        "I43",
        "支付账户余额转出：依生效的申请，转入同一客户的银行账户（本行或他行）；仅依联合惩戒办法限制的可部分转出、自助办理，其余须全部转出",
        "Each close-out of a payment account was approved and moved the whole balance to a bank account of "
        "the same customer, here or at another bank; a part, and without approval, under the measures of 2024 alone",
        """
        SELECT coalesce(x.id, e.posting_id)::text AS id
        FROM (SELECT * FROM accounts_closeout WHERE status = 'active') x
        FULL JOIN (
            SELECT posting_id, kind, min(posted_at) AS at, max(id) FILTER (WHERE leg = 1) AS paid,
                   max(account_id::text) FILTER (WHERE leg = 1) AS payer,
                   max(coalesce(account_id, internal_id)::text) FILTER (WHERE leg = 2) AS payee, max(amount_fen) AS fen
            FROM accounts_entry
            WHERE kind = 'close_out' OR posting_id IN (SELECT transfer_id FROM accounts_closeout WHERE status = 'active')
            GROUP BY posting_id, kind
        ) e ON e.posting_id = coalesce(x.transfer_id, x.id)
        LEFT JOIN accounts_account a ON a.id = x.account_id
        LEFT JOIN accounts_account t ON t.id = x.to_account_id
        LEFT JOIN accounts_externalaccount o ON o.id = x.to_external_account_id
        LEFT JOIN accounts_internalaccount c ON c.kind = 'clearing' AND c.bank_code = o.bank_code
        WHERE x.id IS NULL OR e.posting_id IS NULL OR e.at <> x.in_force_at OR e.fen <> x.amount_fen
           OR e.kind <> CASE WHEN o.id IS NULL THEN 'close_out' ELSE 'transfer' END
           OR e.payer <> x.account_id::text OR e.payee IS DISTINCT FROM coalesce(t.id, c.id)::text
           OR a.kind <> 'payment' OR t.kind <> 'bank'
           OR NOT accounts_same_customer(a.customer_id, coalesce(t.customer_id, o.customer_id))
           OR (x.channel <> 'counter' OR (
               SELECT sum(b.amount_fen) FROM accounts_entry b WHERE b.account_id = x.account_id AND b.id <= e.paid
           ) <> 0) AND NOT EXISTS (
               SELECT FROM kernel_decision d
               WHERE d.object_id = x.id AND d.kind = 'payment_close_out' AND d.outcome = 'allowed' AND d.at = x.in_force_at
                 AND d.facts->'legal_basis' = '["JDM_2024"]' AND coalesce(x.made_by_id, d.principal_id) = d.principal_id
           )
        """,
    ),
    Invariant(
        "I36",
        "存量户数、各类账户数与其导入记录一致",
        "Customers, accounts of each class and other rows of stock are as many as the record of their import says",
        """
        SELECT b.id::text AS id FROM accounts_importbatch b
        JOIN kernel_decision d ON d.object_id = b.id AND d.kind = 'load_stock'
        LEFT JOIN (SELECT import_batch_id, count(*) AS row_count FROM accounts_customer GROUP BY 1) u
          ON u.import_batch_id = b.id
        LEFT JOIN (SELECT import_batch_id, count(*) AS row_count FROM accounts_account GROUP BY 1) a
          ON a.import_batch_id = b.id
        LEFT JOIN (
            SELECT import_batch_id, count(*) AS row_count FROM accounts_card WHERE replaces_id IS NULL GROUP BY 1
        ) c ON c.import_batch_id = b.id
        WHERE coalesce(u.row_count, 0) <> coalesce((d.facts->'loaded'->>'customers')::bigint, 0)
           OR coalesce(a.row_count, 0) <> coalesce((d.facts->'loaded'->>'accounts')::bigint, 0)
           OR coalesce(c.row_count, 0) <> coalesce((d.facts->'loaded'->>'cards')::bigint, 0)
           OR (SELECT count(*) FROM accounts_document p WHERE p.import_batch_id = b.id)
              <> coalesce((d.facts->'loaded'->>'documents')::bigint, 0)
           OR (SELECT count(*) FROM accounts_freeze f WHERE f.import_batch_id = b.id)
              <> coalesce((d.facts->'loaded'->>'freezes')::bigint, 0)
        UNION ALL
        -- The opening balances of an import have the sum that its decision recorded.
        SELECT d.object_id::text FROM kernel_decision d
        LEFT JOIN (
            SELECT a.import_batch_id, sum(e.amount_fen) AS fen FROM accounts_entry e
            JOIN accounts_account a ON a.id = e.account_id WHERE e.kind = 'opening' GROUP BY 1
        ) e ON e.import_batch_id = d.object_id
        WHERE d.kind = 'load_stock' AND d.outcome = 'allowed' AND d.facts ? 'balance_fen'
          AND (d.facts->>'balance_fen')::bigint <> coalesce(e.fen, 0)
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d LEFT JOIN (
            SELECT batch_id, string_agg(class || ' ' || accounts, ', ' ORDER BY class) AS by_class FROM (
                SELECT a.import_batch_id AS batch_id, coalesce(former.class, a.account_class) AS class, count(*) AS accounts
                FROM accounts_account a LEFT JOIN (
                    SELECT DISTINCT ON (object_id) object_id, facts->>'class' AS class FROM kernel_decision
                    WHERE kind IN ('upgrade_account', 'downgrade_account') AND outcome = 'allowed'
                    ORDER BY object_id, id
                ) former ON former.object_id = a.id
                WHERE a.import_batch_id IS NOT NULL GROUP BY 1, 2
            ) counts GROUP BY 1
        ) imported ON imported.batch_id = d.object_id
        WHERE d.kind = 'load_stock' AND d.outcome = 'allowed' AND d.facts->>'by_class' IS DISTINCT FROM coalesce(imported.by_class, '')
        UNION ALL
        -- Each applied import has the decision of a load under its id, and the other way round.
        SELECT i.id::text FROM accounts_stockimport i
        LEFT JOIN kernel_decision d ON d.object_id = i.id AND d.kind = 'load_stock' AND d.outcome = 'allowed'
        WHERE (i.status = 'applied') <> (d.id IS NOT NULL)
        UNION ALL
        SELECT x.id::text FROM (
            SELECT id, import_batch_id FROM accounts_document WHERE import_batch_id IS NOT NULL
            UNION ALL SELECT id, import_batch_id FROM accounts_freeze WHERE import_batch_id IS NOT NULL
        ) x LEFT JOIN accounts_stockimport i ON i.id = x.import_batch_id AND i.status IN ('applying', 'applied')
        WHERE i.id IS NULL
        UNION ALL
        -- An interrupted load is finished with the next one, at the same instant.
        SELECT b.id::text FROM accounts_importbatch b
        WHERE b.finished_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_importbatch o JOIN kernel_decision d ON d.object_id = o.id AND d.kind = 'load_stock'
            WHERE o.finished_at = b.finished_at
        )
        """,
    ),
)

#: Rows whose ids have the instant of writing. Stock is left out: a load may take hours, and its cards are older.
ID_TIMES = (
    IdTime("accounts_customer", "created_at", "import_batch_id IS NULL"),
    IdTime("accounts_account", "opened_at", "import_batch_id IS NULL"),
    IdTime("accounts_card", "issued_at", "import_batch_id IS NULL OR replaces_id IS NOT NULL"),
    IdTime("accounts_cardmove", "at"),
    IdTime("accounts_cashbox", "opened_at"),
    IdTime("accounts_cashcount", "asked_at"),
    IdTime("accounts_cashreversal", "asked_at"),
    IdTime("accounts_cleanupaction", "asked_at"),
    IdTime("accounts_closeout", "asked_at"),
    IdTime("accounts_countercash", "asked_at"),
    IdTime("accounts_freeze", "placed_at", "import_batch_id IS NULL"),
    IdTime("accounts_impostordeclaration", "asked_at"),
    IdTime("accounts_lossreport", "at"),
    IdTime("accounts_setasidepayment", "asked_at"),
    # Large cash is posted under the id of its order, which is older.
    IdTime(
        "accounts_entry",
        "posted_at",
        "kind IN ('deposit', 'withdrawal') AND posting_id NOT IN (SELECT id FROM accounts_countercash)",
        column="posting_id",
    ),
)
