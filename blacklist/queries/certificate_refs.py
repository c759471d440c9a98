"""By which paper somebody is restricted (认定文书): what staff tell who asks whom to appeal to."""

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
    """A certificate by its number, and who has issued it."""

    authority: str
    doc_no: str


@dataclass(frozen=True, slots=True)
class CertifiedRestriction:
    """A restriction with the paper that it rests on.

    :ivar grace: whether it begins only when the days are over in which the holder may be verified again (宽限期).
    """

    restriction: Restriction
    certificate: CertificateRef
    grace: bool = False

    @property
    def grace_until(self) -> Text:
        """Return until when the holder may be verified again before it begins."""
        return end_text(self.restriction.starts_at)


def certificate_refs(certificate_ids: Collection[UUID]) -> Mapping[UUID, CertificateRef]:
    """Return the papers of certificates, in one query, and in none where there are none."""
    if not certificate_ids:
        return {}
    found = Certificate.objects.filter(pk__in=set(certificate_ids)).values_list("id", "authority_name", "doc_no")
    return {certificate_id: CertificateRef(authority, doc_no) for certificate_id, authority, doc_no in found}


def with_certificates(
    restrictions: Iterable[Restriction], grace: Iterable[Restriction] = ()
) -> list[CertifiedRestriction]:
    """Return restrictions with their papers, in one query at most.

    :param grace: those that begin when some days of grace are over.
    """
    found, begin = list(restrictions), list(grace)
    refs = certificate_refs({each.certificate_id for each in (*found, *begin)})
    return [CertifiedRestriction(each, refs[each.certificate_id]) for each in found] + [
        CertifiedRestriction(each, refs[each.certificate_id], grace=True) for each in begin
    ]


def restriction_answers(restrictions: Iterable[Restriction]) -> list[dict[str, Any]]:
    """Return restrictions as the contract shows them to staff, in one query at most."""
    return [
        {**each.restriction.answer(), "authority": each.certificate.authority, "doc_no": each.certificate.doc_no}
        for each in with_certificates(restrictions)
    ]
