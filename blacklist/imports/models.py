"""Tables of list imports (名单导入), of proposals to undo one, and of uploaded pieces.

The rows of a list are in staging tables without models (`blacklist.imports.operations`), encrypted for their final
column.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from blacklist.imports.vocabulary import ListStatus
from blacklist.vocabulary import RevocationGround
from config.kernel.intake.models import Import, Piece
from config.kernel.law.text import Text
from config.kernel.models import Approval, CodeField, PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField

#: Whether an import waits for a second person is seen from its proposal, whether it is sealed from the clock.
STORED = [each.value for each in ListStatus if each not in {ListStatus.PENDING, ListStatus.SEALED}]
_APPROVED = ["applying", "applied", "undoing", "undone"]
_DONE = ["applied", "undoing", "undone"]
_UNDONE = ["undoing", "undone"]


class ListImport(Import):
    """One list: staging -> staged | refused; staged -> applying -> applied -> undoing -> undone.

    :ivar source: name of the file.
    :ivar dry_run: True if the list is only counted and never submitted.
    :ivar line_count: estimated number of rows of the file; `read` is the number read and kept.
    :ivar rows_due: number of rows to register, or of certificates to undo; `rows_done` is the number done.
    :ivar reached: the line of the file up to which certificates are registered.
    :ivar begun_at: start of the registration or of the undoing.
    :ivar sealed_from: instant from which the list cannot be undone.
    :ivar undo_at: approval of the undoing.
    :ivar forgotten_at: deletion of its staged rows.
    """

    source = models.CharField(max_length=200, verbose_name=Text("文件名", "File name"))
    dry_run = models.BooleanField(default=False, verbose_name=Text("仅试算", "Dry run only"))
    status = CodeField(ListStatus, Text("状态", "Status"), max_length=12, default=ListStatus.STAGING)
    started_by = PrincipalKey(Text("导入人", "Started by"), db_index=False)
    line_count = models.PositiveIntegerField(verbose_name=Text("约计行数", "About so many rows"))
    read = models.PositiveIntegerField(default=0, verbose_name=Text("已读行数", "Rows read"))
    begun_at = models.DateTimeField(null=True, verbose_name=Text("开始登记时间", "Registering began"))
    rows_due = models.PositiveIntegerField(default=0, verbose_name=Text("应登记行数", "Rows to be registered"))
    rows_done = models.PositiveIntegerField(default=0, verbose_name=Text("已登记行数", "Rows registered"))
    reached = models.PositiveIntegerField(default=0, verbose_name=Text("已登记至", "Registered up to"))
    applied_at = models.DateTimeField(null=True, verbose_name=Text("登记完成时间", "Registered"))
    sealed_from = models.DateTimeField(null=True, verbose_name=Text("封存时间", "Sealed from"))
    undo_at = models.DateTimeField(null=True, verbose_name=Text("撤销复核通过时间", "Undoing approved"))
    undone_at = models.DateTimeField(null=True, verbose_name=Text("撤销完成时间", "Undone"))
    forgotten_at = models.DateTimeField(null=True, verbose_name=Text("清除明细时间", "Rows deleted"))

    class Meta:
        app_label = "blacklist"
        verbose_name = Text("名单导入", "Import of a list")
        verbose_name_plural = Text("名单导入", "Imports of lists")
        constraints = [
            models.CheckConstraint(name="list_import_status_known", condition=Q(status__in=STORED)),
            # A dry run registers nothing.
            models.CheckConstraint(
                name="list_import_in_force_since",
                condition=Q(status__in=_APPROVED, in_force_at__isnull=False, dry_run=False)
                | (~Q(status__in=_APPROVED) & Q(in_force_at=None)),
            ),
            models.CheckConstraint(
                name="list_import_checked_first",
                condition=Q(status__in=["staging", "refused"]) | Q(staged_at__isnull=False),
            ),
            models.CheckConstraint(
                name="list_import_applied_whole",
                condition=Q(
                    status__in=_DONE,
                    applied_at__isnull=False,
                    sealed_from__isnull=False,
                    sealed_from__gt=F("applied_at"),
                )
                | (~Q(status__in=_DONE) & Q(applied_at=None, sealed_from=None)),
            ),
            # From a certain day a list can no longer be undone, except by revocations of single certificates.
            models.CheckConstraint(
                name="list_import_undone_before_sealed",
                condition=Q(
                    status__in=_UNDONE,
                    undo_at__isnull=False,
                    undo_at__gte=F("applied_at"),
                    undo_at__lt=F("sealed_from"),
                )
                | (~Q(status__in=_UNDONE) & Q(undo_at=None)),
            ),
            models.CheckConstraint(
                name="list_import_undone_since",
                condition=Q(status="undone", undone_at__isnull=False) | (~Q(status="undone") & Q(undone_at=None)),
            ),
            models.CheckConstraint(name="list_import_rows_done", condition=Q(rows_done__lte=F("rows_due"))),
            # The same file is read once: two imports that begin at the same instant collide here. A dry run does not
            # prevent a real import.
            models.UniqueConstraint(
                name="list_import_once", fields=["digest", "dry_run"], condition=~Q(status=ListStatus.REFUSED)
            ),
        ]

    def begin_anew(self) -> None:
        self.read = 0

    def status_at(self, at: datetime, *, waits: bool) -> str:
        sealed = self.status == ListStatus.APPLIED and self.sealed_from and self.sealed_from <= at
        return ListStatus.SEALED if sealed else super().status_at(at, waits=waits)


class ListUndo(UuidModel):
    """Document, ground and reason of a proposal to undo a list (整批撤销的依据). Append-only.

    The revocation of each of its certificates keeps a copy.
    """

    approval = models.OneToOneField(
        Approval, on_delete=models.PROTECT, related_name="+", verbose_name=Text("复核事项", "Approval")
    )
    doc_no = models.CharField(max_length=100, verbose_name=Text("撤销文号", "Revocation document number"))
    revoked_on = models.DateField(verbose_name=Text("撤销日期", "Revoked on"))
    ground = CodeField(RevocationGround, Text("撤销原因", "Ground"))
    reason = SealedField(verbose_name=Text("理由", "Reason"))

    class Meta:
        app_label = "blacklist"
        verbose_name = Text("整批撤销依据", "Paper of an undoing")
        verbose_name_plural = Text("整批撤销依据", "Papers of undoings")
        constraints = [
            models.CheckConstraint(name="list_undo_ground_known", condition=Q(ground__in=RevocationGround.values)),
            models.CheckConstraint(name="list_undo_names_its_paper", condition=~Q(doc_no="")),
        ]

    def __str__(self) -> str:
        return self.doc_no


class ListUpload(Piece):
    """One piece of an uploaded list."""

    sheet, name = "file", ""

    list_import = models.ForeignKey(ListImport, on_delete=models.PROTECT, related_name="uploads", db_index=False)

    class Meta:
        app_label = "blacklist"
        verbose_name = Text("名单上传分段", "Piece of a list")
        verbose_name_plural = Text("名单上传分段", "Pieces of lists")
        constraints = [models.UniqueConstraint(name="list_upload_once", fields=["list_import", "number"])]
