"""The second factor of a person who signs in: codes by time, from a seed that is kept sealed."""

from binascii import unhexlify

from django.db import models
from django_otp.models import Device, DeviceManager, ThrottlingMixin, TimestampMixin
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from config.kernel.models.base import UuidModel
from config.kernel.sealed import SealedField
from config.kernel.text import Text


class SecondFactor(UuidModel, TimestampMixin, ThrottlingMixin, Device):
    """A generator of codes (动态口令), as django-otp's, whose own table has its seed in plain (通告第六条)."""

    objects: models.Manager["SecondFactor"] = DeviceManager()

    # 20 bytes, in hex.
    key = SealedField(default=default_key, verbose_name=Text("种子", "Seed"))
    step = models.PositiveSmallIntegerField(default=30)
    t0 = models.BigIntegerField(default=0)
    digits = models.PositiveSmallIntegerField(default=6)
    tolerance = models.PositiveSmallIntegerField(default=1)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    verify_token = TOTPDevice.verify_token
    get_throttle_factor = TOTPDevice.get_throttle_factor

    class Meta:
        verbose_name = Text("动态口令", "Second factor")
        verbose_name_plural = Text("动态口令", "Second factors")

    @property
    def bin_key(self) -> bytes:
        """Return the seed."""
        return unhexlify(self.key)

    @property
    def persistent_id(self) -> str:
        """Return the name under which a session remembers it: django-otp reads the id as a number."""
        return f"{self.model_label()}/{self.pk.int}"
