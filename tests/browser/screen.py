"""The screen of one person: an own browser context, signed in with password and second factor."""

from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, expect

from config.frames.desk.demo_users import PASSWORD, code_of
from tests.browser.browser_log import Watch
from tests.signed_in_browser import browser_of

SIZE = {"width": 1360, "height": 860}


class Screen:
    """The desk on the screen of one person.

    A code of the second factor is accepted once: the present one signs in, the next one confirms a decision.
    """

    def __init__(
        self, browser: Browser, base: str, name: str, *, watch: Watch | None = None, **options: object
    ) -> None:
        self.base = base
        self.name = name
        self.context = browser.new_context(
            viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(10_000)
        if watch:
            watch.over(self.context)
        self.page: Page = self.context.new_page()

    def sign_in(self) -> "Screen":
        """Sign in with the form."""
        self.open("/desk/sign-in")
        self.page.get_by_label("用户名").fill(self.name)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_label("动态口令").fill(code_of(self.name))
        self.page.get_by_role("button", name="签到").click()
        # The desk, or the back office for an administrator.
        expect(self.page.locator("#bank-clock, #user-tools")).to_be_visible()
        self.settle()
        return self

    def come_in(self) -> "Screen":
        """Sign in without the form and with no page open, for tests about something else."""
        session = browser_of(User.objects.get(username=self.name)).cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base, "httpOnly": True}
        self.context.add_cookies([cookie])
        return self

    def open(self, path: str) -> None:
        """Open an address."""
        self.page.goto(self.base + path)

    def settle(self) -> None:
        """Wait until the page handles keys and has loaded its parts."""
        self.page.wait_for_load_state()
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    def reads(self, *words: str) -> None:
        """Assert that texts are on the page."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each)

    def press(self, button: str) -> None:
        """Click on a button or link by its name."""
        self.named(button).first.click()

    def printed(self) -> Page:
        """Print with the key when the page handles keys; return the page that opens."""
        self.settle()
        with self.page.expect_popup() as opened:
            self.page.keyboard.press("Alt+p")
        return opened.value

    def named(self, words: str) -> Locator:
        """Return the buttons and links with a name."""
        main = self.page.locator("body")
        return main.get_by_role("button", name=words, exact=True).or_(main.get_by_role("link", name=words, exact=True))

    def next_code(self) -> str:
        """Return the one-time code after the one that was used to sign in."""
        return code_of(self.name, steps_ahead=1)

    @property
    def path(self) -> str:
        """Return the path of the page that is open."""
        return self.page.url.removeprefix(self.base)

    def speak(self, language: str) -> None:
        """Choose the language of the following pages: `zh-hans` or `en`."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.base}])

    def close(self) -> None:
        """Close the browser."""
        self.context.close()
