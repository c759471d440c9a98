"""Changes of identity: names, renewed and withdrawn documents, merges of customers, ends of conflicts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.customers import Customer, Document, ExternalAccount, IdentityConflict
from accounts.vocabulary import MatchReason, MovedKind, RequestStatus, Sameness
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.identity.masking import mask_document, mask_name
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, ProposedModel, UuidModel, in_force_since
from config.kernel.vault.sealed import Indexed, SealedField, name_key


class NameChange(ProposedModel):
    """A change of a customer's name, proved by a document on file (更改姓名); the former name is kept."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="name_changes")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    old_name = SealedField(
        index=Indexed("old_name_index", lambda row: name_key(row.old_name)),
        mask=mask_name,
        verbose_name=Text("原姓名或名称", "Former name"),
    )
    old_name_index = models.BinaryField(max_length=32)
    name = SealedField(
        index=Indexed("name_index", lambda row: name_key(row.name)),
        mask=mask_name,
        verbose_name=Text("新姓名或名称", "New name"),
    )
    name_index = models.BinaryField(max_length=32)
    evidence = SealedField(verbose_name=Text("查验的凭证", "Evidence seen"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        verbose_name = Text("更改姓名", "Change of name")
        verbose_name_plural = Text("更改姓名", "Changes of name")
        constraints = [in_force_since("name_change_in_force_since")]


class DocumentRenewal(UuidModel):
    """A document shown again with another validity (换证登记). Append-only; it keeps the former validity.

    The validity of a document changes only by its next renewal.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renewals")
    nth = models.PositiveSmallIntegerField(verbose_name=Text("第几次", "Which renewal"))
    # The number of a travel permit ends in a count of its issues; the part that names the person stays the same.
    number = SealedField(mask=mask_document, verbose_name=Text("证件号码", "Document number"))
    old_valid_until = models.DateField(null=True, verbose_name=Text("原有效期至", "Valid until before"))
    valid_until = models.DateField(null=True, verbose_name=Text("证件有效期至", "Document valid until"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"))

    class Meta:
        verbose_name = Text("证件更新", "Renewal of a document")
        verbose_name_plural = Text("证件更新", "Renewals of documents")
        constraints = [
            models.UniqueConstraint(name="document_renewal_once", fields=["document", "nth"]),
            models.CheckConstraint(
                name="document_renewal_not_shorter",
                condition=Q(valid_until=None) | Q(old_valid_until=None) | Q(valid_until__gte=F("old_valid_until")),
            ),
        ]


class Withdrawal(ProposedModel):
    """A document or account that does not belong to the customer any more, in force once a second person approves."""

    reason = SealedField(verbose_name=Text("理由", "Reason"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))

    class Meta:
        abstract = True


class DocumentWithdrawal(Withdrawal):
    """The withdrawal of a document registered by mistake, or belonging to another person (撤销证件)."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        verbose_name = Text("撤销证件", "Withdrawal of a document")
        verbose_name_plural = Text("撤销证件", "Withdrawals of documents")
        constraints = [in_force_since("document_withdrawal_in_force_since")]


class ExternalAccountWithdrawal(Withdrawal):
    """The withdrawal of an account at another bank that is not the customer's own any more (撤销本人他行账户)."""

    external_account = models.ForeignKey(ExternalAccount, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        verbose_name = Text("撤销本人他行账户", "Withdrawal of an own account at another bank")
        verbose_name_plural = Text("撤销本人他行账户", "Withdrawals of own accounts at other banks")
        constraints = [in_force_since("external_account_withdrawal_in_force_since")]


class SamePerson(ProposedModel):
    """A decision that two customers are one person (合并客户), or two (认定为不同人), in force once a second person approves.

    :ivar customer: the surviving customer of a merge.
    :ivar other: the merged customer.
    :ivar reverified_at: after a merge, the instant of the re-verification that counts from then on: what suspended
        either customer continues.
    :ivar reasons: the indications at the time; a decision that they are two persons covers these, not later ones.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="same_persons",
        verbose_name=Text("保留的客户", "Customer that remains"),
    )
    other = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="same_persons_as_other",
        verbose_name=Text("另一客户", "Other customer"),
    )
    decision = CodeField(Sameness, Text("认定结论", "Decision"), max_length=12)
    evidence = SealedField(verbose_name=Text("判断依据", "Evidence"))
    status = CodeField(RequestStatus, Text("状态", "Status"), default=RequestStatus.PENDING)
    asked_at = models.DateTimeField(verbose_name=Text("提交时间", "Submitted"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force from"))
    reverified_at = models.DateTimeField(
        null=True, verbose_name=Text("此后适用的重新核实", "Re-verification that counts")
    )

    reasons = ArrayField(
        models.CharField(max_length=24, choices=MatchReason),
        null=True,
        verbose_name=Text("认定时的依据", "What spoke for one person"),
    )

    class Meta:
        verbose_name = Text("是否同一人的认定", "Decision whether two customers are one person")
        verbose_name_plural = Text("是否同一人的认定", "Decisions whether two customers are one person")
        constraints = [
            in_force_since("same_person_in_force_since"),
            models.CheckConstraint(name="same_person_of_two", condition=~Q(customer=F("other"))),
            models.CheckConstraint(name="same_person_decision_known", condition=Q(decision__in=Sameness.values)),
            models.CheckConstraint(
                name="same_person_reverified_of_one",
                condition=Q(reverified_at=None) | Q(decision="same", status="active"),
            ),
            # A merged customer is not merged again.
            models.UniqueConstraint(
                name="same_person_merged_once", fields=["other"], condition=Q(decision="same", status="active")
            ),
        ]


class MovedRow(UuidModel):
    """A row that came to a customer with a merge (合并转入), written by the database. Append-only.

    From the merge on the row belongs to the surviving customer; until then it belonged to the merged one.
    """

    merge = models.ForeignKey(
        SamePerson, on_delete=models.PROTECT, related_name="moved", verbose_name=Text("合并", "Merge")
    )
    kind = CodeField(MovedKind, Text("种类", "Kind"), max_length=20)
    row_id = models.UUIDField(verbose_name=Text("对象编号", "Object id"))

    class Meta:
        verbose_name = Text("合并转入的记录", "Record that came with a merge")
        verbose_name_plural = Text("合并转入的记录", "Records that came with merges")
        constraints = [
            models.UniqueConstraint(name="moved_row_once", fields=["row_id", "merge"]),
            models.CheckConstraint(name="moved_row_kind_known", condition=Q(kind__in=MovedKind.values)),
        ]


class ConflictReview(UuidModel):
    """The end of an identity conflict: the result, the reason, and the approved correction. Append-only.

    :ivar name_change: the correction that ends it, likewise `same_person` and `document_withdrawal`; at most one is set.
    """

    conflict = models.ForeignKey(IdentityConflict, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    end = CodeField(ConflictEnd, Text("核查结论", "Finding"), max_length=24)
    reason = SealedField(verbose_name=Text("理由", "Reason"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("核查人", "Reviewed by"), db_index=False)
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
