"""A passkey in a real browser with a virtual device: created on the own page, used to sign in and to confirm."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession

from config.frames.desk.demo_users import PASSWORD
from config.kernel.models import Passkey, SecondFactor
from tests.browser import axe
from tests.browser.browser_log import Watch
from tests.browser.screen import Screen

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def screen(browser, server, transactional_db, keys, noon) -> Iterator[Screen]:
    """The screen of a teller, at a host name; passkeys do not work at an IP address."""
    base = server.replace("127.0.0.1", "localhost")
    watch = Watch(base)
    own = Screen(browser, base, "teller", watch=watch)
    yield own
    own.close()
    watch.is_quiet("")


@pytest.fixture
def device(screen) -> CDPSession:
    session = screen.context.new_cdp_session(screen.page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    session.id = added["authenticatorId"]
    return session


def photograph(screen: Screen, name: str) -> None:
    if place := os.environ.get("PICTURES"):
        screen.page.screenshot(path=f"{place}/{name}.png", full_page=True)


def test_a_passkey_is_registered_signs_in_and_confirms(screen, device):
    screen.sign_in()
    screen.open("/desk/me/passkeys")
    photograph(screen, "passkeys-none")
    SecondFactor.objects.filter(user__username="teller").update(last_t=-1)
    screen.page.get_by_label("名称").fill("柜员一号台")
    screen.page.get_by_label("动态口令").fill(screen.next_code())
    assert axe.faults(screen.page) == []
    screen.press("登记")
    screen.reads("已登记通行密钥", "柜员一号台")
    assert axe.faults(screen.page) == []
    photograph(screen, "passkeys")
    screen.speak("en")
    screen.open("/desk/me/passkeys")
    photograph(screen, "passkeys-en")
    screen.speak("zh-hans")
    (held,) = device.send("WebAuthn.getCredentials", {"authenticatorId": device.id})["credentials"]
    assert held["isResidentCredential"]

    screen.context.clear_cookies()
    screen.open("/desk/sign-in")
    assert axe.faults(screen.page) == []
    screen.page.get_by_label("用户名").fill("teller")
    screen.page.get_by_label("密码").fill(PASSWORD)
    photograph(screen, "sign-in")
    screen.press("使用通行密钥")
    screen.page.wait_for_url("**/desk/")
    assert Passkey.objects.get().sign_count > 0

    # Recovery codes, after a passkey in the place of a code.
    screen.open("/desk/me/recovery-codes")
    photograph(screen, "recovery-form")
    assert axe.faults(screen.page) == []
    screen.press("使用通行密钥")
    screen.reads("请立即打印")
    assert axe.faults(screen.page) == []
    assert screen.page.locator(".desk-recovery li").count() == 10
    photograph(screen, "recovery")
    screen.page.emulate_media(media="print")
    photograph(screen, "recovery-printed")
    screen.page.emulate_media(media="screen")
    screen.open("/desk/me")
    photograph(screen, "own")
    screen.speak("en")
    screen.open("/desk/me")
    photograph(screen, "own-en")
    screen.speak("zh-hans")

    # The veil takes it, too.
    screen.open("/desk/me")
    screen.settle()
    screen.page.evaluate("document.dispatchEvent(new CustomEvent('desk-locked', { detail: 'idle' }))")
    screen.page.locator("#desk-veil").get_by_role("button", name="使用通行密钥").wait_for()
    photograph(screen, "veil")
