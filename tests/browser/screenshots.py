"""Take the screenshots of `docs/desk.md` and of the pages per role, from a demo after one day of work.

Run as ``python -m tests.browser.screenshots``. It takes some minutes and leaves only the pictures.
"""

import json
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from config.stack.process import Process, say, wait_until
from config.stack.state import ANSWER, ENVIRONMENT, OWNER, read_shell_lines

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from benchmarks.bank.day import BankDay, RegularCustomer
    from tests.browser.screen import Screen

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screenshots"


class Look(NamedTuple):
    """A variant of a screenshot: suffix of the file name, language and theme."""

    name: str
    language: str
    theme: str


#: Every page is photographed in Chinese, on light ground; four of them in English, on dark ground, too.
CHINESE, ENGLISH = Look("zh", "zh-hans", "light"), Look("en-dark", "en", "dark")
#: Colors that a picture keeps: fewer than are on a page, enough to read it, a third of the bytes.
COLORS = 64
PHONE = {"width": 390, "height": 844}


def main() -> None:
    """Start a demo, do one day of work, take the screenshots."""
    with tempfile.TemporaryDirectory(prefix="bank-pictures-") as place:
        state = Path(place) / "demo"
        demo = Process(
            "demo",
            [sys.executable, "-m", "config.stack", "demo"],
            log=Path(place) / "log" / "demo.log",
            env={**os.environ, "STATE_DIR": str(state), "PORT": _port(), "DEMO_WITHOUT": "day"},
            cwd=ROOT,
            stop_seconds=30,
        )
        try:
            demo.start()
            if not wait_until((state / ANSWER).exists, seconds=180):
                raise SystemExit(demo.tail())
            # As the tables' owner: the stock of the clean-up is written past the bank's operations.
            environment = read_shell_lines(state / ENVIRONMENT) | read_shell_lines(state / OWNER)
            _photograph(json.loads((state / ANSWER).read_text()), environment)
        finally:
            demo.stop()


def _port() -> str:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _photograph(answer: dict, environment: dict[str, str]) -> None:
    # The desk's codes come from its own module, which reads the settings.
    os.environ.update(environment)
    # The browser's loop runs in another greenlet of this thread; the ORM is called from here alone.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from benchmarks.bank.client import Bank
    from benchmarks.bank.day import BankDay
    from tests.browser.chromium import MISSING, executable, launch

    if not executable():
        raise SystemExit(MISSING)
    day = BankDay(Bank(answer["base_url"], answer["keys"]))
    start = day.bank.now() + timedelta(days=1)
    day.live(start.replace(hour=9, minute=41, second=12, microsecond=0))
    say(f"The day is over: {len(day.held)} transfers are held.")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        Album(browser, answer["base_url"], day).take()
        browser.close()


def _shrink(path: Path) -> None:
    """Reduce the colors of a picture without dithering, so that letters keep their edges."""
    from PIL import Image

    with Image.open(path) as taken:
        reduced = taken.convert("RGB").quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced.save(path, optimize=True)


