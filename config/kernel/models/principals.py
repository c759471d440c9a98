"""Who acts: one terminal, system or person, with one role, known by a key."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from config.kernel.models.base import UuidModel


class Role(models.TextChoices):
    """What a principal may do; the contract lists the acts of each."""

    ATM = "atm", "自助柜员机 ATM"
    GATEWAY = "gateway", "网关 Gateway"
    TELLER = "teller", "柜员 Teller"
    SUPERVISOR = "supervisor", "主管 Supervisor"
    COMPLIANCE = "compliance", "合规 Compliance"
    AUDITOR = "auditor", "审计 Auditor"


#: Roles of machines: they act with a key, and nobody signs in as one.
MACHINES = frozenset({Role.ATM, Role.GATEWAY})


class Principal(UuidModel):
    """One terminal, one system or one person. Two acts of one person are the same principal's."""

    name = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role)
    active = models.BooleanField(default=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="principal"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "主体 Principal"
        verbose_name_plural = "主体 Principals"
        constraints = [
            models.CheckConstraint(name="principal_role_known", condition=models.Q(role__in=Role.values)),
            # A machine acts with its key alone: nobody signs in as one.
            models.CheckConstraint(
                name="principal_machine_has_no_user",
                condition=models.Q(user=None) | ~models.Q(role__in=sorted(MACHINES)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(UuidModel):
    """A key of a principal: shown once, stored as its hash. 256 random bits need no slow hash."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="keys")
    digest = models.BinaryField(max_length=32)
    hint = models.CharField(max_length=8)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "密钥 API key"
        verbose_name_plural = "密钥 API keys"
        constraints = [models.UniqueConstraint(name="api_key_digest_unique", fields=["digest"])]

    def __str__(self) -> str:
        return f"{self.hint}…"
