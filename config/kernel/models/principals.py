"""Persons of the staff, and principals: a terminal, system or person with one role and its API keys."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, PrincipalKey, UuidModel

STAFF_NUMBER_MAX = 20
#: Upper-case letters, digits and hyphens only: a staff number cannot be written in two ways.
STAFF_NUMBER = r"^[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?$"


class Person(UuidModel):
    """One natural person (自然人), even with several user names; never a second person for the own proposals.

    Makers and checkers are compared by this row. A person's user never changes.
    """

    staff_number = models.CharField(max_length=STAFF_NUMBER_MAX, unique=True, verbose_name=Text("工号", "Staff number"))
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="person",
        verbose_name=Text("用户", "User"),
    )
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("人员", "Person")
        verbose_name_plural = Text("人员", "People")
        constraints = [
            models.CheckConstraint(
                name="person_staff_number_written_once", condition=models.Q(staff_number__regex=STAFF_NUMBER)
            ),
        ]

    def __str__(self) -> str:
        return self.staff_number


class Role(Codes):
    """Role of a principal; the API's document lists the permissions of each."""

    ATM = "atm", Text("自助柜员机", "ATM")
    GATEWAY = "gateway", Text("网关", "Gateway")
    TELLER = "teller", Text("柜员", "Teller")
    SUPERVISOR = "supervisor", Text("主管", "Supervisor")
    COMPLIANCE = "compliance", Text("合规", "Compliance")
    AUDITOR = "auditor", Text("审计", "Auditor")
    ADMINISTRATOR = "administrator", Text("系统管理员", "Administrator")


#: Roles of machines: they use a key and never sign in.
MACHINES = frozenset({Role.ATM, Role.GATEWAY})
#: Roles of the bank's business; an administrator has none of it, and no key.
BUSINESS = frozenset(Role) - {Role.ADMINISTRATOR}


class Principal(UuidModel):
    """One terminal, system or person in one role.

    A person has one principal at a time: after a change of job a new one is created, and the old one is switched
    off for good.
    """

    name = models.CharField(max_length=64, unique=True, verbose_name=Text("名称", "Name"))
    role = CodeField(Role, Text("角色", "Role"))
    active = models.BooleanField(default=True, verbose_name=Text("启用", "Active"))
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="principals",
        verbose_name=Text("人员", "Person"),
    )
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("操作主体", "Principal")
        verbose_name_plural = Text("操作主体", "Principals")
        constraints = [
            models.CheckConstraint(name="principal_role_known", condition=models.Q(role__in=Role.values)),
            # A machine has no person; every other principal has one.
            models.CheckConstraint(
                name="principal_is_a_person_or_a_machine",
                condition=models.Q(person=None, role__in=sorted(MACHINES))
                | (models.Q(person__isnull=False) & ~models.Q(role__in=sorted(MACHINES))),
            ),
            models.UniqueConstraint(
                name="principal_one_per_person", fields=["person"], condition=models.Q(active=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(UuidModel):
    """An API key of a principal: shown once, stored as its hash. 256 random bits need no slow hash."""

    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="keys", verbose_name=Text("操作主体", "Principal")
    )
    digest = models.BinaryField(max_length=32)
    hint = models.CharField(max_length=8, verbose_name=Text("密钥开头", "Key begins with"))
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))
    expires_at = models.DateTimeField(null=True, blank=True, verbose_name=Text("到期时间", "Expires"))
    revoked_at = models.DateTimeField(null=True, blank=True, verbose_name=Text("作废时间", "Revoked"))
    #: The approved proposal that issued it, and who collected it; empty for persons of a sandbox.
    administration = models.OneToOneField(
        "kernel.Administration",
        null=True,
        on_delete=models.PROTECT,
        related_name="key",
        verbose_name=Text("管理事项", "Administrative act"),
    )
    collected_by = PrincipalKey(Text("领取人", "Collected by"), null=True, db_index=False)

    class Meta:
        verbose_name = Text("密钥", "API key")
        verbose_name_plural = Text("密钥", "API keys")
        constraints = [models.UniqueConstraint(name="api_key_digest_unique", fields=["digest"])]

    def __str__(self) -> str:
        return f"{self.hint}…"
