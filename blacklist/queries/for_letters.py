"""What a letter tells of certificates (信函所载认定书), and to whom some is to be told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.certificates import CertificateNames
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import THIS_BANK, Category, RevocationStatus
from config.kernel.sql import Params, Query

# One row per holder, however many certificates are to be told: each is looked at as it bears on the holder.
_TO_BE_TOLD = """
WITH told(holder, certificate_id, kind, last_day, closed, anew) AS MATERIALIZED ({letters}),
named AS (
    SELECT asked.holder, k.certificate_id FROM blacklist_caseaccount k
    JOIN ({accounts}) AS asked(holder, number) ON upper(asked.number) = k.account_number
    WHERE k.bank_code = '' AND k.account_number <> ''
    UNION
    SELECT asked.holder, k.certificate_id FROM blacklist_caseaccount k
    JOIN ({cards}) AS asked(holder, key) ON asked.key = k.card_key
    WHERE k.card_key IS NOT NULL
),
wanted AS (
    SELECT asked.holder, c.id AS certificate_id,
           CASE c.category WHEN 'CASE_ACCOUNT' THEN 'suspension' ELSE 'penalty' END AS kind
    FROM blacklist_certificate c
    JOIN blacklist_certificatesubject n ON n.certificate_id = c.id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    WHERE c.status = 'in_force' AND CASE c.category
        WHEN 'CASE_ACCOUNT' THEN EXISTS (
            SELECT FROM blacklist_caseaccount o WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL)
        ELSE c.certified_on >= %(since)s OR c.term_to >= %(today)s END
    UNION ALL
    SELECT named.holder, c.id, also.kind
    FROM named JOIN blacklist_certificate c ON c.id = named.certificate_id AND c.status = 'in_force'
    CROSS JOIN (VALUES ('suspension'), ('case_account')) AS also(kind)
)
SELECT holder FROM (
    SELECT holder FROM (SELECT * FROM wanted EXCEPT SELECT holder, certificate_id, kind FROM told) AS untold
    UNION
    SELECT told.holder FROM told JOIN blacklist_certificate c ON c.id = told.certificate_id AND c.status = 'revoked'
    WHERE NOT told.closed
    UNION
    SELECT told.holder FROM told WHERE NOT told.closed AND (told.last_day < %(today)s OR told.anew)
) found
WHERE holder > %(after)s ORDER BY holder LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class RevocationTold:
    """What revoked a certificate, as a letter names it."""

    id: UUID
    doc_no: str
    revoked_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class CertificateTold:
    """A certificate as a letter names it: who certified what by which paper, and what revoked it."""

    certificate: CertificateRef
    certified_on: date
    category: Category
    legal_basis: LegalBasis
    revocation: RevocationTold | None = None


def certificates_told(certificate_ids: Collection[UUID]) -> Mapping[UUID, CertificateTold]:
    """Return certificates as letters name them, in two queries at most."""
    if not certificate_ids:
        return {}
    revoked = {
        each.certificate_id: RevocationTold(each.id, each.doc_no, each.revoked_on, each.in_force_at)
        for each in Revocation.objects.filter(
            certificate__in=set(certificate_ids), status=RevocationStatus.IN_FORCE
        ).defer("reason")
        if each.in_force_at is not None
    }
    found = Certificate.objects.filter(pk__in=set(certificate_ids)).defer("content")
    return {
        each.id: CertificateTold(
            CertificateRef(each.authority_name, each.doc_no),
            each.certified_on,
            Category(each.category),
            LegalBasis(each.legal_basis),
            revoked.get(each.id),
        )
        for each in found
    }


def named_by(certificate_id: UUID) -> CertificateNames:
    """Return whom and what a certificate names."""
    subjects = CertificateSubject.objects.filter(certificate=certificate_id)
    accounts = list(
        CaseAccount.objects.filter(certificate=certificate_id, bank_code=THIS_BANK).values_list(
            "account_number", "card_key"
        )
    )
    return CertificateNames(
        tuple(bytes(key) for key in subjects.values_list("subject__identity_key", flat=True)),
        tuple(number for number, _ in accounts if number),
        tuple(bytes(key) for _, key in accounts if key is not None),
    )


def to_be_told_query(
    *, holders: str, accounts: str, cards: str, letters: str, since: date, today: date, after: UUID, limit: int
) -> Query[list[UUID]]:
    """Return the query that finds which of all holders may be owed a letter, ascending: who it is not is owed none.

    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), all accounts each holds or held here.
    :param cards: a query of (holder, card key), all cards on these.
    :param letters: a query of (holder, certificate_id, kind, last_day, closed, anew), of each letter that told a
        beginning (`penalty`, `suspension`, `case_account`): the last day it named, whether another told the end, and
        whether the holder was identified again since.
    :param since: penalties certified before this day are over, unless a paper's own term is not.
    :param after: the holder to go on after.
    """
    text = _TO_BE_TOLD.format(holders=holders, accounts=accounts, cards=cards, letters=letters)
    params: Params = {"since": since, "today": today, "after": after, "limit": limit}
    return Query(text, params, lambda found: [row["holder"] for row in found])
