"""Authorization at the maker's own screen (现场授权): by another person, with both factors, and with the desk on record."""

import re
from dataclasses import replace
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from accounts.models import Entry
from config.frames.desk.demo_users import PASSWORD
from config.frames.desk.personal_factors import passkeys
from config.kernel.approvals import comment
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision, FormDraft, Principal, SignIn, TrailRecord
from config.oversight.desk import on_site
from tests import cash, factories
from tests.codes import code_of
from tests.desk.inbox_proposals import card_exception
from tests.desk.pages import english, text_of
from tests.people import caller_for
from tests.signed_in_browser import browser_of, user_of

pytestmark = pytest.mark.django_db
SECRET = "not-the-password"


@pytest.fixture
def account(noon, people, zhang):
    return factories.account(zhang, "I", balance_fen=100_000_000)


@pytest.fixture
def desk(account):
    """The desk of a teller who is signed in."""
    return browser_of(User.objects.get(username="teller"))


@pytest.fixture
def maker(account):
    return caller_for(Principal.objects.get(name="teller"))


@pytest.fixture
def asked(account, maker):
    cash.box(teller=maker)
    return cash.large(account, "deposit", 90_000_000, maker)[1]


def page_of(approval):
    return f"/desk/inbox/{approval.pk}/on-site"


def authorize(desk, approval, name="supervisor", *, password=PASSWORD, code=None, **more):
    typed = {"username": name, "password": password, "code": code_of(name) if code is None else code}
    return desk.post(page_of(approval), {**typed, "notes_seen": "0-0", **more})


def pending(approval):
    approval.refresh_from_db()
    return (approval.status, Entry.objects.filter(kind="deposit").count()) == ("pending", 0)


def test_supervisor_authorizes_large_cash_at_the_desk_of_the_teller(desk, account, asked):
    slip = f"/desk/cash/{asked.object_id}"
    assert page_of(asked) in text_of(desk.get(slip))
    assert page_of(asked) in text_of(desk.get(f"/desk/inbox/{asked.pk}"))
    shown = text_of(desk.get(page_of(asked)))
    for words in ("900,000.00", "1,900,000.00", "授权通过，即时生效", "主管"):
        assert words in shown, words
    answer = authorize(desk, asked)
    assert (answer.status_code, answer.url) == (302, slip)
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by.name) == ("approved", "supervisor")
    done = text_of(desk.get(slip))
    assert "已通过，请收款" in done
    assert page_of(asked) not in done
    assert desk.get(page_of(asked)).url == slip


def test_the_teller_stays_signed_in_and_the_supervisor_is_not(desk, asked):
    user, session = user_of(desk), desk.cookies["sessionid"].value
    sign_ins = SignIn.objects.count()
    authorize(desk, asked)
    assert (user_of(desk), desk.cookies["sessionid"].value, SignIn.objects.count()) == (user, session, sign_ins)
    assert "teller · " in text_of(desk.get("/desk/"))


def test_decision_and_trail_name_the_desk(desk, asked, signed_in):
    authorize(desk, asked)
    decision = Decision.objects.get(kind="counter_cash", outcome="allowed")
    sign_in_id = str(SignIn.objects.get(user__username="teller").pk)
    desk_facts = {"desk_of": "teller", "desk_sign_in": sign_in_id, "desk_address": "127.0.0.1"}
    assert {name: decision.facts[name] for name in desk_facts} == desk_facts
    assert decision.principal.name == "supervisor"
    line = TrailRecord.objects.get(kind="on_site")
    assert (line.principal.name, line.object_id, line.outcome) == ("supervisor", asked.pk, "done")
    assert line.user_id == User.objects.get(username="supervisor").pk
    auditor = signed_in("auditor")
    evidence = text_of(auditor.get(f"/desk/decisions/{decision.pk}"))
    for words in ("现场授权于该柜员的终端", "teller", sign_in_id):
        assert words in evidence, words
    assert "现场授权于柜员 teller" in re.sub(
        r"\s+", " ", text_of(signed_in("supervisor").get(f"/desk/inbox/{asked.pk}"))
    )
    assert "Authorized at the desk of" in text_of(english(auditor).get(f"/desk/decisions/{decision.pk}"))


def test_decision_in_the_inbox_names_no_desk(asked, signed_in):
    checker = signed_in("supervisor", with_codes=True)
    assert checker.post(f"/desk/inbox/{asked.pk}", {"decision": "approve"}).status_code == 302
    assert "现场授权于柜员" not in text_of(checker.get(f"/desk/inbox/{asked.pk}"))
    assert "desk_of" not in Decision.objects.get(kind="counter_cash", outcome="allowed").facts


@pytest.mark.parametrize(
    "wrong",
    [{"password": SECRET}, {"code": "000000"}, {"name": "nobody", "code": "000000"}],
    ids=["password", "code", "name"],
)
def test_wrong_factor_decides_nothing_and_is_recorded_as_a_miss_of_a_sign_in(desk, asked, wrong):
    answer = authorize(desk, asked, **wrong)
    assert (answer.status_code, answer.context["problem"].code) == (403, "SIGN_IN_REFUSED")
    assert "用户名、密码或动态口令不正确" in text_of(answer)
    assert SECRET not in text_of(answer)
    assert pending(asked)
    line = TrailRecord.objects.get(kind__in=("wrong_code", "wrong_password"))
    tried = User.objects.filter(username=wrong.get("name", "supervisor")).first()
    assert (line.user_id, line.principal.name) == ((tried and tried.pk) or user_of(desk).pk, "teller")


