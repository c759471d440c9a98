"""Authenticators (动态口令): given as a seed that is shown once, and shown again as codes that count once each."""

import base64
import re
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from config.frames.desk.passkeys import end_passkeys
from config.frames.desk.pauses import forget_wrong_codes, is_paused
from config.frames.desk.recovery import end_sheet
from config.kernel.database.transactions import transaction_required
from config.kernel.models import SecondFactor

_CODE = re.compile(r"[0-9]{6}")


@transaction_required
def prepare_second_factor(user: User) -> str:
    """Make a second factor that does not count yet and return its seed in base32: for its person's eyes alone."""
    SecondFactor.objects.filter(user=user, confirmed=False).delete()
    device = SecondFactor.objects.create(user=user, name="app", tolerance=1, confirmed=False)
    return seed_of(device)


def prepared(user: User) -> SecondFactor | None:
    """Return a person's second factor that does not count yet."""
    return SecondFactor.objects.filter(user=user, confirmed=False).first()


def seed_of(device: SecondFactor) -> str:
    """Return a seed in base32: for its person's eyes alone."""
    return base64.b32encode(device.bin_key).decode()


def seed_shown(username: str, seed: str) -> dict[str, str]:
    """Return a seed as it is read and typed, and the address under which an authenticator takes it over."""
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{username}")
    return {
        "seed": " ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
        "uri": f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': settings.OTP_TOTP_ISSUER})}",
    }


@transaction_required
def confirm_second_factor(user: User, code: str) -> SecondFactor | None:
    """Let the prepared second factor count once its first code was shown, and return it; those before end at once.

    A session signed in with one of them ends: it names a device that no longer exists.
    """
    device = SecondFactor.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None or not device.is_its_persons() or not device.verify_token(code):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    SecondFactor.objects.filter(user=user).exclude(pk=device.pk).delete()
    return device


@transaction_required
def revoke_second_factors(user: User) -> None:
    """End a person's second factors at once, recovery codes and passkeys too, and whoever is signed in with one."""
    SecondFactor.objects.filter(user=user).delete()
    end_passkeys(user)
    end_sheet(user)


def device_showing(user_id: int, code: str, *, over_api: bool = False) -> SecondFactor | None:
    """Return whose code this is among a person's second factors, or None.

    A code counts once, at the desk or over the API; wrong ones pause the place where they were shown.

    The device's row is locked first: a code that several screens send at the same instant counts once, and guesses
    sent at the same instant are counted one by one. What cannot be a code is no guess.
    """
    if not _CODE.fullmatch(code):
        return None
    # Inside the transaction of Django's admin too, on a record's own page.
    with transaction.atomic():
        devices = SecondFactor.objects.select_for_update().filter(user_id=user_id, confirmed=True).order_by("pk")
        own = [each for each in devices if each.is_its_persons()]
        for each in own:
            each.over_api = over_api
        return next((each for each in own if not is_paused(each) and each.verify_token(code)), None)


def shows(principal_id: UUID, code: str) -> bool:
    """Return whether this is a code of the person behind a principal, shown over the API, now."""
    user = User.objects.filter(person__principals=principal_id, is_active=True).first()
    return user is not None and device_showing(user.pk, code, over_api=True) is not None


@transaction_required
def end_pause(user: User) -> None:
    """Forget the wrong codes of a person, so that the next one is looked at."""
    forget_wrong_codes(user.pk)
