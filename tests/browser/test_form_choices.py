"""No form preselects an identification, a paper, a ground or a reason, and none is accepted without them."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from config.frames.desk.fields import DeskForm, StatedField
from config.kernel.models import FormDraft
from tests.browser.form_choices import READ, READ_SENT, SAID, StatingForm, forms_read
from tests.browser.page_parser import Parser
from tests.browser.places import PARTS, PEOPLE, addresses, looked_at, whole_pages
from tests.browser.town import Town
from tests.desk.pages import text_of
from tests.desk.test_form_choices import OTHERS, forms_of_the_desk
from tests.desk.test_matrix import pages
from tests.desk.test_opening import OPEN, identity, send
from tests.desk.test_opening_organization import OPEN as OPEN_ORGANIZATION
from tests.desk.test_opening_organization import organization, representative
from tests.signed_in_browser import browser_of

#: Other choices that may begin with a value, each with the reason.
FURTHER = {"payee_of": "a payee whom the account has paid before, or none of them"}
#: Pages whose forms begin with recorded values, each with the reason.
ON_RECORD = {"certificate-correct": "a correction begins with what the certificate says"}
#: Where nothing is shown and nothing kept without a reason, and the page behind comes back.
LOOKS = re.compile(r"/unmask$|/attachments/[0-9a-f-]{36}$")
#: So many addresses of a page are looked at for a form that is not like the others.
MOST = 2
#: Of a unit that is no customer in the town.
ORGANIZATION_CODE = "913100006000000013"
MAY_BEGIN = {each.rpartition(".")[2] for each in OTHERS} | FURTHER.keys()


def visited(town: Town, parser: Parser) -> Iterator[tuple[str, str, str, Client, list[StatingForm]]]:
    """Yield role, page, address, browser and forms of each page with statements for the record; equal ones once."""
    everything = whole_pages() | {name: pages()[name] for name in PARTS - {"still-here"}}
    for role in PEOPLE:
        client = browser_of(User.objects.get(username=role))
        known = set()
        for name, pattern in looked_at(role, everything).items():
            if name == "sign-in":
                continue
            for path in addresses(pattern, town, most=MOST):
                forms = _forms(parser, text_of(client.get(path, follow=True)))
                if (like := (name, *(tuple(each.choices) for each in forms))) not in known:
                    known.add(like)
                    yield role, name, path, client, forms
    # What a guided form asks further on.
    teller = browser_of(User.objects.get(username="teller"))
    yield "teller", "opening", OPEN, teller, _forms(parser, text_of(send(teller, "identity", identity())))
    asked = send(teller, "identity", organization(number=ORGANIZATION_CODE), representative(), url=OPEN_ORGANIZATION)
    yield "teller", "opening", OPEN_ORGANIZATION, teller, _forms(parser, text_of(asked))


def _forms(parser: Parser, html: str) -> list[StatingForm]:
    return [each for each in forms_read(parser.evaluate(READ_SENT, html)) if each.choices]


def stated_beforehand(name: str, forms: list[StatingForm]) -> list[str]:
    """Return the statements that a page's forms would send without a choice of the user."""
    choices = [each for form in forms for each in form.choices if name not in ON_RECORD]
    return [each.name for each in choices if each.chosen and (each.digits or each.plain_name not in MAY_BEGIN)]


def test_no_form_begins_with_anything_stated(town, parser, screen_of):
    """Each page is opened on a screen, so that its scripts have run."""
    # Signing in on a screen ends the user's other sessions: screens come first.
    screens = {role: screen_of(role) for role in PEOPLE}
    wrong, opened = [], 0
    for role, name, path, _, forms in visited(town, parser):
        wrong += [f"{path}: {each}" for each in stated_beforehand(name, forms)]
        # Parts are filled in within their pages, and a guided form begins with its first step.
        if not any(each.digits for form in forms for each in form.choices) or name in PARTS | {"opening"}:
            continue
        screen = screens[role]
        screen.open(path)
        screen.settle()
        found = list(forms_read(screen.page.evaluate(f"({READ})(document)")))
        wrong += [f"{path} on a screen: {each}" for each in stated_beforehand(name, found)]
        opened += 1
    assert not wrong, "\n".join(wrong)
    assert opened > 20


def test_form_without_a_statement_does_nothing(town, parser, monkeypatch):
    made: set[type[DeskForm]] = set()
    begin = DeskForm.__init__

    def made_here(form: DeskForm, *args: object, **kwargs: object) -> None:
        made.add(type(form))
        begin(form, *args, **kwargs)

    monkeypatch.setattr(DeskForm, "__init__", made_here)
    wrong = []
    for _, name, path, client, forms in visited(town, parser):
        for form in forms:
            if not form.asked or name in ON_RECORD:
                continue
            rows = rows_kept()
            answer = client.post(form.action or path, form.sent)
            if LOOKS.search(form.action):
                refused = answer.status_code == 302
            else:
                places = [each.place for each in form.asked]
                refused = answer.status_code in {400, 422}
                refused = refused and parser.evaluate(SAID, [text_of(answer), places]) == places
            if not refused or rows_kept() != rows:
                changed = {name: count for name, count in rows_kept().items() if count != rows[name]}
                wrong.append(
                    f"{path} {form.action}: {answer.status_code}, {[each.name for each in form.asked]}, {changed}"
                )
    assert not wrong, "\n".join(wrong)
    stating = {
        form for form in forms_of_the_desk() if any(isinstance(each, StatedField) for each in form.base_fields.values())
    }
    assert {form.__name__ for form in stating if not any(issubclass(each, form) for each in made)} == set()


def rows_kept() -> dict[str, int]:
    """Return the row count of each table except that of form drafts."""
    return {each._meta.label: each._base_manager.count() for each in apps.get_models() if each is not FormDraft}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_digit_chooses_where_the_focus_is_and_corrects_itself(language, town, screen_of):
    teller = screen_of("teller")
    teller.speak(language)
    teller.open(f"/desk/transfers/{town.ids['transfer_id'][0]}/cancel")
    teller.settle()
    page = teller.page
    ways = page.locator("input[name=way]")
    expect(ways.nth(0)).to_be_focused()
    expect(page.locator("input[name=way]:checked")).to_have_count(0)
    page.keyboard.press("9")
    expect(page.locator("input[name=way]:checked")).to_have_count(0)
    page.keyboard.press("2")
    expect(ways.nth(1)).to_be_checked()
    expect(ways.nth(1)).to_be_focused()
    page.keyboard.press("3")
    expect(ways.nth(2)).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(ways.nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    shown = page.locator("select[name=type]")
    expect(shown).to_be_focused()
    expect(shown).to_have_value("")
    page.keyboard.press("1")
    expect(shown).to_have_value("resident_id")
    page.keyboard.press("2")
    expect(shown).to_have_value("temporary_id")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    expect(page.locator("input[name=number]")).to_have_value("12")
    expect(ways.nth(1)).to_be_checked()
