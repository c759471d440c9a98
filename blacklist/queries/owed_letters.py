"""Holders who are owed a letter about certificates (待告知对象), a page at a time, by one statement."""

from datetime import date
from uuid import UUID

from blacklist.queries.ending_penalties import most_years_added
from blacklist.regimes import regimes
from config.kernel.database.sql import Params, Query

# Nearly every account number has no letters, or capitals only, and is found directly; the others by a separate index.
# There is one row per holder, however many certificates concern the holder. A part removed by a revocation needs a
# letter about its end and no longer one about its beginning. A correction releases no subject that it still names: for
# these, the end of the last correction is the end of the earlier certificates.
_OWED = """
WITH RECURSIVE sent(holder, certificate_id, kind, last_day, closed, reverified) AS MATERIALIZED ({letters}),
lifted(holder, about_id) AS ({lifts}),
revoked_part AS MATERIALIZED (
    SELECT p.revocation_id, p.named_subject_id, p.case_account_id FROM blacklist_revokedpart p
    WHERE p.in_force_at IS NOT NULL
),
named AS (
    SELECT asked.holder, k.certificate_id, k.id AS part FROM blacklist_caseaccount k
    JOIN ({accounts}) AS asked(holder, number) ON asked.number = k.account_number
    WHERE k.bank_code = '' AND k.account_number <> ''
    UNION
    SELECT asked.holder, k.certificate_id, k.id FROM blacklist_caseaccount k
    JOIN ({accounts}) AS asked(holder, number)
      ON upper(asked.number) = k.account_number AND asked.number ~ '[a-z]'
    WHERE k.bank_code = '' AND k.account_number <> ''
    UNION
    SELECT asked.holder, k.certificate_id, k.id FROM blacklist_caseaccount k
    JOIN ({cards}) AS asked(holder, key) ON asked.key = k.card_key
    WHERE k.card_key IS NOT NULL
),
correction AS MATERIALIZED (
    SELECT asked.holder, y.corrects_id AS from_id, y.id AS to_id FROM blacklist_certificate y
    JOIN blacklist_certificatesubject n ON n.certificate_id = y.id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    WHERE y.corrects_id IS NOT NULL AND y.status IN ('in_force', 'revoked')
    UNION
    SELECT named.holder, y.corrects_id, y.id FROM named JOIN blacklist_certificate y ON y.id = named.certificate_id
    WHERE y.corrects_id IS NOT NULL AND y.status IN ('in_force', 'revoked')
),
later_correction(holder, certificate_id, later_id) AS (
    SELECT holder, from_id, to_id FROM correction
    UNION
    SELECT f.holder, f.certificate_id, k.to_id FROM later_correction f
    JOIN correction k ON k.holder = f.holder AND k.from_id = f.later_id
),
removed AS (
    SELECT asked.holder, n.certificate_id FROM revoked_part
    JOIN blacklist_certificatesubject n ON n.id = revoked_part.named_subject_id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    UNION
    SELECT named.holder, named.certificate_id FROM revoked_part JOIN named ON named.part = revoked_part.case_account_id
),
released AS (
    SELECT holder, certificate_id FROM removed
    UNION
    SELECT sent.holder, c.id FROM sent
    JOIN blacklist_certificate c ON c.id = sent.certificate_id AND c.status = 'revoked'
    WHERE NOT EXISTS (SELECT FROM correction k WHERE k.holder = sent.holder AND k.from_id = c.id)
    UNION
    SELECT f.holder, f.certificate_id FROM later_correction f
    JOIN removed p ON p.holder = f.holder AND p.certificate_id = f.later_id
    UNION
    SELECT f.holder, f.certificate_id FROM later_correction f
    JOIN blacklist_certificate c ON c.id = f.later_id AND c.status = 'revoked'
    WHERE NOT EXISTS (SELECT FROM correction k WHERE k.holder = f.holder AND k.from_id = c.id)
),
ended(id, certificate_id) AS (
    SELECT id, certificate_id FROM blacklist_revocation
    UNION ALL
    SELECT id, corrects_id FROM blacklist_certificate WHERE corrects_id IS NOT NULL
),
due AS (
    SELECT asked.holder, c.id AS certificate_id,
           CASE c.category WHEN 'CASE_ACCOUNT' THEN 'suspension' ELSE 'penalty' END AS kind
    FROM blacklist_certificate c
    JOIN blacklist_certificatesubject n ON n.certificate_id = c.id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    WHERE c.status = 'in_force' AND NOT EXISTS (SELECT FROM revoked_part WHERE revoked_part.named_subject_id = n.id)
      AND CASE c.category
        WHEN 'CASE_ACCOUNT' THEN EXISTS (
            SELECT FROM blacklist_caseaccount o WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL
              AND NOT EXISTS (SELECT FROM revoked_part WHERE revoked_part.case_account_id = o.id))
        ELSE c.certified_on >= %(since)s OR c.term_to >= %(today)s OR c.sentence_served_on >= %(since)s
          OR (c.sentence_kind = 'custodial' AND c.sentence_served_on IS NULL) END
    UNION ALL
    SELECT named.holder, c.id, also.kind
    FROM named JOIN blacklist_certificate c ON c.id = named.certificate_id AND c.status = 'in_force'
    CROSS JOIN (VALUES ('suspension'), ('case_account')) AS also(kind)
    WHERE NOT EXISTS (SELECT FROM revoked_part WHERE revoked_part.case_account_id = named.part)
)
SELECT holder FROM (
    SELECT holder FROM (SELECT * FROM due EXCEPT SELECT holder, certificate_id, kind FROM sent) AS unsent
    UNION
    SELECT sent.holder FROM sent JOIN released USING (holder, certificate_id)
    WHERE NOT EXISTS (
        SELECT FROM lifted JOIN ended ON ended.id = lifted.about_id
        WHERE lifted.holder = sent.holder AND (ended.certificate_id = sent.certificate_id OR EXISTS (
            SELECT FROM later_correction f WHERE f.holder = sent.holder AND f.certificate_id = sent.certificate_id
              AND f.later_id = ended.certificate_id)))
    UNION
    SELECT sent.holder FROM sent WHERE NOT sent.closed AND (sent.last_day < %(today)s OR sent.reverified)
      AND NOT EXISTS (SELECT FROM correction k WHERE k.holder = sent.holder AND k.from_id = sent.certificate_id)
    UNION
    -- By the correction, a penalty that a letter stated may be over already.
    SELECT f.holder FROM later_correction f
    JOIN sent ON sent.holder = f.holder AND sent.certificate_id = f.certificate_id
    JOIN blacklist_certificate c ON c.id = f.later_id AND c.status = 'in_force' AND c.certified_on < %(since)s
    WHERE NOT EXISTS (SELECT FROM sent t WHERE t.holder = f.holder AND t.certificate_id = f.later_id)
    UNION
    -- Where terms add up, another certificate or its revocation moves the end that a letter stated. No end is later than
    -- some years after the beginning; letters before this rule may state a later one.
    SELECT sent.holder FROM sent
    JOIN blacklist_certificate c
      ON c.id = sent.certificate_id AND c.status = 'in_force' AND c.legal_basis = ANY(%(adding_up)s)
    WHERE sent.kind = 'penalty' AND NOT sent.closed AND (
        sent.last_day > c.term_from + make_interval(years => %(most_years)s) OR EXISTS (
            SELECT FROM ({holders}) AS asked(holder, key)
            JOIN blacklist_subject s ON s.identity_key = asked.key
            JOIN blacklist_certificatesubject n ON n.subject_id = s.id AND n.certificate_id <> c.id
            JOIN blacklist_certificate b ON b.id = n.certificate_id
            WHERE asked.holder = sent.holder AND b.legal_basis = c.legal_basis AND b.status IN ('in_force', 'revoked')))
) found
WHERE holder > %(after)s ORDER BY holder LIMIT %(limit)s
"""


