"""Codes of a second factor: wrong codes delay the next one within bounds; late codes move no time window."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone
from django_otp.oath import TOTP

from config.frames.desk.second_factors import confirm_second_factor, device_with_code
from config.kernel.database.transactions import owned
from config.kernel.models import SecondFactor
from config.kernel.vault.sealed_sample import contradictions
from tests import people
from tests.database_refusals import refused_by
from tests.second_factors import written_for

pytestmark = pytest.mark.django_db

#: Fixed time of the codes, so that no code is a step older when it is checked.
CODE_TIME = 1_790_000_015


@pytest.fixture(autouse=True)
def codes_of_one_instant(monkeypatch):
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", SimpleNamespace(time=lambda: CODE_TIME))


@pytest.fixture
def device() -> SecondFactor:
    return SecondFactor.objects.create(user=people.user("clerk"), name="app", tolerance=1)


def shown(device: SecondFactor, *, steps: int = 0) -> str:
    totp = TOTP(device.bin_key)
    totp.time = CODE_TIME + 30 * steps
    return f"{totp.token():06d}"


def slipped(device: SecondFactor, count: int, *, ago: float) -> None:
    """Record a number of wrong codes in a row, the last one `ago` seconds before now."""
    at = timezone.now() - timedelta(seconds=ago)
    SecondFactor.objects.filter(pk=device.pk).update(throttling_failure_count=count, throttling_failure_timestamp=at)


@pytest.mark.parametrize(
    ("count", "ago", "looked_at"),
    [(4, 9, True), (8, 60, False), (15, 600, False), (15, 901, True), (200, 600, False), (200, 901, True)],
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(device, count, ago, looked_at):
    slipped(device, count, ago=ago)
    assert (device_with_code(device.user_id, shown(device)) is not None) is looked_at


def test_the_longest_wait_is_a_setting(device, settings):
    settings.SECOND_FACTOR_PAUSE_SECONDS = 60
    slipped(device, 15, ago=61)
    assert device_with_code(device.user_id, shown(device))


def test_a_guess_during_the_wait_is_not_looked_at_and_lengthens_nothing(device):
    slipped(device, 9, ago=10)
    before = SecondFactor.objects.values().get()
    assert device_with_code(device.user_id, "000000") is None
    assert SecondFactor.objects.values().get() == before


def test_a_late_code_does_not_move_the_window(device):
    """Otherwise copied codes would stay valid for longer and longer."""
    assert device_with_code(device.user_id, shown(device, steps=-1))
    assert SecondFactor.objects.get().drift == 0
    SecondFactor.objects.update(last_t=-1)
    assert device_with_code(device.user_id, shown(device, steps=-3)) is None


@pytest.mark.parametrize("change", ["digits = 1", "tolerance = 32767", "step = 1", "t0 = 1", "drift = 9"])
def test_second_factor_with_weakened_settings_is_refused(device, change):
    """With one digit, or a window of a year, anyone who may write the table and knows a password could sign in."""
    with refused_by("kernel_secondfactor_stands"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE kernel_secondfactor SET {change}")


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_malformed_code_is_no_guess(device, typed):
    assert device_with_code(device.user_id, typed) is None
    assert SecondFactor.objects.get().throttling_failure_count == 0


@pytest.mark.parametrize("change", [{"user": "other"}, {"key": "00" * 20}, {"name": "x"}], ids=str)
def test_second_factor_moved_to_another_user_is_refused(device, change):
    """Someone who may write the table assigns another person's second factor to a user of their choice."""
    if "user" in change:
        change = {"user_id": people.user("other").pk}
    if "key" in change:
        device.key = change["key"]
        change = {"key": device.__dict__["key"]}
    with refused_by("kernel_secondfactor_stands"):
        SecondFactor.objects.filter(pk=device.pk).update(**change)
    assert SecondFactor.objects.filter(pk=device.pk).update(confirmed=True) == 1


def test_second_factor_under_another_person_is_refused(device):
    """Writing to the database cannot turn one person's second factor into another's."""
    other = people.user("supervisor")
    assert device_with_code(device.user_id, shown(device)) is not None
    SecondFactor.objects.update(last_t=-1)
    written_for(device, other)
    assert device_with_code(other.pk, shown(device)) is None
    assert set(contradictions()) == {f"kernel_secondfactor.belongs {device.pk}"}
    written_for(device, device.user)
    assert device_with_code(device.user_id, shown(device)) is not None
    assert not list(contradictions())


def test_second_factor_without_an_owner_mark_is_refused(device):
    SecondFactor.objects.update(belongs=None)
    assert device_with_code(device.user_id, shown(device)) is None
    SecondFactor.objects.get().save()
    assert device_with_code(device.user_id, shown(device)) is None, "nor once it is saved again"


def test_second_factor_prepared_for_another_person_is_refused(device):
    other = people.user("supervisor")
    SecondFactor.objects.update(confirmed=False)
    written_for(device, other)
    with owned():
        assert not confirm_second_factor(other, shown(device))
