"""Subjects and case accounts of a certificate for the desk: masked, or unmasked for a recorded reason."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject
from blacklist.operations.affected_subjects import AffectedSubject, affected_by, affected_subject_texts
from blacklist.operations.case_accounts import case_holders, number_kinds, shown_number
from blacklist.operations.summaries import subject_summary, subjects_of
from blacklist.queries.certificates import revoked_since
from blacklist.queries.grounds import Ground
from blacklist.vocabulary import CertificateStatus, SubjectKind
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import REASONS, SHOWN_SECONDS
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now


def affected_subjects_of(certificate: Certificate, at: datetime) -> list[AffectedSubject]:
    """Return the subjects that a penalty restricts or will restrict; empty once it is over."""
    over = certificate.status in {CertificateStatus.REJECTED, CertificateStatus.REVOKED}
    return [] if over else affected_by([certificate], at).get(certificate.id, [])


def subjects_context(
    request: DeskRequest,
    certificate: Certificate,
    *,
    hits: Sequence[AffectedSubject] | None = None,
    whole: bool = False,
) -> dict[str, Any]:
    """Return the context of `blacklist/desk/named.html` for a certificate.

    :param hits: restricted subjects; None to look them up.
    :param whole: show unmasked data; the caller has recorded the look.
    """
    out = revoked_since(certificate.revocations.all())
    return {
        "certificate": certificate,
        "subjects": [_subject(each, out, whole=whole) for each in subjects_of(certificate)],
        "accounts": list(_accounts(certificate.case_accounts.all(), out, whole=whole)),
        "holders": list(case_holders(certificate)),
        "hits": affected_subject_texts(affected_subjects_of(certificate, bank_now()) if hits is None else hits),
        "whole": whole,
        "unmasks": may(request.caller, Permission.UNMASK_CERTIFICATE),
        "reasons": REASONS.items(),
        "seconds": SHOWN_SECONDS,
    }


def subject_choices(certificate: Certificate) -> list[tuple[str, str]]:
    """Return the subjects of a certificate, masked, by their places in the certificate."""
    shown = ((place, subject_summary(each)) for place, each in enumerate(subjects_of(certificate), start=1))
    return [(str(place), f"{each['name']} · {each['document']['number']}") for place, each in shown]


def part_choices(certificate: Certificate) -> list[tuple[str, str]]:
    """Return subjects and accounts of a certificate that are not revoked, masked, by place."""
    out = revoked_since(certificate.revocations.all())
    found = []
    for place, subject in enumerate(subjects_of(certificate), start=1):
        if subject.id not in out:
            shown = subject_summary(subject)
            found.append((f"subject-{place}", f"{shown['name']} · {shown['document']['number']}"))
    rows = sorted(certificate.case_accounts.all(), key=lambda each: each.pk)
    kinds = number_kinds(rows)
    for place, row in enumerate(rows, start=1):
        if row.id not in out:
            kind = kinds[row.id]
            found.append(
                (f"account-{place}", f"{shown_number(row, kind, masked=True)} · {row.bank_code or kind.words}")
            )
    return found


def upheld_choices(certificate: Certificate, grounds: Iterable[Ground]) -> list[str]:
    """Return those of `part_choices` that an upheld appeal concerns; the revocation form preselects them."""
    upheld = {each.named_subject_id for each in grounds}
    out = revoked_since(certificate.revocations.all())
    numbered = enumerate(subjects_of(certificate), start=1)
    return [f"subject-{place}" for place, each in numbered if each.id in upheld and each.id not in out]


def _subject(subject: CertificateSubject, out: Mapping[UUID, datetime], *, whole: bool) -> dict[str, Any]:
    shown = subject_summary(subject)
    shown["revoked_at"] = out.get(subject.id)
    shown["kind"] = SubjectKind.word(shown["kind"])
    if whole:
        shown["name"] = str(subject.name)
        shown["document"]["number"] = str(subject.document_number)
    return shown


def _accounts(
    accounts: Iterable[CaseAccount], out: Mapping[UUID, datetime], *, whole: bool
) -> Iterable[tuple[str, str, str, datetime | None]]:
    """Return number, bank, kind of number and instant of revocation for each case account."""
    rows = sorted(accounts, key=lambda each: each.pk)
    kinds = number_kinds(rows)
    for each in rows:
        kind = kinds[each.id]
        number = each.number if whole else shown_number(each, kind, masked=True)
        yield number, each.bank_code, kind.words, out.get(each.id)
