"""Which customers, accounts and cards certificates touch (影响的客户、账户和卡): told in SQL, for the blacklist asks in sets."""

from blacklist.operations.touched import NamedBySql
from blacklist.vocabulary import TouchKind

# An account's number may be kept in lower case; a card that was replaced is still found.
_CUSTOMERS = """
SELECT p.line, i.customer_id FROM ({people}) AS p(line, key) JOIN accounts_identity i ON i.key = p.key
UNION
SELECT n.line, a.customer_id
FROM (
    SELECT w.line, w.number FROM ({numbers}) AS w(line, number)
    UNION SELECT w.line, lower(w.number) FROM ({numbers}) AS w(line, number)
) n
JOIN accounts_account a ON a.account_number = n.number
UNION
SELECT c.line, k.customer_id FROM ({cards}) AS c(line, key) JOIN accounts_card k ON k.number_index = c.key
"""
_TOUCHED = f"""
WITH named(line, customer_id) AS MATERIALIZED ({{customers}})
SELECT line, '{TouchKind.CUSTOMER}', customer_id FROM named
UNION ALL
SELECT n.line, '{TouchKind.ACCOUNT}', a.id FROM named n JOIN accounts_account a ON a.customer_id = n.customer_id
WHERE a.status <> 'closed'
UNION ALL
SELECT n.line, '{TouchKind.CARD}', k.id FROM named n JOIN accounts_card k ON k.customer_id = n.customer_id
WHERE k.status <> 'cancelled'
"""  # noqa: S608 - constants


def named_customers(named: NamedBySql) -> str:
    """Return the query of (line, customer_id) of whoever is named, or holds an account or a card that is."""
    return _CUSTOMERS.format(people=named.people, numbers=named.numbers, cards=named.cards)


def touched_here(named: NamedBySql) -> str:
    """Return the query of the customers, open accounts and cards that are touched."""
    return _TOUCHED.format(customers=named_customers(named))