class Album:
    """The screenshots and the screens of the people on them."""

    def __init__(self, browser: "Browser", base: str, day: "BankDay") -> None:
        self.browser = browser
        self.base = base
        self.day = day
        self.screens: dict[str, Screen] = {}

    def take(self) -> None:
        """Take all screenshots."""
        from tests.browser import inbox_work

        people = self.day.people
        customer, penalized, full = people[0].customer_id, people[4], people[1]
        held = self.day.held[6][1]
        other = self.day.again(people[0])
        inbox_work.live(self.day)
        self.page(CHINESE, "home", "supervisor", "/desk/")
        self.page(CHINESE, "customer", "teller", f"/desk/customers/{customer}")
        self.page(CHINESE, "merge", "teller", f"/desk/customers/{customer}/merge/{other}")
        self.opening(full.customer_id)
        self.entry(CHINESE, penalized)
        self.page(CHINESE, "board", "teller", "/desk/transfers/held")
        self.page(CHINESE, "transfers", "teller", "/desk/transfers")
        self.page(CHINESE, "transfer", "teller", f"/desk/transfers/{held}")
        self.page(CHINESE, "slip", "teller", f"/desk/transfers/{held}/slip")
        self.page(CHINESE, "cancel", "teller", f"/desk/transfers/{held}/cancel")
        self.page(CHINESE, "inbox", "compliance_2", "/desk/inbox")
        self.page(CHINESE, "approval", "compliance_2", f"/desk/inbox/{self.day.waiting}", whole=True)
        self.certificate()
        self.page(CHINESE, "certificate", "compliance", f"/desk/certificates/{self.day.certificate}")
        self.page(CHINESE, "register", "compliance", "/desk/certificates")
        self.page(CHINESE, "auditor", "auditor", "/desk/customers")
        self.page(CHINESE, "decisions", "auditor", "/desk/decisions")
        self.page(CHINESE, "back-office", "admin", "/admin/transfers/transfer/")
        self.phone("phone-customer", "teller", f"/desk/customers/{customer}")
        self.page(ENGLISH, "home", "supervisor", "/desk/")
        self.page(ENGLISH, "customer", "teller", f"/desk/customers/{customer}")
        self.entry(ENGLISH, penalized)
        self.page(ENGLISH, "inbox", "compliance_2", "/desk/inbox")
        self.papers()
        self.work()
        self.cash()
        self.cleanup()

    def papers(self) -> None:
        """Take the pages about certificates: a list before it is submitted, a letter, due letters."""
        from tests.browser.compliance_papers import live

        papers = live(self.day, self.screen("compliance"))
        self.page(CHINESE, "list", "compliance", papers.list_path)
        self.page(CHINESE, "letter", "teller", papers.letter_path)
        self.page(CHINESE, "letters", "compliance", "/desk/letters")
        self.page(CHINESE, "certificates-due", "compliance", "/desk/certificates/due")

    def work(self) -> None:
        """Take the inbox, restrictions of an account, and the person's own page."""
        from tests.browser.desk_work import live

        work = live(self.day)
        self.page(CHINESE, "conflicts", "compliance", "/desk/conflicts")
        self.page(CHINESE, "conflict", "compliance", work.conflict_path)
        self.account(work.account_path)
        self.page(CHINESE, "punctuality", "supervisor", "/desk/punctuality")
        self.page(CHINESE, "recovery-codes", "supervisor", "/desk/me/recovery-codes")
        self.page(CHINESE, "passkeys", "supervisor", "/desk/me/passkeys")

    def cash(self) -> None:
        """Take cash before it is posted, a box before its count is submitted, and the boxes and figures of a day."""
        from tests.browser.cash_day import live

        day = live(self.day)
        self.page(CHINESE, "cash-boxes", "supervisor", "/desk/cash/boxes")
        self.page(CHINESE, "figures", "supervisor", "/desk/figures")
        screen = self.begun(CHINESE, "teller", day.cash_path)
        screen.page.locator("[name=amount]").fill("6,800.00")
        self.checked("cash", screen)
        screen = self.begun(CHINESE, "teller", day.count_path)
        screen.page.locator("[name=counted]").fill(f"{(day.book_fen - 50_00) / 100:.2f}")
        screen.page.locator("[name=reason]").fill("一笔取款多付50元，已联系客户，约定次日退回。")
        self.checked("cash-count", screen)

    def cleanup(self) -> None:
        """Take the clean-up of stock; it comes last because it moves the clock by weeks."""
        from tests.browser.cleanup_weeks import live

        weeks = live(self.day.bank)
        self.page(CHINESE, "cleanup", "supervisor", "/desk/cleanup")
        self.page(CHINESE, "cleanup-case", "teller", f"/desk/cleanup/cases/{weeks.case.id}")
        screen = self.begun(CHINESE, "teller", f"/desk/cleanup/items/{weeks.item.id}/merge")
        screen.page.locator("#id_to_account_id").select_option(str(weeks.to.id))
        screen.page.locator("#effect li").first.wait_for()
        self.shoot(CHINESE, "cleanup-merge", screen)

    def page(self, look: Look, picture: str, name: str, path: str, *, whole: bool = False) -> None:
        """Open a page and take the visible part of it, or the whole page."""
        self.shoot(look, picture, self.opened(look, name, path), whole=whole)

    def phone(self, picture: str, name: str, path: str) -> None:
        """Open a page at the width of a phone and take it."""
        from tests.browser.screen import SIZE

        page = self.screen(name).page
        page.set_viewport_size(PHONE)
        self.page(CHINESE, picture, name, path)
        page.set_viewport_size(SIZE)

    def account(self, path: str) -> None:
        """Take an account with the history of its purpose."""
        screen = self.opened(CHINESE, "teller", path)
        screen.page.locator("main details summary").first.click()
        self.shoot(CHINESE, "account", screen)

    def checked(self, picture: str, screen: "Screen") -> None:
        """Go to the second step of an act and take it."""
        screen.press("下一步：核对")
        screen.page.locator("#check").wait_for()
        self.shoot(CHINESE, picture, screen)

    def opening(self, customer_id: str) -> None:
        """Take the opening of a second Class I account with a fifth card, which the rules beside the form refuse."""
        from tests.browser.particulars_form import fill_particulars

        screen = self.begun(CHINESE, "teller", f"/desk/customers/{customer_id}/open")
        fill_particulars(screen.page)
        screen.press("下一步")
        screen.page.locator("[name=product-card]").select_option("debit")
        screen.page.locator("#rules .no").first.wait_for()
        self.shoot(CHINESE, "opening", screen)

    def entry(self, look: Look, payer: "RegularCustomer") -> None:
        """Take the entry of a transfer with its preview."""
        screen = self.begun(look, "teller", "/desk/transfers/new")
        page = screen.page
        for name, typed in {
            "payer": payer.account_number,
            "payee_number": "6217003810001234567",
            "bank_code": "105100000017",
            "payee_name": "陈立新",
            "amount": "12,800.50",
        }.items():
            page.locator(f"[name={name}]").fill(typed)
        page.locator("[name=arrival][value=ordinary]").check()
        page.locator("#preview .alert-warning").wait_for()
        page.get_by_text("人民币壹万贰仟捌佰元伍角").first.wait_for()
        self.shoot(look, "transfer-entry", screen)

    def certificate(self) -> None:
        """Take the entry of a certificate with the check of its authority."""
        screen = self.begun(CHINESE, "compliance", "/desk/certificates/new")
        page = screen.page
        for name, typed in {
            "doc_no": "穗公反诈认字〔2026〕118号",
            "authority": "广州市公安局",
            "region_code": "440100",
            "certified_on": "2026-11-19",
            "received_on": "2026-11-25",
        }.items():
            page.locator(f"[name={name}]").fill(typed)
        page.locator("[name=level]").select_option("prefecture")
        page.locator("[name=category]").select_option("SELL")
        page.locator("[name=legal_basis]").select_option("JDM_2024")
        page.locator("[name^=subject-][name$=-name]").fill("龙志远")
        page.locator("[name^=subject-][name$=-type]").select_option("resident_id")
        page.locator("[name^=subject-][name$=-number]").fill(self.day.people[9].document["number"])
        page.get_by_text("2028").first.wait_for()
        self.shoot(CHINESE, "certificate-entry", screen)

    def opened(self, look: Look, name: str, path: str) -> "Screen":
        """Return a person's screen with a page open."""
        screen = self.screen(name)
        screen.speak(look.language)
        screen.page.evaluate("theme => localStorage.setItem('desk-theme', theme)", look.theme)
        screen.open(path)
        return screen

    def begun(self, look: Look, name: str, path: str) -> "Screen":
        """Return a person's screen with an empty form; the draft from the other variant is discarded."""
        screen = self.opened(look, name, path)
        if (clear := screen.page.locator(".desk-restored button")).count():
            clear.click()
            screen.settle()
        return screen

    def screen(self, name: str) -> "Screen":
        """Return a person's screen, signed in."""
        from tests.browser.screen import Screen

        if name not in self.screens:
            self.screens[name] = Screen(self.browser, self.base, name).sign_in()
        return self.screens[name]

    def shoot(self, look: Look, picture: str, screen: "Screen", *, whole: bool = False) -> None:
        """Take the visible part of a screen, or the whole page."""
        from tests.browser.screen import SIZE

        screen.settle()
        # The hand is off the desk: no frame around what had the focus last.
        screen.page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        name = f"{picture}-{look.name}"
        page = screen.page
        if whole:
            # A screen as high as the page, so that the navigation is as long as the content.
            page.set_viewport_size(SIZE | {"height": page.evaluate("document.documentElement.scrollHeight")})
        path = PICTURES / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        _shrink(path)
        if whole:
            page.set_viewport_size(SIZE)
        say(name)


if __name__ == "__main__":
    main()
