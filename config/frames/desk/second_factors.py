"""Typed second factors: codes of an authenticator (动态口令), and ten single-use recovery codes on paper (恢复码).

An authenticator's seed is shown once. A recovery code lets its person sign in and repair the own sign-in, and
never decide: 〔本行规则〕 others may have read a code on paper, and a decision needs a factor that only its person
has. After wrong codes a factor is paused (错误后的等待).
"""

import base64
import re
import secrets
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from config.frames.desk.passkeys import end_passkeys
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Text, text
from config.kernel.models import RecoveryCode, RecoverySheet, SecondFactor
from config.kernel.vault.sealed import blind_index

_NO_FAILURES: dict[str, Any] = {"throttling_failure_count": 0, "throttling_failure_timestamp": None}


def _is_paused(device: SecondFactor | RecoverySheet) -> bool:
    """Return whether a second factor is paused after wrong codes.

    One second after the first wrong code in a row, then twice as long after each further one, at most
    `SECOND_FACTOR_PAUSE_SECONDS`. Codes sent over the API are counted separately: a thief of a person's API key
    pauses nothing at the desk.
    """
    count, at = device.throttling_failure_count, device.throttling_failure_timestamp
    if isinstance(device, SecondFactor) and device.over_api:
        count, at = device.api_failure_count, device.api_failure_timestamp
    if not count or at is None:
        return False
    pause = min(2 ** min(count - 1, 30), settings.SECOND_FACTOR_PAUSE_SECONDS)
    return bool((timezone.now() - at).total_seconds() < pause)


def forget_wrong_codes(user_id: int) -> None:
    """Reset a person's wrong codes at the desk and over the API, which ends the pause."""
    RecoverySheet.objects.filter(user_id=user_id).update(**_NO_FAILURES)
    SecondFactor.objects.filter(user_id=user_id).update(**_NO_FAILURES, api_failure_count=0, api_failure_timestamp=None)


_CODE = re.compile(r"[0-9]{6}")


@transaction_required
def prepare_second_factor(user: User) -> str:
    """Create an unconfirmed second factor and return its seed in base32; show it only to its person."""
    SecondFactor.objects.filter(user=user, confirmed=False).delete()
    device = SecondFactor.objects.create(user=user, name="app", tolerance=1, confirmed=False)
    return seed_of(device)


def prepared_factor(user: User) -> SecondFactor | None:
    """Return a person's unconfirmed second factor; None without one."""
    return SecondFactor.objects.filter(user=user, confirmed=False).first()


def seed_of(device: SecondFactor) -> str:
    """Return a seed in base32; show it only to its person."""
    return base64.b32encode(device.bin_key).decode()


def seed_texts(username: str, seed: str) -> dict[str, str]:
    """Return a seed for reading and typing, and the address with which an authenticator app imports it."""
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{username}")
    return {
        "seed": " ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
        "uri": f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': settings.OTP_TOTP_ISSUER})}",
    }


@transaction_required
def confirm_second_factor(user: User, code: str) -> SecondFactor | None:
    """Confirm the prepared second factor by its first code, and return it; earlier ones end at once.

    A session that started with an earlier one ends, because its device no longer exists.
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
    """End all second factors of a person at once, with recovery codes, passkeys and their sessions."""
    SecondFactor.objects.filter(user=user).delete()
    end_passkeys(user)
    end_sheet(user)


def device_with_code(user_id: int, code: str, *, over_api: bool = False) -> SecondFactor | None:
    """Return the person's second factor with a matching code; None without one.

    A code is valid once, at the desk or over the API; wrong codes pause only the channel that sent them.

    The device's row is locked first, so a code that several screens send at once is valid once, and simultaneous
    guesses are counted one by one. A text that cannot be a code does not count.
    """
    if not _CODE.fullmatch(code):
        return None
    # A nested transaction if Django's admin has already opened one.
    with transaction.atomic():
        devices = SecondFactor.objects.select_for_update().filter(user_id=user_id, confirmed=True).order_by("pk")
        own = [each for each in devices if each.is_its_persons()]
        for each in own:
            each.over_api = over_api
        return next((each for each in own if not _is_paused(each) and each.verify_token(code)), None)


def is_valid_api_code(principal_id: UUID, code: str) -> bool:
    """Return whether a code sent over the API is valid now for the person behind a principal."""
    user = User.objects.filter(person__principals=principal_id, is_active=True).first()
    return user is not None and device_with_code(user.pk, code, over_api=True) is not None


@transaction_required
def end_pause(user: User) -> None:
    """Reset a person's wrong codes, which ends the pause."""
    forget_wrong_codes(user.pk)


DIGITS = 12
#: With this many codes left, or fewer, the pages ask the person to make new ones.
FEW = 3
_LEFT = "left_"


@transaction_required
def new_sheet(user: User) -> list[str]:
    """Create ten recovery codes and return them as written; they are shown only now. Earlier ones become invalid.

    A session that started with an earlier code ends, unless it is given the new sheet.
    """
    # The lock on the person's row orders simultaneous requests: the codes of the later one are valid.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    end_sheet(user)
    sheet = RecoverySheet(user=user, name="paper")
    sheet.save(force_insert=True)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}" for _ in range(RecoveryCode.MOST)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(id=new_id(), sheet=sheet, number=number, digest=_digest(sheet.pk, code))
        for number, code in enumerate(codes, start=1)
    )
    return [" ".join(code[start : start + 4] for start in range(0, DIGITS, 4)) for code in codes]


@transaction_required
def end_sheet(user: User) -> None:
    """Make a person's recovery codes invalid."""
    RecoverySheet.objects.filter(user=user).delete()


def sheet_with_code(user_id: int, code: str) -> RecoverySheet | None:
    """Use a recovery code and return its sheet; None for a wrong or used one.

    The sheet's row is locked first, so a code that several screens send at once is valid once, and simultaneous
    guesses are counted one by one.

    :param code: only the digits.
    """
    with transaction.atomic():
        sheet = RecoverySheet.objects.select_for_update().filter(user_id=user_id, confirmed=True).first()
        if sheet is None or not sheet.is_its_persons() or _is_paused(sheet):
            return None
        unused = RecoveryCode.objects.filter(sheet=sheet, digest=_digest(sheet.pk, code), used_at=None)
        if not unused.update(used_at=timezone.now()):
            sheet.throttle_increment()
            return None
        sheet.throttle_reset(commit=False)
        sheet.set_last_used_timestamp(commit=False)
        sheet.save()
        return sheet


def sheet_of(user_id: int) -> tuple[RecoverySheet | None, int]:
    """Return a person's sheet of recovery codes, and the number of unused codes."""
    sheet = RecoverySheet.objects.filter(user_id=user_id).first()
    return sheet, sheet.codes.filter(used_at=None).count() if sheet else 0


def left_code(left: int) -> str:
    """Return the code in the trail for a number of codes left."""
    return f"{_LEFT}{left}"


def left_word(code: str) -> str | None:
    """Return a code of `left_code` in words; None for another code."""
    left = code.removeprefix(_LEFT)
    return text(f"剩余 {left} 个", f"{left} left") if code.startswith(_LEFT) else None


def used_words(left: int) -> Text:
    """Return the message after the use of a recovery code."""
    return Text(
        f"已使用恢复码签到，剩余 {left} 个未用。如验证器已遗失，请在个人设置中更换。",
        f"You signed in with a recovery code; {left} are left. If the authenticator is lost, replace it in My account.",
    )


def _digest(sheet_id: UUID, code: str) -> bytes:
    return blind_index("recovery-code", f"{sheet_id}|{code}")
