"""Traces of requests: idempotency keys, drafts of forms, saved filters of lists."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from config.kernel.law.text import Text
from config.kernel.models.base import PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField


class IdempotencyKey(UuidModel):
    """One idempotency key of one principal: its request, and the answer once there is one.

    The row is written before the effects and in their transaction, so a repeated request waits for it.
    """

    principal = PrincipalKey(Text("操作主体", "Principal"), db_index=False, db_constraint=False)
    key = models.CharField(max_length=255, verbose_name=Text("键", "Key"))
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField(null=True, verbose_name=Text("响应状态", "Response status"))
    # Sealed, because an answer can contain a complete card number once.
    body = SealedField(null=True)
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("防重键", "Idempotency key")
        verbose_name_plural = Text("防重键", "Idempotency keys")
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once_per_principal", fields=["principal", "key"]),
        ]
        indexes = [models.Index(name="idempotency_key_age", fields=["created_at"])]


#: Maximum bytes of a sealed draft in the database.
SEALED_MAX = 65_536


class FormDraft(UuidModel):
    """Unsubmitted or refused input of one person in one form (未提交的内容), for a day at most.

    :ivar user: its person, the only reader.
    :ivar address: of the form; it contains ids and no other data.
    :ivar saved_at: by the real clock, like sessions.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("用户", "User"),
    )
    address = models.CharField(max_length=300, verbose_name=Text("表单", "Form"))
    content = SealedField()
    saved_at = models.DateTimeField(db_default=Now(), verbose_name=Text("保存时间", "Saved"))

    class Meta:
        verbose_name = Text("未提交的内容", "Unsubmitted entries")
        verbose_name_plural = Text("未提交的内容", "Unsubmitted entries")
        constraints = [
            models.UniqueConstraint(name="draft_once_per_form", fields=["user", "address"]),
            models.CheckConstraint(name="draft_is_small", condition=LessThanOrEqual(Length("content"), SEALED_MAX)),
        ]
        indexes = [models.Index(name="draft_age", fields=["saved_at"])]


#: Maximum number of a person's views of one list.
VIEWS_MOST = 10
#: Maximum bytes of a sealed view in the database.
VIEW_MAX = 2048


class SavedView(UuidModel):
    """Named filters of a list (已存条件); only their owner can read them.

    :ivar page: the list.
    :ivar slot: position among the owner's views of this list, from 1.
    :ivar content: JSON of name and filters; both are sealed, because a name is free text.
    """

    principal = PrincipalKey(Text("用户", "User"), db_index=False)
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
