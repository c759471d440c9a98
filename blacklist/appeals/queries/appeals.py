"""Queries of appeals: by certificate, by status, and those without an answer."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from blacklist.appeals.models import Appeal, AppealAttachment
from blacklist.appeals.policy.course import OPEN, due_on
from blacklist.models import Revocation

#: Maximum length of the list, oldest first.
MOST = 200


def appeals(status: str | None = None) -> QuerySet[Appeal]:
    """Return appeals, each with the person who recorded it.

    :param status: only appeals of this status; None for all.
    """
    found = Appeal.objects.select_related("made_by").defer("grounds", "appellant", "answer")
    return found.filter(status=status) if status else found


def open_appeals() -> list[Appeal]:
    """Return the appeals that wait for an answer, oldest first, 200 at most."""
    found = Appeal.objects.select_related("certificate", "made_by").defer("grounds", "answer", "certificate__content")
    return list(found.filter(status__in=OPEN).order_by("received_on", "pk")[:MOST])


def appeals_of(certificate_id: UUID) -> list[Appeal]:
    """Return the appeals against a certificate, oldest first."""
    return list(Appeal.objects.select_related("made_by").filter(certificate_id=certificate_id).order_by("pk"))


def find_appeal(appeal_id: UUID) -> Appeal | None:
    """Return one appeal with its certificate; None when the id is unknown."""
    return Appeal.objects.select_related("certificate").filter(pk=appeal_id).first()


def revocations_of(appeals: Collection[Appeal]) -> Mapping[UUID, list[Revocation]]:
    """Return the revocations that name some appeals as their ground, oldest first, by appeal."""
    by_appeal: dict[UUID, list[Revocation]] = {each.id: [] for each in appeals}
    certificates = {each.certificate_id for each in appeals}
    named = Revocation.objects.filter(certificate__in=certificates, appeal__in=list(by_appeal)).defer("reason")
    for each in named.order_by("pk"):
        if each.appeal_id is not None:
            by_appeal[each.appeal_id].append(each)
    return by_appeal


def attachments_of(appeal_id: UUID) -> QuerySet[AppealAttachment]:
    """Return the scans of an appeal without their content, each with the person who added it."""
    return AppealAttachment.objects.select_related("principal").filter(appeal_id=appeal_id).defer("content")


def due_on_of(appeal: Appeal) -> date | None:
    """Return the last day on which the answer to an appeal is in time; None once it is answered."""
    return due_on(appeal.received_on, settings.APPEAL_DUE_DAYS) if appeal.status in OPEN else None
