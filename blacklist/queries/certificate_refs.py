"""Certificates that restrict a customer (认定文书), so that staff can name the authority for an appeal."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklist.models import Certificate
from blacklist.policy.restrictions import Restriction
from config.kernel.law.ends import end_text
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True)
class CertificateRef:
    """Number and authority of a certificate."""

    authority: str
    doc_no: str


@dataclass(frozen=True, slots=True)
class CertifiedRestriction:
    """A restriction with the certificate that causes it.

    :ivar grace: whether it begins only after the days of grace for a re-verification (宽限期).
    """

    restriction: Restriction
    certificate: CertificateRef
    grace: bool = False

    @property
    def grace_until(self) -> Text:
        """Return the last day on which a re-verification prevents the restriction, in words."""
        return end_text(self.restriction.starts_at)


def certificate_refs(certificate_ids: Collection[UUID]) -> Mapping[UUID, CertificateRef]:
    """Return number and authority of certificates by id, in at most one query."""
    if not certificate_ids:
        return {}
    found = Certificate.objects.filter(pk__in=set(certificate_ids)).values_list("id", "authority_name", "doc_no")
    return {certificate_id: CertificateRef(authority, doc_no) for certificate_id, authority, doc_no in found}


def with_certificates(
    restrictions: Iterable[Restriction], grace: Iterable[Restriction] = ()
) -> list[CertifiedRestriction]:
    """Return restrictions with their certificates, in at most one query.

    :param grace: restrictions that begin after the days of grace.
    """
    found, begin = list(restrictions), list(grace)
    refs = certificate_refs({each.certificate_id for each in (*found, *begin)})
    return [CertifiedRestriction(each, refs[each.certificate_id]) for each in found] + [
        CertifiedRestriction(each, refs[each.certificate_id], grace=True) for each in begin
    ]


def restriction_answers(restrictions: Iterable[Restriction]) -> list[dict[str, Any]]:
    """Return restrictions as the API shows them to staff, in at most one query."""
    return [
        {**each.restriction.answer(), "authority": each.certificate.authority, "doc_no": each.certificate.doc_no}
        for each in with_certificates(restrictions)
    ]
