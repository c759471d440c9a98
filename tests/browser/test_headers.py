"""Security headers of each answer of the desk; a form without its CSRF token changes nothing."""

import pytest

from tests import people
from tests.browser.places import FORMS_ONLY, PEOPLE, addresses, looked_at
from tests.desk.test_matrix import pages
from tests.signed_in_browser import browser_of

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}  # fmt: skip

#: These end the session, so they come last.
ENDS = {"own-session-end", "own-sessions-end"}


def desk_of(role: str, **options):
    return browser_of(people.signs_in(people.ensure(role, role)), **options)


def test_every_answer_is_locked_down(town):
    seen, opened = set(), set()
    for role in PEOPLE:
        client = desk_of(role)
        # Who may open least is refused at all that is others'.
        found = pages() if role == "auditor" else looked_at(role, pages())
        for name, page in sorted(found.items(), key=lambda each: each[0] in ENDS):
            for path in addresses(page, town, most=1):
                answer = client.post(path) if name in FORMS_ONLY - {"sign-out"} else client.get(path)
                sent = answer.headers
                policy = {each.strip() for each in sent["Content-Security-Policy"].split(";") if each.strip()}
                # A page that needs a nonce has it in its policy; nothing else is added to the directives above.
                assert {each.split(" 'nonce-")[0] for each in policy} == POLICY, name
                assert "unsafe" not in sent["Content-Security-Policy"]
                assert sent["X-Content-Type-Options"] == "nosniff", name
                assert sent["X-Frame-Options"] == "DENY", name
                assert sent["Referrer-Policy"] == "same-origin", name
                assert sent["Cross-Origin-Opener-Policy"] == "same-origin", name
                # Never stored, so no cache can hand it to another user.
                assert "no-store" in sent["Cache-Control"], name
                seen.add(name)
                opened |= {name} if answer.status_code == 200 else set()
    assert seen == set(pages())
    assert len(opened) > 80


@pytest.mark.parametrize("token", ["none", "wrong"])
def test_a_form_without_its_token_does_nothing(token, town):
    data = {} if token == "none" else {"csrfmiddlewaretoken": "x" * 64}
    for role in PEOPLE:
        client = desk_of(role, enforce_csrf_checks=True)
        client.get("/desk/")
        for name, page in looked_at(role, pages()).items():
            for path in addresses(page, town, most=1):
                assert client.post(path, data).status_code == 403, name


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_form_of_another_site_does_nothing(origin, town):
    client = desk_of("teller", enforce_csrf_checks=True)
    client.get("/desk/")
    data = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post("/desk/language", data).status_code == 302
    assert client.post("/desk/language", data, headers={"Origin": origin}).status_code == 403
    assert client.post("/desk/sign-out", data, headers={"Origin": origin}).status_code == 403


def test_cookies_stay_with_this_site_and_away_from_scripts(town):
    client = desk_of("teller")
    client.get("/desk/")
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Strict")
    assert client.cookies["csrftoken"]["samesite"] == "Strict"
