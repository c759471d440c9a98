"""Invariants of transfers and of the decisions about them (转账依据不变量).

A refusal keeps the facts that its rule used; other facts are not compared.
"""

from config.kernel.database.id_times import IdTime
from config.kernel.proof.invariants import Invariant
from transfers.queries.punctuality import BELONGS
from transfers.queries.steps import day_of
from transfers.vocabulary import Rule

_SUMS = ", ".join(f"sum({name}) AS {name}" for name in BELONGS)
_COUNTS = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in BELONGS.items())

EVIDENCE = (
    Invariant(
        "I37",
        "转账与受理时的决定一致：金额、账户、渠道、规则、经办、有无附言和屏幕记录",
        "A transfer matches its decision: amount, accounts, channel, rule, maker, instant, presence of a memo "
        "and of a screen record; none is missing; imported transfers have the number and sum that their "
        "import counted",
        f"""
        SELECT coalesce(t.id, d.object_id)::text AS id
        FROM (SELECT * FROM transfers_transfer WHERE import_batch_id IS NULL) t
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = 'transfer') d ON d.object_id = t.id
        WHERE t.id IS NULL OR d.id IS NULL
           OR d.at <> t.accepted_at OR d.principal_id IS DISTINCT FROM t.made_by_id
           OR d.account_id IS DISTINCT FROM t.payer_account_id
           OR d.code <> CASE t.status WHEN 'refused' THEN t.outcome_code ELSE '' END
           OR d.rule <> coalesce(nullif(t.rule_code, ''), '{Rule.ACCEPTANCE.value}')
           OR t.status <> 'refused' AND d.clause <> t.rule_clause
           OR (d.facts->>'amount_fen')::bigint <> t.amount_fen
           OR d.facts->>'channel' <> t.channel
           OR d.facts ? 'arrival' AND coalesce(d.facts->>'arrival', '') <> t.arrival
           OR t.rule_profile <> '' AND d.facts->>'profile' <> t.rule_profile
           OR (d.facts->>'outside')::boolean <> (t.payee_bank_code <> '')
           OR t.same_holder AND NOT (d.facts->>'same_holder')::boolean
           OR (d.facts->>'with_memo')::boolean IS DISTINCT FROM (t.memo IS NOT NULL)
           OR (d.facts->>'with_screen')::boolean IS DISTINCT FROM (t.screen_evidence IS NOT NULL)
           OR (d.facts->>'payee.account_id')::uuid IS DISTINCT FROM t.payee_account_id
              AND d.facts ? 'payee.account_id'
        UNION ALL
        SELECT d.object_id::text FROM kernel_decision d
        LEFT JOIN (
            SELECT import_batch_id, count(*) AS row_count, sum(amount_fen) AS fen FROM transfers_transfer
            WHERE import_batch_id IS NOT NULL GROUP BY 1
        ) t ON t.import_batch_id = d.object_id
        WHERE d.kind = 'load_stock' AND d.outcome = 'allowed' AND (
            coalesce(t.row_count, 0) <> coalesce((d.facts->'loaded'->>'held_transfers')::bigint, 0)
            OR coalesce(t.fen, 0) <> coalesce((d.facts->>'held_transfers_fen')::bigint, 0)
        )
        UNION ALL
        SELECT t.id::text FROM transfers_transfer t JOIN accounts_account a ON a.id = t.payee_account_id
        WHERE t.status <> 'refused' AND t.payee_account_number <> a.account_number
          AND NOT EXISTS (
              SELECT FROM accounts_card k WHERE k.number_index = t.payee_key AND (
                  k.account_id = a.id
                  -- A later merge of two accounts has moved it to the other one.
                  OR EXISTS (SELECT FROM accounts_cardmove m WHERE m.card_id = k.id AND m.from_account_id = a.id
                             AND m.at >= t.accepted_at)))
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I38",
        "流水的时间、操作人与延迟与转账及决定一致",
        "Each event has the instant of its transfer or import, the actor of its decision, and the lateness "
        "that follows from its instants",
        """
        SELECT t.id::text AS id FROM transfers_transfer t JOIN transfers_event e ON e.transfer_id = t.id
        LEFT JOIN accounts_importbatch b ON b.id = t.import_batch_id
        WHERE e.old_status = '' AND (e.at <> coalesce(b.started_at, t.accepted_at) OR e.actor_id IS DISTINCT FROM t.made_by_id)
           OR e.new_status <> 'held' AND (e.at IS DISTINCT FROM t.ended_at OR e.code <> t.outcome_code)
           OR e.released_by <> '' AND (
               e.actor_id IS NOT NULL
               OR abs(e.lateness_ms - floor(extract(epoch FROM e.at - t.due_at) * 1000)) > 1
           )
        UNION ALL
        SELECT e.transfer_id::text FROM transfers_event e
        WHERE e.old_status = 'held' AND e.released_by = '' AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = e.transfer_id AND d.outcome = 'allowed' AND d.at = e.at AND d.principal_id = e.actor_id
              AND (d.kind = 'cancel_transfer') = (e.new_status = 'cancelled')
        )
        UNION ALL
        SELECT e.transfer_id::text FROM transfers_event e
        WHERE e.new_status = 'returned' AND e.released_by <> '' AND NOT EXISTS (
            SELECT FROM kernel_decision d
            WHERE d.object_id = e.transfer_id AND d.kind = 'release' AND d.outcome = 'refused'
              AND d.at = e.at AND d.code = e.code
        )
        """,
    ),
    Invariant(
        "I66",
        "延迟计数等于流水",
        "The counts of lateness equal those of the events",
        f"""
        SELECT coalesce(c.released_by, e.released_by) AS id FROM (
            SELECT released_by, {_SUMS}, sum(total_ms) AS total FROM transfers_latenesscount GROUP BY 1
        ) c FULL JOIN (
            SELECT released_by, {_COUNTS}, sum(lateness_ms) AS total FROM transfers_event
            WHERE released_by <> '' GROUP BY 1
        ) e ON e.released_by = c.released_by
        WHERE ({", ".join(f"c.{name}" for name in (*BELONGS, "total"))})
              IS DISTINCT FROM ({", ".join(f"e.{name}" for name in (*BELONGS, "total"))})
        """,  # noqa: S608 - constants of the vocabulary
    ),
    Invariant(
        "I68",
        "逐日延迟等于流水",
        "The counts of lateness by day equal those of the events",
        f"""
        SELECT DISTINCT coalesce(c.day, e.day)::text AS id FROM (
            SELECT day, released_by, bucket.lateness_ms, sum(bucket.n) AS releases
            FROM transfers_latenesscount k, unnest(k.lateness_ms, k.releases) AS bucket (lateness_ms, n) GROUP BY 1, 2, 3
        ) c FULL JOIN (
            SELECT {day_of("at")} AS day, released_by, lateness_ms, count(*) AS releases FROM transfers_event
            WHERE released_by <> '' GROUP BY 1, 2, 3
        ) e ON (e.day, e.released_by, e.lateness_ms) = (c.day, c.released_by, c.lateness_ms)
        WHERE c.releases IS DISTINCT FROM e.releases
        """,  # noqa: S608 - constants
    ),
    # Each decision on money records the available balance at its instant, so a removed or changed posting contradicts
    # every later decision about the account. Two instants of one account closer than the accuracy of the clock are not
    # compared.
    Invariant(
        "I39",
        "每次判定记录的可用余额等于此前账务之和",
        "The available balance in each decision equals the sum of the entries and holds before it",
        """
        WITH movement AS (
            SELECT account_id, posted_at AS at, amount_fen, NULL::bigint AS seen, 0 AS own, NULL::uuid AS decision
            FROM accounts_entry WHERE account_id IS NOT NULL
            UNION ALL
            SELECT payer_account_id, accepted_at, -amount_fen, NULL, 0, NULL FROM transfers_transfer
            WHERE due_at > accepted_at AND status <> 'refused'
            UNION ALL
            SELECT payer_account_id, ended_at, amount_fen, NULL, 0, NULL FROM transfers_transfer
            WHERE due_at > accepted_at AND status NOT IN ('refused', 'held')
            UNION ALL
            SELECT account_id, at, NULL, (facts->>'available_fen')::bigint, (outcome = 'allowed')::int, id
            FROM kernel_decision
            WHERE kind IN ('transfer', 'deposit', 'withdrawal') AND account_id IS NOT NULL
              AND facts->>'available_fen' IS NOT NULL
        )
        SELECT decision::text AS id FROM (
            SELECT decision, seen, own, sum(amount_fen) OVER before AS fen, count(amount_fen) OVER near AS near_count
            FROM movement
            WINDOW before AS (
                PARTITION BY account_id ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND interval '2 seconds' PRECEDING
            ), near AS (
                PARTITION BY account_id ORDER BY at
                RANGE BETWEEN interval '2 seconds' PRECEDING AND interval '2 seconds' FOLLOWING
            )
        ) compared
        WHERE decision IS NOT NULL AND near_count = own AND seen <> coalesce(fen, 0)
        """,
    ),
)

ID_TIMES = (IdTime("transfers_transfer", "accepted_at"),)
