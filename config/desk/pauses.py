"""How long a second factor is not looked at after wrong codes (错误后的等待)."""

from django.conf import settings
from django.utils import timezone
from django_otp.models import ThrottlingMixin


def is_paused(device: ThrottlingMixin) -> bool:
    """Say whether a second factor is not looked at for now.

    One second after the first wrong code in a row, twice as long after each further one, and no longer than
    `SECOND_FACTOR_PAUSE_SECONDS`.
    """
    count, at = device.throttling_failure_count, device.throttling_failure_timestamp
    if not count or at is None:
        return False
    pause = min(2 ** min(count - 1, 30), settings.SECOND_FACTOR_PAUSE_SECONDS)
    return bool((timezone.now() - at).total_seconds() < pause)
