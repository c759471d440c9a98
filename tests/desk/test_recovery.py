"""Recovery codes: shown once, used once, for the own sign-in only; and a replaced authenticator."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from config.frames.desk.second_factors import new_sheet, sheet_of, sheet_with_code
from config.kernel.database.transactions import owned
from config.kernel.models import Decision, RecoveryCode, RecoverySheet, SecondFactor, TrailRecord
from config.kernel.vault import reindexing
from tests import keys, people
from tests.blacklist.cast import body
from tests.database_refusals import past_the_guards, refused_by
from tests.desk.pages import english, text_of
from tests.second_factors import written_for
from tests.signed_in_browser import browser_of, code_of, user_of, with_codes

pytestmark = pytest.mark.django_db

PAGE, AUTHENTICATOR = "/desk/me/recovery-codes", "/desk/me/authenticator"
PASSWORD = "a-long-and-quiet-evening"


@pytest.fixture
def teller(signed_in, noon):
    client = signed_in("teller")
    user = user_of(client)
    user.set_password(PASSWORD)
    user.save()
    client.cookies = browser_of(user).cookies
    return client


def codes_on(answer) -> list[str]:
    return re.findall(r'<code class="desk-seed">([0-9 ]+)</code>', text_of(answer))


def made(user: User) -> list[str]:
    with owned():
        return new_sheet(user)


def sign_in(user: User, code: str) -> tuple[Client, int]:
    client = Client()
    answer = client.post("/desk/sign-in", {"username": user.username, "password": PASSWORD, "code": code})
    return client, answer.status_code


def test_ten_are_shown_once_and_end_those_before(teller):
    user = user_of(teller)
    assert "尚未生成恢复码" in text_of(teller.get("/desk/me"))
    assert teller.post(PAGE, {"code": "000000"}).status_code == 400
    answer = with_codes(teller).post(PAGE)
    first = codes_on(answer)
    assert (answer.status_code, len(set(first))) == (200, 10)
    assert not codes_on(teller.get(PAGE))
    second = codes_on(teller.post(PAGE))
    assert sign_in(user, first[0])[1] == 200
    assert sign_in(user, second[0])[1] == 200, "the wrong one before makes it wait"
    RecoverySheet.objects.update(throttling_failure_count=0)
    assert sign_in(user, second[0])[1] == 302
    kept = Decision.objects.filter(kind="own_recovery_codes").order_by("at", "id")
    assert [each.facts["codes_ended"] for each in kept] == [0, 10]
    digests = [bytes(each) for each in RecoveryCode.objects.values_list("digest", flat=True)]
    assert not [each for each in second if each.replace(" ", "").encode() in b"".join(digests)]


def test_recovery_code_signs_in_once_and_the_trail_records_the_remaining_ones(teller):
    user = user_of(teller)
    code, dashed, *_ = made(user)
    client, status = sign_in(user, code)
    assert status == 302
    page = text_of(client.get("/desk/"))
    assert "剩余 9 个未用" in page
    assert sign_in(user, code)[1] == 200
    RecoverySheet.objects.update(throttling_failure_count=0)
    assert sign_in(user, dashed.replace(" ", "-"))[1] == 302
    assert list(
        TrailRecord.objects.filter(kind="recovery_code").order_by("at", "id").values_list("user_id", "reason")
    ) == [
        (user.pk, "left_9"),
        (user.pk, "left_8"),
    ]
    assert code.replace(" ", "") not in str(TrailRecord.objects.values())


def test_person_signed_in_by_a_recovery_code_continues_with_a_new_sheet(teller):
    user = user_of(teller)
    code, other, *_ = made(user)
    client, _ = sign_in(user, code)
    assert len(codes_on(client.post(PAGE, {"code": other}))) == 10
    assert client.get("/desk/").status_code == 200
    assert Decision.objects.get(kind="own_recovery_codes").facts["codes_ended"] == 8


def test_the_auditor_reads_it_in_words(teller, signed_in):
    sign_in(user_of(teller), made(user_of(teller))[0])
    page = text_of(signed_in("auditor").get(reverse("desk:sign-ins")))
    assert "使用恢复码" in page
    assert "剩余 9 个" in page


def test_recovery_code_is_valid_for_the_own_sign_in_and_decides_nothing(teller, signed_in, client_for):
    code, *_ = made(user_of(teller))
    typed = {"old": PASSWORD, "new": "another-quiet-evening", "again": "another-quiet-evening", "code": code}
    assert teller.post("/desk/me/password", typed).status_code == 302
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    officer = signed_in("compliance")
    shown = made(user_of(officer))[0]
    decided = {"decision": "approve", "remark": "", "code": shown.replace(" ", ""), "once": "once-1"}
    assert officer.post(f"/desk/inbox/{asked}", decided).status_code == 403
    assert sheet_of(user_of(officer).pk)[1] == 10


def test_few_left_are_warned_of(teller):
    user = user_of(teller)
    made(user)
    assert "恢复码即将用完" not in text_of(teller.get("/desk/me"))
    for each in RecoveryCode.objects.filter(number__gt=3):
        RecoveryCode.objects.filter(pk=each.pk).update(used_at=each.sheet.created_at)
    assert "恢复码即将用完" in text_of(teller.get("/desk/me"))
    assert "Few are left" in text_of(english(teller).get("/desk/me"))


def test_a_wrong_one_makes_the_next_wait(teller):
    user = user_of(teller)
    code = made(user)[0].replace(" ", "")
    assert sheet_with_code(user.pk, "0" * 12) is None
    assert sheet_with_code(user.pk, code) is None
    RecoverySheet.objects.update(throttling_failure_count=0)
    assert sheet_with_code(people.user("other").pk, code) is None
    assert sheet_with_code(user.pk, code) is not None


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"used_at": None}, "kernel_recoverycode_stands"),
        ({"digest": b"x" * 32}, "kernel_recoverycode_stands"),
        ({"number": 11}, "recovery_code_ten_at_most"),
        ({"digest": b"x"}, "recovery_code_digest_is_whole"),
    ],
    ids=str,
)
def test_recovery_code_is_used_once_and_cannot_be_inserted(teller, change, constraint):
    user = user_of(teller)
    code = made(user)[0].replace(" ", "")
    assert sheet_with_code(user.pk, code)
    used = RecoveryCode.objects.exclude(used_at=None)
    if constraint.endswith("stands"):
        with refused_by(constraint):
            used.update(**change)
        return
    sheet = RecoverySheet.objects.get()
    RecoveryCode.objects.filter(number=10).delete()
    with refused_by(constraint):
        RecoveryCode.objects.create(**{"sheet": sheet, "number": 10, "digest": b"y" * 32} | change)


def test_recovery_code_is_valid_after_a_change_of_the_index_key(teller):
    user = user_of(teller)
    first, second, *_ = [each.replace(" ", "") for each in made(user)]
    with keys.changed():
        keys.use(index=f"{keys.OWN_INDEX},{keys.OTHER}")
        assert sheet_with_code(user.pk, first) is None
        (table,) = [each for each in reindexing.index_tables() if each.name == "kernel_recoverycode"]
        with past_the_guards("kernel_recoverycode"):
            reindexing._carry(table, 1, lambda *_: None)
        RecoverySheet.objects.update(throttling_failure_count=0)
        assert sheet_with_code(user.pk, second)


@pytest.mark.parametrize("same", ["number", "digest"])
def test_recovery_codes_have_distinct_places_and_values(teller, same):
    made(user_of(teller))
    row = RecoveryCode.objects.get(number=1)
    RecoveryCode.objects.filter(number=10).delete()
    columns = {"sheet": row.sheet, "number": 10, "digest": b"y" * 32} | {same: getattr(row, same)}
    with refused_by("recovery_code_place" if same == "number" else "recovery_code_once"):
        RecoveryCode.objects.create(**columns)


def test_one_sheet_belongs_to_one_person(teller):
    user = user_of(teller)
    made(user)
    with refused_by("recovery_sheet_one_per_person"):
        RecoverySheet.objects.create(user=user, name="other")
    with refused_by("kernel_recoverysheet_stands"):
        RecoverySheet.objects.update(user=people.user("other"))


def test_another_authenticator_takes_the_place_of_a_lost_one(teller):
    user = user_of(teller)
    old = SecondFactor.objects.get(user=user)
    other = browser_of(user)
    answer = teller.post(AUTHENTICATOR, {"code": made(user)[0]})
    seed = re.search(r'name="seed" value="([A-Z2-7]+)"', text_of(answer))[1]
    new = SecondFactor.objects.get(user=user, confirmed=False)
    # Neither without the seed that was shown nor with a wrong code.
    assert teller.post(AUTHENTICATOR, {"seed": "A" * 32, "token": code_of(new)}).url == AUTHENTICATOR
    assert teller.post(AUTHENTICATOR, {"seed": seed, "token": "000000"}).status_code == 400
    assert teller.post(AUTHENTICATOR, {"seed": seed, "token": code_of(new)}).url == "/desk/me"
    assert SecondFactor.objects.get(user=user).pk == new.pk != old.pk
    assert (teller.get("/desk/").status_code, other.get("/desk/").status_code) == (200, 302)
    assert Decision.objects.get(kind="own_authenticator").facts["user"] == user.username
    assert sheet_of(user.pk)[1] == 9


@pytest.mark.parametrize("path", [PAGE, AUTHENTICATOR])
def test_pages_are_in_english_on_request(teller, path):
    page = text_of(english(teller).get(path))
    assert "验证器" not in page.split("<main", 1)[-1]


def test_recovery_sheet_moved_to_another_person_is_refused(teller):
    user, other = user_of(teller), people.user("supervisor")
    first, second, *_ = (code.replace(" ", "") for code in made(user))
    sheet = RecoverySheet.objects.get()
    assert sheet_with_code(user.pk, first)
    written_for(sheet, other)
    assert sheet_with_code(other.pk, second) is None
    written_for(sheet, user)
    assert sheet_with_code(user.pk, second)
