"""What was proved and taken out: each run of the proof, and a receipt for each file that left the desk."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact

from config.kernel.law.text import Text
from config.kernel.models.base import PrincipalKey, UuidModel
from config.kernel.models.decisions import Decision

#: Of the ids that contradict an invariant a run keeps so many; it keeps how many there were.
KEPT_IDS = 20


class ProofRun(UuidModel):
    """One run of the proof (账实核对): asked for, then run, then what it came to. One at a time waits; all by the real clock.

    Its result is written once, and nobody deletes one.

    :ivar asked_by: who asked at the desk; None for the command.
    :ivar whole: whether all that is sealed was opened, not a sample.
    :ivar asked: how many invariants were asked.
    :ivar broken: how many of them something contradicted.
    :ivar findings: of each its name, how many ids contradict it, the first of them, and the milliseconds it took.
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
    """A file that left the desk (导出回执): how many rows, how long, and the SHA-256 of its bytes. Append-only.

    Who took it out, when, what and by which filters is the decision.
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
