"""A new person in a browser: two administrators with half a code each, a password, and a collected API key."""

import base64
import time

import pytest
from django.contrib.auth.models import User
from django_otp.oath import TOTP

from config.kernel.access.keys import caller_of
from config.kernel.models import Administration, ApiKey, Person, Principal, SecondFactor
from tests.back_office import address, listing
from tests.browser import axe
from tests.browser.screen import Screen

PASSWORD = "a-long-and-quiet-evening"
NAME, NUMBER = "chen", "B-1001"


@pytest.fixture
def act(screen_of):
    """Return a function that types a fresh code, presses a button and checks the page for serious faults."""

    def done(screen, button: str) -> None:
        SecondFactor.objects.filter(user__username=screen.name).update(last_t=-1)
        code = screen.page.get_by_label("动态口令")
        if code.count():
            code.fill(screen.next_code())
        assert axe.faults(screen.page) == []
        screen.press(button)

    return done


def proposed(screen, what: str, **typed: str) -> None:
    """Propose an act on the page of administration."""
    screen.open(listing(Administration))
    screen.press(what)
    for label, value in typed.items():
        field = screen.page.get_by_label(label, exact=True)
        field.select_option(value) if label == "角色" else field.fill(value)
    assert axe.faults(screen.page) == []
    screen.press("提交")
    screen.reads("已提交，待另一名系统管理员复核")


def approved(act, screen) -> None:
    """Approve the newest proposal from the list."""
    row = Administration.objects.latest("id")
    screen.open(address(row))
    screen.page.get_by_role("link", name="查看与复核").click()
    screen.page.locator("a[href$='/approve/']").click()
    act(screen, "通过")
    screen.reads("已通过")
    # Where what is to be collected is offered.
    assert screen.path == address(row)


def half(act, screen, which: str) -> str:
    """Collect the administrator's half of the newest enrolment code."""
    screen.open(address(Administration.objects.latest("id")))
    screen.press("领取注册码")
    act(screen, "验证并领取")
    screen.reads(f"这是注册码的{which}")
    return screen.page.locator("code.bo-secret").inner_text()


def code_of(seed: str, *, steps_ahead: int = 0) -> str:
    totp = TOTP(base64.b32decode(seed))
    totp.time = time.time() + 30 * steps_ahead
    return f"{totp.token():06d}"


def test_new_person_enrols_and_collects_a_key(screen_of, act, browser, server, noon, watch):
    one, other = screen_of("admin"), screen_of("admin_2")
    proposed(one, "新增人员与用户", 用户名=NAME, 工号=NUMBER)
    approved(act, other)
    first, second = half(act, one, "第一份"), half(act, other, "第二份")
    assert not User.objects.get(username=NAME).has_usable_password()

    own = Screen(browser, server, NAME, watch=watch)
    own.open("/desk/sign-in")
    own.press("首次使用，或凭注册码重新设置")
    own.page.get_by_label("用户名").fill(NAME)
    own.page.get_by_label("注册码").fill(first)
    own.press("下一步")
    own.reads("注册码")
    own.page.get_by_label("注册码").fill(f"{first} {second}")
    own.press("下一步")
    seed = own.page.locator("code.desk-seed").inner_text().replace(" ", "")
    for label in ("新密码（至少12个字符）", "新密码（再次输入）"):
        own.page.get_by_label(label).fill(PASSWORD)
    own.page.get_by_label("验证器显示的动态口令").fill(code_of(seed))
    assert axe.faults(own.page) == []
    own.press("完成")
    own.reads("已设置，请以新密码和动态口令签到")

    person = Person.objects.get(staff_number=NUMBER)
    proposed(one, "新增操作主体", 名称="chen-teller", 角色="teller", **{"人员工号（机器不填）": NUMBER})
    approved(act, other)
    one.open(address(Principal.objects.get(person=person)))
    one.press("签发密钥")
    one.press("提交")
    approved(act, other)

    SecondFactor.objects.filter(user__username=NAME).update(last_t=-1)
    own.page.get_by_label("用户名").fill(NAME)
    own.page.get_by_label("密码").fill(PASSWORD)
    own.page.get_by_label("动态口令").fill(code_of(seed))
    own.press("签到")
    own.open("/desk/me/keys")
    own.page.get_by_label("动态口令").fill(code_of(seed, steps_ahead=1))
    assert axe.faults(own.page) == []
    own.press("验证并领取")
    own.reads("密钥只在此处显示一次")
    key = own.page.locator("code.desk-seed").inner_text()
    own.close()
    assert caller_of(key).name == "chen-teller"
    assert ApiKey.objects.get(principal__person=person).revoked_at is None
