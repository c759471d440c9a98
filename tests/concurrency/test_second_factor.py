"""A code of a second factor counts once, however many screens send it at the same instant."""

import pytest
from django_otp.oath import TOTP

from config.desk.recovery import new_sheet, sheet_showing
from config.desk.second_factors import device_showing
from config.kernel.models import RecoveryCode, RecoverySheet, SecondFactor
from config.kernel.transactions import owned
from tests import people
from tests.races import times

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_many_screens_gets_in_with_one_code():
    user = people.user("clerk")
    device = SecondFactor.objects.create(user=user, name="app")
    code = f"{TOTP(device.bin_key).token():06d}"
    assert sum(each is not None for each in times(8, lambda: device_showing(user.pk, code))) == 1


def test_a_recovery_code_counts_once_and_each_guess_is_counted():
    """Without the lock of the sheet two guesses at the same instant are counted as one."""
    user = people.user("clerk")
    with owned():
        code, *_ = [each.replace(" ", "") for each in new_sheet(user)]
    assert sum(each is not None for each in times(8, lambda: sheet_showing(user.pk, code))) == 1
    assert RecoveryCode.objects.exclude(used_at=None).count() == 1
    RecoverySheet.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    times(4, lambda: sheet_showing(user.pk, "0" * 12))
    # The first wrong one makes the others wait: they are not looked at.
    assert RecoverySheet.objects.get().throttling_failure_count == 1
