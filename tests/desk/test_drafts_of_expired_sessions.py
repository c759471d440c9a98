"""A form sent after its session or with a stale token changes nothing; its input is shown again."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from config.frames.desk import sessions
from config.kernel.models import FormDraft
from tests.desk.form_drafts import NEW, ORDER, account_with_cash, mark_on
from tests.desk.pages import english, text_of
from tests.desk.test_return_page import left_alone, signs_in

pytestmark = pytest.mark.django_db
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def account(zhang):
    return account_with_cash(zhang)


class TestSessionOver:
    @pytest.mark.parametrize("end", ["idle", "signed out", "signed in elsewhere"])
    def test_form_sent_after_the_session_is_shown_again(self, people, account, end):
        teller = signs_in("teller", later=-1)
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"way": "deposit", "amount": "321.00", "once": "k" * 32, "drafted": mark_on(teller, page)}
        if end == "idle":
            left_alone(teller)
        elif end == "signed out":
            teller.post("/desk/sign-out")
        else:
            signs_in("teller")
        answer = teller.post(page, sent, headers={"Referer": f"http://testserver{page}"})
        assert answer.status_code == 302
        assert "kept=1" in answer.url
        account.refresh_from_db()
        assert account.balance_fen == 100_000
        assert "未办理" in text_of(teller.get(answer.url))
        signs_in("teller", answer.url, teller, later=1)
        assert teller.landed == page
        shown = text_of(teller.get(page))
        assert 'value="321.00"' in shown
        assert "上次提交未办理" in shown
        assert "was not carried out" in text_of(english(teller).get(page))

    def test_person_who_signs_in_instead_does_not_see_it(self, people, account):
        teller = signs_in("teller", later=-1)
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"amount": "321.00", "once": "k" * 32, "drafted": mark_on(teller, page)}
        answer = left_alone(teller).post(page, sent)
        signs_in("supervisor", answer.url, teller)
        assert teller.landed == "/desk/"
        assert FormDraft.objects.get().user.username == "teller"

    def test_input_after_the_end_is_saved_and_the_page_is_informed(self, people):
        teller = signs_in("teller")
        mark = mark_on(teller, NEW)
        teller.post("/desk/sign-out")
        answer = teller.post("/desk/drafts", {"drafted": mark, **ORDER})
        assert (answer.status_code, answer["X-Desk-Locked"]) == (204, "out")
        assert FormDraft.objects.get().user.username == "teller"

    def test_a_mark_of_days_ago_keeps_nothing(self, people, monkeypatch):
        teller = signs_in("teller")
        mark = mark_on(teller, NEW)
        # The sign-in is longer ago than a page remembers its user.
        monkeypatch.setattr(sessions, "REMEMBERED", timedelta(seconds=-1))
        assert teller.post("/desk/drafts", {"drafted": mark, **ORDER}).status_code == 400
        assert not FormDraft.objects.exists()


class TestStaleToken:
    @pytest.fixture
    def stale(self, teller, account):
        """The teller's browser, and a form whose token is too old."""
        browser = Client(enforce_csrf_checks=True)
        browser.cookies = teller.cookies
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"way": "deposit", "amount": "321.00", "once": "k" * 32, "drafted": mark_on(teller, page)}
        return browser, page, sent | {"csrfmiddlewaretoken": "x" * 64}

    def test_page_is_shown_again_with_its_input_and_nothing_is_done(self, stale, account):
        browser, page, sent = stale
        answer = browser.post(page, sent, headers=HERE)
        assert (answer.status_code, answer.url) == (302, page)
        shown = text_of(browser.get(page))
        assert 'value="321.00"' in shown
        assert "上次提交未办理" in shown
        account.refresh_from_db()
        assert account.balance_fen == 100_000
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)[1]
        fresh = sent | {"csrfmiddlewaretoken": token, "drafted": mark_on(browser, page), "checked": "yes"}
        assert browser.post(page, fresh, headers=HERE).status_code == 302
        account.refresh_from_db()
        assert account.balance_fen == 132_100

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
            {"Referer": "https://evil.example/desk/"},
        ],
        ids=str,
    )
    def test_a_form_of_another_site_leaves_nothing(self, stale, headers):
        browser, page, sent = stale
        assert browser.post(page, sent, headers=headers).status_code == 403
        assert not FormDraft.objects.exists()

    def test_input_of_another_persons_page_is_not_shown(self, stale, signed_in):
        """Another person signed in in one window while another window still shows the first person's form."""
        _, page, sent = stale
        other = Client(enforce_csrf_checks=True)
        other.cookies = signed_in("teller", "second").cookies
        assert other.post(page, sent, headers=HERE).status_code == 403
        assert "321.00" not in text_of(other.get(page))

    def test_form_without_drafts_is_refused_as_before(self, stale):
        browser, _, sent = stale
        del sent["drafted"]
        assert browser.post("/desk/me/password", sent, headers=HERE).status_code == 403
