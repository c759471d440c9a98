"""Two days of data of a large bank: ended and held transfers, and pending work of many kinds."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from benchmarks.cases.common import Begin
from benchmarks.cases.desk_stock import name_of, run_all
from benchmarks.cases.seeds import copy
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.vault.sealed import seal, seal_context

#: Number of held transfers of a rare channel and of a rare amount, and number of rare decisions.
RARE = 20
RARE_AMOUNT_FEN = 2_000_000_000
REFUSALS = ("INSUFFICIENT_FUNDS", "NON_COUNTER_SUSPENDED", "PAYEE_NAME_MISMATCH", "CASE_ACCOUNT_STOPPED")
RARE_REFUSAL = "CARD_NOT_ACTIVE"

_ORDERS = "CREATE UNLOGGED TABLE bench_order (n int, id uuid, payee_name bytea)"
# Ended transfers were accepted the day before yesterday, held ones since then, both evenly. Held transfers not from a
# machine are due together at midnight.
_PLAN = """
CREATE UNLOGGED TABLE bench_plan AS
SELECT o.*, accepted_at, due_at, payer.id AS payer_id, payer.customer_id, payer.card_id,
       CASE WHEN o.n %% 5 = 0 THEN payee.id END AS payee_id, payee.account_number,
       CASE WHEN o.n %% 5 <> 0 THEN bank.id END AS internal_id, bank.bank_code,
       CASE WHEN o.n %% 50000 = 7 AND held THEN %(rare_fen)s ELSE (o.n * 7919::bigint %% 500000) * 100 + 1 END AS amount_fen,
       CASE WHEN held THEN 'held' WHEN o.n %% 100 < 2 THEN 'refused' WHEN o.n %% 100 < 6 THEN 'cancelled'
            WHEN o.n %% 100 < 8 THEN 'returned' ELSE 'posted' END AS status,
       CASE WHEN o.n = 1 THEN %(rare_code)s WHEN o.n %% 100 < 2 THEN (%(codes)s::text[])[1 + o.n / 100 %% 4]
            WHEN o.n %% 100 BETWEEN 6 AND 7 THEN 'ACCOUNT_FROZEN' ELSE '' END AS code,
       interval '1 millisecond' * ((o.n * 31 %% 1000) ^ 2 / 5000)::int AS late
FROM (SELECT b.*, n > %(ended)s AS held,
             CASE WHEN n > %(count)s - %(rare)s THEN 'phone' WHEN n %% 1000 < 920 THEN 'atm'
                  WHEN n %% 1000 < 970 THEN 'online' ELSE 'mobile' END AS channel FROM bench_order b) o
CROSS JOIN LATERAL (
    SELECT CASE WHEN held THEN %(at)s - interval '24 hours 2 minutes'
                               + interval '24 hours 1 minute' * ((o.n - %(ended)s) / %(held)s::float)
                -- Of what was refused some was refused today.
                ELSE %(at)s - CASE WHEN o.n %% 100 < 2 THEN interval '24 hours' ELSE interval '48 hours' END
                     + interval '23 hours 59 minutes' * (o.n / greatest(%(ended)s, 1)::float) END AS plain_at
) p CROSS JOIN LATERAL (
    SELECT CASE WHEN held AND channel <> 'atm' THEN greatest(plain_at, %(midnight)s - interval '23 hours 59 minutes')
                ELSE plain_at END AS accepted_at
) a CROSS JOIN LATERAL (
    SELECT CASE WHEN channel = 'atm' THEN accepted_at + interval '24 hours' WHEN held THEN %(midnight)s
                ELSE accepted_at + interval '2 hours' END AS due_at
) d
JOIN bench_account payer ON payer.n = CASE WHEN o.n %% 500 = 0 THEN 1 ELSE 1 + o.n * 7919::bigint %% %(people)s END
JOIN bench_account payee ON payee.n = 1 + (o.n * 7919::bigint + 10) %% %(people)s
JOIN (SELECT id, bank_code, row_number() OVER (ORDER BY bank_code) - 1 AS k FROM accounts_internalaccount
      WHERE kind = 'clearing') bank ON bank.k = o.n %% 30
