"""Second factors, with secrets sealed or stored as digests, and sign-ins."""

from binascii import unhexlify
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact
from django.utils import timezone
from django_otp.models import Device, DeviceManager, ThrottlingMixin, TimestampMixin
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, UuidModel
from config.kernel.vault.sealed import SealedField


class Remembered:
    """A second factor that a session can refer to."""

    @property
    def persistent_id(self) -> str:
        """Return the reference that a session stores; django-otp reads the id as a number."""
        device: Any = self
        return f"{device.model_label()}/{device.pk.int}"


class Bound(models.Model):
    """A second factor with a sealed statement of its owner; copied to another user it is invalid.

    :ivar belongs: sealed in its row. A factor without the statement is invalid.
    """

    belongs = SealedField(
        null=True, says=lambda factor: factor.bond(), verbose_name=Text("归属", "Belongs to"), editable=False
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save the factor; the owner's statement is written once, on creation."""
        if self._state.adding:
            self.belongs = self.bond()
        super().save(*args, **options)

    def bond(self) -> str:
        """Return the statement: the user's id, and for a factor without a sealed secret also its public part."""
        factor: Any = self
        return str(factor.user_id)

    def is_its_persons(self) -> bool:
        """Return whether the factor was created for its present user."""
        return bool(self.belongs == self.bond())


class SecondFactor(Remembered, Bound, UuidModel, TimestampMixin, ThrottlingMixin, Device):
    """A generator of one-time codes (动态口令); unlike django-otp's table, the seed is sealed (通告第六条)."""

    objects: models.Manager["SecondFactor"] = DeviceManager()
    #: Whether the code being checked came over the API.
    over_api = False

    # 20 bytes, in hex.
    key = SealedField(default=default_key, verbose_name=Text("种子", "Seed"))
    step = models.PositiveSmallIntegerField(default=30)
    t0 = models.BigIntegerField(default=0)
    digits = models.PositiveSmallIntegerField(default=6)
    tolerance = models.PositiveSmallIntegerField(default=1)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)
    # Wrong codes sent over the API with the person's key pause only the API; codes typed at the desk pause the desk.
    api_failure_timestamp = models.DateTimeField(
        null=True, verbose_name=Text("接口最近错误时间", "Last wrong code over the API")
    )
    api_failure_count = models.IntegerField(
        default=0, db_default=0, verbose_name=Text("接口连续错误次数", "Wrong codes in a row over the API")
    )

    verify_token = TOTPDevice.verify_token
    get_throttle_factor = TOTPDevice.get_throttle_factor

    class Meta:
        verbose_name = Text("动态口令", "One-time code")
        verbose_name_plural = Text("动态口令", "One-time codes")

    def throttle_increment(self, commit: bool = True) -> None:
        """Count a wrong code, separately for API and desk."""
        if self.over_api:
            self._set_api_failures(timezone.now(), self.api_failure_count + 1, commit)
        else:
            super().throttle_increment(commit)

    def throttle_reset(self, commit: bool = True) -> None:
        """Reset the count of wrong codes of the API or the desk after a right one."""
        if self.over_api:
            self._set_api_failures(None, 0, commit)
        else:
            super().throttle_reset(commit)

    def _set_api_failures(self, at: datetime | None, count: int, commit: bool) -> None:
        self.api_failure_timestamp, self.api_failure_count = at, count
        if commit:
            self.save()

    @property
    def bin_key(self) -> bytes:
        """Return the seed."""
        return unhexlify(self.key)


class RecoverySheet(Remembered, Bound, UuidModel, TimestampMixin, ThrottlingMixin, Device):
    """A person's sheet of recovery codes (恢复码) on paper; a new sheet replaces the previous one.

    Its row is locked while a code is checked, and counts consecutive wrong codes.
    """

    objects: models.Manager["RecoverySheet"] = DeviceManager()

    class Meta:
        verbose_name = Text("恢复码表", "Recovery sheet")
        verbose_name_plural = Text("恢复码表", "Recovery sheets")
        constraints = [models.UniqueConstraint(name="recovery_sheet_one_per_person", fields=["user"])]


