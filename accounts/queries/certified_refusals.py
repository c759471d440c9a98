"""Certificates behind a refusal, for pages at the counter; a machine does not name them."""

from collections.abc import Mapping
from uuid import UUID

from accounts.queries.accounts import show_account
from accounts.refusals.other_restrictions import RestrictionRefusal
from blacklist.queries import with_certificates
from blacklist.queries.certificate_refs import CertificateRef, CertifiedRestriction, certificate_refs
from config.kernel.database.ids import read_id
from config.kernel.law.refusals import Refusal


def certificates_behind(account_id: UUID, refusal: Refusal) -> list[CertifiedRestriction]:
    """Return the restrictions of an account with their certificates, where these are why an order was refused; else nothing."""
    if not isinstance(refusal, RestrictionRefusal) or "side" in refusal.fields:
        return []
    shown = show_account(account_id)
    return with_certificates(shown.restrictions) if shown else []


def certificate_named(fields: Mapping[str, object]) -> CertificateRef | None:
    """Return the certificate that a refusal names, None where it names none."""
    certificate_id = read_id(fields.get("certificate_id"))
    return certificate_refs([certificate_id]).get(certificate_id) if certificate_id else None
