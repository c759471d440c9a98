"""Filters of a list that somebody comes back to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from config.kernel.law.text import Text
from config.kernel.models.base import UuidModel
from config.kernel.models.principals import Principal
from config.kernel.vault.sealed import SealedField

#: So many views of one list a person keeps.
VIEWS_MOST = 10
#: So much of a view the database takes, sealed.
VIEW_MAX = 2048


class SavedView(UuidModel):
    """Filters of a list under a name of its reader's own (已存条件); nobody else is shown them.

    :ivar page: of which list.
    :ivar slot: its place among the reader's views of this list, from 1.
    :ivar content: JSON of name and filters: a name is free text, so both are sealed.
    """

    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("用户", "User")
    )
    page = models.CharField(max_length=20, verbose_name=Text("清单", "List"))
    slot = models.SmallIntegerField(verbose_name=Text("序号", "Place"))
    content = SealedField()
    saved_at = models.DateTimeField(db_default=Now(), verbose_name=Text("保存时间", "Saved"))

    class Meta:
        verbose_name = Text("已存条件", "Saved view")
        verbose_name_plural = Text("已存条件", "Saved views")
        constraints = [
            models.UniqueConstraint(name="saved_view_once_per_slot", fields=["principal", "page", "slot"]),
            models.CheckConstraint(name="saved_views_are_few", condition=Q(slot__gte=1, slot__lte=VIEWS_MOST)),
            models.CheckConstraint(name="saved_view_is_small", condition=LessThanOrEqual(Length("content"), VIEW_MAX)),
        ]

    def __str__(self) -> str:
        return f"{self.id}"
