"""Second factors (动态口令): given as a seed that is shown once, and shown again as codes that count once each."""

import base64

from django.contrib.auth.models import User
from django.db import transaction

from config.kernel.models import SecondFactor
from config.kernel.transactions import transaction_required


@transaction_required
def issue_second_factor(user: User) -> str:
    """Replace a person's second factor and return its seed in base32; the one before ends at once.

    A session signed in with the old one ends: it names a device that no longer exists.
    """
    SecondFactor.objects.filter(user=user).delete()
    device = SecondFactor.objects.create(user=user, name="app")
    return base64.b32encode(device.bin_key).decode()


def device_showing(user_id: int, code: str) -> SecondFactor | None:
    """Return whose code this is among a person's second factors, or None.

    The device's row is locked first: a code that several screens send at the same instant counts once, and guesses
    sent at the same instant are counted one by one.
    """
    # Inside the transaction of Django's admin too, on a record's own page.
    with transaction.atomic():
        devices = SecondFactor.objects.select_for_update().filter(user_id=user_id, confirmed=True).order_by("pk")
        return next((each for each in devices if each.verify_token(code)), None)