class RecoveryCode(UuidModel):
    """One recovery code of a sheet, usable once; only the holder of the paper knows it.

    :ivar digest: made with the bank's key, so that a reader of the table can neither guess nor write a code.
    """

    #: Number of codes on a sheet.
    MOST = 10

    sheet = models.ForeignKey(
        RecoverySheet,
        on_delete=models.CASCADE,
        related_name="codes",
        db_index=False,
        verbose_name=Text("恢复码表", "Recovery sheet"),
    )
    number = models.PositiveSmallIntegerField(verbose_name=Text("序号", "Number"))
    digest = models.BinaryField(max_length=32, verbose_name=Text("摘要", "Digest"))
    used_at = models.DateTimeField(null=True, verbose_name=Text("使用时间", "Used"))

    class Meta:
        verbose_name = Text("恢复码", "Recovery code")
        verbose_name_plural = Text("恢复码", "Recovery codes")
        constraints = [
            models.UniqueConstraint(name="recovery_code_place", fields=["sheet", "number"]),
            models.UniqueConstraint(name="recovery_code_once", fields=["digest"]),
            models.CheckConstraint(name="recovery_code_ten_at_most", condition=Q(number__gte=1, number__lte=10)),
            models.CheckConstraint(name="recovery_code_digest_is_whole", condition=Exact(Length("digest"), 32)),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Passkey(Remembered, Bound, UuidModel, TimestampMixin, Device):
    """A person's passkey (通行密钥): the public part of a key that never leaves its device.

    :ivar public_key: WebAuthn's attested credential data, with credential id and kind of device.
    :ivar sign_count: number of answers as counted by the device; always zero if the device does not count.
    :ivar answered_asked: when the last answered challenge was issued, in microseconds of the real clock.
    """

    objects: models.Manager["Passkey"] = DeviceManager()

    credential_id = models.BinaryField(max_length=1023, verbose_name=Text("凭据编号", "Credential id"))
    public_key = models.BinaryField(max_length=4096, verbose_name=Text("公钥", "Public key"))
    sign_count = models.BigIntegerField(default=0, verbose_name=Text("应答次数", "Answers"))
    answered_asked = models.BigIntegerField(
        default=0, verbose_name=Text("最近应答的提问时刻", "Asked at, last answered")
    )

    class Meta:
        verbose_name = Text("通行密钥", "Passkey")
        verbose_name_plural = Text("通行密钥", "Passkeys")
        constraints = [
            models.UniqueConstraint(name="passkey_once", fields=["credential_id"]),
            models.UniqueConstraint(name="passkey_names_differ", fields=["user", "name"]),
            models.CheckConstraint(name="passkey_counts", condition=Q(sign_count__gte=0, answered_asked__gte=0)),
        ]

    def public_digest(self) -> str:
        """Return the SHA-256 of its public part, in hexadecimal digits."""
        return sha256(bytes(self.credential_id) + bytes(self.public_key)).hexdigest()

    def bond(self) -> str:
        return f"{super().bond()}|{self.public_digest()}"


class SignInEnd(Codes):
    """Reasons for the end of a sign-in."""

    SIGNED_OUT = "signed_out", Text("本人签退", "Signed out")
    REPLACED = "replaced", Text("本人另行签到", "Replaced by a later sign-in")
    ELSEWHERE = (
        "elsewhere",
        Text("在其他会话中结束，或由系统管理员结束", "Ended from another session, or by an administrator"),
    )
    IDLE = "idle", Text("闲置锁定", "Locked while idle")
    HOURS = "hours", Text("已满时限", "After its hours")


class SignIn(UuidModel):
    """One sign-in (签到), named by its session; active until it has an end. Kept as evidence.

    By the real clock, like all sessions. Only the person sees the address of a sign-in, to recognise it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=Text("用户", "User"),
    )
    at = models.DateTimeField(db_default=Now(), verbose_name=Text("签到时间", "Signed in"))
    address = models.GenericIPAddressField(null=True, verbose_name=Text("网络地址", "Network address"))
    browser = models.CharField(max_length=200, blank=True, verbose_name=Text("浏览器", "Browser"))
    ended_at = models.DateTimeField(null=True, verbose_name=Text("结束时间", "Ended"))
    end = CodeField(SignInEnd, Text("结束方式", "How it ended"), blank=True)

    class Meta:
        verbose_name = Text("会话", "Session")
        verbose_name_plural = Text("会话", "Sessions")
        constraints = [
            models.CheckConstraint(
                name="sign_in_end_is_whole",
                condition=Q(ended_at=None, end="") | Q(ended_at__isnull=False, end__in=SignInEnd.values),
            ),
        ]
        indexes = [models.Index(name="sign_in_open", fields=["user"], condition=Q(ended_at=None))]
