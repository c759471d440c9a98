"""What people typed and did not send."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from config.kernel.law.text import Text
from config.kernel.models.base import UuidModel
from config.kernel.vault.sealed import SealedField

#: So much of a draft the database takes, sealed.
SEALED_MAX = 65_536


class FormDraft(UuidModel):
    """What a person typed into one form and has not submitted, or submitted in vain (未提交的内容): for a day at most.

    :ivar user: whose it is; nobody else is shown it.
    :ivar address: the form's, with ids in it and nothing else.
    :ivar saved_at: by the real clock, as sessions are.
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

    def __str__(self) -> str:
        return f"{self.id}"
