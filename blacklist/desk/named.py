"""The subjects of a certificate: masked, or whole for a caller who gave a reason."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from blacklist.models import CaseAccount, Certificate, CertificateSubject
from blacklist.operations.case_accounts import named_by, shown_number
from blacklist.operations.case_holders import case_holders
from blacklist.operations.hits import Hit, hits_of, told_of
from blacklist.operations.summaries import subject_summary
from blacklist.vocabulary import CertificateStatus, SubjectKind
from config.desk.requests import DeskRequest
from config.desk.unmasking import REASONS, SHOWN_SECONDS
from config.kernel.clock import bank_now
from config.kernel.permissions import Permission, may


def whom_it_hits(certificate: Certificate, at: datetime) -> list[Hit]:
    """Return whom a penalty restricts, or will once it is in force; nobody when that is over."""
    over = certificate.status in {CertificateStatus.REJECTED, CertificateStatus.REVOKED}
    return [] if over else hits_of([certificate], at).get(certificate.id, [])


def named(
    request: DeskRequest, certificate: Certificate, *, hits: Sequence[Hit] | None = None, whole: bool = False
) -> dict[str, Any]:
    """Return what `blacklist/desk/named.html` shows of a certificate.

    :param hits: whom it restricts; looked up where they are not at hand.
    :param whole: the whole data; the look is on record already.
    """
    return {
        "certificate": certificate,
        "subjects": [_subject(each, whole=whole) for each in certificate.subjects.all()],
        "accounts": list(_accounts(certificate.case_accounts.all(), whole=whole)),
        "holders": list(case_holders(certificate)),
        "hits": told_of(whom_it_hits(certificate, bank_now()) if hits is None else hits),
        "whole": whole,
        "unmasks": may(request.caller, Permission.UNMASK_CERTIFICATE),
        "reasons": REASONS.items(),
        "seconds": SHOWN_SECONDS,
    }


def _subject(subject: CertificateSubject, *, whole: bool) -> dict[str, Any]:
    shown = subject_summary(subject)
    shown["kind"] = SubjectKind.word(shown["kind"])
    if whole:
        shown["name"] = str(subject.name)
        shown["document"]["number"] = str(subject.document_number)
    return shown


def _accounts(accounts: Iterable[CaseAccount], *, whole: bool) -> Iterable[tuple[str, str, str]]:
    """Return number, bank and what the number is."""
    rows = list(accounts)
    kinds = named_by(rows)
    for each in rows:
        kind = kinds[each.id]
        number = each.number if whole else shown_number(each, kind, masked=True)
        yield number, each.bank_code, kind.words
