"""What an identity conflict turned out to be (身份冲突的核查)."""

from django.db import models
from django.db.models import Q

from accounts.models.customers import IdentityConflict
from accounts.models.names import NameChange
from accounts.models.sameness import SamePerson
from accounts.models.withdrawals import DocumentWithdrawal
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.law.text import Text
from config.kernel.models import Principal, UuidModel
from config.kernel.vault.sealed import SealedField


class ConflictReview(UuidModel):
    """The end of an identity conflict: what it is, why, and what was approved that puts it right. Append-only.

    :ivar name_change: likewise `same_person` and `document_withdrawal`: named where it ends by one, and by that one alone.
    """

    conflict = models.ForeignKey(IdentityConflict, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    end = models.CharField(max_length=24, choices=ConflictEnd, verbose_name=Text("核查结论", "Finding"))
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = models.ForeignKey(
        Principal,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("核查人", "Reviewed by"),
    )
    name_change = models.ForeignKey(
        NameChange, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("更改姓名", "Change of name"),
    )  # fmt: skip
    same_person = models.ForeignKey(
        SamePerson, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("合并客户", "Merge of customers"),
    )  # fmt: skip
    document_withdrawal = models.ForeignKey(
        DocumentWithdrawal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=Text("撤销证件", "Withdrawal of a document"),
    )  # fmt: skip

    class Meta:
        verbose_name = Text("身份冲突核查", "Review of an identity conflict")
        verbose_name_plural = Text("身份冲突核查", "Reviews of identity conflicts")
        constraints = [
            models.UniqueConstraint(name="conflict_review_once", fields=["conflict"]),
            models.CheckConstraint(
                name="conflict_review_rests_on_its_act",
                condition=Q(
                    end__in=["entry_error", "other_person", "misuse"],
                    name_change=None, same_person=None, document_withdrawal=None,
                )
                | Q(end="renamed", name_change__isnull=False, same_person=None, document_withdrawal=None)
                | Q(end="same_person", name_change=None, same_person__isnull=False, document_withdrawal=None)
                | Q(end="document_withdrawn", name_change=None, same_person=None, document_withdrawal__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.id)
