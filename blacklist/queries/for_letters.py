"""What a letter tells of certificates (信函所载认定书), and to whom some is to be told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.certificates import CertificateNames
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import THIS_BANK, Category, RevocationGround, RevocationStatus
from config.kernel.identity.account_numbers import account_reference
from config.kernel.sql import Params, Query, rows

# Nearly every account number has no letters, or capitals alone, and is found by itself; the others by an index of theirs.
# One row per holder, however many certificates are to be told: each is looked at as it bears on the holder. What a
# revocation has taken out of a paper is told to whom it hit, and is no beginning any more.
_TO_BE_TOLD = """
WITH told(holder, certificate_id, kind, last_day, closed, anew) AS MATERIALIZED ({letters}),
lifted(holder, about_id) AS ({lifts}),
out_of AS MATERIALIZED (
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
released AS (
    SELECT asked.holder, n.certificate_id FROM out_of
    JOIN blacklist_certificatesubject n ON n.id = out_of.named_subject_id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    UNION
    SELECT named.holder, named.certificate_id FROM out_of JOIN named ON named.part = out_of.case_account_id
    UNION
    SELECT told.holder, c.id FROM told JOIN blacklist_certificate c ON c.id = told.certificate_id AND c.status = 'revoked'
),
wanted AS (
    SELECT asked.holder, c.id AS certificate_id,
           CASE c.category WHEN 'CASE_ACCOUNT' THEN 'suspension' ELSE 'penalty' END AS kind
    FROM blacklist_certificate c
    JOIN blacklist_certificatesubject n ON n.certificate_id = c.id
    JOIN blacklist_subject s ON s.id = n.subject_id
    JOIN ({holders}) AS asked(holder, key) ON asked.key = s.identity_key
    WHERE c.status = 'in_force' AND NOT EXISTS (SELECT FROM out_of WHERE out_of.named_subject_id = n.id)
      AND CASE c.category
        WHEN 'CASE_ACCOUNT' THEN EXISTS (
            SELECT FROM blacklist_caseaccount o WHERE o.certificate_id = c.id AND o.outside_key IS NOT NULL
              AND NOT EXISTS (SELECT FROM out_of WHERE out_of.case_account_id = o.id))
        ELSE c.certified_on >= %(since)s OR c.term_to >= %(today)s END
    UNION ALL
    SELECT named.holder, c.id, also.kind
    FROM named JOIN blacklist_certificate c ON c.id = named.certificate_id AND c.status = 'in_force'
    CROSS JOIN (VALUES ('suspension'), ('case_account')) AS also(kind)
    WHERE NOT EXISTS (SELECT FROM out_of WHERE out_of.case_account_id = named.part)
)
SELECT holder FROM (
    SELECT holder FROM (SELECT * FROM wanted EXCEPT SELECT holder, certificate_id, kind FROM told) AS untold
    UNION
    SELECT told.holder FROM told JOIN released USING (holder, certificate_id)
    WHERE NOT EXISTS (
        SELECT FROM lifted JOIN blacklist_revocation r ON r.id = lifted.about_id
        WHERE lifted.holder = told.holder AND r.certificate_id = told.certificate_id)
    UNION
    SELECT told.holder FROM told WHERE NOT told.closed AND (told.last_day < %(today)s OR told.anew)
) found
WHERE holder > %(after)s ORDER BY holder LIMIT %(limit)s
"""


#: Whom and what papers name, each with the revocation in part that has taken it out.
_PARTS = """
SELECT n.certificate_id, s.identity_key AS key, NULL AS number, p.revocation_id FROM blacklist_certificatesubject n
JOIN blacklist_subject s ON s.id = n.subject_id
LEFT JOIN blacklist_revokedpart p ON p.named_subject_id = n.id AND p.in_force_at IS NOT NULL
WHERE n.certificate_id = ANY(%(ids)s)
UNION ALL
SELECT a.certificate_id, a.card_key, a.account_number, p.revocation_id FROM blacklist_caseaccount a
LEFT JOIN blacklist_revokedpart p ON p.case_account_id = a.id AND p.in_force_at IS NOT NULL
WHERE a.certificate_id = ANY(%(ids)s) AND a.bank_code = ''
"""


@dataclass(frozen=True, slots=True)
class RevocationTold:
    """What revoked a certificate, or some of whom and what it names, as a letter names it.

    :ivar undone: the bank has undone the list that brought the certificate: no paper revokes that.
    """

    id: UUID
    doc_no: str
    revoked_on: date
    at: datetime
    ground: RevocationGround = RevocationGround.REVOKED
    whole: bool = True
    undone: bool = False


@dataclass(frozen=True, slots=True)
class CertificateTold:
    """A certificate as a letter names it: who certified what by which paper, and what revoked it or part of it.

    :ivar revocations: in force, the first one first.
    :ivar parts: whom and what it names at this bank, by key or account number, each with the id of the revocation in
        part that has taken it out; read only where there is one.
    """

    certificate: CertificateRef
    certified_on: date
    category: Category
    legal_basis: LegalBasis
    revocations: tuple[RevocationTold, ...] = ()
    parts: Mapping[bytes | str, UUID | None] = field(default_factory=dict, repr=False)

    def out_for(self, keys: Iterable[bytes], account_numbers: Iterable[str]) -> tuple[RevocationTold, ...]:
        """Return the revocations that ended what it brought upon a holder, the last one last.

        One in part is among them only for whom or what it hit, and one of the whole not for whom the parts had ended it.

        :param keys: of the holder's documents and cards.
        :param account_numbers: all that the holder has or had here.
        """
        numbers = (account_reference(number, THIS_BANK)[0] for number in account_numbers)
        asked: set[bytes | str] = {*keys, *numbers}
        hit = {self.parts[each] for each in asked if each in self.parts}
        by_whole = not hit or None in hit
        return tuple(each for each in self.revocations if (by_whole if each.whole else each.id in hit))


def certificates_told(certificate_ids: Collection[UUID]) -> Mapping[UUID, CertificateTold]:
    """Return certificates as letters name them, in three queries at most."""
    if not certificate_ids:
        return {}
    revoked: defaultdict[UUID, list[RevocationTold]] = defaultdict(list)
    for certificate_id, told in _revocations(certificate_ids):
        revoked[certificate_id].append(told)
    in_part = [each for each, told in revoked.items() if not all(one.whole for one in told)]
    parts: defaultdict[UUID, dict[bytes | str, UUID | None]] = defaultdict(dict)
    for row in rows(_PARTS, {"ids": in_part}) if in_part else ():
        for key in (row["number"], row["key"] and bytes(row["key"])):
            if key:
                parts[row["certificate_id"]][key] = row["revocation_id"]
    found = Certificate.objects.filter(pk__in=set(certificate_ids)).defer("content")
    return {
        each.id: CertificateTold(
            CertificateRef(each.authority_name, each.doc_no),
            each.certified_on,
            Category(each.category),
            LegalBasis(each.legal_basis),
            tuple(revoked[each.id]),
            parts[each.id],
        )
        for each in found
    }


def _revocations(certificate_ids: Collection[UUID]) -> Iterator[tuple[UUID, RevocationTold]]:
    found = Revocation.objects.filter(certificate__in=set(certificate_ids), status=RevocationStatus.IN_FORCE)
    for each in found.defer("reason").order_by("in_force_at", "id"):
        if each.in_force_at is not None:
            yield (
                each.certificate_id,
                RevocationTold(
                    each.id, each.doc_no, each.revoked_on, each.in_force_at, RevocationGround(each.ground), each.whole,
                    undone=each.undoes_id is not None,
                ),
            )  # fmt: skip


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
    """Return the query that finds which of all holders may be owed a letter, ascending: who it is not is owed none.

    :param holders: a query of (holder, identity key).
    :param accounts: a query of (holder, account number), all accounts each holds or held here.
    :param cards: a query of (holder, card key), all cards on these.
    :param letters: a query of (holder, certificate_id, kind, last_day, closed, anew), of each letter that told a
        beginning (`penalty`, `suspension`, `case_account`): the last day it named, whether another told the end, and
        whether the holder was identified again since.
    :param lifts: a query of (holder, about_id), of each letter that told a release, and what that was about.
    :param since: penalties certified before this day are over, unless a paper's own term is not.
    :param after: the holder to go on after.
    """
    text = _TO_BE_TOLD.format(holders=holders, accounts=accounts, cards=cards, letters=letters, lifts=lifts)
    params: Params = {"since": since, "today": today, "after": after, "limit": limit}
    return Query(text, params, lambda found: [row["holder"] for row in found])
