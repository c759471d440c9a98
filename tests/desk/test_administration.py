"""Administration in the back office: one proposes, another approves, and secrets reach only their receiver."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django_otp.oath import TOTP

from config.kernel.access.keys import caller_of
from config.kernel.models import Administration, ApiKey, Approval, Decision, Person, Principal, SecondFactor
from tests import factories, people
from tests.back_office import address, listing
from tests.desk.pages import english, text_of
from tests.signed_in_browser import Browser, browser_of, with_codes

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-evening"
LIST = "/admin/kernel/administration/"


@pytest.fixture
def one(noon) -> Browser:
    """An administrator, who types a fresh code with every form."""
    return with_codes(browser_of(people.administrator("one")))


@pytest.fixture
def other(noon) -> Browser:
    return with_codes(browser_of(people.administrator("other")))


def fresh(**typed: object) -> dict[str, object]:
    return {"once": uuid4().hex, **typed}


def propose(client: Client, what: str, **typed: object):
    return client.post(f"{LIST}propose/{what}/", fresh(**typed))


def approve(client: Client, page: str, follow: bool = True):
    return client.post(f"{page.removesuffix('change/')}approve/", fresh(remark=""), follow=follow)


def shown(answer) -> str:
    return re.search(r'<code class="(?:bo-secret|desk-seed)">([^<]+)</code>', text_of(answer))[1]


def new_user(client: Client, name: str = "chen", number: str = "B-1001", **more: object) -> str:
    answer = propose(client, "user", username=name, staff_number=number, active="on", **more)
    assert answer.status_code == 302, text_of(answer)
    return answer.url


def test_nothing_is_there_until_another_approves(one, other):
    page = new_user(one)
    assert not User.objects.filter(username="chen").exists()
    text = text_of(other.get(page))
    for words in ("chen", "B-1001", "待复核"):
        assert words in text
    assert approve(other, page).status_code == 200
    made = User.objects.get(username="chen")
    assert made.person.staff_number == "B-1001"
    assert (made.is_active, made.is_staff, made.has_usable_password()) == (True, False, False)
    kinds = list(Decision.objects.order_by("at", "id").values_list("kind", "principal__name"))
    assert kinds == [("ask_administration", "one"), ("user", "other")]


def test_proposal_is_described_in_words_on_the_page_of_the_act(one):
    new_user(one, is_staff="on")
    page = text_of(one.get(address(Administration.objects.get())))
    for words in ("用户名: chen", "工号: B-1001", "可进后台: 是"):
        assert words in page
    assert "is_staff" not in page


def test_proposal_is_not_approved_by_its_maker(one):
    page = new_user(one)
    assert "本人提交，须由他人复核" in text_of(one.get(page))
    answer = approve(one, page)
    assert answer.status_code == 403
    assert "SAME_PERSON" in text_of(answer)
    assert not User.objects.filter(username="chen").exists()


def test_an_approval_takes_a_fresh_code(one, other):
    page = new_user(one)
    other.types_codes = False
    answer = other.post(f"{page.removesuffix('change/')}approve/", fresh(remark="", code="000000"))
    assert answer.status_code == 403
    assert "SECOND_FACTOR_WRONG" in text_of(answer)
    assert not User.objects.filter(username="chen").exists()


@pytest.mark.parametrize("role", ["supervisor", "compliance", "auditor", "teller"])
def test_business_roles_cannot_propose_or_approve_administration(one, staff, role):
    page = new_user(one)
    client = with_codes(staff(role))
    assert "approve/" not in text_of(client.get(page))
    assert approve(client, page).status_code == 422 or Approval.objects.get().status == "pending"
    assert propose(client, "user", username="mine", staff_number="M-1").status_code == 403
    assert Administration.objects.count() == 1
    assert not User.objects.filter(username="chen").exists()


def test_an_administrator_decides_nothing_of_the_banks_business(one, noon):
    from blacklist.operations.registration import register_certificate
    from config.kernel.database.clock import bank_now
    from tests.blacklist.cast import draft, latest_approval

    register_certificate(principal=factories.caller("compliance", "maker"), draft=draft(), at=bank_now())
    page = address(latest_approval())
    assert f"{page.removesuffix('change/')}approve/" not in text_of(one.get(page))
    approve(one, page)
    assert latest_approval().status == "pending"


def test_maker_withdraws_a_proposal_and_another_administrator_rejects_one(one, other):
    first, second = new_user(one), new_user(one, "wu", "B-1002")
    assert one.post(f"{first.removesuffix('change/')}withdraw/", fresh(remark="")).status_code == 302
    assert other.post(f"{second.removesuffix('change/')}reject/", fresh(remark="工号有误")).status_code == 302
    assert sorted(Approval.objects.values_list("status", flat=True)) == ["rejected", "withdrawn"]
    assert sorted(Administration.objects.values_list("status", flat=True)) == ["rejected", "withdrawn"]


def test_other_administrator_cannot_withdraw_a_proposal(one, other):
    page = new_user(one)
    assert "withdraw/" not in text_of(other.get(page))
    other.post(f"{page.removesuffix('change/')}withdraw/", fresh(remark=""))
    assert Approval.objects.get().status == "pending"


def test_a_person_enrols_with_a_code_on_paper_and_signs_in(one, other):
    approve(other, new_user(one))
    row = address(Administration.objects.get())
    collect = row.replace("change/", "collect-code/")
    halves = []
    for each in (one, other):
        assert "领取注册码" in text_of(each.get(row))
        halves.append(shown(each.post(collect, fresh())))
        assert halves[-1] not in text_of(each.get(row))
    code = " ".join(halves)
    assert halves[0] not in text_of(one.get(row)) + text_of(one.get(LIST)) + str(list(Decision.objects.values()))
    again = one.post(collect, fresh())
    assert again.status_code == 409
    assert "NOT_COLLECTABLE" in text_of(again)

    browser = Client()
    step = browser.post("/desk/enrol", {"username": "chen", "code": code.lower().replace("-", " ")})
    seed = re.search(r'name="seed" value="([A-Z2-7]+)"', text_of(step))[1]
    typed = {"username": "chen", "enrolment": code, "seed": seed, "new": PASSWORD, "again": PASSWORD}
    wrong = browser.post("/desk/enrol", typed | {"token": "000000"})
    assert wrong.status_code == 400
    assert "动态口令不正确" in text_of(wrong)
    assert PASSWORD not in text_of(wrong)
    assert seed[:4] in text_of(wrong)
    weak = browser.post("/desk/enrol", typed | {"new": "chen", "again": "chen", "token": _token()})
    assert weak.status_code == 400
    assert not User.objects.get(username="chen").has_usable_password()
    assert browser.post("/desk/enrol", typed | {"token": _token()}).url == "/desk/sign-in"
    assert User.objects.get(username="chen").check_password(PASSWORD)
    assert browser.post("/desk/enrol", {"username": "chen", "code": code}).status_code == 422


def _token() -> str:
    device = SecondFactor.objects.get(user__username="chen")
    SecondFactor.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    return f"{TOTP(device.bin_key).token():06d}"


@pytest.mark.parametrize(
    "typed", [{"username": "chen", "code": "AAAA-BBBB-CCCC-DDDD"}, {"username": "nobody", "code": "x"}], ids=str
)
def test_answer_to_a_wrong_code_reveals_nothing(noon, typed):
    answer = Client().post("/desk/enrol", typed)
    assert answer.status_code == 422
    assert "ENROLMENT_REFUSED" in text_of(answer)


def test_key_of_a_machine_is_shown_once_to_its_approver_alone(one, other):
    machine = people.principal("atm-77", "atm")
    answer = one.post(address(machine).replace("change/", "propose-key/"), fresh())
    approve(other, answer.url)
    assert not ApiKey.objects.exists()
    row = address(Administration.objects.get())
    assert "collect-key" not in text_of(one.get(row))
    one.post(row.replace("change/", "collect-key/"), fresh())
    assert not ApiKey.objects.exists()
    got = other.post(row.replace("change/", "collect-key/"), fresh())
    key = shown(got)
    assert caller_of(key).id == machine.id
    assert "no-store" in got["Cache-Control"]
    other.post(row.replace("change/", "collect-key/"), fresh())
    assert ApiKey.objects.count() == 1
    assert key not in text_of(other.get(row)) + text_of(other.get(listing(ApiKey)))


def test_a_key_is_collected_with_a_fresh_code(one, other):
    machine = people.principal("atm-77", "atm")
    approve(other, one.post(address(machine).replace("change/", "propose-key/"), fresh()).url)
    row = address(Administration.objects.get())
    other.types_codes = False
    answer = other.post(row.replace("change/", "collect-key/"), fresh(code="000000"))
    assert answer.status_code == 403
    assert not ApiKey.objects.exists()


def test_a_persons_key_is_collected_by_that_person_at_the_desk(one, other, signed_in):
    teller, stranger = with_codes(signed_in("teller")), with_codes(signed_in("teller", "2"))
    principal = Principal.objects.get(name="teller")
    approve(other, one.post(address(principal).replace("change/", "propose-key/"), fresh(rotates="on")).url)
    row = Administration.objects.get()
    for administrator in (one, other):
        assert "collect-key" not in text_of(administrator.get(address(row)))
        administrator.post(address(row).replace("change/", "collect-key/"), fresh())
    stranger.post(f"/desk/me/keys/{row.pk}", fresh())
    assert not ApiKey.objects.exists()
    assert "没有待领取的密钥" in text_of(stranger.get("/desk/me/keys"))
    assert "旧密钥" in text_of(teller.get("/desk/me/keys"))
    teller.types_codes = False
    assert teller.post(f"/desk/me/keys/{row.pk}", fresh(code="000000")).status_code == 400
    assert not ApiKey.objects.exists()
    key = shown(with_codes(teller).post(f"/desk/me/keys/{row.pk}", fresh()))
    assert caller_of(key).id == principal.id
    assert teller.post(f"/desk/me/keys/{row.pk}", fresh()).status_code == 409
    assert "没有待领取的密钥" in text_of(teller.get("/desk/me/keys"))


def test_a_principal_a_group_and_an_administrator_take_two_as_well(one, other):
    approve(other, new_user(one))
    person = Person.objects.get(staff_number="B-1001")
    approve(other, propose(one, "principal", name="chen-teller", role="teller", staff_number="b-1001").url)
    assert Principal.objects.get(name="chen-teller").person == person
    approve(other, propose(one, "group", name="readers", views=["accounts.view_card"]).url)
    assert Group.objects.get().permissions.count() == 1
    assert "已有其他角色" in text_of(one.get(address(person)))
    one.post(address(Principal.objects.get(name="chen-teller")).replace("change/", "switch-off/"), fresh())
    assert not Principal.objects.get(name="chen-teller").active
    approve(other, one.post(address(person).replace("change/", "propose-administrator/"), fresh()).url)
    assert User.objects.get(username="chen").is_superuser


def test_page_of_a_person_offers_the_possible_proposals(one, other):
    approve(other, new_user(one))
    person = Person.objects.get(staff_number="B-1001")
    page = text_of(one.get(address(person)))
    for words in ("变更人员与用户", "重新注册签到凭据", "设为系统管理员", "停用人员"):
        assert words in page
    change = address(person).replace("change/", "propose-user/")
    assert 'value="chen"' in text_of(one.get(change))
    typed = fresh(username="chen", staff_number="B-1001", active="on", is_staff="on", views=["accounts.view_card"])
    approve(other, one.post(change, typed).url)
    user = User.objects.get(username="chen")
    assert user.is_staff
    assert user.has_perm("accounts.view_card")
    diff = text_of(other.get(address(Approval.objects.order_by("-pk").first(), "approve")))
    assert "accounts.view_card" not in diff


@pytest.mark.parametrize(
    ("what", "typed", "field"),
    [
        ("user", {"username": "", "staff_number": "B-1"}, "请填写用户名"),
        ("user", {"username": "x y", "staff_number": "B-1"}, "用户名只能含"),
        ("principal", {"name": "m", "role": "teller", "staff_number": "Z-9"}, "没有该工号的人员"),
        ("principal", {"name": "m", "role": "administrator"}, "role"),
        ("group", {"name": "g", "views": ["accounts.change_card"]}, "views"),
    ],
)
def test_wrong_field_is_reported_beside_it(one, what, typed, field):
    answer = propose(one, what, **typed)
    assert answer.status_code == 400
    assert field in text_of(answer)
    assert not Administration.objects.exists()


def test_a_form_sent_twice_proposes_once(one):
    typed = fresh(username="chen", staff_number="B-1001", active="on")
    for _ in range(2):
        assert one.post(f"{LIST}propose/user/", typed).status_code == 302
    assert Administration.objects.count() == 1


@pytest.mark.parametrize("path", [LIST, *(f"{LIST}propose/{what}/" for what in ("user", "principal", "group"))])
def test_the_pages_speak_both_languages(one, path):
    page = text_of(one.get(path)).split('id="content"')[1]
    labels = [each for each in re.findall(r"<label[^>]*>([^<]+)<", page) if each.strip()]
    assert not [each for each in labels if not re.search(r"[\u4e00-\u9fff]", each)]
    assert "提交" in page or "新增" in page
    page = text_of(english(one).get(path)).split('id="content"')[1]
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"衡|中文", "", page))


@pytest.mark.parametrize("path", ["/desk/enrol", "/desk/me/keys"])
def test_the_pages_of_the_desk_speak_english_when_asked(signed_in, noon, path):
    page = text_of(english(signed_in("teller")).get(path)).split('id="main"')[1]
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"衡|中文", "", page))
