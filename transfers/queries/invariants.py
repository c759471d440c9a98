"""Invariants of transfers and of the ledger (转账不变量), each a query of rows that contradict it."""

from collections.abc import Iterable
from itertools import pairwise

from config.kernel.database.sql import rows
from config.kernel.proof.invariants import Invariant
from transfers.policy.acceptance import Exempt, first_instant, regimes_of
from transfers.policy.release import PARKING_SECONDS
from transfers.vocabulary import MOVES, AtmProfile, ReturnCause, RuleCode, TransferStatus

# The exemption stated in the row is not trusted. Holders, kind of payer, and the date of an own account at another bank
# are checked again as of the acceptance. Customers merged since then count as different. A label that the rows do not
# support is a contradiction.
_QUERY = """
WITH regime AS (
    SELECT * FROM unnest(
        %(profile)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(hold)s::int[],
        %(organization)s::bool[], %(own_here)s::bool[], %(own_elsewhere)s::bool[]
    ) r (profile, since, until, hold, organization, own_here, own_elsewhere)
), judged AS (
    SELECT t.id, t.channel, t.rule_code, t.same_holder, t.hold_seconds, t.accepted_at,
           coalesce(t.first_due_at, t.due_at) AS due_at, r.hold,
           r.organization AND c.kind = 'organization' AS organization,
           r.own_here AND coalesce(accounts_same_customer(
               accounts_customer_at(p.id, p.customer_id, t.accepted_at),
               accounts_customer_at(a.id, a.customer_id, t.accepted_at)), false)
           OR r.own_elsewhere AND EXISTS (
               SELECT FROM accounts_externalaccount x
               WHERE accounts_same_customer(
                   accounts_customer_at(x.id, x.customer_id, t.accepted_at),
                   accounts_customer_at(a.id, a.customer_id, t.accepted_at))
                 AND x.number_key = t.payee_key
                 AND x.status IN ('active', 'ended') AND x.in_force_at <= t.accepted_at
                 AND coalesce(x.ended_at, 'infinity') > t.accepted_at
           ) AS own
    FROM transfers_transfer t
    JOIN accounts_account a ON a.id = t.payer_account_id
    JOIN accounts_customer c ON c.id = a.customer_id
    LEFT JOIN accounts_account p ON p.id = t.payee_account_id
    LEFT JOIN regime r ON r.profile = t.rule_profile
        AND t.accepted_at >= coalesce(r.since, '-infinity') AND t.accepted_at < coalesce(r.until, 'infinity')
    WHERE t.status <> 'refused' AND (t.channel = 'atm' OR t.rule_code LIKE 'ATM%%')
)
SELECT id::text AS id FROM judged
WHERE channel <> 'atm' OR hold IS NULL
   OR rule_code = %(delayed)s AND (
       hold = 0 OR hold_seconds IS DISTINCT FROM hold
       OR due_at IS DISTINCT FROM accepted_at + make_interval(secs => hold)
   )
   OR due_at < accepted_at + make_interval(secs => hold) AND NOT (organization OR own)
   OR rule_code <> %(delayed)s AND rule_code <> CASE
       WHEN hold = 0 THEN %(before)s WHEN organization THEN %(for_organization)s WHEN own THEN %(for_own)s ELSE ''
   END
   OR same_holder AND NOT own
"""


def regime_contradictions() -> Iterable[str]:
    """Return ids of transfers whose due instant contradicts the regime of their day of acceptance."""
    spans = [
        (profile, regime, later and first_instant(later))
        for profile in AtmProfile
        for regime, later in pairwise([*regimes_of(profile), None])
        if regime
    ]
    contradictions = rows(
        _QUERY,
        {
            "delayed": RuleCode.ATM_DELAYED.value,
            "before": RuleCode.ATM_BEFORE_RULE.value,
            "for_organization": RuleCode.ATM_ORGANIZATION.value,
            "for_own": RuleCode.ATM_OWN_ACCOUNT.value,
            "profile": [profile.value for profile, _, _ in spans],
            "since": [first_instant(regime) for _, regime, _ in spans],
            "until": [until for _, _, until in spans],
            "hold": [regime.hold_seconds for _, regime, _ in spans],
            "organization": [Exempt.ORGANIZATION in regime.exempt for _, regime, _ in spans],
            "own_here": [Exempt.OWN_HERE in regime.exempt for _, regime, _ in spans],
            "own_elsewhere": [Exempt.OWN_ELSEWHERE in regime.exempt for _, regime, _ in spans],
        },
    )
    return [row["id"] for row in contradictions]


