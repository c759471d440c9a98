"""Typed text never becomes code on any page, and the browser reports no policy violation.

Chromium's parser reads every page that the server sends. Pages whose scripts write are also opened on a screen.
"""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User

from accounts.models import Freeze
from tests.browser.payloads import PAYLOADS, PLANTED, POLYGLOT, HostileWords
from tests.browser.places import PARTS, PEOPLE, addresses, looked_at, roles_of, whole_pages
from tests.browser.town import Town
from tests.desk.pages import text_of
from tests.desk.test_matrix import pages
from tests.http import caller_with
from tests.signed_in_browser import Browser, browser_of

#: Pages that are opened for every object, because each shows another payload; of every other page one is enough.
EACH = {"customer", "certificate", "approval", "transfer", "conflict"}
#: Who decides proposals.
DECIDING = {"supervisor", "compliance"}
#: The one with characters that are folded before they are kept.
FOLDED = next(each for each in PAYLOADS if "＜" in each)
BOXES = "input:visible:not([type=radio], [type=checkbox], [type=file], [type=date], [type=datetime-local]), textarea:visible"
#: What opens a page of its own, or is downloaded, leads nowhere.
FORMS = "main form[method=post]:not([action$=unmask], [action$=file], [target=_blank], [data-again])"
#: On so many pages at least a role has something to type.
LEAST_TYPED = {"teller": 20, "supervisor": 3, "compliance": 5}
#: Pages that fetch parts of themselves, renew themselves, show what was hidden or keep what is typed.
ALIVE = {
    "home", "day-figures", "customer", "account", "merge", "certificate", "certificate-new", "transfer-new", "transfer",
    "transfer-board", "customer-open", "approval", "conflict", "decisions",
}  # fmt: skip
QUERY = {
    "status", "kind", "before", "after", "q", "due", "amount_from", "amount_to", "channel", "category", "subject",
    "customer", "account", "next", "way", "day", "code", "outcome", "from", "to", "idle",
}  # fmt: skip


def desk_of(name: str) -> Browser:
    """Return a desk client of a person of the cast, in this process."""
    return browser_of(User.objects.get(username=name))


def test_stored_code_is_text_on_every_page(hostile, parser):
    shown, planted, opened = "", [], set()
    everything = whole_pages() | {name: pages()[name] for name in PARTS - {"still-here"}}
    for role in PEOPLE:
        client = desk_of(role)
        for name, page in looked_at(role, everything).items():
            if name == "sign-in":
                continue
            # The page of a proposal is for the roles that decide.
            fresh = name in EACH and (role in DECIDING if name == "approval" else name not in opened)
            for path in addresses(page, hostile, most=None if fresh else 1):
                found = parser.read(text_of(client.get(path, follow=True)))
                shown += found.shown
                planted += [f"{path}: {each}" for each in found.planted]
            opened.add(name)
    assert planted == []
    assert {tag for tag in hostile.words.tagged if tag not in shown} == set()
    assert [each for each in PAYLOADS if each not in shown] in ([], [FOLDED])


def test_whole_names_stay_text_when_they_are_shown(hostile, parser):
    client, shown = desk_of("teller"), ""
    for customer in hostile.ids["customer_id"][-len(PAYLOADS) :]:
        found = parser.read(text_of(client.post(f"/desk/customers/{customer}/unmask", {"reason": "customer_present"})))
        shown += found.shown
        assert found.planted == []
    assert [each for each in PAYLOADS if each not in shown] == [FOLDED]


@pytest.mark.parametrize("person", ["teller", "supervisor", "compliance_2"])
def test_code_typed_into_a_form_comes_back_as_text(person, hostile, parser):
    client, role = desk_of(person), person.removesuffix("_2")
    typed = set()
    for name, pattern in whole_pages().items():
        if role not in roles_of(pattern) or name == "sign-in" or (role != roles_of(pattern)[0] and name != "approval"):
            continue
        for path in addresses(pattern, hostile, most=None if name == "approval" else 1):
            for form in parser.read(text_of(client.get(path, follow=True)), FORMS).forms:
                answer = client.post(form.action or path, form.filled(), follow=True)
                assert answer.status_code < 500, path
                assert parser.read(text_of(answer)).planted == [], path
                typed |= {name} if form.typed else set()
            if name in typed:
                break
    assert len(typed) > LEAST_TYPED[role]
    assert "approval" in typed or role == "teller"


@pytest.mark.parametrize("role", PEOPLE)
def test_code_in_an_address_is_text_too(role, hostile, parser):
    client = desk_of(role)
    for page in looked_at(role, whole_pages()).values():
        path = next(addresses(page, hostile, most=1))
        answer = client.get(path, dict.fromkeys(QUERY, POLYGLOT), follow=True)
        assert parser.read(text_of(answer)).planted == [], path


@pytest.mark.parametrize("role", ["teller", "supervisor", "compliance"])
def test_nothing_of_it_runs_where_scripts_fetch_and_write(role, hostile, screen_of):
    """Covers loaded parts, filters, answers to forms, and the page's own address."""
    screen = screen_of(role)
    page, forms = screen.page, screen.page.locator(FORMS)
    for name, pattern in looked_at(role, whole_pages()).items():
        if name not in ALIVE:
            continue
        screen.open(f"{next(addresses(pattern, hostile, most=1))}?{urlencode({'idle': POLYGLOT})}")
        screen.settle()
        assert page.evaluate(PLANTED) == [], name
        unmask = page.locator("form[hx-post$=unmask]")
        if unmask.count():
            unmask.locator("select").select_option(index=1)
            unmask.locator("button").click()
            screen.reads("查看已记录")
            assert page.evaluate(PLANTED) == [], name
        if forms.count():
            for box in forms.first.locator(BOXES).all():
                box.fill(POLYGLOT)
            with page.expect_navigation():
                forms.first.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
            screen.settle()
            assert page.evaluate(PLANTED) == [], name


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\x00"], ids=["rtl", "zero-width", "isolate", "nul"])
def test_invisible_characters_are_refused(hidden, keys, noon):
    call = caller_with(keys)
    town = Town(call, HostileWords())
    customer_id, _, document = town.customer("赵敏")
    account = town.account(customer_id)
    for order in ({"authority": f"某{hidden}院", "order_no": "1"}, {"authority": "某院", "order_no": f"1{hidden}2"}):
        assert call("compliance", f"/accounts/{account}/freezes", order).status_code == 400
    renamed = {"kind": "individual", "name": f"赵{hidden}敏", "document": document}
    assert call("teller", "/customers", renamed).status_code == 400
    assert not Freeze.objects.exists()
