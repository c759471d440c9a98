"""Letters to customers, their prints and their deliveries; an issued letter never changes."""

from django.db import models
from django.db.models import Q

from accounts.letters.vocabulary import DeliveryWay, LetterForm, LetterKind
from accounts.models.customers import Customer
from config.kernel.law.text import Text
from config.kernel.models import CodeField, PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField


class Letter(UuidModel):
    """An issued letter (信函). Append-only: different content makes a new letter.

    :ivar serial: counted by kind and year, from 1, without a gap.
    :ivar customer: the addressee; where customers were merged since, the one it was written to.
    :ivar about_id: what it is about: a certificate, a revocation, a re-verification, or the decision of a refusal.
    :ivar certificate_id: the certificate that it rests on, None for a refusal.
    :ivar last_day: of a penalty's letter the last day of its longest term.
    :ivar content: its text in both languages, encrypted (`accounts.letters.queries.words`).
    :ivar digest: SHA-256 of the text.
    """

    kind = CodeField(LetterKind, Text("信函种类", "Kind of letter"))
    year = models.PositiveSmallIntegerField(verbose_name=Text("年度", "Year"))
    serial = models.PositiveIntegerField(verbose_name=Text("序号", "Serial number"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="letters")
    about_id = models.UUIDField(verbose_name=Text("事由编号", "Id of what it tells"))
    certificate_id = models.UUIDField(null=True, verbose_name=Text("认定书编号", "Id of the certificate"))
    last_day = models.DateField(null=True, verbose_name=Text("最后一日", "Last day"))
    replaces = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=Text("所替代的信函", "Letter that it replaces"),
    )
    content = SealedField(verbose_name=Text("内容", "Content"))
    digest = models.CharField(max_length=64, verbose_name=Text("内容校验值", "Digest of the content"))
    issued_at = models.DateTimeField(verbose_name=Text("出具时间", "Issued"))
    issued_by = PrincipalKey(Text("出具人", "Issued by"), db_index=False)

    class Meta:
        app_label = "accounts"
        verbose_name = Text("信函", "Letter")
        verbose_name_plural = Text("信函", "Letters")
        constraints = [
            models.UniqueConstraint(name="letter_number_once", fields=["kind", "year", "serial"]),
            # One first letter about each subject; a later one names the letter that it replaces.
            models.UniqueConstraint(
                name="letter_once", fields=["customer", "kind", "about_id"], condition=Q(replaces=None)
            ),
            models.CheckConstraint(name="letter_kind_known", condition=Q(kind__in=LetterKind.values)),
            models.CheckConstraint(name="letter_serial_counts_from_one", condition=Q(serial__gte=1)),
            models.CheckConstraint(name="letter_digest_shape", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="letter_rests_on_a_certificate",
                condition=Q(kind="refusal", certificate_id=None)
                | (~Q(kind="refusal") & Q(certificate_id__isnull=False)),
            ),
        ]
        indexes = [models.Index(name="letter_by_certificate", fields=["certificate_id", "kind"])]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return its number in the written form (文号)."""
        return f"{LetterKind(self.kind).short}〔{self.year}〕{self.serial}号"

    @property
    def code(self) -> str:
        """Return the code by which a paper is checked (校验码): the beginning of the digest, in groups."""
        return "-".join(self.digest[start : start + 4] for start in range(0, 16, 4)).upper()


class LetterPrint(UuidModel):
    """One print of a letter (打印记录): the first is the original, later ones are marked as reprints. Append-only.

    :ivar nth: counted from 1, without a gap.
    :ivar digest: SHA-256 of the file, empty of a printed page.
    """

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="prints", db_index=False)
    nth = models.PositiveIntegerField(verbose_name=Text("第几次", "Which print"))
    form = CodeField(LetterForm, Text("打印方式", "As what"), max_length=8)
    digest = models.CharField(max_length=64, blank=True, verbose_name=Text("文件校验值", "Digest"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"), db_index=False)

    class Meta:
        app_label = "accounts"
        verbose_name = Text("信函打印记录", "Print of a letter")
        verbose_name_plural = Text("信函打印记录", "Prints of letters")
        constraints = [
            models.UniqueConstraint(name="letter_print_once", fields=["letter", "nth"]),
            models.CheckConstraint(
                name="letter_print_form_known",
                condition=Q(form="html", digest="") | Q(form="pdf", digest__regex=r"^[0-9a-f]{64}$"),
            ),
        ]

    @property
    def reprint(self) -> int:
        """Return the number of the reprint, 0 for the original."""
        return self.nth - 1


class LetterDelivery(UuidModel):
    """A delivery of a letter, or its return (送达记录). Append-only: the last one counts.

    :ivar day: the day on which it was handed over, posted, refused or returned.
    :ivar tracking_number: of the postal item.
    """

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="deliveries")
    way = CodeField(DeliveryWay, Text("送达方式", "Way of delivery"), max_length=12)
    day = models.DateField(verbose_name=Text("日期", "Date"))
    tracking_number = models.CharField(max_length=40, blank=True, verbose_name=Text("邮件号码", "Tracking number"))
    at = models.DateTimeField(verbose_name=Text("登记时间", "Recorded"))
    principal = PrincipalKey(Text("操作主体", "Principal"), db_index=False)

    class Meta:
        app_label = "accounts"
        verbose_name = Text("信函送达记录", "Delivery of a letter")
        verbose_name_plural = Text("信函送达记录", "Deliveries of letters")
        constraints = [
            models.CheckConstraint(
                name="letter_delivery_tracked",
                condition=Q(way__in=["post", "returned"], tracking_number__regex=r"^[0-9A-Z]{5,40}$")
                | Q(way__in=["counter", "refused"], tracking_number=""),
            ),
        ]
