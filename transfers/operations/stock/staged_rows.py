"""Staged held transfers of a stock: checked by set-based queries (在途转账校验), then written (在途转账入账).

A transfer is loaded only together with its payer's account; an account that the bank already has stays as it is.
Written transfers are held, with their amounts reserved, until they are due.
"""

from datetime import datetime
from uuid import UUID

from accounts.operations import funds
from accounts.stock.operations.checks import LIVE, Mark, Step, StockCheck
from accounts.stock.vocabulary import RowOutcome
from config.kernel.database.sql import Statement, ask, rows
from transfers.vocabulary import TransferStatus

#: Rows still to be loaded.
_NEW = f"{LIVE} AND s.known_id IS NULL"
_OF_LOAD = "{0}.import_id = %(import)s AND {0}.outcome IS DISTINCT FROM 'refused'"

#: Accounts of the load with their holders.
ACCOUNTS = f"""
SELECT a.ref AS account_ref, a.account_number, a.opened_on, a.balance_fen, a.known_id AS account_known_id,
    coalesce(a.known_id, a.id) AS account_id, coalesce(h.known_id, h.id) AS customer_id, h.kind AS holder_kind,
    h.name_index
FROM accounts_stagedaccount a
JOIN accounts_stagedcustomer h ON h.import_id = a.import_id AND h.ref = a.customer_ref
WHERE {_OF_LOAD.format("a")} AND {_OF_LOAD.format("h")}
"""  # noqa: S608 - constants
#: The account of a number of this bank: of the load or of the bank, found directly or by a card.
_PAYEES = f"""
SELECT s.line, a.account_id, a.customer_id, a.name_index FROM transfers_stagedtransfer s
JOIN ({ACCOUNTS}) a ON a.account_number = s.payee_number
WHERE {_NEW} AND s.payee_bank_code = '' AND s.payee_key IS NULL AND a.account_known_id IS NULL
UNION ALL
SELECT s.line, b.id, b.customer_id, c.name_index FROM transfers_stagedtransfer s
JOIN accounts_account b ON b.account_number = s.payee_number JOIN accounts_customer c ON c.id = b.customer_id
WHERE {_NEW} AND s.payee_bank_code = '' AND s.payee_key IS NULL AND b.status = 'open'
UNION ALL
SELECT s.line, a.account_id, a.customer_id, a.name_index FROM transfers_stagedtransfer s
JOIN accounts_stagedcard k ON k.number_index = s.payee_key JOIN ({ACCOUNTS}) a ON a.account_ref = k.account_ref
WHERE {_NEW} AND s.payee_bank_code = '' AND {_OF_LOAD.format("k")} AND k.known_id IS NULL
UNION ALL
SELECT s.line, b.id, b.customer_id, c.name_index FROM transfers_stagedtransfer s
JOIN accounts_card k ON k.number_index = s.payee_key
JOIN accounts_account b ON b.id = k.account_id JOIN accounts_customer c ON c.id = b.customer_id
WHERE {_NEW} AND s.payee_bank_code = '' AND k.status <> 'cancelled' AND b.status = 'open'
"""  # noqa: S608 - constants
#: Whether an account at another bank was the payer's own at the acceptance.
_OWN_ELSEWHERE = """
EXISTS (
    SELECT FROM accounts_externalaccount x
    WHERE x.number_key = s.payee_key AND x.status = 'active' AND x.in_force_at <= s.accepted_at
      AND accounts_same_customer(x.customer_id, a.customer_id)
)
"""


def _found(where: str, more: str = "") -> str:
    """Return the query of rows to load that meet a condition, each with its payer's account."""
    return (
        f"SELECT s.line, NULL::int AS first FROM transfers_stagedtransfer s JOIN ({ACCOUNTS}) a USING (account_ref) {more} "  # noqa: S608
        f"WHERE {_NEW} AND ({where})"
    )


