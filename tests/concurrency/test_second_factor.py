"""A code of a second factor counts once, for any number of simultaneous submissions."""

import pytest
from django_otp.oath import TOTP

from config.frames.desk import passkeys
from config.frames.desk.second_factors import device_with_code, new_sheet, sheet_with_code
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import BadRequest
from config.kernel.models import Passkey, RecoveryCode, RecoverySheet, SecondFactor
from tests import people
from tests.passkeys import Device
from tests.races import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_many_screens_signs_in_with_one_code():
    user = people.user("clerk")
    device = SecondFactor.objects.create(user=user, name="app")
    code = f"{TOTP(device.bin_key).token():06d}"
    assert sum(each is not None for each in times(8, lambda: device_with_code(user.pk, code))) == 1


def test_a_recovery_code_counts_once_and_each_guess_is_counted(settings):
    """Without the lock on the sheet, simultaneous guesses would count as one."""
    user = people.user("clerk")
    with owned():
        code, *_ = [each.replace(" ", "") for each in new_sheet(user)]
    assert sum(each is not None for each in times(8, lambda: sheet_with_code(user.pk, code))) == 1
    assert RecoveryCode.objects.exclude(used_at=None).count() == 1
    settings.SECOND_FACTOR_PAUSE_SECONDS = 0
    RecoverySheet.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    times(6, lambda: sheet_with_code(user.pk, "0" * 12))
    assert RecoverySheet.objects.get().throttling_failure_count == 6


def test_two_concurrent_recovery_sheets_leave_one():
    user = people.user("clerk")

    def made() -> int:
        with owned():
            return len(new_sheet(user))

    assert times(3, made) == [10] * 3
    assert RecoveryCode.objects.count() == 10


def test_a_passkeys_answer_counts_once_and_one_of_two_last_ones_stays():
    user, devices = people.user("clerk"), (Device(count=None), Device(count=None))
    with owned():
        for number, device in enumerate(devices):
            passkeys.keep(user, name=str(number), answer=device.make(passkeys.creation_options(user)))
    answer = devices[0].answer(passkeys.request_options(passkeys.SIGN_IN))
    found = times(6, lambda: passkeys.passkey_of_answer(user.pk, answer, passkeys.SIGN_IN))
    assert sum(each is not None for each in found) == 1

    def ended(row: Passkey) -> bool:
        try:
            with owned():
                return passkeys.end_passkey(user, row.pk) is not None
        except BadRequest:
            return False

    rows = list(Passkey.objects.all())
    assert sorted(at_once(*(lambda each=row: ended(each) for row in rows))) == [False, True]
    assert Passkey.objects.count() == 1
