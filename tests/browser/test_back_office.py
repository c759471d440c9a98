"""The back office in a browser: themes and languages of the desk, no serious fault, no policy report."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from playwright.sync_api import expect

from accounts.models import Customer, Freeze
from config.kernel.models import Approval, Decision, Principal
from tests.back_office import address, listing, machine_proposed
from tests.browser import axe
from tests.browser.payloads import PLANTED, POLYGLOT
from tests.desk.pages import text_of
from tests.signed_in_browser import browser_of
from transfers.models import Transfer


@pytest.fixture
def staffed(screen_of):
    """Return the screen of a person of the desk who may also see the tables of the back office."""

    def screen(name: str):
        user = User.objects.get(username=name)
        if not user.is_superuser:
            User.objects.filter(pk=user.pk).update(is_staff=True)
            user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        opened = screen_of(name)
        opened.open("/admin/")
        return opened

    return screen


def faults(screen, path: str) -> list[str]:
    """Return the faults of a page in both languages and both themes."""
    wrong = []
    for language, theme in (("zh-hans", "light"), ("en", "dark")):
        screen.speak(language)
        screen.page.evaluate("theme => localStorage.setItem('desk-theme', theme)", theme)
        screen.open(path)
        expect(screen.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        wrong += [f"{path} {language} {theme}: {each}" for each in axe.faults(screen.page, state=theme)]
    return wrong


def test_no_serious_fault_where_people_and_keys_are_looked_at(town, staffed):
    screen = staffed("admin")
    user, principal = User.objects.get(username="teller"), Principal.objects.get(name="teller")
    wrong = []
    for path in (
        "/admin/", "/admin/accounts/", "/admin/auth/user/", address(user), listing(Principal), address(principal),
        "/admin/password_change/", address(user, "history"),
    ):  # fmt: skip
        wrong += faults(screen, path)
    assert not wrong, "\n".join(wrong)


def test_no_serious_fault_where_tables_are_read_and_acts_are_done(town, staffed):
    held = Transfer.objects.filter(status="held").first()
    proposal, asked = Approval.objects.filter(status="pending", kind="certificate").first(), machine_proposed()
    wrong = []
    for name, paths in {
        "teller": (listing(Transfer), address(held), listing(Decision)),
        "compliance_2": (listing(Approval), address(proposal), address(proposal, "approve")),
        "admin": (address(asked), address(asked, "approve"), address(asked, "reject")),
    }.items():
        screen = staffed(name)
        for path in paths:
            wrong += faults(screen, path)
    assert not wrong, "\n".join(wrong)


def test_stored_code_is_text_in_every_table(hostile, keys, parser):
    client, planted = browser_of(User.objects.get(username="admin")), []
    for model in admin.site._registry:
        rows = model._default_manager.order_by("-pk")[:1]
        for path in (listing(model), *map(address, rows)):
            page = client.get(path)
            assert page.status_code == 200, path
            planted += [f"{path}: {each}" for each in parser.read(text_of(page)).planted]
    assert planted == []


def test_stored_code_runs_nowhere_where_scripts_write(hostile, staffed):
    checker, proposal = staffed("admin"), Approval.objects.filter(status="pending", kind="certificate").first()
    asked, planted = machine_proposed(), []
    for path in (listing(Customer), listing(Freeze), address(proposal)):
        checker.open(path)
        planted += checker.page.evaluate(PLANTED)
    for act in ("approve", "reject"):
        checker.open(address(asked, act))
        planted += checker.page.evaluate(PLANTED)
        checker.page.get_by_role("textbox").first.fill(POLYGLOT)
        checker.page.locator("main form button:not([disabled])").click()
        planted += checker.page.evaluate(PLANTED)
    # Django's own script hides the button with which rows would be added.
    assert [each for each in planted if 'class="addlink"' not in each] == []


def test_the_theme_is_switched_here_as_at_the_desk(town, staffed):
    screen = staffed("teller")
    root = screen.page.locator("html")
    screen.open("/admin/")
    before = root.get_attribute("data-bs-theme")
    screen.press("深色/浅色")
    expect(root).not_to_have_attribute("data-bs-theme", before or "")
    after = root.get_attribute("data-bs-theme") or ""
    screen.press("返回工作台")
    expect(root).to_have_attribute("data-bs-theme", after)
    screen.open("/admin/")
    screen.press("English")
    screen.reads("Tables", "Sign out")
