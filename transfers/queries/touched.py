"""Which held transfers certificates touch (影响的待到账转账): told in SQL, for the blacklist asks in sets."""

from accounts.queries.touched import named_customers
from blacklist.operations.touched import NamedBySql
from blacklist.vocabulary import TouchKind

_TOUCHED = f"""
WITH named(line, customer_id) AS MATERIALIZED ({{customers}}),
theirs AS (SELECT n.line, a.id FROM named n JOIN accounts_account a ON a.customer_id = n.customer_id)
SELECT line, '{TouchKind.HELD_TRANSFER}', id FROM (
    SELECT s.line, t.id FROM theirs s JOIN transfers_transfer t ON t.payer_account_id = s.id AND t.status = 'held'
    UNION
    SELECT s.line, t.id FROM theirs s JOIN transfers_transfer t ON t.payee_account_id = s.id AND t.status = 'held'
    UNION
    SELECT o.line, t.id FROM ({{outside}}) AS o(line, key)
    JOIN transfers_transfer t ON t.payee_key = o.key AND t.status = 'held' AND t.payee_key IS NOT NULL
) held
"""  # noqa: S608 - constants


def touched_held(named: NamedBySql) -> str:
    """Return the query of the held transfers to or from whoever is named, and to accounts at other banks that are."""
    return _TOUCHED.format(customers=named_customers(named), outside=named.outside)
