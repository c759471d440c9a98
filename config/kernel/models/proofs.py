"""Runs of the proof, and receipts of exported files."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact

from config.kernel.law.text import Text
from config.kernel.models.base import PrincipalKey, UuidModel
from config.kernel.models.decisions import Decision

#: Maximum number of violating ids kept for an invariant in a run; the total is always kept.
KEPT_IDS = 20


class ProofRun(UuidModel):
    """One run of the proof (账实核对): requested, started, and its result. One run waits at a time; real clock.

    The result is written once, and no run is deleted.

    :ivar asked_by: who requested it at the desk; None for the command.
    :ivar whole: whether all sealed values were opened, not a sample.
    :ivar asked: number of invariants checked.
    :ivar broken: number of violated invariants.
    :ivar findings: for each violated invariant its name, the number of ids, the first ids, and the milliseconds
        taken.
    """

    asked_at = models.DateTimeField(db_default=Now(), verbose_name=Text("发起时间", "Asked for"))
    asked_by = PrincipalKey(Text("发起人", "Asked for by"), null=True, db_index=False)
    whole = models.BooleanField(default=False, verbose_name=Text("全部加密内容", "All that is sealed"))
    began_at = models.DateTimeField(null=True, verbose_name=Text("开始时间", "Started"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("完成时间", "Finished"))
    asked = models.PositiveIntegerField(null=True, verbose_name=Text("核对项数", "Invariants asked"))
    broken = models.PositiveIntegerField(null=True, verbose_name=Text("不符项数", "Invariants broken"))
    findings = models.JSONField(null=True, verbose_name=Text("核对结果", "Findings"))

    class Meta:
        verbose_name = Text("账实核对", "Run of the proof of the books")
        verbose_name_plural = Text("账实核对", "Runs of the proof of the books")
        constraints = [
            models.CheckConstraint(
                name="proof_run_is_whole",
                condition=Q(ended_at=None, asked=None, broken=None, findings__isnull=True)
                | Q(
                    ended_at__gte=F("began_at"),
                    began_at__isnull=False,
                    asked__gt=0,
                    broken__gte=0,
                    broken__lte=F("asked"),
                    findings__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="proof_run_one_waits", fields=["ended_at"], condition=Q(ended_at=None), nulls_distinct=False
            ),
        ]
        indexes = [models.Index(name="proof_run_by_time", fields=["ended_at"])]


class ExportReceipt(UuidModel):
    """Receipt of a file exported at the desk (导出回执): rows, size, and SHA-256 of its bytes. Append-only.

    The decision says who exported what, when and with which filters.
    """

    decision = models.OneToOneField(
        Decision,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        verbose_name=Text("判定记录", "Decision"),
    )
    file_name = models.CharField(max_length=100, verbose_name=Text("文件名", "File name"))
    rows = models.PositiveIntegerField(verbose_name=Text("行数", "Rows"))
    size = models.PositiveBigIntegerField(verbose_name=Text("字节数", "Bytes"))
    sha256 = models.BinaryField(max_length=32, verbose_name=Text("SHA-256", "SHA-256"))
    written_at = models.DateTimeField(db_default=Now(), verbose_name=Text("登记时间", "Recorded"))

    class Meta:
        verbose_name = Text("导出回执", "Receipt of an export")
        verbose_name_plural = Text("导出回执", "Receipts of exports")
        constraints = [
            models.CheckConstraint(name="export_receipt_digest_is_whole", condition=Exact(Length("sha256"), 32)),
            models.CheckConstraint(name="export_receipt_of_a_file", condition=Q(size__gt=0)),
        ]
        indexes = [
            models.Index(name="export_receipt_by_time", fields=["written_at", "id"]),
            models.Index(name="export_receipt_by_digest", fields=["sha256"]),
        ]

    def __str__(self) -> str:
        return self.file_name
