"""Fixtures for tests in a browser: the browser, a web server, and signed-in screens.

Playwright keeps an event loop in this thread while it runs. The browser therefore lives only while tests of this folder
follow each other.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import transaction
from playwright.sync_api import Browser, sync_playwright

from config.people.demo_users import CAST, ensure_users
from config.stack.process import Process, wait_until
from tests import people
from tests.bank_snapshots import snapshot
from tests.browser import chromium
from tests.browser.browser_log import Watch
from tests.browser.page_parser import Parser
from tests.browser.payloads import HostileTown, HostileWords
from tests.browser.screen import Screen
from tests.browser.town import Town
from tests.browser.words import Words
from tests.clock import Clock
from tests.http import caller_with
from tests.processes import answers, free_port, running, web

type ScreenOf = Callable[..., Screen]
type Call = Callable[..., httpx.Response]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not chromium.executable():
        pytest.fail(chromium.MISSING, pytrace=False)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Its loop runs in another greenlet of this thread; the ORM is called from here alone.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = chromium.launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="package")
def parser(browser: Browser) -> Iterator[Parser]:
    """Return the parser that reads pages without showing them on a screen."""
    opened = Parser(browser)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bank(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Process]]:
    """Run one web server for all tests on the test database; return its address and its process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with django_db_blocker.unblock():
        process = web(tmp_path_factory.mktemp("web"), port)
    with running(process):
        assert wait_until(lambda: answers(url), seconds=30), process.tail(50)
        yield url, process


@pytest.fixture(scope="session")
def server(bank: tuple[str, Process]) -> str:
    """Return the address of the web server."""
    return bank[0]


@pytest.fixture
def keys(db: None) -> dict[str, str]:
    """Create the people and machines; return their API keys."""
    return snapshot("the cast", _cast)


def _cast() -> dict[str, str]:
    made = people.cast(CAST)
    with transaction.atomic():
        ensure_users()
    return made


@pytest.fixture
def watch(bank: tuple[str, Process]) -> Iterator[Watch]:
    """Watch every screen of a test; assert at its end that nothing forbidden happened."""
    url, web_server = bank
    watched = Watch(url)
    yield watched
    watched.is_quiet(web_server.tail(60))


@pytest.fixture
def screen_of(
    browser: Browser, server: str, transactional_db: None, keys: dict[str, str], watch: Watch
) -> Iterator[ScreenOf]:
    """Return a function that gives the screen of a person of the demo, signed in and with no page open.

    `screen_of("teller", signs_in=True)` signs in with the form, which leads to the first page.
    """
    screens: dict[str, Screen] = {}

    def screen(name: str, *, signs_in: bool = False) -> Screen:
        if name not in screens:
            screens[name] = Screen(browser, server, name, watch=watch)
            screens[name].sign_in() if signs_in else screens[name].come_in()
        return screens[name]

    yield screen
    for each in screens.values():
        each.close()


@pytest.fixture
def call(server: str, transactional_db: None, keys: dict[str, str]) -> Call:
    """Return a function that calls the API over HTTP as a machine does: `call("atm", "/transfers", {...})`."""

    def post(role: str, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {keys[role]}", "Idempotency-Key": uuid4().hex}
        return httpx.post(f"{server}/api/v1{path}", json=body, headers=headers, trust_env=False)

    return post


@pytest.fixture
def town(keys: dict[str, str], noon: Clock) -> Town:
    """Return a town with data for every page.

    It is committed if the test uses a screen; otherwise only this process sees it.
    """
    return snapshot("town", lambda: Town(caller_with(keys), Words()).build())


@pytest.fixture
def hostile(keys: dict[str, str], noon: Clock) -> HostileTown:
    """Return a town in which every free text contains code."""
    return snapshot("hostile town", lambda: HostileTown(caller_with(keys), HostileWords()).build())