def _again(of: str) -> str:
    """Return the query of rows that repeat an earlier row."""
    return f"""
    SELECT d.line, d.first FROM (
        SELECT s.line, min(s.line) OVER (PARTITION BY {of}) AS first FROM transfers_stagedtransfer s WHERE {_NEW}
    ) d WHERE d.line > d.first
    """  # noqa: S608 - constants


_TWICE = ("与第{line}行重复。", "The same as in line {line}.")

CHECKS: tuple[Step, ...] = (
    StockCheck("transfer_ref", "DUPLICATE_IN_FILE", *_TWICE, _again("s.ref")),
    StockCheck(
        "accepted_at",
        "ACCEPTED_LATER",
        "受理时间晚于当前时间。",
        "It was accepted later than now.",
        f"SELECT s.line, NULL::int AS first FROM transfers_stagedtransfer s WHERE {LIVE} AND s.accepted_at > bank_now()",  # noqa: S608
    ),
)

#: Checked again when the import is applied, against the bank's data at that time.
KNOWN: tuple[Step, ...] = (
    StockCheck(
        "account_ref",
        "ACCOUNT_NOT_LOADED",
        "所引用的行不存在或已被拒绝。",
        "The row it refers to is missing or was refused.",
        f"""
        SELECT s.line, NULL::int AS first FROM transfers_stagedtransfer s LEFT JOIN ({ACCOUNTS}) a USING (account_ref)
        WHERE {LIVE} AND a.account_ref IS NULL
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE transfers_stagedtransfer t SET known_id = g.id, outcome = 'known' FROM (
            SELECT s.line, b.id FROM transfers_stagedtransfer s JOIN ({ACCOUNTS}) a USING (account_ref)
            JOIN transfers_transfer b ON b.payer_account_id = a.account_known_id AND b.accepted_at = s.accepted_at
            WHERE {_NEW} AND b.status <> 'refused' AND b.amount_fen = s.amount_fen AND b.payee_bank_code = s.payee_bank_code
              AND b.payee_account_number = s.payee_number AND b.payee_key IS NOT DISTINCT FROM s.payee_key
        ) g WHERE t.import_id = %(import)s AND t.line = g.line
        """  # noqa: S608
    ),
    StockCheck(
        "account_ref",
        "ACCOUNT_IS_THE_BANKS",
        "付款账户本行原已有，其在途转账只能与账户一并导入。",
        "The bank has the payer's account already; a transfer under way comes with its account alone.",
        _found("a.account_known_id IS NOT NULL"),
    ),
    StockCheck(
        "accepted_at",
        "ACCEPTED_BEFORE_OPENING",
        "受理时间早于付款账户的开户日期。",
        "It was accepted before the payer's account was opened.",
        _found("s.accepted_at < a.opened_on::timestamp AT TIME ZONE interval '8 hours'"),
    ),
    StockCheck(
        "accepted_at",
        "ACCEPTED_WHILE_FROZEN",
        "受理时付款账户已被冻结。",
        "The payer's account was frozen when it was accepted.",
        f"""
        SELECT DISTINCT s.line, NULL::int AS first FROM transfers_stagedtransfer s
        JOIN accounts_stagedfreeze f ON f.account_ref = s.account_ref
        WHERE {_NEW} AND {_OF_LOAD.format("f")}
          AND s.accepted_at > f.placed_on::timestamp AT TIME ZONE interval '8 hours'
          AND s.accepted_at < coalesce((f.until + 1)::timestamp AT TIME ZONE interval '8 hours', 'infinity')
        """,  # noqa: S608
    ),
    Mark(
        f"""
        UPDATE transfers_stagedtransfer t
        SET payee_id = g.account_id, payee_customer_id = g.customer_id, payee_same_name = g.same_name
        FROM (
            SELECT s.line, p.account_id, p.customer_id, p.name_index = s.payee_name_index AS same_name
            FROM transfers_stagedtransfer s
            LEFT JOIN (SELECT DISTINCT ON (line) * FROM ({_PAYEES}) p ORDER BY line) p ON p.line = s.line
            WHERE {_NEW} AND s.payee_bank_code = ''
        ) g WHERE t.import_id = %(import)s AND t.line = g.line
          AND (t.payee_id, t.payee_customer_id, t.payee_same_name)
              IS DISTINCT FROM (g.account_id, g.customer_id, g.same_name)
        """  # noqa: S608
    ),
    StockCheck(
        "payee_account_number",
        "PAYEE_NOT_FOUND",
        "本行没有该收款账户或卡，或已销户。",
        "This bank has no such account or card, or it is closed.",
        _found("s.payee_bank_code = '' AND s.payee_id IS NULL"),
    ),
    StockCheck(
        "payee_name",
        "PAYEE_NAME_MISMATCH",
        "收款人户名与本行账户不符。",
        "The payee's name is not that of the holder of the account.",
        _found("NOT s.payee_same_name"),
    ),
    StockCheck(
        "payee_account_number",
        "SAME_ACCOUNT",
        "收款账户即付款账户。",
        "The payee's account is the payer's.",
        _found("s.payee_id = a.account_id"),
    ),
    StockCheck(
        "channel",
        "ARRIVED_AT_ONCE",
        "按其受理日的规则，单位或向本人账户的自助柜员机转账应实时到账，不是在途转账。",
        "By the rule of its day a transfer at a machine by an organization or to an own account arrived at once.",
        _found(
            "s.not_of_organization AND a.holder_kind = 'organization' "
            "OR s.not_own_here AND accounts_same_customer(s.payee_customer_id, a.customer_id) "
            f"OR s.not_own_elsewhere AND s.payee_bank_code <> '' AND {_OWN_ELSEWHERE}"
        ),
    ),
    StockCheck(
        "accepted_at",
        "DUPLICATE_IN_FILE",
        *_TWICE,
        _again("s.account_ref, s.accepted_at, s.amount_fen, s.payee_id, s.payee_bank_code, "
               "CASE WHEN s.payee_bank_code <> '' THEN s.payee_key END"),
    ),
    StockCheck(
        "amount",
        "MORE_THAN_BALANCE",
        "该账户在途转账合计超过其期初余额。",
        "The transfers under way of this account come to more than its opening balance.",
        _found(
            "h.fen > a.balance_fen",
            "JOIN (SELECT s.account_ref, sum(s.amount_fen) AS fen FROM transfers_stagedtransfer s "  # noqa: S608
            f"WHERE {_NEW} GROUP BY s.account_ref) h USING (account_ref)",
        ),
    ),
)  # fmt: skip

REVIEWS: tuple[Step, ...] = (
    StockCheck(
        "accepted_at",
        "DUE_ALREADY",
        "到账时间已过：入账后立即到账，迟于应到账时间。",
        "It was due already: it arrives as soon as it is loaded, later than it should have.",
        f"SELECT s.line, NULL::int AS first FROM transfers_stagedtransfer s WHERE {_NEW} AND s.due_at <= bank_now()",  # noqa: S608
        RowOutcome.REVIEW,
    ),
)


_FRESH = "s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL"
_BANKS = f"""
SELECT DISTINCT s.payee_bank_code AS code FROM transfers_stagedtransfer s WHERE {_FRESH} AND s.payee_bank_code <> ''
ORDER BY 1
"""  # noqa: S608 - constants
# The maker of the import created these rows. Their arrival is a step of now; the row keeps the instant of their
# acceptance.
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
            OR s.payee_bank_code <> '' AND s.channel <> 'atm' AND {_OWN_ELSEWHERE},
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
    """Write transfers accepted by another system as held (在途转账); their amounts are reserved.

    Invariant: the reserved amount of an account is the sum of its held transfers.
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
