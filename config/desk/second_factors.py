"""Second factors (动态口令): given as a seed that is shown once, and shown again as codes that count once each."""

import base64
import re
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from config.kernel.models import Principal
from config.kernel.transactions import transaction_required

_CODE = re.compile(r"[0-9]{6}")


@transaction_required
def issue_second_factor(user: User) -> str:
    """Replace a person's second factor and return its seed in base32; the one before ends at once.

    A session signed in with the old one ends: it names a device that no longer exists.
    """
    TOTPDevice.objects.filter(user=user).delete()
    device = TOTPDevice.objects.create(user=user, name="app", key=default_key(), tolerance=1)
    return base64.b32encode(device.bin_key).decode()


def device_showing(user_id: int, code: str) -> TOTPDevice | None:
    """Return whose code this is among a person's second factors, or None.

    The device's row is locked first: a code that several screens send at the same instant counts once, and guesses
    sent at the same instant are counted one by one. What cannot be a code is no guess.
    """
    if not _CODE.fullmatch(code):
        return None
    # Inside the transaction of Django's admin too, on a record's own page.
    with transaction.atomic():
        devices = TOTPDevice.objects.select_for_update().filter(user_id=user_id, confirmed=True).order_by("pk")
        return next((each for each in devices if not is_paused(each) and each.verify_token(code)), None)


def shows(principal_id: UUID, code: str) -> bool:
    """Say whether this is a code of the person behind a principal, now; who has no second factor shows none."""
    person = Principal.objects.filter(pk=principal_id, user__is_active=True).first()
    return person is not None and person.user_id is not None and device_showing(person.user_id, code) is not None


def is_paused(device: TOTPDevice) -> bool:
    """Say whether a second factor is not looked at for now.

    One second after the first wrong code in a row, twice as long after each further one, and no longer than
    `SECOND_FACTOR_PAUSE_SECONDS`.
    """
    count, at = device.throttling_failure_count, device.throttling_failure_timestamp
    if not count or at is None:
        return False
    pause = min(2 ** min(count - 1, 30), settings.SECOND_FACTOR_PAUSE_SECONDS)
    return bool((timezone.now() - at).total_seconds() < pause)


@transaction_required
def end_pause(user: User) -> None:
    """Forget the wrong codes of a person, so that the next one is looked at."""
    TOTPDevice.objects.filter(user=user).update(throttling_failure_count=0, throttling_failure_timestamp=None)
