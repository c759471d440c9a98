"""Facts about certificates for letters (信函所载认定书)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.policy.content import remarks_of
from blacklist.queries.certificate_refs import CertificateRef
from blacklist.queries.certificates import CertificateNames
from blacklist.queries.content import paper_facts
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import THIS_BANK, Category, CertificateStatus, Remark, RevocationGround, RevocationStatus
from config.kernel.database.sql import rows
from config.kernel.identity.account_numbers import account_reference
from config.kernel.law.dates import shanghai_day

#: Names in certificates, each with the partial revocation that removed it.
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
class LetterRevocation:
    """A revocation or correction of a certificate, as a letter describes it.

    :ivar undone: the bank undid the list of the certificate; there is no revoking document.
    :ivar corrected: it is a correction that does not name the addressee; without a number, the bank had entered the
        certificate wrongly.
    """

    id: UUID
    doc_no: str
    revoked_on: date
    at: datetime
    ground: RevocationGround = RevocationGround.REVOKED
    whole: bool = True
    undone: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class LetterCertificate:
    """A certificate as a letter describes it, with its revocations and corrections.

    :ivar remarks: points in which it does not fit its legal basis.
    :ivar revocations: revocations in force, earliest first.
    :ivar parts: its subjects and accounts at this bank, by key or account number, each with the id of the partial
        revocation that removed it. Read only if there is a partial revocation or a correction..
    :ivar corrects: ids of the certificates that it corrects, latest first.
    :ivar correction: for a correction: its document and start.
    :ivar became: the correction that replaced it.
    """

    certificate: CertificateRef
    certified_on: date
    category: Category
    legal_basis: LegalBasis
    remarks: tuple[Remark, ...] = ()
    revocations: tuple[LetterRevocation, ...] = ()
    parts: Mapping[bytes | str, UUID | None] = field(default_factory=dict, repr=False)
    corrects: tuple[UUID, ...] = ()
    correction: LetterRevocation | None = None
    became: "LetterCertificate | None" = field(default=None, repr=False)

    def out_for(self, keys: Iterable[bytes], account_numbers: Iterable[str]) -> tuple[LetterRevocation, ...]:
        """Return the revocations that ended the certificate's effects on a holder, latest last.

        A partial revocation counts only for the subjects and accounts that it removed. A full revocation does not
        count for a holder whose parts were all removed before. A correction counts only for a holder whom it does not
        name; for others, the end of the correction is the end.

        :param keys: keys of the holder's documents and cards.
        :param account_numbers: all present and former accounts of the holder.
        """
        return self._out_for({*keys, *(account_reference(number, THIS_BANK)[0] for number in account_numbers)})

    def _out_for(self, asked: Collection[bytes | str]) -> tuple[LetterRevocation, ...]:
        hit = {self.parts[each] for each in asked if each in self.parts}
        by_whole = not hit or None in hit
        out = tuple(each for each in self.revocations if (by_whole if each.whole else each.id in hit))
        if self.became is None or self.became.correction is None or not by_whole:
            return out
        named = any(each in self.became.parts for each in asked)
        return self.became._out_for(asked) if named else (*out, self.became.correction)


def letter_certificates(certificate_ids: Collection[UUID]) -> Mapping[UUID, LetterCertificate]:
    """Return certificates for letters, in at most three queries, plus two per step of corrections."""
    if not certificate_ids:
        return {}
    found = _with_corrections(certificate_ids)
    revoked: defaultdict[UUID, list[LetterRevocation]] = defaultdict(list)
    for certificate_id, revocation in _revocations(found):
        revoked[certificate_id].append(revocation)
    became = {each.corrects_id: each.id for each in found.values() if each.corrects_id is not None}
    in_part = [each for each, revocations in revoked.items() if not all(one.whole for one in revocations)]
    in_part += {*became, *became.values()}.difference(in_part)
    parts: defaultdict[UUID, dict[bytes | str, UUID | None]] = defaultdict(dict)
    for row in rows(_PARTS, {"ids": in_part}) if in_part else ():
        for key in (row["number"], row["key"] and bytes(row["key"])):
            if key:
                parts[row["certificate_id"]][key] = row["revocation_id"]
    made: dict[UUID, LetterCertificate] = {}
    # Newest first: a correction is later than the corrected certificate.
    for each in sorted(found.values(), key=lambda row: row.id, reverse=True):
        made[each.id] = LetterCertificate(
            CertificateRef(each.authority_name, each.doc_no),
            each.certified_on,
            Category(each.category),
            LegalBasis(each.legal_basis),
            remarks_of(paper_facts(each)),
            tuple(revoked[each.id]),
            parts[each.id],
            tuple(_corrected(each, found)),
            _correction(each),
            made[became[each.id]] if each.id in became else None,
        )
    return made


def _with_corrections(certificate_ids: Collection[UUID]) -> dict[UUID, Certificate]:
    """Return certificates with those that they correct and those that corrected them, step by step."""
    certificates: dict[UUID, Certificate] = {}
    asked: set[UUID] = set()
    wanted = set(certificate_ids)
    came = Q(status__in=[CertificateStatus.IN_FORCE, CertificateStatus.REVOKED])
    while wanted:
        asked |= wanted
        rows_of = Certificate.objects.filter(Q(pk__in=wanted) | came & Q(corrects__in=wanted))
        certificates |= {each.id: each for each in rows_of.defer("content", "correction_reason")}
        wanted = ({*certificates} | {each.corrects_id for each in certificates.values() if each.corrects_id}) - asked
    return certificates


def _corrected(row: Certificate, certificates: Mapping[UUID, Certificate]) -> Iterator[UUID]:
    while row.corrects_id is not None:
        row = certificates[row.corrects_id]
        yield row.id


def _correction(row: Certificate) -> LetterRevocation | None:
    """Return a correction that is or was in force as the end of the certificate for omitted subjects."""
    if row.corrects_id is None or row.in_force_at is None:
        return None
    day = shanghai_day(row.in_force_at)
    return LetterRevocation(row.id, row.correction_no, day, row.in_force_at, corrected=True)


def _revocations(certificate_ids: Collection[UUID]) -> Iterator[tuple[UUID, LetterRevocation]]:
    found = Revocation.objects.filter(certificate__in=set(certificate_ids), status=RevocationStatus.IN_FORCE)
    for each in found.defer("reason").order_by("in_force_at", "id"):
        if each.in_force_at is not None:
            yield (
                each.certificate_id,
                LetterRevocation(
                    each.id, each.doc_no, each.revoked_on, each.in_force_at, RevocationGround(each.ground), each.whole,
                    undone=each.undoes_id is not None,
                ),
            )  # fmt: skip


def names_in(certificate_id: UUID) -> CertificateNames:
    """Return the names in a certificate."""
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
