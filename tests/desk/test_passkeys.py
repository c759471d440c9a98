"""Passkeys: created on the own page, accepted in place of a code, each answer once and for its purpose only."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from config.frames.desk import passkeys
from config.frames.desk.passkeys import SIGN_IN, passkey_of_answer, purpose_of
from config.kernel.database.transactions import owned
from config.kernel.models import Decision, Passkey, SecondFactor
from config.kernel.vault.sealed_sample import contradictions
from tests import people
from tests.blacklist.cast import body
from tests.database_refusals import refused_by
from tests.desk.pages import english, text_of
from tests.passkeys import Device
from tests.second_factors import written_for
from tests.signed_in_browser import browser_of, user_of, with_codes

pytestmark = pytest.mark.django_db

PAGE, PASSWORD = "/desk/me/passkeys", "a-long-and-quiet-evening"


@pytest.fixture
def teller(signed_in, noon):
    client = signed_in("teller")
    user = user_of(client)
    user.set_password(PASSWORD)
    user.save()
    client.cookies = browser_of(user).cookies
    return with_codes(client)


def registered(client: Client, device: Device, name: str = "phone"):
    made = device.make(client.get(f"{PAGE}/asked").json())
    return client.post(PAGE, {"name": name, "answer": made})


def held(user: User, device: Device, name: str = "phone") -> Passkey:
    with owned():
        return passkeys.keep(user, name=name, answer=device.make(passkeys.creation_options(user)))


def sign_in(user: User, answer: str) -> tuple[Client, int]:
    client = Client()
    page = client.post("/desk/sign-in", {"username": user.username, "password": PASSWORD, "code": answer})
    return client, page.status_code


def test_passkey_is_registered_and_signs_in(teller):
    user, device = user_of(teller), Device()
    assert registered(teller, device).url == PAGE
    assert "phone" in text_of(teller.get(PAGE))
    answer = device.answer(Client().get("/desk/passkeys/asked").json())
    client, status = sign_in(user, answer)
    assert (status, client.get("/desk/").status_code) == (302, 200)
    assert sign_in(user, answer)[1] == 200, "an answer counts once"
    kept = Passkey.objects.get()
    evidence = {"user": user.username, "passkey": "phone", "public_digest": kept.public_digest()}
    assert Decision.objects.get(kind="own_passkey").facts == evidence
    assert kept.last_used_at is not None


def test_an_administrator_shows_one_in_the_back_office():
    root, device = browser_of(people.administrator("root")), Device()
    assert "passkey-words" not in text_of(root.get("/admin/"))
    assert registered(with_codes(root), device).url == PAGE
    assert text_of(root.get("/admin/")).count("passkey-words") == 1
    answer = device.answer(root.get("/desk/passkeys/asked").json())
    assert root.post("/desk/me/recovery-codes", {"code": answer}).status_code == 200


def test_passkey_request_does_not_reveal_users(teller):
    registered(teller, Device())
    assert "allowCredentials" not in Client().get("/desk/passkeys/asked").json()
    assert len(teller.get("/desk/passkeys/asked").json()["allowCredentials"]) == 1
    assert "allowCredentials" not in teller.get("/desk/passkeys/asked?gate=1").json()


def test_passkey_confirms_its_own_purpose_only(signed_in, client_for, noon):
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    officer, device = signed_in("compliance"), Device()
    user = user_of(officer)
    held(user, device)
    typed = {"decision": "approve", "remark": "", "once": "once-1"}
    # What was asked at the gate decides nothing.
    gate = device.answer(Client().get("/desk/passkeys/asked").json())
    assert officer.post(f"/desk/inbox/{asked}", typed | {"code": gate}).status_code == 403
    own = device.answer(officer.get("/desk/passkeys/asked").json())
    assert officer.post(f"/desk/inbox/{asked}", typed | {"code": own}).status_code == 302


@pytest.mark.parametrize(
    "wrong", ["purpose", "person", "origin", "unlocked", "late", "signature", "not asked", "no JSON"]
)
def test_invalid_passkey_answers_are_refused(teller, wrong, monkeypatch):
    user, device = user_of(teller), Device()
    held(user, device)
    asked = passkeys.request_options(SIGN_IN)
    purpose, user_id = SIGN_IN, user.pk
    if wrong == "purpose":
        purpose = purpose_of(user.pk)
    elif wrong == "person":
        user_id = people.user("other").pk
    elif wrong == "origin":
        device.origin = "https://localhost.example.com"
    elif wrong == "unlocked":
        device.verifies = False
    elif wrong == "signature":
        other = Device()
        other.id, device = device.id, other
    elif wrong == "not asked":
        asked = asked | {"challenge": "A" * len(asked["challenge"])}
    answer = "{" if wrong == "no JSON" else device.answer(asked)
    if wrong == "late":
        now = passkeys.time.time_ns()
        monkeypatch.setattr(passkeys.time, "time_ns", lambda: now + 301 * 10**9)
    assert passkey_of_answer(user_id, answer, purpose) is None


def test_a_copy_shows_in_its_count(teller, caplog):
    user, device = user_of(teller), Device(count=5)
    held(user, device)
    assert passkey_of_answer(user.pk, device.answer(passkeys.request_options(SIGN_IN)), SIGN_IN)
    device.count = 5
    with caplog.at_level("DEBUG"):
        assert passkey_of_answer(user.pk, device.answer(passkeys.request_options(SIGN_IN)), SIGN_IN) is None
    assert "count went back" in caplog.text
    assert device.id.hex() not in caplog.text


def test_a_device_that_does_not_count_is_taken_at_its_time(teller):
    user, device = user_of(teller), Device(count=None)
    held(user, device)
    first, second = (device.answer(passkeys.request_options(SIGN_IN)) for _ in range(2))
    assert passkey_of_answer(user.pk, second, SIGN_IN)
    assert passkey_of_answer(user.pk, first, SIGN_IN) is None
    assert passkey_of_answer(user.pk, device.answer(passkeys.request_options(SIGN_IN)), SIGN_IN)


@pytest.mark.parametrize("wrong", ["same device", "same name", "no answer", "another's", "no code", "eleventh"])
def test_invalid_registrations_are_refused(teller, wrong):
    user, device = user_of(teller), Device()
    if wrong in ("same device", "same name"):
        held(user, device)
        device = device if wrong == "same device" else Device()
    if wrong == "eleventh":
        for number in range(10):
            held(user, Device(), f"d{number}")
    asked = passkeys.creation_options(people.user("other") if wrong == "another's" else user)
    before = Passkey.objects.count()
    typed = {"name": "phone" if wrong == "same name" else "tablet", "answer": device.make(asked)}
    if wrong == "no answer":
        typed["answer"] = ""
    if wrong == "no code":
        typed["code"] = "000000"
    assert teller.post(PAGE, typed).status_code == 400
    assert Passkey.objects.count() == before


def test_ended_passkey_ends_its_sessions(teller, signed_in):
    user, device = user_of(teller), Device()
    row = held(user, device)
    client, _ = sign_in(user, device.answer(passkeys.request_options(SIGN_IN)))
    client = with_codes(browser_of(user))
    assert signed_in("supervisor").post(f"{PAGE}/{row.pk}/end", {"code": "000000"}).status_code == 400
    assert with_codes(signed_in("supervisor")).post(f"{PAGE}/{row.pk}/end").status_code == 404
    assert client.post(f"{PAGE}/{row.pk}/end", {"code": "000000"}).status_code == 400
    assert client.post(f"{PAGE}/{row.pk}/end").url == PAGE
    assert not Passkey.objects.exists()
    assert Decision.objects.get(kind="own_passkey_ended").facts["passkey"] == "phone"


def test_the_last_second_factor_stays(teller):
    user, device = user_of(teller), Device()
    row = held(user, device)
    SecondFactor.objects.filter(user=user).delete()
    client, status = sign_in(user, device.answer(passkeys.request_options(SIGN_IN)))
    assert status == 302
    answer = device.answer(client.get("/desk/passkeys/asked").json())
    page = client.post(f"{PAGE}/{row.pk}/end", {"code": answer})
    assert (page.status_code, "不能注销" in text_of(page)) == (400, True)
    held(user, Device(), "tablet")
    answer = device.answer(client.get("/desk/passkeys/asked").json())
    assert client.post(f"{PAGE}/{row.pk}/end", {"code": answer}).status_code == 302
    assert client.get("/desk/").status_code == 302, "the session began with it"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"public_key": b"k"}, "kernel_passkey_stands"),
        ({"credential_id": b"c"}, "kernel_passkey_stands"),
        ({"sign_count": 4}, "kernel_passkey_stands"),
        ({"answered_asked": 4}, "kernel_passkey_stands"),
        ({"last_used_at": timezone.now}, "kernel_passkey_stands"),
        ({"last_used_at": timezone.now, "answered_asked": 6}, "kernel_passkey_stands"),
    ],
    ids=["key", "id", "count back", "question back", "again", "count unchanged"],
)
def test_passkey_answer_counts_once_and_its_key_cannot_change(teller, change, constraint):
    row = Passkey.objects.create(
        user=user_of(teller), name="phone", credential_id=b"x", public_key=b"y", sign_count=5, answered_asked=5
    )
    change = {name: value() if callable(value) else value for name, value in change.items()}
    with refused_by(constraint):
        Passkey.objects.filter(pk=row.pk).update(**change)
    further = {"last_used_at": timezone.now(), "answered_asked": 6, "sign_count": 6}
    assert Passkey.objects.filter(pk=row.pk).update(**further) == 1


@pytest.mark.parametrize(
    ("same", "constraint"),
    [
        ({"credential_id": b"x"}, "passkey_once"),
        ({"name": "phone"}, "passkey_names_differ"),
        ({"sign_count": -1}, "passkey_counts"),
    ],
    ids=str,
)
def test_passkey_belongs_to_one_person_and_has_a_unique_name(teller, same, constraint):
    columns = {"user": user_of(teller), "public_key": b"y"}
    Passkey.objects.create(**columns, name="phone", credential_id=b"x")
    with refused_by(constraint):
        Passkey.objects.create(**columns, **({"name": "tablet", "credential_id": b"z"} | same))


def test_bank_without_a_domain_has_no_passkeys(teller, settings):
    settings.PASSKEY_DOMAIN = ""
    user, device = user_of(teller), Device()
    assert "通行密钥" not in text_of(teller.get("/desk/me"))
    assert [teller.get(path).status_code for path in (PAGE, f"{PAGE}/asked", "/desk/passkeys/asked")] == [404] * 3
    assert sign_in(user, json.dumps({"id": device.id.hex()}))[1] == 200


def test_the_origins_are_a_setting(settings):
    settings.PASSKEY_DOMAIN = "bank.example.com"
    assert [passkeys._is_ours(f"{each}bank.example.com") for each in ("https://", "http://", "https://desk.")] == [
        True,
        False,
        False,
    ]
    settings.PASSKEY_ORIGINS = ["https://desk.bank.example.com"]
    assert passkeys._is_ours("https://desk.bank.example.com")
    assert not passkeys._is_ours("http://localhost:8000")


def test_page_is_in_english_on_request(teller):
    page = text_of(english(teller).get(PAGE)).split("<main", 1)[-1]
    assert "Register a passkey" in page
    assert "密钥" not in page


def test_passkey_moved_to_another_user_or_key_is_refused(teller):
    """A passkey that was not created here does not count either: it lacks the bank's own mark."""
    user, other, device, another = user_of(teller), people.user("supervisor"), Device(), Device()
    kept, strange = held(user, device), held(other, another)

    def shows(of: User, by: Device) -> bool:
        return passkey_of_answer(of.pk, by.answer(passkeys.request_options(SIGN_IN)), SIGN_IN) is not None

    assert shows(user, device)
    assert shows(other, another)
    Passkey.objects.filter(pk=strange.pk).delete()
    written_for(kept, other)
    assert (shows(other, device), set(contradictions())) == (False, {f"kernel_passkey.belongs {kept.pk}"})
    written_for(kept, user)
    assert shows(user, device)
    written_for(kept, user, credential_id=strange.credential_id, public_key=strange.public_key)
    assert not shows(user, another)
