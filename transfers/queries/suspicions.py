"""Queries of suspicions of fraud, for staff alone."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.queries.merged_customers import ids_of
from transfers.models import Suspicion, Transfer


def suspicions_between(
    begins_at: datetime | None = None, ends_at: datetime | None = None, kind: str = ""
) -> QuerySet[Suspicion]:
    """Return the suspicions recorded in a window of time, with their recorders.

    :param begins_at: inclusive; `ends_at` is exclusive. None for no limit.
    :param kind: empty for all kinds.
    """
    limits = {"at__gte": begins_at, "at__lt": ends_at, "kind": kind}
    wanted = {name: value for name, value in limits.items() if value}
    return Suspicion.objects.select_related("principal").filter(**wanted)


def suspicions_counted(begins_at: datetime, ends_at: datetime) -> dict[str, int]:
    """Return the number of suspicions recorded in a window of time by kind, of those that `suspicions_between` lists."""
    counted = suspicions_between(begins_at, ends_at).order_by().values("kind").annotate(count=Count("pk"))
    return {row["kind"]: row["count"] for row in counted}


def suspicions_of(customer_id: UUID) -> QuerySet[Suspicion]:
    """Return the suspicions about a customer, also from before a merge, newest first.

    :param customer_id: of the surviving customer.
    """
    return suspicions_between().filter(customer__in=ids_of(customer_id)).order_by("-pk")


def suspicions_about(transfer: Transfer) -> list[Suspicion]:
    """Return the last suspicions about a transfer or its payer, without their words, newest first."""
    about = (
        Q(transfer=transfer) | Q(account=transfer.payer_account_id)
        if transfer.payer_account_id
        else Q(transfer=transfer)
    )
    return list(Suspicion.objects.filter(about).defer("words").order_by("-pk")[:20])
