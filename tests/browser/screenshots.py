"""Take the pictures of `docs/desk.md`: a demo of its own, a day lived through, then a photograph of each page.

Run as ``python -m tests.browser.screenshots``; it takes some minutes and leaves nothing but the pictures.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.stack.process import Process, say, wait_until
from config.stack.state import ANSWER, ENVIRONMENT, read_shell_lines

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.bank_day import BankDay
    from tests.browser.screen import Screen

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screenshots"


def main() -> None:
    """Start a demo, live a day, take the pictures."""
    with tempfile.TemporaryDirectory(prefix="bank-pictures-") as place:
        state = Path(place) / "demo"
        demo = Process(
            "demo",
            [sys.executable, "-m", "config.stack", "demo"],
            log=Path(place) / "log" / "demo.log",
            env={**os.environ, "STATE_DIR": str(state), "PORT": _port()},
            cwd=ROOT,
            stop_seconds=30,
        )
        try:
            demo.start()
            if not wait_until((state / ANSWER).exists, seconds=180):
                raise SystemExit(demo.tail())
            _photograph(json.loads((state / ANSWER).read_text()), read_shell_lines(state / ENVIRONMENT))
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
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from tests.browser.bank_day import Bank, BankDay
    from tests.browser.chromium import MISSING, executable, launch

    if not executable():
        raise SystemExit(MISSING)
    day = BankDay(Bank(answer["base_url"], answer["keys"]))
    day.live()
    say(f"The day is over: {len(day.held)} transfers are held.")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        Album(browser, answer["base_url"], day).take()
        browser.close()


class Album:
    """The pictures: who sits at which page, in which language and theme."""

    def __init__(self, browser: "Browser", base: str, day: "BankDay") -> None:
        self.browser = browser
        self.base = base
        self.day = day
        self.screens: dict[str, Screen] = {}

    def take(self) -> None:
        """Take all pictures."""
        people = self.day.people
        customer, penalized, full = people[0].customer_id, people[4], people[1]
        held = self.day.held[6][1]
        self.page("home-zh", "supervisor", "/desk/")
        self.page("home-en-dark", "supervisor", "/desk/", language="en", theme="dark")
        self.page("customer-zh", "teller", f"/desk/customers/{customer}")
        self.page("customer-en", "teller", f"/desk/customers/{customer}", language="en")
        self.opening("opening-zh", full.customer_id)
        self.page("board-zh", "teller", "/desk/transfers/held")
        self.page("board-en-dark", "teller", "/desk/transfers/held", language="en", theme="dark")
        self.entry("transfer-entry-zh", penalized)
        self.page("transfer-zh", "teller", f"/desk/transfers/{held}")
        self.page("cancel-en", "teller", f"/desk/transfers/{held}/cancel", language="en")
        self.page("inbox-zh-dark", "compliance_2", "/desk/inbox", theme="dark")
        self.page("approval-zh", "compliance_2", f"/desk/inbox/{self.day.waiting}")
        self.certificate("certificate-entry-zh")
        self.page("certificate-zh", "compliance", f"/desk/certificates/{self.day.certificate}")
        self.page("register-en", "compliance", "/desk/certificates", language="en")
        self.page("decisions-zh", "auditor", "/desk/decisions")
        self.page("back-office-zh", "admin", "/admin/transfers/transfer/")

    def page(self, picture: str, name: str, path: str, *, language: str = "zh-hans", theme: str = "light") -> None:
        """Open a page and take its picture."""
        screen = self.screen(name)
        screen.speak(language)
        screen.page.evaluate("theme => localStorage.setItem('desk-theme', theme)", theme)
        screen.open(path)
        self.shoot(screen, picture)

    def opening(self, picture: str, customer_id: str) -> None:
        """Take the opening of a second account of Class I with a fifth card: the rules say no beside the form."""
        screen = self._ready("teller", f"/desk/customers/{customer_id}/open")
        screen.page.get_by_label("配发卡片").select_option("debit")
        screen.page.locator("#rules .no").first.wait_for()
        self.shoot(screen, picture)

    def entry(self, picture: str, payer: object) -> None:
        """Take the entry of a transfer with its preview."""
        screen = self._ready("teller", "/desk/transfers/new")
        page = screen.page
        page.get_by_label("付款卡号或账号").fill(payer.account_number)  # type: ignore[attr-defined]
        page.get_by_label("收款账号").fill("6217003810001234567")
        page.get_by_label("收款银行代码").fill("CCB")
        page.get_by_label("收款人户名").fill("陈立新")
        page.get_by_label("金额（元）").fill("12,800.50")
        page.get_by_label("普通到账").check()
        page.locator("#preview .alert-warning").wait_for()
        page.get_by_text("人民币壹万贰仟捌佰元伍角").first.wait_for()
        self.shoot(screen, picture)

    def certificate(self, picture: str) -> None:
        """Take the entry of a certificate with the verdict on its authority."""
        screen = self._ready("compliance", "/desk/certificates/new")
        page = screen.page
        page.get_by_label("文书号").fill("穗公反诈认字〔2026〕118号")
        page.get_by_label("认定机关").fill("广州市公安局")
        page.get_by_label("行政区划代码").fill("440100")
        page.get_by_label("机关层级").select_option("prefecture")
        page.get_by_label("认定日期").fill("2026-11-19")
        page.get_by_label("接收日期").fill("2026-11-25")
        page.get_by_label("认定类别").select_option("SELL")
        page.get_by_label("姓名或名称").fill("龙志远")
        page.get_by_label("证件号码").fill(self.day.people[9].document["number"])
        page.get_by_text("2031-11-19").first.wait_for()
        self.shoot(screen, picture)

    def screen(self, name: str) -> "Screen":
        """Return somebody's screen, signed in."""
        from tests.browser.screen import Screen

        if name not in self.screens:
            self.screens[name] = Screen(self.browser, self.base, name).sign_in()
        return self.screens[name]

    def shoot(self, screen: "Screen", picture: str) -> None:
        """Take what the screen shows."""
        screen.settle()
        # The hand is off the desk: no frame around what had the focus last.
        screen.page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        screen.page.screenshot(path=PICTURES / f"{picture}.png", animations="disabled")
        say(picture)

    def _ready(self, name: str, path: str) -> "Screen":
        screen = self.screen(name)
        screen.speak("zh-hans")
        screen.page.evaluate("localStorage.setItem('desk-theme', 'light')")
        screen.open(path)
        return screen


if __name__ == "__main__":
    main()
