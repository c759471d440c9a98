"""A code of a second factor counts once, however many screens send it at the same instant."""

import pytest
from django_otp.oath import TOTP

from config.desk.second_factors import device_showing
from config.kernel.models import SecondFactor
from tests import people
from tests.races import times

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_many_screens_gets_in_with_one_code():
    user = people.user("clerk")
    device = SecondFactor.objects.create(user=user, name="app")
    code = f"{TOTP(device.bin_key).token():06d}"
    assert sum(each is not None for each in times(8, lambda: device_showing(user.pk, code))) == 1