_FIRST = {("", status.value) for status in (TransferStatus.HELD, TransferStatus.POSTED, TransferStatus.REFUSED)}
_NEXT = {(str(old), str(new)) for old, several in MOVES.items() for new in several}
#: Every legal step, as SQL values.
STEPS = ", ".join(f"('{old}', '{new}')" for old, new in sorted(_FIRST | _NEXT))

TRANSFERS = (
    Invariant(
        "I07",
        "每笔转账只有一个结局",
        "A transfer ends once, and its event has the same status",
        """
        SELECT transfer_id::text AS id FROM transfers_event WHERE new_status <> 'held'
        GROUP BY transfer_id HAVING count(*) > 1
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t WHERE t.status <> 'held'
          AND NOT EXISTS (SELECT FROM transfers_event e WHERE e.transfer_id = t.id AND e.new_status = t.status)
        """,
    ),
    Invariant(
        "I08",
        "已入账的转账恰有一笔记账，账户与金额正确",
        "A posted transfer has exactly one posting, with the right accounts and amount; no other transfer has one",
        """
        SELECT t.id::text AS id FROM transfers_transfer t
        LEFT JOIN accounts_entry e ON e.posting_id = t.id
        GROUP BY t.id
        HAVING CASE WHEN t.status = 'posted' THEN
            count(*) FILTER (WHERE e.account_id = t.payer_account_id AND e.amount_fen = -t.amount_fen) <> 1
            OR count(*) FILTER (WHERE e.amount_fen = t.amount_fen
                                AND (e.account_id = t.payee_account_id OR e.internal_id = t.payee_internal_id)) <> 1
            OR count(*) FILTER (WHERE e.kind = 'transfer' AND e.posted_at = t.settled_at) <> 2
            ELSE count(e.id) > 0 END
        UNION ALL
        SELECT e.posting_id::text FROM accounts_entry e
        WHERE e.kind = 'transfer' AND NOT EXISTS (SELECT FROM transfers_transfer t WHERE t.id = e.posting_id)
        """,
    ),
    Invariant(
        "I09",
        "没有在到期前入账或作到期未执行处理",
        "Nothing is posted or returned before it is due",
        """
        SELECT id::text AS id FROM transfers_transfer
        WHERE status = 'posted' AND (settled_at IS NULL OR settled_at < due_at)
           OR status = 'returned' AND ended_at < due_at
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t JOIN transfers_event e ON e.transfer_id = t.id
        WHERE e.new_status IN ('posted', 'returned') AND e.at < t.due_at
           OR e.released_by <> '' AND coalesce(e.lateness_ms, -1) < 0
        """,
    ),
    Invariant(
        "I10",
        "自助柜员机转账按受理日的规则到账（通告第五条）",
        "A transfer at a machine is due as the regime of its day of acceptance says",
        look=regime_contradictions,
    ),
    Invariant(
        "I11",
        "撤销的转账都在到期前撤销且未入账",
        "A cancelled transfer was cancelled before it was due, and was not posted",
        """
        SELECT t.id::text AS id FROM transfers_transfer t
        WHERE t.status = 'cancelled' AND (
            t.ended_at >= t.due_at OR t.ended_at < t.accepted_at OR t.settled_at IS NOT NULL
            OR EXISTS (SELECT FROM accounts_entry e WHERE e.posting_id = t.id)
        )
        """,
    ),
    Invariant(
        "I12",
        "没有到期一分钟仍未处理的转账，暂停不超过最长暂停时间",
        "No transfer is held a minute after it was due, except while it is parked or a restore is "
        "unconfirmed; no pause is longer than the maximum",
        f"""
        SELECT id::text AS id FROM transfers_transfer
        WHERE status = 'held' AND due_at < (SELECT bank_now()) - interval '1 minute'
          AND (parked_until IS NULL OR parked_until < (SELECT bank_now()) - interval '1 minute')
          AND NOT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)
        UNION ALL
        SELECT id::text FROM transfers_transfer
        WHERE status = 'held' AND parked_until >
            greatest(due_at, (SELECT bank_now())) + interval '{PARKING_SECONDS[-1] + 60} seconds'
        """,  # noqa: S608 - constants of the policy
    ),
    Invariant(
        "I13",
        "结束的转账有结束时刻，未结束的没有",
        "Every ended transfer has the instant of its end, and no held transfer has one",
        """
        SELECT id::text AS id FROM transfers_transfer
        WHERE (status = 'held') <> (ended_at IS NULL)
           OR (status = 'posted') <> (settled_at IS NOT NULL)
           OR (status IN ('returned', 'refused')) <> (outcome_code <> '')
        """,
    ),
    Invariant(
        "I19",
        "金额大于零，付款人不是收款人",
        "Amounts are above zero, and payer and payee are different accounts",
        """
        SELECT id::text AS id FROM transfers_transfer
        WHERE amount_fen <= 0 OR status <> 'refused' AND (
            payer_account_id IS NULL OR payer_account_id = payee_account_id
            OR num_nonnulls(payee_account_id, payee_internal_id) <> 1
        )
        """,
    ),
    Invariant(
        "I23",
        "流水路径合法，最后一步等于当前状态",
        "The events of a transfer are one chain of legal steps, and the last one has its status",
        f"""
        SELECT s.transfer_id::text AS id FROM (
            SELECT transfer_id, old_status, new_status, code, released_by,
                   lag(new_status, 1, '') OVER (PARTITION BY transfer_id ORDER BY id) AS previous_status,
                   lead(id) OVER (PARTITION BY transfer_id ORDER BY id) AS next_id
            FROM transfers_event
        ) s JOIN transfers_transfer t ON t.id = s.transfer_id
        WHERE s.old_status <> s.previous_status
           OR (s.old_status, s.new_status) NOT IN ({STEPS})
           OR s.next_id IS NULL AND s.new_status <> t.status
           OR (s.released_by <> '') <> (
               s.old_status = 'held' AND s.new_status IN ('posted', 'returned') AND s.code <> '{ReturnCause.PARKED_RETURN.value}'
           )
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t
        WHERE NOT EXISTS (SELECT FROM transfers_event e WHERE e.transfer_id = t.id)
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I26",
        "每笔转账留有决定",
        "Every transfer has the decision that accepted or refused it, or came with the approved import of its "
        "payer's account",
        """
        SELECT t.id::text AS id FROM transfers_transfer t
        WHERE t.import_batch_id IS NULL AND NOT EXISTS (
            SELECT FROM kernel_decision d WHERE d.object_id = t.id AND d.kind = 'transfer'
              AND (d.outcome = 'refused') = (t.status = 'refused')
        )
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t
        WHERE t.import_batch_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_importbatch b
            JOIN kernel_decision d ON d.object_id = b.id AND d.kind = 'load_stock' AND d.outcome = 'allowed'
            JOIN kernel_approval p ON p.object_id = b.id AND p.kind = 'stock_import' AND p.status = 'approved'
            JOIN accounts_account a ON a.id = t.payer_account_id AND a.import_batch_id = b.id
            WHERE b.id = t.import_batch_id AND p.made_by_id = t.made_by_id AND t.status <> 'refused'
              AND t.accepted_at < b.started_at AND t.due_at > t.accepted_at
        )
        """,
    ),
)


MONEY = (
    Invariant(
        "I04",
        "预留等于待到账转账合计",
        "The reserved amount of an account is the sum of its held transfers",
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
        "各行清算户等于已入账的他行转账合计，待处理款项支付另行核对",
        "A bank's clearing account is the sum of the transfers posted to it; I45 proves payments of money set aside",
        """
        SELECT i.bank_code AS id FROM accounts_internalaccount i
        LEFT JOIN (
            SELECT internal_id, sum(amount_fen) AS fen FROM accounts_entry WHERE kind <> 'aside_paid' GROUP BY internal_id
        ) e
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
        "No entry and no event is dated in the future",
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
        "No account is debited during a freeze",
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
