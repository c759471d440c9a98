"""Sign-in against a directory in another process and at another site, through every redirect."""

import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from config.frames.desk.demo_users import code_of
from config.kernel.models import SecondFactor, TrailRecord
from config.stack.process import Process, wait_until
from tests import directory
from tests.browser import axe
from tests.browser.screen import Screen
from tests.processes import ROOT, answers, free_port, running, web


@pytest.fixture
def bank(transactional_db, tmp_path) -> Iterator[SimpleNamespace]:
    """A bank that signs people in against a directory; the browser sees two different sites."""
    here, there = free_port(), free_port()
    url, issuer = f"http://127.0.0.1:{here}", f"http://localhost:{there}/o"
    words = ("-m", "tests.directory", str(there), str(tmp_path), f"{url}/desk/directory/back")
    provider = Process("directory", [sys.executable, *words], log=tmp_path / "directory.log",
                       env={**os.environ, "DJANGO_SETTINGS_MODULE": ""}, cwd=ROOT, stop_seconds=10)  # fmt: skip
    environment = {"BANK_OIDC_ISSUER": issuer, "BANK_OIDC_CLIENT_ID": directory.CLIENT, "NO_PROXY": "localhost"}
    environment |= {"BANK_OIDC_CLIENT_SECRET": directory.SECRET, "BANK_OIDC_SECOND_FACTOR": "mfa"}
    process = web(tmp_path, here, **environment)
    with running(provider, process):
        for each, waits in ((process, url), (provider, f"http://localhost:{there}")):
            assert wait_until(lambda where=waits: answers(where), seconds=60), each.tail(50)
        yield SimpleNamespace(url=url, issuer=issuer, provider=provider, process=process)


@pytest.fixture
def screen_at(browser, bank, transactional_db, keys, noon):
    """Return a function that gives the screen of a person sent to the directory by the bank's sign-in."""
    screens = []

    def goes(name: str) -> Screen:
        screen = Screen(browser, bank.url, name)
        screens.append(screen)
        screen.open("/desk/sign-in?next=/desk/me")
        screen.press("统一身份认证签到")
        screen.page.get_by_label("Username").fill(name)
        screen.page.get_by_label("Password").fill(directory.PASSWORD)
        screen.page.get_by_role("button", name="Log in").click()
        return screen

    yield goes
    for each in screens:
        each.close()


def photograph(screen: Screen, name: str) -> None:
    if place := os.environ.get("PICTURES"):
        screen.page.screenshot(path=f"{place}/{name}.png", full_page=True)


def test_people_come_in_by_the_directory(screen_at, bank, browser):
    # Two factors there are two factors here.
    supervisor = screen_at("supervisor")
    supervisor.page.wait_for_url(f"{bank.url}/desk/me")
    supervisor.reads("个人设置", "supervisor")

    # One factor there: ours is asked for, once.
    teller = screen_at("teller")
    teller.reads("统一身份认证已通过", "teller")
    assert axe.faults(teller.page) == []
    photograph(teller, "directory-code")
    teller.speak("en")
    teller.page.reload()
    photograph(teller, "directory-code-en")
    teller.speak("zh-hans")
    teller.page.reload()
    teller.page.get_by_label("动态口令").fill("000000")
    teller.press("签到")
    teller.reads("不正确或已用过")
    SecondFactor.objects.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    teller.page.get_by_label("动态口令").fill(code_of("teller"))
    teller.press("签到")
    teller.page.wait_for_url(f"{bank.url}/desk/me")

    # A person who is not entered in the bank is refused, and no user is created.
    nobody = screen_at("nobody-of-ours")
    nobody.reads("未在本系统登记", "NOT_ENTERED")
    assert axe.faults(nobody.page) == []
    photograph(nobody, "directory-failed")
    nobody.open("/desk/")
    assert nobody.path.startswith("/desk/sign-in")

    # Signing out ends the session here; coming again, the directory asks for the password anew.
    supervisor.press("签退")
    supervisor.open("/desk/")
    assert supervisor.path.startswith("/desk/sign-in")
    supervisor.press("统一身份认证签到")
    supervisor.page.get_by_label("Password").wait_for()
    lines = TrailRecord.objects.order_by("at").values_list("kind", "code")
    sign_ins = [each for each in lines if each[0] in ("sign_in", "wrong_code", "wrong_password", "sign_out")]
    assert sign_ins == [
        ("sign_in", ""),
        ("wrong_code", "SECOND_FACTOR_WRONG"),
        ("sign_in", ""),
        ("wrong_password", "NOT_ENTERED"),
        ("sign_out", ""),
    ]
    assert "teller" not in bank.process.tail(1000)

    # What another browser was given does for this one nothing, nor a second time.
    with httpx.Client(base_url=bank.url, trust_env=False) as client:
        asked = urlsplit(client.get("/desk/directory").headers["location"])
        query = parse_qs(asked.query)
        assert query["code_challenge_method"] == ["S256"]
        assert {"state", "nonce", "code_challenge"} <= {*query}
        for state in (query["state"][0], query["state"][0], "another"):
            answer = client.get("/desk/directory/arrived", params={"code": "made-up", "state": state})
            assert (answer.status_code, "DIRECTORY_REFUSED" in answer.text) == (403, True)
    bank.provider.stop()
    with httpx.Client(base_url=bank.url, trust_env=False) as client:
        query = parse_qs(urlsplit(client.get("/desk/directory").headers["location"]).query)
        answer = client.get("/desk/directory/arrived", params={"code": "made-up", "state": query["state"][0]})
        assert (answer.status_code, "DIRECTORY_AWAY" in answer.text) == (503, True)
