"""Imports of stock (存量导入): files that are read, checked, approved by a second person, and applied as a whole.

Their rows are kept in staging tables without models (`accounts.stock.operations.sheets`), encrypted for their final
columns.
"""

from django.db import models
from django.db.models import F, Q

from accounts.models.customers import ImportBatch
from accounts.stock.vocabulary import ImportStatus
from config.kernel.intake.models import Import, Piece
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel

#: The stored statuses. Whether an import is pending is known from its proposal.
STORED = [each.value for each in ImportStatus if each is not ImportStatus.PENDING]


class StockImport(Import):
    """One import of stock: staging -> staged -> applying -> applied; an unwanted one is discarded.

    Its proposal shows that it is pending approval; when it is rejected, withdrawn or lapsed, the import can be
    submitted again. What it brings belongs to a batch with the same id: further documents and freezes of existing
    customers come into force while it is applied, everything else at its end.

    :ivar applied: progress of applying, in per cent.
    """

    source = models.CharField(max_length=120, verbose_name=Text("来源", "Source"))
    status = CodeField(ImportStatus, Text("状态", "Status"), max_length=12, default=ImportStatus.STAGING)
    started_by = PrincipalKey(Text("导入人", "Started by"), null=True)
    applied = models.PositiveSmallIntegerField(default=0, verbose_name=Text("入账进度（%）", "Applied (%)"))
    batch = models.OneToOneField(
        ImportBatch,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=Text("存量批次", "Import batch"),
    )

    class Meta:
        app_label = "accounts"
        verbose_name = Text("存量导入", "Import of existing data")
        verbose_name_plural = Text("存量导入", "Imports of existing data")
        constraints = [
            models.CheckConstraint(name="stock_import_status_known", condition=Q(status__in=STORED)),
            models.CheckConstraint(
                name="stock_import_in_force_since",
                condition=Q(status__in=["applying", "applied"], in_force_at__isnull=False)
                | (~Q(status__in=["applying", "applied"]) & Q(in_force_at=None)),
            ),
            models.CheckConstraint(
                name="stock_import_applied_as_batch",
                condition=Q(status="applied", batch__isnull=False, batch=F("id"))
                | (~Q(status="applied") & Q(batch=None)),
            ),
            models.CheckConstraint(
                name="stock_import_checked_first",
                condition=Q(status__in=["staging", "discarded"]) | Q(staged_at__isnull=False),
            ),
            # The same files are one import, also when two uploads begin at the same instant.
            models.UniqueConstraint(
                name="stock_import_once", fields=["digest"], condition=~Q(status=ImportStatus.DISCARDED)
            ),
        ]

    def begin_anew(self) -> None:
        self.files.update(done=0, finished=False)


class StockFile(UuidModel):
    """A file of an import, or one sheet of a workbook, and how far it is read.

    :ivar line_count: the approximate number of its rows, for the progress.
    :ivar done: how many of its rows are read and kept, refused ones too; reading continues after them.
    """

    stock_import = models.ForeignKey(StockImport, on_delete=models.PROTECT, related_name="files")
    sheet = models.CharField(max_length=40, verbose_name=Text("表", "Sheet"))
    name = models.CharField(max_length=200, verbose_name=Text("文件名", "File name"))
    digest = models.CharField(max_length=64, verbose_name=Text("文件校验值", "Digest"))
    line_count = models.PositiveIntegerField(verbose_name=Text("约计行数", "About so many rows"))
    done = models.PositiveIntegerField(default=0, verbose_name=Text("已读行数", "Rows read"))
    finished = models.BooleanField(default=False, verbose_name=Text("已读完", "Read to the end"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("存量文件", "File of existing data")
        verbose_name_plural = Text("存量文件", "Files of existing data")
        constraints = [models.UniqueConstraint(name="stock_file_once", fields=["stock_import", "sheet"])]

    def __str__(self) -> str:
        return f"{self.sheet} {self.id}"


class StockUpload(Piece):
    """A piece of an uploaded file; its sheet may be that of a workbook."""

    stock_import = models.ForeignKey(StockImport, on_delete=models.PROTECT, related_name="uploads")
    sheet = models.CharField(max_length=40, verbose_name=Text("表", "Sheet"))
    name = models.CharField(max_length=200, verbose_name=Text("文件名", "File name"))

    class Meta:
        app_label = "accounts"
        verbose_name = Text("上传分段", "Piece of an upload")
        verbose_name_plural = Text("上传分段", "Pieces of uploads")
        constraints = [models.UniqueConstraint(name="stock_upload_once", fields=["stock_import", "sheet", "number"])]
