"""Write staged transfers into the bank (在途转账入账): on hold, with what is reserved for them, until they are due."""

from datetime import datetime
from uuid import UUID

from accounts.operations import funds
from config.kernel.database.sql import Statement, ask, rows
from transfers.operations.stock.checks import ACCOUNTS, OWN_ELSEWHERE
from transfers.vocabulary import TransferStatus

_FRESH = "s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL"
_BANKS = f"""
SELECT DISTINCT s.payee_bank_code AS code FROM transfers_stagedtransfer s WHERE {_FRESH} AND s.payee_bank_code <> ''
ORDER BY 1
"""  # noqa: S608 - constants
# Whoever asked for the import made them here; that they came is a step of now, when they were accepted stands in the row.
_TRANSFERS = f"""
WITH bank AS (
    SELECT * FROM unnest(%(banks)s::text[], %(clearing)s::uuid[]) AS c(payee_bank_code, internal_id)
), made AS (
    INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
        payee_internal_id, payee_account_number, payee_bank_code, payee_sealed, payee_key, payee_name, memo, accepted_at,
        due_at, hold_seconds, same_holder, rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts,
        import_batch_id)
    SELECT s.id, %(held)s, s.channel, s.arrival, s.amount_fen, a.account_id, s.payee_id,
        b.internal_id, s.payee_number, s.payee_bank_code, s.payee_sealed, s.payee_key, s.payee_name, s.memo, s.accepted_at,
        s.due_at, s.hold_seconds,
        coalesce(accounts_same_customer(s.payee_customer_id, a.customer_id), false)
            OR s.payee_bank_code <> '' AND s.channel <> 'atm' AND {OWN_ELSEWHERE},
        s.rule_code, s.rule_clause, s.rule_profile, '', p.made_by_id, 0, %(import)s
    FROM transfers_stagedtransfer s JOIN ({ACCOUNTS}) a USING (account_ref)
    LEFT JOIN bank b USING (payee_bank_code)
    JOIN kernel_approval p ON p.object_id = s.import_id AND p.kind = 'stock_import' AND p.status = 'approved'
    WHERE {_FRESH} ORDER BY s.id
    RETURNING id, made_by_id
), step AS (
    INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by)
    SELECT id, %(at)s, made_by_id, '', %(held)s, '', '' FROM made ORDER BY id
)
SELECT count(*) AS made FROM made
"""  # noqa: S608 - constants


def write_held_transfers(import_id: UUID, at: datetime) -> int:
    """Hold transfers that another system has accepted (在途转账): what they take stays in the balance, reserved.

    What must stay true: what is reserved on an account is the sum of its held transfers.
    """
    params = {"import": import_id}
    banks = [each["code"] for each in rows(_BANKS, params)]
    values = params | {
        "banks": banks,
        "clearing": [funds.new_clearing(each) for each in banks],
        "held": TransferStatus.HELD.value,
        "at": at,
    }
    return int(ask(Statement(_TRANSFERS, values))[0]["made"])
