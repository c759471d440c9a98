"""Enrolment codes: few attempts per minute and address; each wrong one is recorded."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from config.kernel.models import BudgetUse, SecondFactor, TrailRecord
from config.kernel.vault.sealed import user_key
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

WRONG = "AAAA-AAAA-AAAA-AAAA"
HERE, ELSEWHERE = "192.0.2.10", "192.0.2.20"


@pytest.fixture
def code(noon, capsys) -> str:
    call_command("first_administrators", "zhao", "a1", "qian", "a2")
    return capsys.readouterr().out.split("\t")[1]


def enrol(code, name="zhao", address=HERE, client=None, **more):
    return (client or Client()).post("/desk/enrol", {"username": name, "code": code, **more}, REMOTE_ADDR=address)


def finish(code, address=HERE):
    typed = {"username": "zhao", "enrolment": code, "seed": "A" * 32, "new": "x" * 20, "again": "x" * 20}
    return Client().post("/desk/enrol", typed | {"token": "000000"}, REMOTE_ADDR=address)


def end_the_minute():
    BudgetUse.objects.all().delete()


def test_ten_wrong_ones_a_minute_are_looked_at(code):
    assert [enrol(WRONG).status_code for _ in range(11)] == [422] * 10 + [429]
    paused = enrol(code)
    assert paused.status_code == 429
    assert int(paused.headers["Retry-After"]) >= 1
    assert f"请在 {paused.headers['Retry-After']} 秒后再试" in text_of(paused)
    assert "TOO_MANY_ATTEMPTS" in text_of(paused)
    assert "Try again in" in text_of(enrol(code, client=english(Client())))
    assert not SecondFactor.objects.exists()


def test_a_right_one_is_still_good_when_the_pause_is_over(code):
    for _ in range(11):
        enrol(WRONG)
    end_the_minute()
    assert enrol(code).status_code == 200
    assert SecondFactor.objects.filter(user__username="zhao", confirmed=False).exists()


def test_another_address_goes_on(code):
    for _ in range(11):
        enrol(WRONG)
    assert enrol(code, address=ELSEWHERE).status_code == 200


def test_names_and_steps_make_no_difference(code):
    statuses = [enrol(WRONG, name=f"nobody-{number}").status_code for number in range(5)]
    statuses += [finish(WRONG).status_code for _ in range(5)]
    assert statuses == [422] * 10
    assert finish(code).status_code == 429
    assert enrol(code).status_code == 429


def test_right_codes_are_not_counted(code):
    assert {enrol(code).status_code for _ in range(12)} == {200}
    # The password and the first code of the authenticator are no guesses at the enrolment code.
    assert {finish(code).status_code for _ in range(12)} == {400}
    assert enrol(code).status_code == 200


def test_each_wrong_one_and_the_pause_are_on_record(code, lines):
    for _ in range(10):
        enrol(WRONG, name="hunter2")
    enrol(code)
    wrong, paused = lines("wrong_enrolment"), lines("lock_out")
    assert len(wrong) == 10
    assert {(line.outcome, line.code, line.address, line.way, bytes(line.whom)) for line in wrong} == {
        ("refused", "ENROLMENT_REFUSED", HERE, "desk", user_key("hunter2"))
    }
    assert [(line.code, bytes(line.whom)) for line in paused] == [("TOO_MANY_ATTEMPTS", user_key("zhao"))]


def test_a_flood_fills_no_table(code, settings):
    settings.TRAIL_ROWS_PER_MINUTE = 5
    for _ in range(40):
        enrol(WRONG)
    # Five lines and one at the doubling of each kind, ten and thirty of which came.
    assert TrailRecord.objects.filter(kind="wrong_enrolment").count() == 6
    assert TrailRecord.objects.filter(kind="lock_out").count() == 7


def test_enrolment_attempts_lock_no_sign_in(code):
    for _ in range(11):
        enrol(WRONG)
    answer = Client().post("/desk/sign-in", {"username": "zhao", "password": "x", "code": "000000"}, REMOTE_ADDR=HERE)
    assert answer.status_code == 200


def test_the_command_lets_an_address_try_again(code):
    for _ in range(11):
        enrol(WRONG)
    call_command("unlock_sign_in", "zhao", address=HERE)
    assert enrol(code).status_code == 200
    assert User.objects.filter(username="zhao").exists()
