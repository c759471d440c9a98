"""What somebody typed stays text: nothing of it runs on any page, and the browser has nothing to report."""

from urllib.parse import urlencode

import pytest

from accounts.models import Freeze
from tests.browser.payloads import PAYLOADS, PLANTED, POLYGLOT, SHOWN, HostileWords
from tests.browser.places import PARTS, PEOPLE, addresses, looked_at, roles_of, whole_pages
from tests.browser.town import Town
from tests.desk.test_matrix import pages

#: Each payload stands on another of these; of every other page one is like the next.
EACH = {"customer", "certificate", "approval", "transfer", "conflict"}
#: Who decides proposals.
DECIDING = {"supervisor", "compliance"}
#: The one with characters that are folded before they are kept.
FOLDED = next(each for each in PAYLOADS if "＜" in each)
BOXES = "input:visible:not([type=radio], [type=checkbox], [type=file], [type=date], [type=datetime-local]), textarea:visible"
QUERY = {
    "status", "kind", "before", "after", "q", "due", "amount_from", "amount_to", "channel", "category", "subject",
    "customer", "account", "next", "way", "day", "code", "outcome", "from", "to", "idle",
}  # fmt: skip


def test_stored_code_is_shown_and_runs_nowhere(hostile, screen_of):
    shown, planted, opened = "", [], set()
    everything = whole_pages() | {name: pages()[name] for name in PARTS - {"still-here"}}
    for role in PEOPLE:
        screen = screen_of(role)
        for name, page in looked_at(role, everything).items():
            if name == "sign-in":
                continue
            # What stands behind a proposal is for who decides it.
            fresh = name in EACH and (role in DECIDING if name == "approval" else name not in opened)
            for path in addresses(page, hostile, most=None if fresh else 1):
                screen.open(path)
                shown += screen.page.evaluate(SHOWN)
                planted += [f"{path}: {each}" for each in screen.page.evaluate(PLANTED)]
            opened.add(name)
    assert planted == []
    assert {tag for tag in hostile.words.tagged if tag not in shown} == set()
    assert [each for each in PAYLOADS if each not in shown] in ([], [FOLDED])


def test_whole_names_stay_text_when_they_are_shown(hostile, screen_of):
    screen = screen_of("teller")
    shown = ""
    for customer in hostile.ids["customer_id"][-len(PAYLOADS) :]:
        screen.open(f"/desk/customers/{customer}")
        screen.page.get_by_label("查看理由").select_option("customer_present")
        with screen.page.expect_response("**/unmask"):
            screen.press("显示 30 秒")
        screen.reads("查看已记录")
        shown += screen.page.evaluate(SHOWN)
        assert screen.page.evaluate(PLANTED) == []
    assert [each for each in PAYLOADS if each not in shown] == [FOLDED]


@pytest.mark.parametrize("person", ["teller", "supervisor", "compliance_2"])
def test_code_typed_into_a_form_comes_back_as_text(person, hostile, screen_of):
    screen, role = screen_of(person), person.removesuffix("_2")
    page = screen.page
    # What opens a page of its own, or is downloaded, leads nowhere.
    forms = page.locator("main form[method=post]:not([action$=unmask], [action$=file], [target=_blank], [data-again])")
    typed = set()
    for name, pattern in whole_pages().items():
        if role not in roles_of(pattern) or name == "sign-in" or (role != roles_of(pattern)[0] and name != "approval"):
            continue
        for path in addresses(pattern, hostile, most=None if name == "approval" else 1):
            screen.open(path)
            for number in range(forms.count()):
                screen.open(path)
                if number >= forms.count():
                    # What was submitted before has done something, and is offered no more.
                    break
                for box in forms.nth(number).locator(BOXES).all():
                    box.fill(POLYGLOT)
                    typed.add(name)
                with page.expect_navigation():
                    forms.nth(number).evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
                assert page.evaluate(PLANTED) == [], path
            if name in typed:
                break
    assert "approval" in typed or role == "teller"


@pytest.mark.parametrize("role", PEOPLE)
def test_code_in_an_address_is_text_too(role, hostile, screen_of):
    screen = screen_of(role)
    query = urlencode(dict.fromkeys(QUERY, POLYGLOT))
    for page in looked_at(role, whole_pages()).values():
        path = next(addresses(page, hostile, most=1))
        screen.open(f"{path}?{query}")
        assert screen.page.evaluate(PLANTED) == [], path


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\x00"], ids=["rtl", "zero-width", "isolate", "nul"])
def test_what_cannot_be_seen_is_refused(hidden, call, noon):
    town = Town(call, HostileWords())
    customer_id, _, document = town.customer("赵敏")
    account = town.account(customer_id)
    for order in ({"authority": f"某{hidden}院", "order_no": "1"}, {"authority": "某院", "order_no": f"1{hidden}2"}):
        assert call("compliance", f"/accounts/{account}/freezes", order).status_code == 400
    renamed = {"kind": "individual", "name": f"赵{hidden}敏", "document": document}
    assert call("teller", "/customers", renamed).status_code == 400
    assert not Freeze.objects.exists()
