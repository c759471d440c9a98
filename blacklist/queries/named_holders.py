"""Holders whom certificates named at some time in a window, for figures about past instants (月度报表)."""

from datetime import datetime
from uuid import UUID

from config.kernel.database.sql import Params, Query

_NAMED = """
WITH papers AS MATERIALIZED (
    SELECT id FROM blacklist_certificate
    WHERE in_force_at < %(until)s AND (revoked_at IS NULL OR revoked_at >= %(since)s)
)
SELECT asked.holder FROM papers
JOIN blacklist_certificatesubject n ON n.certificate_id = papers.id
JOIN blacklist_subject s ON s.id = n.subject_id
JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
UNION
SELECT asked.holder FROM papers
JOIN blacklist_caseaccount a ON a.certificate_id = papers.id AND a.bank_code = '' AND a.account_number <> ''
JOIN ({accounts}) AS asked(holder, number) ON asked.number = a.account_number
UNION
SELECT asked.holder FROM papers
JOIN blacklist_caseaccount a ON a.certificate_id = papers.id AND a.card_key IS NOT NULL
JOIN ({cards}) AS asked(holder, key) ON asked.key = a.card_key
"""


def named_holders_query(
    *, since: datetime, until: datetime, holders: str, accounts: str, cards: str
) -> Query[list[UUID]]:
    """Return the query for holders whom a certificate named that was in force at some time in a window.

    A part that was revoked singly counts as well.

    :param until: exclusive end.
    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), numbers in upper case.
    :param cards: a query of (holder, card key).
    """
    text = _NAMED.format(holders=holders, accounts=accounts, cards=cards)
    params: Params = {"since": since, "until": until}
    return Query(text, params, lambda found: sorted(row["holder"] for row in found))
