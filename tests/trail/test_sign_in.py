"""Sign-in: its record, limits per address, lock-out, and the number of concurrent password hashes."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD, code_of
from config.kernel.access import passwords
from config.kernel.database.transactions import owned
from config.kernel.models import SecondFactor, TrailRecord
from config.kernel.vault.sealed import user_key
from config.people.demo_users import ensure_users
from tests.blacklist.cast import body
from tests.http import ApiClient
from tests.people import ensure

HERE, ELSEWHERE = "192.0.2.1", "203.0.113.9"
#: Seconds that a busy machine may take for what takes a moment.
PATIENCE = 300


@pytest.fixture
def people(noon):
    for role in ("teller", "supervisor", "compliance", "auditor"):
        ensure(role, role)
    with owned():
        ensure_users()


def sign_in(name: str, *, password: str = PASSWORD, code: str | None = None, address: str = HERE):
    data = {"username": name, "password": password, "code": code_of(name) if code is None else code}
    client = Client(REMOTE_ADDR=address)
    return client, client.post("/desk/sign-in", data)


def fail(name: str, *, times: int = 5, address: str = ELSEWHERE) -> list[int]:
    return [sign_in(name, password="wrong", code="000000", address=address)[1].status_code for _ in range(times)]


pytestmark = pytest.mark.django_db


def test_sign_in_and_sign_out_are_recorded(people, lines):
    client, _ = sign_in("teller")
    client.post("/desk/sign-out")
    (came,), (went,) = lines("sign_in"), lines("sign_out")
    assert came.principal.name == went.principal.name == "teller"
    assert came.user_id == went.user_id is not None
    assert (came.outcome, came.address) == ("done", HERE)


def test_a_wrong_password_and_a_wrong_code_are_on_record_under_the_name_as_an_index(people, lines):
    sign_in("teller", password="wrong")
    sign_in("nobody-of-that-name", password="wrong", code="000000")
    sign_in("teller", code="000000")
    known, unknown = lines("wrong_password")
    (code,) = lines("wrong_code")
    assert (bytes(known.whom), bytes(unknown.whom)) == (user_key("teller"), user_key("nobody-of-that-name"))
    assert known.user_id == code.user_id is not None
    assert unknown.user_id is None
    assert {line.address for line in (known, unknown, code)} == {HERE}


def test_a_wrong_code_for_a_decision_is_on_record(signed_in, client_for, noon, lines):
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    typed = {"decision": "approve", "remark": "", "code": "000000", "once": "once-1"}
    assert signed_in("compliance").post(f"/desk/inbox/{asked}", typed).status_code == 403
    (line,) = lines("wrong_code")
    assert (line.code, line.place) == ("SECOND_FACTOR_WRONG", "POST desk/inbox/<uuid:approval_id>")
    assert line.principal.role == "compliance"


def test_a_screen_that_locks_itself_is_on_record(people, lines):
    client, _ = sign_in("teller")
    session = client.session
    session[LAST_SEEN] -= timedelta(hours=1).total_seconds()
    session.save()
    client.get("/desk/")
    assert [line.user_id for line in lines("screen_lock")] == [line.user_id for line in lines("sign_in")]


def test_a_name_is_locked_for_strangers_and_not_where_its_person_signed_in(people, lines):
    assert sign_in("teller")[1].status_code == 302
    assert fail("teller", times=6)[-2:] == [429, 429]
    assert sign_in("teller", code=code_of("teller", steps_ahead=1))[1].status_code == 302
    # From an address without an earlier sign-in it stays locked, and so does the address that failed.
    assert sign_in("teller", address="198.51.100.7")[1].status_code == 429
    assert sign_in("teller", address=ELSEWHERE)[1].status_code == 429
    assert {line.code for line in lines("lock_out")} == {"LOCKED_OUT"}


def test_administrator_cannot_be_locked_out(people):
    """An administrator who never signed in is tried from several addresses."""
    for number in range(4):
        fail("admin", address=f"203.0.113.{number}")
    assert sign_in("admin", address=HERE)[1].status_code == 302


def test_the_address_that_guesses_an_administrators_password_is_locked(people):
    assert fail("admin", times=6)[-2:] == [429, 429]
    assert sign_in("admin", address=ELSEWHERE)[1].status_code == 429


def test_unknown_name_is_locked_like_a_known_one(people):
    assert fail("nobody-of-that-name", times=6)[-2:] == [429, 429]


@pytest.fixture
def hashed(monkeypatch):
    """Count the computed password hashes, for any name."""
    counted: list[str] = []
    plain = passwords.LimitedArgon2Hasher.encode

    def encode(self, password, salt):
        counted.append(salt)
        return plain(self, password, salt)

    monkeypatch.setattr(passwords.LimitedArgon2Hasher, "encode", encode)
    return counted


def test_an_address_tries_so_often_a_minute_and_no_hash_is_made_beyond(people, settings, hashed, lines):
    settings.PASSWORD_HASHERS = ["config.kernel.access.passwords.LimitedArgon2Hasher"]
    settings.SIGN_INS_PER_MINUTE = 3
    for number in range(5):
        _, answer = sign_in(f"nobody-{number}", password="wrong", code="000000", address=ELSEWHERE)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert len(hashed) == 3
    assert [line.code for line in lines("lock_out")] == ["TOO_MANY_ATTEMPTS"] * 2
    assert sign_in("nobody", password="wrong", code="000000", address=HERE)[1].status_code == 200


def test_an_address_fails_so_often_an_hour_whatever_the_names(people, settings):
    settings.SIGN_IN_FAILURES_PER_HOUR = 2
    statuses = [fail(f"nobody-{number}", times=1)[0] for number in range(3)]
    assert statuses == [200, 200, 429]
    assert sign_in("teller", address=ELSEWHERE)[1].status_code == 429
    assert sign_in("teller")[1].status_code == 302


def test_the_command_unlocks(people, lines, capsys):
    fail("teller")
    device = SecondFactor.objects.get(user__username="teller")
    device.throttle_increment()
    assert sign_in("teller")[1].status_code == 429
    call_command("unlock_sign_in", "teller")
    assert "teller" in capsys.readouterr().out
    assert sign_in("teller")[1].status_code == 302
    (line,) = lines("unlock")
    assert (line.way, bytes(line.whom)) == ("command", user_key("teller"))


def test_the_command_lets_an_address_try_again(people, settings):
    settings.SIGN_INS_PER_MINUTE, settings.SIGN_IN_FAILURES_PER_HOUR = 1, 1
    fail("admin", times=1, address=HERE)
    assert sign_in("admin", address=HERE)[1].status_code == 429
    call_command("unlock_sign_in", "admin", address=HERE)
    assert sign_in("admin", address=HERE)[1].status_code == 302
    with pytest.raises(CommandError):
        call_command("unlock_sign_in", "admin", address="nowhere")
    with pytest.raises(CommandError):
        call_command("unlock_sign_in", "nobody-of-that-name")


@pytest.mark.django_db(transaction=True)
def test_of_24_that_sign_in_at_once_one_hashes_at_a_time_and_the_api_answers(people, settings, monkeypatch):
    """Unknown names are hashed as well. While one hashes and two wait, all others are answered."""
    settings.PASSWORD_HASHERS = ["config.kernel.access.passwords.LimitedArgon2Hasher"]
    settings.SIGN_INS_PER_MINUTE = 0
    settings.HASH_WAIT_SECONDS = PATIENCE
    places = passwords._Hashing()
    monkeypatch.setattr(passwords, "_hashing", lambda: places)
    gate, state = threading.Condition(), {"now": 0, "most": 0, "answered": 0, "open": False}

    def encode(self, password, salt):
        with gate:
            state["now"] += 1
            state["most"] = max(state["most"], state["now"])
            gate.notify_all()
            assert gate.wait_for(lambda: state["open"], timeout=PATIENCE)
            state["now"] -= 1
        return f"argon2$argon2id$v=19$m=1,t=1,p=1${salt}$x"

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)

    def attempt(number: int) -> int:
        try:
            return sign_in(f"nobody-{number}", password="wrong", code="000000")[1].status_code
        finally:
            connections.close_all()
            with gate:
                state["answered"] += 1
                gate.notify_all()

    with ThreadPoolExecutor(24) as pool:
        answers = [pool.submit(attempt, number) for number in range(24)]
        try:
            with gate:
                assert gate.wait_for(lambda: state["answered"] == 21 and state["now"] == 1, timeout=PATIENCE)
            assert ApiClient("teller", "meanwhile").get("/transfers").status_code == 200
        finally:
            with gate:
                state["open"] = True
                gate.notify_all()
        statuses = [answer.result(PATIENCE) for answer in answers]
    assert state["most"] == 1
    assert sorted(statuses) == [200] * 3 + [503] * 21
    assert TrailRecord.objects.filter(kind="wrong_password").exists()


def test_a_password_is_hashed_on_one_core_behind_other_work(monkeypatch):
    monkeypatch.setattr(passwords, "_hashing", lru_cache(passwords._Hashing))
    plain, seen = Argon2PasswordHasher.encode, []

    def encode(self, password, salt):
        seen.append(os.getpriority(os.PRIO_PROCESS, 0))
        return plain(self, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)
    hasher = passwords.LimitedArgon2Hasher()
    encoded = hasher.encode("password", "saltsaltsalt")
    assert "p=1$" in encoded
    assert hasher.verify("password", encoded)
    assert not hasher.verify("another", encoded)
    assert seen == [min(19, os.getpriority(os.PRIO_PROCESS, 0) + passwords.NICENESS)]


def test_password_hashed_on_eight_cores_is_rehashed_after_a_correct_sign_in(monkeypatch):
    monkeypatch.setattr(passwords, "_hashing", lru_cache(passwords._Hashing))
    before = Argon2PasswordHasher().encode("password", "saltsaltsalt")
    assert "p=8$" in before
    assert passwords.LimitedArgon2Hasher().verify("password", before)
    assert passwords.LimitedArgon2Hasher().must_update(before)


def test_a_hash_that_waits_too_long_is_not_made(settings, monkeypatch):
    settings.HASH_WAIT_SECONDS = 0.01
    places, made, begun, go_on = passwords._Hashing(), [], threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as other:
        first = other.submit(places.do, lambda: begun.set() or go_on.wait(PATIENCE))
        assert begun.wait(PATIENCE)
        with pytest.raises(passwords.HashingBusy):
            places.do(lambda: made.append(1))
        go_on.set()
        assert first.result(PATIENCE)
    assert places.do(lambda: 7) == 7
    assert made == []