ORDER BY o.n
"""
_TRANSFERS = (
    "ANALYZE bench_plan",
    """
    INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payer_card_id,
        payee_account_id, payee_internal_id, payee_account_number, payee_sealed, payee_key, payee_bank_code, payee_name,
        accepted_at, due_at, settled_at, ended_at, same_holder, rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts,
        hold_seconds)
    SELECT id, status, channel, CASE WHEN channel = 'atm' THEN '' WHEN held THEN 'next_day' ELSE 'ordinary' END,
           amount_fen, payer_id, card_id, payee_id, internal_id,
           CASE WHEN payee_id IS NULL THEN '' ELSE account_number END,
           CASE WHEN payee_id IS NULL THEN 'x'::bytea END,
           CASE WHEN payee_id IS NULL THEN sha256((6222000000000000 + n)::text::bytea) END,
           CASE WHEN payee_id IS NULL THEN bank_code ELSE '' END, payee_name, accepted_at,
           CASE WHEN status <> 'refused' THEN due_at END, CASE WHEN status = 'posted' THEN due_at + late END,
           CASE status WHEN 'held' THEN NULL WHEN 'refused' THEN accepted_at
                       WHEN 'cancelled' THEN accepted_at + interval '1 hour' ELSE due_at + late END,
           false, CASE WHEN status = 'refused' THEN '' WHEN channel = 'atm' THEN 'ATM_24_HOURS'
                       WHEN held THEN 'NEXT_DAY' ELSE 'ORDINARY' END, '', '', code,
           (SELECT p.id FROM kernel_principal p WHERE p.name = 'atm'), 0,
           CASE WHEN status <> 'refused' AND channel = 'atm' THEN 86400 END
    FROM bench_plan ORDER BY n
    """,
    """
    INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by, lateness_ms)
    SELECT id, at, actor, old_status, new_status, code, released_by, lateness FROM (
        SELECT id, accepted_at AS at, atm.actor, '' AS old_status,
               CASE status WHEN 'refused' THEN status ELSE 'held' END AS new_status,
               CASE status WHEN 'refused' THEN code ELSE '' END AS code, '' AS released_by, NULL::bigint AS lateness
        FROM bench_plan, (SELECT p.id AS actor FROM kernel_principal p WHERE p.name = 'atm') atm
        UNION ALL
        SELECT id, accepted_at + interval '1 hour', teller.actor, 'held', status, '', '', NULL
        FROM bench_plan, (SELECT p.id AS actor FROM kernel_principal p WHERE p.name = 'teller') teller
        WHERE status = 'cancelled'
        UNION ALL
        SELECT id, due_at + late, NULL, 'held', status, code, CASE WHEN n %% 5000 = 9 THEN 'watcher' ELSE 'celery' END,
               extract(epoch FROM late) * 1000
        FROM bench_plan WHERE status IN ('posted', 'returned')
    ) steps ORDER BY at
    """,
    """
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at)
    SELECT id, leg, 'transfer', CASE leg WHEN 1 THEN payer_id ELSE payee_id END,
           CASE leg WHEN 2 THEN internal_id END, CASE leg WHEN 1 THEN -amount_fen ELSE amount_fen END, due_at + late
    FROM bench_plan, generate_series(1, 2) leg WHERE status = 'posted' ORDER BY due_at + late, id, leg
    """,
    """
    UPDATE accounts_account a SET held_fen = d.fen FROM (
        SELECT payer_id, sum(amount_fen)::bigint AS fen FROM bench_plan WHERE status = 'held' GROUP BY 1
    ) d WHERE a.id = d.payer_id
    """,
    """
    INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts, customer_id,
                                 account_id, object_id, principal_id)
    SELECT uuidv7(), at, kind, CASE code WHEN '' THEN 'allowed' ELSE 'refused' END, code, kind, clause, '2026.11', facts,
           customer_id, account_id, object_id, p.id
    FROM (
        SELECT accepted_at AS at, 'transfer' AS kind, CASE status WHEN 'refused' THEN code ELSE '' END AS code,
               '通告第五条' AS clause, jsonb_build_object('channel', channel, 'amount_fen', amount_fen, 'arrival', NULL,
               'available_fen', 100000000, 'profile', 'NOTICE_2016', 'same_holder', false, 'outside', n %% 5 <> 0) AS facts,
               customer_id, payer_id AS account_id, id AS object_id, 'atm' AS who FROM bench_plan
        UNION ALL
        SELECT due_at + late, 'release', code, '', '{}', NULL, payer_id, id, NULL FROM bench_plan
        WHERE status = 'returned'
        UNION ALL
        SELECT accepted_at + interval '1 hour', 'cancel_transfer', '', '', '{}', NULL, NULL, id, 'teller'
        FROM bench_plan WHERE status = 'cancelled'
        UNION ALL
        SELECT %(at)s - interval '30 days' * (n / %(count)s::float), (ARRAY['register_customer', 'open_account',
               'issue_card', 'deposit'])[1 + n %% 4], '', '', '{}', customer_id, payer_id, id, 'teller'
        FROM bench_plan WHERE n %% 7 = 0
        UNION ALL
        SELECT %(at)s - interval '6 days' - interval '1 minute' * n, 'unmask', '', '', '{"reason": "complaint"}',
               customer_id, NULL, NULL, 'supervisor' FROM bench_plan WHERE n <= %(rare)s
    ) d LEFT JOIN kernel_principal p ON p.name = who ORDER BY at
    """,
    """
    INSERT INTO kernel_approval (id, kind, status, made_by_id, made_at, expires_at, decided_by_id, decided_at,
                                 object_type, object_id, before, after, subject_keys)
    SELECT uuidv7(), kind, CASE WHEN waits THEN 'pending' ELSE 'approved' END, maker.id, made_at,
           made_at + interval '7 days', CASE WHEN NOT waits THEN checker.id END,
           CASE WHEN NOT waits THEN made_at + interval '2 hours' END, 'account', uuidv7(), before,
           before || '{"status": "active"}', '{}'
    FROM (SELECT n, CASE WHEN n %% 3 = 0 THEN 'external_account' ELSE 'card_exception' END AS kind,
                 made_at, made_at > %(at)s - interval '6 days' AND n %% 4 = 0 AS waits,
                 '{"product": "debit", "account_class": "I", "account_number": "6217********0001", "bank_code": "B01"}'
                 ::jsonb AS before
          FROM bench_plan, LATERAL (SELECT %(at)s - interval '900 days' * (1 - n / %(count)s::float) AS made_at) m
          WHERE n %% 20 = 0) d
    JOIN kernel_principal maker ON maker.name = 'teller' JOIN kernel_principal checker ON checker.name = 'supervisor'
    ORDER BY n
    """,
)
_BANKS = """
INSERT INTO accounts_internalaccount (id, kind, bank_code)
SELECT uuidv7(), 'clearing', 'BANK' || lpad(i::text, 2, '0') FROM generate_series(1, 30) i
"""


def fill_transfers(count: int, held: int, people: int, at: datetime, midnight: datetime, begin: Begin) -> None:
    """Create transfers with their events, entries and decisions.

    :param held: number of transfers held at `at`.
    :param midnight: beginning of the bank's next day.
    """
    params: dict[str, Any] = {
        "count": count, "held": max(held, 1), "ended": count - held, "people": people, "at": at, "midnight": midnight,
        "rare": RARE, "rare_fen": RARE_AMOUNT_FEN, "rare_code": RARE_REFUSAL, "codes": list(REFUSALS),
    }  # fmt: skip
    rows(_ORDERS)
    copy("bench_order", (_order(number) for number in range(1, count + 1)), begin("transfers, sealed", count))
    statements = (_BANKS, _PLAN, *_TRANSFERS)
    run_all(statements, params, begin("transfers, in sets", len(statements)))


def _order(number: int) -> list[object]:
    transfer = new_id()
    return [number, transfer, seal(name_of(number), where=seal_context("transfers_transfer", "payee_name", transfer))]


#: One customer in this number has a conflict; four of five conflicts are reviewed.
CONFLICT_EACH = 100
_CONFLICTS = "CREATE UNLOGGED TABLE bench_conflict (n int, id uuid, name bytea, review_id uuid, reason bytea)"
_WORK = (
    """
    INSERT INTO accounts_identityconflict (id, customer_id, name, at, principal_id)
    SELECT c.id, p.customer_id, c.name, %(at)s - interval '300 days' + interval '1 second' * (c.n / 2),
           (SELECT id FROM kernel_principal WHERE name = 'teller')
    FROM bench_conflict c JOIN bench_person p USING (n) ORDER BY c.n
    """,
    """
    INSERT INTO accounts_conflictreview (id, conflict_id, "end", reason, at, principal_id)
    SELECT review_id, id, (ARRAY['entry_error', 'other_person', 'misuse'])[1 + n / 100 %% 3], reason,
           %(at)s - interval '1 day', (SELECT id FROM kernel_principal WHERE name = 'compliance')
    FROM bench_conflict WHERE n / 100 %% 5 <> 0 ORDER BY n
    """,
    """
    INSERT INTO kernel_approvalclaim (id, approval_id, principal_id, at, until, ended_at)
    SELECT uuidv7(), a.id, a.decided_by_id, a.decided_at - interval '10 minutes', a.decided_at + interval '20 minutes',
           a.decided_at FROM kernel_approval a WHERE a.decided_at IS NOT NULL ORDER BY a.id
    """,
    """
    INSERT INTO kernel_approvalclaim (id, approval_id, principal_id, at, until)
    SELECT uuidv7(), a.id, p.id, %(at)s - interval '10 minutes', %(at)s + interval '20 minutes'
    FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS nth FROM kernel_approval WHERE status = 'pending'
          AND made_by_id = (SELECT id FROM kernel_principal WHERE name = 'compliance')) a
    JOIN kernel_principal p ON p.name = 'compliance_2' WHERE a.nth <= 10
    """,
    """
    INSERT INTO accounts_lossreport (id, card_id, kind, at, lapses_at, identified, principal_id)
    SELECT uuidv7(), p.card_id, CASE WHEN n %% 500 = 13 THEN 'by_word' ELSE 'formal' END, %(at)s - interval '2 days',
           CASE WHEN n %% 500 = 13 THEN %(at)s + interval '3 days' END,
           CASE WHEN n %% 500 = 13 THEN 'by_phone' ELSE 'in_person' END,
           (SELECT id FROM kernel_principal WHERE name = 'teller') FROM bench_person p WHERE n %% 50 = 13 ORDER BY n
    """,
    """
    UPDATE accounts_card c SET status = 'lost', lost_until = r.lapses_at FROM accounts_lossreport r WHERE r.card_id = c.id
    """,
    """
    INSERT INTO accounts_accounttelling (id, account_id, at, principal_id, purpose)
    SELECT uuidv7(), id, %(at)s - interval '1 day', (SELECT id FROM kernel_principal WHERE name = 'teller'), 'salary'
    FROM bench_account WHERE n %% 20 = 1 ORDER BY n
    """,
    """
    UPDATE accounts_account a SET purpose = 'salary' FROM accounts_accounttelling t WHERE t.account_id = a.id
    """,
)


def fill_work(count: int, at: datetime, begin: Begin) -> None:
    """Create pending work and work that is done.

    :param count: number of customers.
    """
    rows(_CONFLICTS)
    conflicts = range(9, count + 1, CONFLICT_EACH)
    copy("bench_conflict", _conflicts(conflicts), begin("conflicts, sealed", len(conflicts)))
    run_all(_WORK, {"at": at}, begin("work, in sets", len(_WORK)))


def _conflicts(numbers: range) -> Iterator[list[object]]:
    for number in numbers:
        conflict, review = new_id(), new_id()
        name = seal(name_of(number + 1), where=seal_context("accounts_identityconflict", "name", conflict))
        reason = seal("录入时误输一位。", where=seal_context("accounts_conflictreview", "reason", review))
        yield [number, conflict, name, review, reason]
