"""axe-core finds no serious fault on any page, in both languages and themes, at three screen widths."""

import pytest

from tests.browser import axe
from tests.browser.places import BY_ROLE, PEOPLE, addresses, looked_at, roles_of, whole_pages

#: Of these the town has more than one that looks different.
SEVERAL = {"transfer", "certificate", "customer"}
SCREEN, TABLET, PHONE = ({"width": width, "height": 900} for width in (1440, 1024, 390))
#: What may be wrong at one width and right at another, besides colors.
BY_WIDTH = ("target-size", "scrollable-region-focusable", "label", "button-name", "link-name", "aria-hidden-focus")
#: What words may make wrong, besides those: the names of things in the other language.
BY_WORDS = ("image-alt", "input-image-alt", "input-button-name", "role-img-alt", "svg-img-alt", "select-name", "summary-name", "frame-title", "area-alt", "document-title", "html-has-lang", "html-lang-valid", "valid-lang", "aria-command-name", "aria-dialog-name", "aria-input-field-name", "aria-meter-name", "aria-progressbar-name", "aria-toggle-field-name", "aria-tooltip-name", "label-content-name-mismatch")  # fmt: skip


@pytest.mark.parametrize("role", PEOPLE)
def test_no_serious_fault_on_any_page(role, town, screen_of):
    screen = screen_of(role)
    wrong: list[str] = []
    seen = set()
    for name, page in looked_at(role, whole_pages()).items():
        first = roles_of(page)[0] == role
        for path in addresses(page, town, most=4 if first and name in SEVERAL else 1):
            seen.add(name)
            screen.speak("zh-hans")
            screen.page.set_viewport_size(SCREEN)
            screen.open(path)
            screen.settle()
            wrong += [f"{name}: {each}" for each in axe.faults(screen.page, state="screen")]
            # A theme changes colors, a width what is shown, a language words: what each leaves is looked at once.
            screen.page.set_viewport_size(TABLET)
            screen.page.evaluate(axe.DARK)
            wrong += [
                f"{name} dark, 1024: {each}"
                for each in axe.faults(screen.page, "color-contrast", *BY_WIDTH, state="tablet")
            ]
        screen.speak("en")
        screen.page.set_viewport_size(PHONE)
        screen.open(path)
        screen.settle()
        if (width := screen.page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
            wrong.append(f"{name} in English, 390: {width} pixels wide")
        wrong += [
            f"{name} in English, 390: {each}" for each in axe.faults(screen.page, *BY_WIDTH, *BY_WORDS, state="phone")
        ]
    assert not wrong, "\n".join(wrong)
    assert BY_ROLE - {"inbox", "approval"} <= seen


#: The parts that an answer to a form changes; the rest is checked with every page.
FORMS = "main form, main [role=alert], main .alert"


@pytest.mark.parametrize("role", ["teller", "compliance"])
def test_no_serious_fault_where_something_is_to_be_corrected(role, town, screen_of):
    screen = screen_of(role)
    form = screen.page.locator("main form[method=post]:not([action$=unmask])").first
    wrong: list[str] = []
    for name, page in whole_pages().items():
        if role != roles_of(page)[0] or name == "sign-in":
            continue
        screen.open(next(addresses(page, town, most=1)))
        if not form.locator("input:visible, textarea:visible").count():
            continue
        with screen.page.expect_navigation():
            form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
        wrong += [f"{name}: {each}" for each in axe.faults(screen.page, within=FORMS)]
        screen.page.evaluate(axe.DARK)
        wrong += [f"{name} dark: {each}" for each in axe.faults(screen.page, "color-contrast", within=FORMS)]
    assert not wrong, "\n".join(wrong)
