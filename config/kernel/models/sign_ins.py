"""How people sign in: second factors, whose secrets are kept sealed or as digests, and each sign-in until its end."""

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
    """What a session remembers it was begun with."""

    @property
    def persistent_id(self) -> str:
        """Return the name under which a session remembers it: django-otp reads the id as a number."""
        device: Any = self
        return f"{device.model_label()}/{device.pk.int}"


class Bound(models.Model):
    """A second factor that says, under the bank's key, whose it is: written down for somebody else it counts no more.

    :ivar belongs: sealed in its row. One that says nothing does not count.
    """

    belongs = SealedField(
        null=True, says=lambda factor: factor.bond(), verbose_name=Text("归属", "Belongs to"), editable=False
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Keep it; whose it is, is said once."""
        if self._state.adding:
            self.belongs = self.bond()
        super().save(*args, **options)

    def bond(self) -> str:
        """Return what it says: its person, and what shows it where that is not sealed itself."""
        factor: Any = self
        return str(factor.user_id)

    def is_its_persons(self) -> bool:
        """Say whether it was kept for the person under whom it stands."""
        return bool(self.belongs == self.bond())


class SecondFactor(Remembered, Bound, UuidModel, TimestampMixin, ThrottlingMixin, Device):
    """A generator of codes (动态口令), as django-otp's, whose own table has its seed in plain (通告第六条)."""

    objects: models.Manager["SecondFactor"] = DeviceManager()
    #: Whether the code that is looked at came over the API.
    over_api = False

    # 20 bytes, in hex.
    key = SealedField(default=default_key, verbose_name=Text("种子", "Seed"))
    step = models.PositiveSmallIntegerField(default=30)
    t0 = models.BigIntegerField(default=0)
    digits = models.PositiveSmallIntegerField(default=6)
    tolerance = models.PositiveSmallIntegerField(default=1)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)
    # Wrong codes that came over the API with the person's key: they pause the API, those typed at the desk the desk.
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
        """Count a wrong code where it was shown."""
        if self.over_api:
            self._slipped(timezone.now(), self.api_failure_count + 1, commit)
        else:
            super().throttle_increment(commit)

    def throttle_reset(self, commit: bool = True) -> None:
        """Forget the wrong codes of where a right one was shown."""
        if self.over_api:
            self._slipped(None, 0, commit)
        else:
            super().throttle_reset(commit)

    def _slipped(self, at: datetime | None, count: int, commit: bool) -> None:
        self.api_failure_timestamp, self.api_failure_count = at, count
        if commit:
            self.save()

    @property
    def bin_key(self) -> bytes:
        """Return the seed."""
        return unhexlify(self.key)


class RecoverySheet(Remembered, Bound, UuidModel, TimestampMixin, ThrottlingMixin, Device):
    """The recovery codes (恢复码) that a person has on paper; a new sheet takes the place of the one before.

    Its row is locked while a code is looked at, and counts those that were wrong in a row.
    """

    objects: models.Manager["RecoverySheet"] = DeviceManager()

    class Meta:
        verbose_name = Text("恢复码表", "Recovery sheet")
        verbose_name_plural = Text("恢复码表", "Recovery sheets")
        constraints = [models.UniqueConstraint(name="recovery_sheet_one_per_person", fields=["user"])]


class RecoveryCode(UuidModel):
    """One code of a sheet: used once, and known to nobody but who has the paper.

    :ivar digest: made with the bank's key, so that whoever reads the table cannot guess the code, nor write one.
    """

    #: So many stand on a sheet.
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
    """A passkey (通行密钥) of a person: the public half of a key that never leaves its device.

    :ivar public_key: as WebAuthn's attested credential data has it, credential id and kind of device with it.
    :ivar sign_count: how often it has answered, as its device counts; always zero where the device does not.
    :ivar answered_asked: when what it answered last was asked, in microseconds of the real clock.
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
        """Return the SHA-256 of what shows it, in hexadecimal digits."""
        return sha256(bytes(self.credential_id) + bytes(self.public_key)).hexdigest()

    def bond(self) -> str:
        return f"{super().bond()}|{self.public_digest()}"


class SignInEnd(Codes):
    """How a sign-in ended."""

    SIGNED_OUT = "signed_out", Text("本人签退", "Signed out")
    REPLACED = "replaced", Text("本人另行签到", "Replaced by a later sign-in")
    ELSEWHERE = "elsewhere", Text("本人在另一会话中结束", "Ended from another session")
    IDLE = "idle", Text("闲置锁定", "Locked while idle")
    HOURS = "hours", Text("已满时限", "After its hours")


class SignIn(UuidModel):
    """One sign-in (签到): its session names it, and goes on while it has no end. Kept as evidence.

    By the real clock, like all sessions. Where it came from is shown to the person alone, who knows it again by that.
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
