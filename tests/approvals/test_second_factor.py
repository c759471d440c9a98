"""With the setting, an API key decides only with a fresh code: a copied key is not enough."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone
from django_otp.oath import TOTP

from config.frames.desk.second_factors import device_with_code, end_pause
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, SecondFactor
from tests import people
from tests.blacklist.cast import body
from tests.http import ApiClient, code, refused
from tests.signed_in_browser import code_of

pytestmark = pytest.mark.django_db

ACTS = pytest.mark.parametrize(
    ("act", "said"), [("approve", {}), ("reject", {"reason": "材料不全"})], ids=["approve", "reject"]
)


@pytest.fixture(autouse=True)
def asked_for():
    with override_settings(SECOND_FACTOR_AT_API=True):
        yield


@pytest.fixture
def asked(client_for, noon) -> str:
    return client_for("compliance", "maker").post("/blacklist/certificates", body()).json()["approval_id"]


@pytest.fixture
def checker(compliance) -> ApiClient:
    """A compliance officer with an API key and an authenticator."""
    SecondFactor.objects.create(user=people.signs_in(compliance.caller, "checker"), name="app")
    return compliance


def device() -> SecondFactor:
    return SecondFactor.objects.get(user__username="checker")


def wrong_code() -> str:
    return f"{(int(code_of(device())) + 500_000) % 1_000_000:06d}"


@ACTS
def test_a_fresh_code_decides_and_counts_once(checker, asked, act, said):
    shown = code_of(device())
    assert code(checker.post(f"/approvals/{asked}/{act}", said, code=shown)) == (200, None)
    assert refused(checker.post(f"/approvals/{asked}/{act}", said, code=shown), "SECOND_FACTOR_REQUIRED", 403)


@ACTS
@pytest.mark.parametrize("shown", [None, "", "12345", "1234567", "１２３４５６", "abcdef"], ids=str)
def test_malformed_code_decides_nothing_and_counts_as_no_guess(checker, asked, act, said, shown):
    sent = None if shown is None else shown.encode().decode("latin-1")
    answer = refused(checker.post(f"/approvals/{asked}/{act}", said, code=sent), "SECOND_FACTOR_REQUIRED", 403)
    assert answer["fields"] == {}
    assert Approval.objects.get().status == "pending"
    assert (device().api_failure_count, device().throttling_failure_count) == (0, 0)


@ACTS
def test_a_wrong_code_decides_nothing_and_is_counted(checker, asked, act, said):
    wrong, key = wrong_code(), uuid4().hex
    answer = refused(
        checker.post(f"/approvals/{asked}/{act}", said, code=wrong, key=key), "SECOND_FACTOR_REQUIRED", 403
    )
    assert Approval.objects.get().status == "pending"
    assert device().api_failure_count == 1
    SecondFactor.objects.update(api_failure_count=9, api_failure_timestamp=timezone.now())
    # While others wait the right one is not looked at, and nothing says so.
    paused = refused(checker.post(f"/approvals/{asked}/{act}", said, code=_right()), "SECOND_FACTOR_REQUIRED", 403)
    assert answer["detail"] == paused["detail"]
    assert checker.post(f"/approvals/{asked}/{act}", said, code=code_of(device()), key=key).status_code == 200


@ACTS
def test_wrong_codes_over_the_api_do_not_pause_the_desk(checker, asked, act, said):
    wrong = wrong_code()
    for _ in range(3):
        SecondFactor.objects.update(api_failure_timestamp=None)
        refused(checker.post(f"/approvals/{asked}/{act}", said, code=wrong), "SECOND_FACTOR_REQUIRED", 403)
    assert (device().api_failure_count, device().throttling_failure_count) == (3, 0)
    shown = _right()
    assert device_with_code(device().user_id, shown) is not None
    # What was right at the desk ends no pause over the API, where it counts no second time.
    assert device().api_failure_count == 3
    SecondFactor.objects.update(api_failure_count=0, api_failure_timestamp=None)
    refused(checker.post(f"/approvals/{asked}/{act}", said, code=shown), "SECOND_FACTOR_REQUIRED", 403)


@ACTS
def test_wrong_codes_at_the_desk_do_not_pause_the_api(checker, asked, act, said):
    assert device_with_code(device().user_id, wrong_code()) is None
    slipped = {"throttling_failure_count": 9, "throttling_failure_timestamp": timezone.now()}
    SecondFactor.objects.update(**slipped)
    shown = _right()
    assert device_with_code(device().user_id, shown) is None
    assert code(checker.post(f"/approvals/{asked}/{act}", said, code=shown)) == (200, None)
    assert device().throttling_failure_count == 9
    SecondFactor.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert device_with_code(device().user_id, shown) is None, "it was used up over the API"


def test_an_administrator_ends_both_pauses(checker):
    now = timezone.now()
    SecondFactor.objects.update(
        api_failure_count=9, api_failure_timestamp=now, throttling_failure_count=9, throttling_failure_timestamp=now
    )
    end = User.objects.get(username="checker")
    perform(lambda: end_pause(end))
    assert (device().api_failure_count, device().throttling_failure_count) == (0, 0)


def _right() -> str:
    """Return the current code without resetting the count of wrong codes."""
    return f"{TOTP(device().bin_key).token():06d}"


def test_a_person_without_a_second_factor_or_a_user_reads_the_same(client_for, asked):
    bare = client_for("compliance", "bare")
    answer = refused(bare.post(f"/approvals/{asked}/approve", {}, code="123456"), "SECOND_FACTOR_REQUIRED", 403)
    people.signs_in(bare.caller, "bare")
    again = refused(bare.post(f"/approvals/{asked}/approve", {}, code="123456"), "SECOND_FACTOR_REQUIRED", 403)
    assert answer["detail"] == again["detail"]


def test_the_code_of_another_person_counts_for_nothing(checker, client_for, asked):
    other = client_for("compliance", "other")
    SecondFactor.objects.create(user=people.signs_in(other.caller, "other"), name="app")
    assert refused(other.post(f"/approvals/{asked}/approve", {}, code=code_of(device())), "SECOND_FACTOR_REQUIRED", 403)


def test_deactivated_user_decides_nothing(checker, asked):
    User.objects.filter(username="checker").update(is_active=False)
    answer = checker.post(f"/approvals/{asked}/approve", {}, code=code_of(device()))
    assert refused(answer, "SECOND_FACTOR_REQUIRED", 403)


@pytest.mark.parametrize("shown", [None, "000000"], ids=["no code", "an old code"])
def test_a_replay_is_answered_without_a_code(checker, asked, shown):
    key = uuid4().hex
    first = checker.post(f"/approvals/{asked}/approve", {}, code=code_of(device()), key=key)
    again = checker.post(f"/approvals/{asked}/approve", {}, code=shown, key=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert (device().api_failure_count, device().throttling_failure_count) == (0, 0)


def test_fields_are_checked_before_the_code(checker, asked):
    assert refused(checker.post(f"/approvals/{asked}/reject", {}, code=code_of(device())), "INVALID_REQUEST", 400)
    assert refused(checker.post(f"/approvals/{uuid4()}/approve", {}), "SECOND_FACTOR_REQUIRED", 403)
    assert refused(checker.post(f"/approvals/{uuid4()}/approve", {}, code=code_of(device())), "NOT_FOUND", 404)


def test_code_stays_usable_after_a_refusal(client_for, checker, noon):
    own = checker.post("/blacklist/certificates", body()).json()["approval_id"]
    shown = code_of(device())
    for _ in range(2):
        assert refused(checker.post(f"/approvals/{own}/approve", {}, code=shown), "SAME_PERSON", 403)


def test_a_maker_takes_back_without_a_code(checker, noon):
    own = checker.post("/blacklist/certificates", body()).json()["approval_id"]
    assert checker.withdraw(own).status_code == 200


def test_sandbox_asks_for_no_second_factor(compliance, asked, settings):
    settings.SECOND_FACTOR_AT_API = False
    assert compliance.approve(asked).status_code == 200
