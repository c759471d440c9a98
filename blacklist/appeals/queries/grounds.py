"""Upheld appeals on which a revocation may rest; `blacklist.queries.grounds` calls these functions."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from blacklist.appeals.models import Appeal
from blacklist.appeals.policy.course import check_upheld
from blacklist.appeals.queries.appeals import appeals_of
from blacklist.appeals.vocabulary import AppealStatus
from blacklist.queries.grounds import Ground
from config.kernel.vault.masked import masked


def grounds_of(certificate_id: UUID) -> list[Ground]:
    """Return the upheld appeals against a certificate, latest first."""
    upheld = [each for each in appeals_of(certificate_id) if each.status == AppealStatus.UPHELD]
    return [
        Ground(
            each.id,
            each.named_subject_id,
            " · ".join(filter(None, (each.received_on.isoformat(), each.doc_no, masked(each, "appellant")))),
        )
        for each in reversed(upheld)
    ]


def ground_check(certificate_id: UUID, appeal_id: UUID) -> Callable[[], None] | None:
    """Return a check that an appeal is upheld; None when it is no appeal against the certificate.

    The check raises `AppealStateRefused`.
    """
    appeal = Appeal.objects.filter(pk=appeal_id, certificate=certificate_id).first()
    return None if appeal is None else partial(check_upheld, AppealStatus(appeal.status))
