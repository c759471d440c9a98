"""Rows that wait for a second person: one base for all, whatever they propose."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from config.kernel.law.text import Text
from config.kernel.models.base import UuidModel

#: How every such table writes that a row waits.
PENDING = "pending"
#: How it writes that a row is not in force: not yet, or never.
NOT_IN_FORCE = (PENDING, "rejected", "withdrawn", "expired")


class ProposedModel(UuidModel):
    """Something that is in force only once a second person approves it.

    pending -> in force | rejected | withdrawn | expired, together with its proposal and by it alone
    (`config.kernel.approvals`); a row that was turned down, taken back or forgotten is kept and means nothing.

    :cvar IN_FORCE: how the table writes that a row is in force.
    :cvar SINCE: the column that holds since when it is; None where the row does not say.
    """

    IN_FORCE: ClassVar[str] = "active"
    SINCE: ClassVar[str | None] = "in_force_at"

    status = models.CharField(max_length=16, default=PENDING, verbose_name=Text("状态", "Status"))

    class Meta:
        abstract = True

    @classmethod
    def put_in_force(cls, row_id: UUID, at: datetime, **more: Any) -> bool:
        """Put a row that waits in force (生效); return False when it did not wait."""
        since = {cls.SINCE: at} if cls.SINCE else {}
        return cls._waiting([row_id]).update(status=cls.IN_FORCE, **since, **more) == 1

    @classmethod
    def end(cls, row_ids: Collection[UUID], status: str) -> int:
        """Let rows that wait end without effect: rejected, withdrawn or expired; return how many waited."""
        return cls._waiting(row_ids).update(status=str(status))

    @classmethod
    def _waiting(cls, row_ids: Collection[UUID]) -> models.QuerySet[Any]:
        return cls._default_manager.filter(pk__in=row_ids, status=PENDING)


def in_force_since(name: str, *, status: str = "active", column: str = "in_force_at") -> models.CheckConstraint:
    """Return the rule that what is in force says since when, and nothing else does; other statuses there are none."""
    return models.CheckConstraint(
        name=name,
        condition=Q(status=status, **{f"{column}__isnull": False}) | Q(status__in=NOT_IN_FORCE, **{column: None}),
    )
