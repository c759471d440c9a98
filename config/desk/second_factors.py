"""Give a person a second factor (动态口令): a seed that is shown once, to be entered into an authenticator."""

import base64

from django.contrib.auth.models import User
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key


def issue_second_factor(user: User) -> str:
    """Replace a person's second factor and return its seed in base32; the one before ends at once.

    Who is signed in with the old one is signed out: his session names a device that is no more.
    """
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        device = TOTPDevice.objects.create(user=user, name="app", key=default_key(), tolerance=1)
    return base64.b32encode(device.bin_key).decode()
