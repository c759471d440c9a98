"""Invariants of counter cash (尾箱不变量): each movement of a box is posted, and a reversal mirrors what it reverses."""

from config.kernel.proof.invariants import Invariant

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"

INVARIANTS = (
    Invariant(
        "I64",
        "尾箱收付均已记账，在当日未轧账的尾箱内，不透支；大额经复核；轧账与账面一致",
        "Each movement of a cash box is posted, on the day of the box and before its count; no box was "
        "overdrawn; large amounts were approved; a count matches the books",
        f"""
        SELECT m.id::text AS id FROM accounts_cashmovement m
        JOIN accounts_cashbox b ON b.id = m.box_id
        LEFT JOIN accounts_entry c ON c.posting_id = m.id AND c.internal_id IS NOT NULL
        LEFT JOIN accounts_entry a ON a.posting_id = m.id AND a.account_id IS NOT NULL
        LEFT JOIN accounts_countercash x ON x.id = m.id AND x.status = 'active' AND x.box_id = b.id
        WHERE (c.amount_fen, a.amount_fen, a.account_id, a.kind, a.posted_at)
              IS DISTINCT FROM (-m.amount_fen, m.amount_fen, m.account_id, m.kind, m.at)
           OR b.day <> {_DAY.format("m.at")} OR m.at < b.opened_at OR m.at > b.closed_at
           OR m.kind <> 'reversal' AND x.id IS NULL AND (abs(m.amount_fen) > b.alone_fen OR NOT EXISTS (
               SELECT FROM kernel_decision d WHERE d.object_id = m.id AND d.kind = m.kind AND d.principal_id = b.teller_id))
        UNION ALL
        SELECT id::text FROM (
            SELECT m.id, b.opening_fen + sum(m.amount_fen) OVER (PARTITION BY m.box_id ORDER BY m.at, m.id) AS held
            FROM accounts_cashmovement m JOIN accounts_cashbox b ON b.id = m.box_id
        ) ran WHERE held < 0
        UNION ALL
        SELECT coalesce(b.id, c.box_id)::text FROM (SELECT * FROM accounts_cashbox WHERE closed_at IS NOT NULL) b
        FULL JOIN (SELECT * FROM accounts_cashcount WHERE status = 'active') c ON c.box_id = b.id
        WHERE b.id IS NULL OR c.id IS NULL OR c.in_force_at <> b.closed_at OR c.book_fen <> b.opening_fen + coalesce(
            (SELECT sum(m.amount_fen) FROM accounts_cashmovement m WHERE m.box_id = b.id), 0)
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d JOIN accounts_cashbox b ON b.teller_id = d.principal_id
        WHERE d.kind IN ('deposit', 'withdrawal') AND d.outcome = 'allowed' AND d.at > b.opened_at
          AND (b.closed_at IS NULL OR d.at < b.closed_at)
          AND NOT EXISTS (SELECT FROM accounts_cashmovement m WHERE m.id = d.object_id)
        """,  # noqa: S608 - constants
    ),
    Invariant(
        "I65",
        "每笔抹账依生效的申请，反向记账一次，当日办理；大额现金依生效的申请",
        "Each reversal and each large cash transaction was approved; a reversal mirrors its movement once, on "
        "the same day",
        f"""
        SELECT coalesce(x.id, e.posting_id)::text AS id
        FROM (
            SELECT r.id, r.in_force_at, r.account_id, m.amount_fen, m.at, m.kind FROM accounts_cashreversal r
            JOIN accounts_cashmovement m ON m.id = r.movement_id WHERE r.status = 'active'
        ) x
        FULL JOIN (
            SELECT posting_id, posted_at, account_id, amount_fen FROM accounts_entry
            WHERE kind = 'reversal' AND account_id IS NOT NULL
        ) e ON e.posting_id = x.id
        WHERE x.id IS NULL OR e.posting_id IS NULL OR x.kind = 'reversal'
           OR (e.posted_at, e.account_id, e.amount_fen) <> (x.in_force_at, x.account_id, -x.amount_fen)
           OR {_DAY.format("e.posted_at")} <> {_DAY.format("x.at")}
        UNION ALL
        SELECT movement_id::text FROM accounts_cashreversal WHERE status = 'active'
        GROUP BY movement_id HAVING count(*) > 1
        UNION ALL
        SELECT x.id::text FROM accounts_countercash x
        LEFT JOIN accounts_entry e ON e.posting_id = x.id AND e.account_id = x.account_id
        WHERE x.status = 'active' AND (e.kind, abs(e.amount_fen), e.posted_at)
              IS DISTINCT FROM (x.kind::varchar, x.amount_fen, x.in_force_at)
        """,  # noqa: S608 - constants
    ),
)
