"""Administration by two administrators: proposed acts, foundings without two administrators, enrolment codes."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Codes, Text
from config.kernel.models.approvals import ProposedModel
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel
from config.kernel.models.principals import Person
from config.kernel.vault.sealed import SealedField


class AdministrationKind(Codes):
    """Kinds of administrative acts that need two administrators; each is a kind of approval."""

    USER = "user", Text("人员与用户", "User")
    GROUP = "group", Text("查询权限组", "Group of views")
    PRINCIPAL = "principal", Text("操作主体", "Principal")
    ADMINISTRATOR = "administrator", Text("系统管理员", "Administrator")
    API_KEY = "api_key", Text("签发密钥", "Issue of a key")
    ENROLMENT = "enrolment", Text("重新注册签到凭据", "New password and second factor")


class Administration(ProposedModel):
    """A proposed administrative act, with the intended state as codes and names.

    The row keeps the content as proposed. `xid` is the transaction that put it in force, written by the database:
    its changes are allowed only in that transaction, except for a right to collect, which lasts until
    `usable_until`.
    """

    IN_FORCE: ClassVar[str] = "active"

    kind = CodeField(AdministrationKind, Text("事项", "Kind"))
    #: The person concerned; set for a new person when the act takes effect.
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=Text("人员", "Person")
    )
    principal = PrincipalKey(Text("操作主体", "Principal"), null=True)
    content = models.JSONField(verbose_name=Text("内容", "Content"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("生效时间", "In force since"))
    usable_until = models.DateTimeField(null=True, verbose_name=Text("领取期限", "To be collected until"))
    xid = models.BigIntegerField(null=True, editable=False, verbose_name=Text("事务号", "Transaction"))

    class Meta:
        verbose_name = Text("管理事项", "Administrative act")
        verbose_name_plural = Text("管理事项", "Administrative acts")
        constraints = [
            models.CheckConstraint(
                name="administration_kind_known", condition=models.Q(kind__in=AdministrationKind.values)
            ),
            models.CheckConstraint(
                name="administration_in_force_since",
                condition=models.Q(status="active", in_force_at__isnull=False)
                | models.Q(status__in=("pending", "rejected", "withdrawn", "expired"), in_force_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Founding(UuidModel):
    """A user, person, principal or enrolment created without two administrators, and why (设立记录). Append-only.

    Written only by the owner of the database: for the first two administrators, for emergency access when no two
    administrators can sign in, and for the people of a sandbox.
    """

    class Why(Codes):
        """Reasons for a creation without two administrators."""

        FIRST = "first", Text("首批系统管理员", "First administrators")
        BREAK_GLASS = "break_glass", Text("应急恢复", "Break-glass")
        TRIAL = "trial", Text("测试", "Trial")

    #: The table and the id of the row.
    what = models.CharField(max_length=32, verbose_name=Text("种类", "Kind"))
    object = models.CharField(max_length=36, verbose_name=Text("对象编号", "Object id"))
    why = CodeField(Why, Text("原因", "Reason"))
    at = models.DateTimeField(db_default=Now(), verbose_name=Text("时间", "Time"))
    xid = models.BigIntegerField(null=True, editable=False, verbose_name=Text("事务号", "Transaction"))

    class Meta:
        verbose_name = Text("设立记录", "Founding")
        verbose_name_plural = Text("设立记录", "Foundings")
        indexes = [models.Index(name="founding_by_object", fields=["object", "what"])]

    def __str__(self) -> str:
        return f"{self.what} {self.object}"


class Enrolment(UuidModel):
    """A one-time code with which a person sets the own password and second factor (注册码); stored as its hash.

    :ivar waiting_half: the sealed half that the second of two administrators has not collected yet; deleted once
        collected.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="enrolments", verbose_name=Text("人员", "Person")
    )
    administration = models.OneToOneField(
        Administration,
        null=True,
        on_delete=models.PROTECT,
        related_name="enrolment",
        verbose_name=Text("管理事项", "Administrative act"),
    )
    digest = models.BinaryField(max_length=32)
    waiting_half = SealedField(null=True, verbose_name=Text("待领取的一份", "Half to be collected"))
    issued_at = models.DateTimeField(verbose_name=Text("签发时间", "Issued"))
    until = models.DateTimeField(verbose_name=Text("有效期至", "Valid until"))
    used_at = models.DateTimeField(null=True, verbose_name=Text("使用时间", "Used"))

    class Meta:
        verbose_name = Text("注册码", "Enrolment")
        verbose_name_plural = Text("注册码", "Enrolments")
        constraints = [models.UniqueConstraint(name="enrolment_digest_unique", fields=["digest"])]
