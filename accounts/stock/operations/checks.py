"""Checks of a staged stock as a whole (集合校验): in sets, against itself and against the bank.

Each check is one statement over a sheet. It returns `line`, and `first` where the fault refers to another line; rows
that are refused already are not checked again. Checks against the bank are repeated under lock when the import is
applied.
"""

from dataclasses import dataclass

from accounts.stock.vocabulary import RowOutcome

#: Rows that were not refused: to be loaded, or known to the bank.
LIVE = "s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused'"
UNKNOWN = ("所引用的行不存在、已被拒绝或已销户。", "The row it refers to is missing, was refused, or is closed.")
REPEATED = ("与第{line}行重复。", "The same as in line {line}.")
#: Staged customers by reference: the existing customer, or the one to be made.
HOLDER = f"""
SELECT s.ref AS customer_ref, s.kind AS holder_kind, coalesce(s.known_id, s.id) AS customer_id
FROM accounts_stagedcustomer s WHERE {LIVE}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class StockCheck:
    """A check that finds rows with a fault, or rows to review.

    :ivar found: SQL that returns `line`, and `first`: the line that the fault refers to, or NULL.
    :ivar outcome: refused, or review.
    """

    column: str
    code: str
    zh: str
    en: str
    found: str
    outcome: RowOutcome = RowOutcome.REFUSED


@dataclass(frozen=True, slots=True)
class Mark:
    """A statement that marks rows which the bank has already, or which repeat an earlier row.

    :ivar sql: the statement that writes the mark.
    """

    sql: str


type Step = StockCheck | Mark


def repeated_key_check(
    table: str, column: str, key: str, code: str = "DUPLICATE_IN_FILE", also: str = "true"
) -> StockCheck:
    """Return the check that refuses a row whose key an earlier row of the sheet has.

    :param key: its columns, in SQL; `also` a condition on the rows.
    """
    return StockCheck(
        column,
        code,
        *REPEATED,
        f"""
        SELECT s.line, d.first FROM {table} s JOIN (
            SELECT {key}, min(s.line) AS first FROM {table} s WHERE {LIVE} AND {also} GROUP BY {key} HAVING count(*) > 1
        ) d USING ({key})
        WHERE {LIVE} AND {also} AND s.line > d.first
        """,  # noqa: S608 - constants
    )


def missing_holder_check(table: str, live: str = LIVE) -> StockCheck:
    """Return the check that refuses a row whose customer is neither in the bank nor in the import.

    :param live: a condition on the rows, in SQL.
    """
    return StockCheck(
        "customer_ref",
        "CUSTOMER_NOT_LOADED",
        *UNKNOWN,
        f"""
        SELECT s.line, NULL::int AS first FROM {table} s LEFT JOIN ({HOLDER}) h USING (customer_ref)
        WHERE {live} AND h.customer_ref IS NULL
        """,  # noqa: S608
    )
