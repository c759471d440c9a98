"""Which of very many account holders are listed: one joining statement, nearly always without a row."""

from uuid import UUID

from blacklist.queries.listings import STOPPING
from config.kernel.sql import Params, Query

_LISTED_HOLDERS = f"""
SELECT asked.holder FROM ({{holders}}) AS asked(holder, key)
JOIN blacklist_subject s ON s.identity_key = asked.key
JOIN blacklist_certificatesubject n ON n.subject_id = s.id
JOIN blacklist_certificate c ON c.id = n.certificate_id AND c.status = 'in_force'
UNION
SELECT asked.holder FROM ({{accounts}}) AS asked(holder, number)
JOIN blacklist_caseaccount k ON k.account_number = upper(asked.number) AND k.bank_code = ''
JOIN blacklist_certificate c ON c.id = k.certificate_id AND (c.status = 'in_force' OR {STOPPING})
WHERE EXISTS (SELECT FROM blacklist_caseaccount WHERE bank_code = '')
UNION
SELECT asked.holder FROM ({{cards}}) AS asked(holder, key)
JOIN blacklist_caseaccount k ON k.card_key = asked.key
JOIN blacklist_certificate c ON c.id = k.certificate_id AND (c.status = 'in_force' OR {STOPPING})
WHERE EXISTS (SELECT FROM blacklist_caseaccount WHERE card_key IS NOT NULL)
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
