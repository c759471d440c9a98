"""Which of very many account holders are listed: one joining statement, nearly always without a row."""

from uuid import UUID

from blacklist.queries.listings import STOPPING
from config.kernel.database.sql import Params, Query

# From the holders always, one step after the other: of a list that was registered a moment ago the planner knows too little
# to start from the register. OFFSET 0 keeps each step where it is written.
_LISTED_HOLDERS = f"""
SELECT asked.holder FROM ({{holders}}) AS asked(holder, key)
CROSS JOIN LATERAL (SELECT id FROM blacklist_subject WHERE identity_key = asked.key OFFSET 0) s
CROSS JOIN LATERAL (SELECT certificate_id FROM blacklist_certificatesubject WHERE subject_id = s.id OFFSET 0) n
CROSS JOIN LATERAL (SELECT status FROM blacklist_certificate WHERE id = n.certificate_id OFFSET 0) c
WHERE c.status = 'in_force' AND EXISTS (SELECT FROM blacklist_subject)
UNION
SELECT asked.holder FROM ({{accounts}}) AS asked(holder, number)
CROSS JOIN LATERAL (
    SELECT certificate_id FROM blacklist_caseaccount WHERE account_number = upper(asked.number) AND bank_code = '' OFFSET 0
) k
CROSS JOIN LATERAL (SELECT status, stopped_from FROM blacklist_certificate WHERE id = k.certificate_id OFFSET 0) c
WHERE (c.status = 'in_force' OR {STOPPING}) AND EXISTS (SELECT FROM blacklist_caseaccount WHERE bank_code = '')
UNION
SELECT asked.holder FROM ({{cards}}) AS asked(holder, key)
CROSS JOIN LATERAL (SELECT certificate_id FROM blacklist_caseaccount WHERE card_key = asked.key OFFSET 0) k
CROSS JOIN LATERAL (SELECT status, stopped_from FROM blacklist_certificate WHERE id = k.certificate_id OFFSET 0) c
WHERE (c.status = 'in_force' OR {STOPPING}) AND EXISTS (SELECT FROM blacklist_caseaccount WHERE card_key IS NOT NULL)
"""  # noqa: S608 - constants


def listed_holders_query(*, holders: str, accounts: str, cards: str, params: Params) -> Query[list[UUID]]:
    """Return the query that finds which of many holders a certificate lists (名单查询).

    It says who, not what: of these few `listings_query` tells the rest. Take the lock of
    everybody, or of each, before.

    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), all accounts each holds or held here. It is not run while no
        case account is one of this bank.
    :param cards: a query of (holder, card key), all cards on these, whatever has become of them. It is not
        run while no case account is known by a card.
    :param params: of these queries, by name.
    """
    text = _LISTED_HOLDERS.format(holders=holders, accounts=accounts, cards=cards)
    return Query(text, params, lambda found: [row["holder"] for row in found])
