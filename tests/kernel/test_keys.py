"""API keys: found by their hash, with a limit on wrong keys per address."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.frames.api import auth, limiter
from config.kernel.access.keys import caller_of, digest_of, revoke_key, revoke_keys
from config.kernel.models import ApiKey, Principal
from tests import people
from tests.database_refusals import refused_by
from tests.races import at_once

PATH = "/api/v1/approvals"


@pytest.fixture
def call(address):
    def get(authorization: str | None = None):
        headers = {} if authorization is None else {"Authorization": authorization}
        return Client(REMOTE_ADDR=address, raise_request_exception=False).get(PATH, headers=headers)

    return get


@pytest.fixture
def auditor(db) -> Principal:
    return people.principal("auditor-keys", "auditor")


def test_a_key_opens_the_door_of_its_role(call, auditor):
    assert call(f"Bearer {people.key(auditor)}").status_code == 200


def test_the_scheme_is_written_in_any_case(call, auditor):
    assert call(f"bearer {people.key(auditor)}").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token bk_x", "Bearer bk_wrong", "Bearer  two spaces",
        "Bearer " + "k" * 129, "Bearer é", "bk_wrong", "Bearer \x7f",
    ],
)  # fmt: skip
def test_no_key_or_a_wrong_one_is_401(call, auditor, header):
    answer = call(header)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


def test_the_right_key_under_another_scheme_is_401(call, auditor):
    assert call(f"Token {people.key(auditor)}").status_code == 401


def test_a_revoked_key_is_401_from_the_next_request_on(call, auditor):
    key = people.key(auditor)
    assert call(f"Bearer {key}").status_code == 200
    revoke_key(ApiKey.objects.get(digest=digest_of(key)))
    assert call(f"Bearer {key}").status_code == 401


def test_an_expired_key_is_401_by_the_real_clock(call, auditor, noon):
    past, future = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(hours=1)
    assert call(f"Bearer {people.key(auditor, expires_at=past)}").status_code == 401
    key = people.key(auditor, expires_at=future)
    noon.set(future + timedelta(days=1))
    assert call(f"Bearer {key}").status_code == 200


def test_an_inactive_principal_is_401(call, auditor):
    key = people.key(auditor)
    Principal.objects.filter(pk=auditor.pk).update(active=False)
    assert call(f"Bearer {key}").status_code == 401


def test_role_of_a_principal_cannot_change(auditor):
    with refused_by("kernel_principal_stands"):
        Principal.objects.filter(pk=auditor.pk).update(role="supervisor")


def test_all_keys_of_a_principal_end_together(auditor):
    old = [people.key(auditor), people.key(auditor)]
    assert revoke_keys(auditor.pk) == 2
    assert [caller_of(key) for key in old] == [None, None]


def test_a_key_is_stored_as_its_hash_and_first_characters(auditor):
    key = people.key(auditor)
    row = ApiKey.objects.get()
    assert bytes(row.digest) == digest_of(key)
    assert key not in str(ApiKey.objects.values().get())
    assert len(row.hint) <= 8
    assert len(key) >= 43


def test_the_first_20_wrong_keys_are_401_then_429_with_retry_after(call, auditor):
    statuses = [call("Bearer wrong").status_code for _ in range(22)]
    assert statuses == [401] * 20 + [429] * 2
    answer = call("Bearer wrong")
    assert answer.json()["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(answer["Retry-After"]) <= 61


def test_a_right_key_is_never_limited(call, auditor):
    key = people.key(auditor)
    for _ in range(21):
        call("Bearer wrong")
    assert call(f"Bearer {key}").status_code == 200


def test_a_missing_header_never_counts(call, auditor):
    for _ in range(25):
        assert call().status_code == 401
    assert call("Bearer wrong").status_code == 401


def test_another_address_has_its_own_count(call, auditor):
    for _ in range(21):
        call("Bearer wrong")
    other = Client(REMOTE_ADDR="192.0.2.77").get(PATH, headers={"Authorization": "Bearer wrong"})
    assert other.status_code == 401


@pytest.fixture
def redis_away(settings, monkeypatch):
    settings.REDIS_CLIENT_URL = "redis://127.0.0.1:1/0"
    limiter._shared.cache_clear()
    limiter._own.cache_clear()
    yield
    limiter._shared.cache_clear()
    limiter._own.cache_clear()


def test_keys_work_while_redis_is_away(call, auditor, redis_away):
    assert call(f"Bearer {people.key(auditor)}").status_code == 200


def test_wrong_keys_are_limited_while_redis_is_away(call, auditor, redis_away):
    statuses = [call("Bearer wrong").status_code for _ in range(21)]
    assert statuses == [401] * 20 + [429]


def test_the_limiter_admits_exactly_its_number(address):
    waits = [limiter.hit("test", address, per_minute=5) for _ in range(7)]
    assert waits[:5] == [0] * 5
    assert all(1 <= wait <= 61 for wait in waits[5:])
    assert limiter.exhausted("test", address, per_minute=5) > 0
    assert limiter.exhausted("test", address + "0", per_minute=5) == 0


def test_the_limiter_admits_exactly_its_number_at_once(address):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: limiter.hit("burst", address, per_minute=20), range(60)))
    assert waits.count(0) == 20


@pytest.mark.django_db
def test_keys_that_are_asked_for_together_open_each_its_own():
    keys = {name: people.key(people.ensure(f"atm-{name}", "atm")) for name in "abc"}
    revoke_key(ApiKey.objects.get(digest=digest_of(keys["b"])))
    asked = [auth._KeyLookUp(digest_of(key)) for key in (*keys.values(), "bk_unknown", keys["a"])]
    auth._look_up(asked)
    assert [each.caller.name if each.caller else None for each in asked] == ["atm-a", None, "atm-c", None, "atm-a"]
    assert all(each.answered for each in asked)


@pytest.mark.django_db(transaction=True)
def test_concurrent_callers_are_each_identified(monkeypatch):
    keys = [people.key(people.ensure(f"atm-{name}", "atm")) for name in "abcd"]
    sets: list[int] = []
    plain = auth.callers_of
    monkeypatch.setattr(auth, "callers_of", lambda digests: sets.append(len(digests)) or plain(digests))
    found = at_once(*(lambda key=key: [auth._caller_of(key).name for _ in range(25)] for key in keys))
    assert found == [[f"atm-{name}"] * 25 for name in "abcd"]
    assert sum(sets) == 100