@pytest.mark.parametrize("wrong", [{"password": SECRET}, {"code": "000000"}], ids=["password", "code"])
def test_five_misses_lock_the_supervisor_everywhere_and_not_the_teller(desk, asked, client, wrong):
    for _ in range(5):
        answer = authorize(desk, asked, **wrong)
    assert "签到已锁定" in text_of(answer)
    answer = authorize(desk, asked)
    assert "签到已锁定" in text_of(answer)
    assert pending(asked)
    typed = {"username": "supervisor", "password": PASSWORD, "code": code_of("supervisor")}
    assert client.post("/desk/sign-in", typed).status_code == 429
    assert desk.get("/desk/").status_code == 200
    typed = {"username": "teller", "password": PASSWORD, "code": code_of("teller")}
    assert client.post("/desk/sign-in", typed).status_code == 302


def test_supervisor_locked_at_the_sign_in_authorizes_nothing(desk, asked, client):
    for _ in range(5):
        client.post("/desk/sign-in", {"username": "supervisor", "password": SECRET, "code": "000000"})
    assert "签到已锁定" in text_of(authorize(desk, asked))
    assert pending(asked)


def test_used_code_and_recovery_code_and_passkey_decide_nothing(desk, asked):
    code = code_of("supervisor")
    assert authorize(desk, asked, password=SECRET, code=code).status_code == 403
    other = "0" * 12
    assert authorize(desk, asked, code=other).status_code in {400, 403}
    with patch.object(passkeys, "passkey_of_answer", side_effect=AssertionError):
        assert authorize(desk, asked, code='{"id": "x"}').status_code in {400, 403}
    assert pending(asked)
    page = text_of(desk.get(page_of(asked)))
    assert 'autocomplete="one-time-code"' not in page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(
    ("name", "code"),
    [("compliance", "ROLE_NOT_ALLOWED"), ("auditor", "ROLE_NOT_ALLOWED"), ("teller", "ROLE_NOT_ALLOWED")],
)
def test_person_whose_role_does_not_decide_it_is_refused_and_recorded(desk, asked, name, code):
    answer = authorize(desk, asked, name)
    assert (answer.status_code, answer.context["problem"].code) == (403, code)
    assert pending(asked)
    line = TrailRecord.objects.get(kind="forbidden")
    assert (line.principal.name, line.object_id, line.code) == (name, asked.pk, code)


def test_person_without_an_active_role_is_refused(desk, asked):
    Principal.objects.filter(name="supervisor").update(active=False)
    assert authorize(desk, asked).status_code == 403
    assert pending(asked)


def test_administrator_is_refused(desk, asked):
    answer = authorize(desk, asked, "admin")
    assert answer.context["problem"].code == "ROLE_NOT_ALLOWED"
    assert pending(asked)


def test_same_person_under_another_user_name_is_refused(desk, asked, maker):
    own = replace(caller_for(Principal.objects.get(name="supervisor")), person_id=maker.person_id)
    with patch.object(on_site, "caller_with", return_value=own):
        answer = authorize(desk, asked)
    assert (answer.status_code, answer.context["problem"].code) == (403, "SAME_PERSON")
    assert pending(asked)
    assert TrailRecord.objects.get(kind="forbidden").code == "SAME_PERSON"


def test_only_the_maker_has_the_page_and_only_for_what_the_counter_waits_for(desk, asked, signed_in, account, maker):
    for role, name, status in (("teller", "another", 404), ("supervisor", "", 404), ("auditor", "", 403)):
        assert signed_in(role, name).get(page_of(asked)).status_code == status
    card_exception(maker)
    other = Approval.objects.get(kind="card_exception")
    assert desk.get(page_of(other)).status_code == 404
    assert "现场授权" not in text_of(desk.get(f"/desk/inbox/{other.pk}"))


def test_comment_that_was_not_shown_comes_first(desk, asked, maker):
    perform(lambda: comment(asked.pk, principal=maker, text="客户另有说明"))
    answer = authorize(desk, asked)
    assert answer.context["problem"].code == "APPROVAL_NOTES_NEW"
    assert pending(asked)
    assert "留言 1" in text_of(answer)
    code = code_of("supervisor", steps_ahead=1)
    assert authorize(desk, asked, code=code, notes_seen="1-0").status_code == 302


def test_missing_field_is_asked_for_and_is_no_miss(desk, asked):
    answer = authorize(desk, asked, password="")
    assert (answer.status_code, "请填写密码" in text_of(answer)) == (400, True)
    assert not TrailRecord.objects.filter(kind__in=("wrong_code", "wrong_password")).exists()
    assert pending(asked)


def test_nothing_typed_is_kept_as_a_draft_even_when_the_session_has_ended(desk, asked):
    page = text_of(desk.get(page_of(asked)))
    form = page.partition('<form class="card"')[2].partition("</form>")[0]
    assert re.findall(r'name="(\w+)"', form) == ["csrfmiddlewaretoken", "notes_seen", "username", "password", "code"]
    session = desk.session
    session["desk_last_seen"] = timezone.now().timestamp() - 3600
    session.save()
    answer = authorize(desk, asked)
    assert answer.url.startswith("/desk/sign-in")
    assert not FormDraft.objects.exists()
    assert pending(asked)


def test_reversal_is_authorized_at_the_desk(desk, account, maker):
    cash.box(teller=maker)
    moved = cash.pay(account, "deposit", 100_00, maker)
    approval = cash.take_back(moved, maker)[1]
    answer = authorize(desk, approval)
    assert answer.url == f"/desk/cash/{moved.id}"
    assert "请退还现金" in text_of(desk.get(answer.url))
