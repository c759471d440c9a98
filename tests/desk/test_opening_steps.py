"""Steps of an opening: their addresses name no person, and each page has only its own input."""

import re

import pytest

from accounts.models import Account
from config.frames.desk import sessions
from config.kernel.database.ids import new_id
from config.kernel.models import FormDraft, SignIn
from tests import factories
from tests.desk.form_drafts import left_at, mark_on, types
from tests.desk.pages import text_of
from tests.desk.test_opening import OPEN, identity, product

pytestmark = pytest.mark.django_db


def test_address_of_each_step_names_no_person(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    ((url, _),) = answer.redirect_chain
    assert re.fullmatch(rf"{OPEN}\?draft=[0-9a-f-]{{36}}&step=particulars", url)
    # Reload and Back: the same step, filled in, and nothing is asked.
    again = teller.get(url)
    assert (again.status_code, again.context["step"]) == (200, "particulars")
    assert f'value="{factories.ZHANG.number}"' in text_of(again)
    back = teller.get(url.replace("particulars", "identity"))
    assert back.context["step"] == "identity"
    assert 'value="13800138000"' in text_of(back)
    assert "填写的未提交内容" not in text_of(back)


def test_no_step_is_shown_before_those_it_needs(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    url = answer.redirect_chain[0][0]
    assert teller.get(url.replace("step=particulars", "step=check")).context["step"] == "particulars"
    assert teller.get(url.replace("step=particulars", "step=other")).context["step"] == "identity"
    gone = f"{OPEN}?draft=01900000-0000-7000-8000-000000000000&step=check"
    assert teller.get(gone).context["step"] == "identity"


def test_two_simultaneous_openings_stay_separate(teller):
    urls = []
    for name in ("张三", "张叁"):
        answer = teller.post(
            f"{OPEN}?draft={new_id()}", {"step": "identity", "go": "next", "once": "k" * 32} | identity(name=name),
            follow=True,
        )  # fmt: skip
        urls.append((answer.redirect_chain[0][0], name))
    for url, name in urls:
        assert f'value="{name}"' in text_of(teller.get(url))


def test_another_person_gets_nothing_of_it(teller, signed_in):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    other = signed_in("teller", "second").get(answer.redirect_chain[0][0])
    assert other.context["step"] == "identity"
    assert factories.ZHANG.number not in text_of(other)


def test_completed_opening_leaves_no_draft(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    url = answer.redirect_chain[0][0]
    sent = {"step": "check", "go": "next", "once": "k" * 32, "drafted": mark_on(teller, url)}
    assert teller.post(url, sent | identity() | product()).status_code == 200
    assert Account.objects.count() == 1
    assert not FormDraft.objects.exists()


def test_input_refused_by_a_rule_is_kept(teller, zhang):
    factories.account(zhang, "I")
    answer = teller.post(
        OPEN, {"step": "product", "go": "next", "once": "k" * 32} | identity() | product(), follow=True
    )
    url = answer.redirect_chain[0][0]
    sent = {"step": "check", "go": "next", "once": "k" * 32, "drafted": mark_on(teller, url)}
    assert teller.post(url, sent | identity() | product()).status_code == 422
    assert teller.get(url).context["step"] == "check"


def test_next_step_says_that_it_was_typed_before(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    taken_up = text_of(teller.get(left_at()))
    assert factories.ZHANG.number in taken_up
    assert "填写的未提交内容" in taken_up
    assert taken_up.count(">清除<") == 1
    # Within it, from step to step, there is nothing to tell.
    within = text_of(teller.get(answer.redirect_chain[0][0]))
    assert ("填写的未提交内容" in within, within.count(">清除<")) == (False, 1)


def test_result_of_a_check_is_passed_to_the_next_step_only(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    url = answer.redirect_chain[0][0]
    chosen = re.compile(r'<option value="match" selected>')
    assert 'name="identity-result" value="match"' in text_of(teller.get(url))
    assert chosen.search(text_of(teller.get(url.replace("particulars", "identity"))))
    # Taken up again, and reloaded then.
    begun = text_of(teller.get(left_at()))
    assert not chosen.search(begun)
    assert "核查结果和撤销原因不予恢复" in begun
    address = re.search(r'data-address="([^"]+)"', begun)[1]
    again = text_of(teller.get(address))
    assert address == url.partition("&")[0]
    assert factories.ZHANG.number in again
    assert not chosen.search(again)


def test_check_is_asked_again_after_another_sign_in(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    url = answer.redirect_chain[0][0]
    session = teller.session
    session[sessions.SIGN_IN] = str(SignIn.objects.create(user_id=session["_auth_user_id"]).pk)
    session.save()
    back = teller.get(url)
    assert back.context["step"] == "identity"
    assert factories.ZHANG.number in text_of(back)
    assert '<option value="match" selected>' not in text_of(back)


def test_cleared_opening_starts_empty(teller):
    answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
    url = answer.redirect_chain[0][0]
    types(teller, url, identity(name="半途"))
    shown = text_of(teller.get(url))
    assert "填写的未提交内容" in shown
    anew = teller.post("/desk/drafts/discard", {"drafted": mark_on(teller, url)}, follow=True)
    assert anew.redirect_chain == [(OPEN, 302)]
    assert factories.ZHANG.number not in text_of(anew)
