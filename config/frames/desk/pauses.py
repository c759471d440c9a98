"""How long a second factor is not looked at after wrong codes (错误后的等待)."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from config.kernel.models import RecoverySheet, SecondFactor

_NO_FAILURES: dict[str, Any] = {"throttling_failure_count": 0, "throttling_failure_timestamp": None}


def is_paused(device: SecondFactor | RecoverySheet) -> bool:
    """Return whether a second factor is not looked at for now.

    One second after the first wrong code in a row, twice as long after each further one, and no longer than
    `SECOND_FACTOR_PAUSE_SECONDS`. Codes that come over the API are counted by themselves: whoever has only a person's
    key pauses nothing at the desk.
    """
    count, at = device.throttling_failure_count, device.throttling_failure_timestamp
    if isinstance(device, SecondFactor) and device.over_api:
        count, at = device.api_failure_count, device.api_failure_timestamp
    if not count or at is None:
        return False
    pause = min(2 ** min(count - 1, 30), settings.SECOND_FACTOR_PAUSE_SECONDS)
    return bool((timezone.now() - at).total_seconds() < pause)


def forget_wrong_codes(user_id: int) -> None:
    """Forget the wrong codes of a person, at the desk and over the API, so that the next one is looked at."""
    RecoverySheet.objects.filter(user_id=user_id).update(**_NO_FAILURES)
    SecondFactor.objects.filter(user_id=user_id).update(**_NO_FAILURES, api_failure_count=0, api_failure_timestamp=None)