def owed_letters_query(
    *,
    holders: str,
    accounts: str,
    cards: str,
    letters: str,
    lifts: str,
    since: date,
    today: date,
    after: UUID,
    limit: int,
) -> Query[list[UUID]]:
    """Return the query for holders who may be owed a letter, ascending; no holder is missed.

    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), all accounts each holds or held here.
    :param cards: a query of (holder, card key), all cards on these.
    :param letters: a query of (holder, certificate_id, kind, last_day, closed, reverified) for each letter about a
        beginning (`penalty`, `suspension`, `case_account`): the last day stated, whether another letter stated the
        end, and whether the holder was re-verified since.
    :param lifts: a query of (holder, about_id) for each letter about a release, with the subject of that letter.
    :param since: penalties certified before this day are over, unless a stated term is not.
    :param after: the last holder of the previous page.
    """
    text = _OWED.format(holders=holders, accounts=accounts, cards=cards, letters=letters, lifts=lifts)
    adding_up = [code for code, regime in regimes().items() if regime.adds_up_to is not None]
    params: Params = {
        "since": since, "today": today, "adding_up": adding_up, "most_years": min(most_years_added(), default=None),
        "after": after, "limit": limit,
    }  # fmt: skip
    return Query(text, params, lambda found: [row["holder"] for row in found])
