"""A form never loses what was typed: kept sealed for its person, shown again to nobody else, gone once carried out."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from config.desk import sessions
from config.desk.access import LAST_SEEN
from config.desk.demo_users import PASSWORD
from config.kernel import drafts
from config.kernel.drafts import MOST
from config.kernel.identity.unreadable import Unreadable
from config.kernel.ids import new_id
from config.kernel.models import Decision, FormDraft, SignIn, TrailRecord
from config.kernel.tasks import forget_old_drafts
from config.people.demo_users import ensure_users
from tests import cashing, factories
from tests.blacklist.cast import body
from tests.broken import refused_by
from tests.codes import code_of
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN, identity, product
from tests.people import principal
from tests.transfers.conftest import pay_in

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
NEW = "/desk/transfers/new"
ORDER = {"payee_number": "6217000011112222", "bank_code": "CCB", "amount": "12,800.50", "memo": "租金"}


@pytest.fixture
def teller(signed_in, noon):
    return signed_in("teller")


@pytest.fixture
def account(zhang):
    account = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(account, 100_000)
    cashing.box()
    return account


def mark_on(client: Client, page: str) -> str:
    """Return what the form on a page says of itself."""
    found = re.search(r'name="drafted" value="([^"]+)"', text_of(client.get(page, follow=True)))
    assert found, page
    return found[1]


def types(client: Client, page: str, fields: dict, **more: str):
    """Type into the form of a page, as its script keeps it."""
    answer = client.post("/desk/drafts", {"drafted": mark_on(client, page), **fields, **more})
    assert answer.status_code == 204
    return answer


class Filled(HTMLParser):
    """What stands in the fields of a page."""

    def __init__(self):
        super().__init__()
        self.values, self.within = {}, ""

    @classmethod
    def of(cls, page: str) -> dict[str, str]:
        read = cls()
        read.feed(page)
        return read.values

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag in {"select", "textarea"}:
            self.within = told.get("name", "")
        if tag == "input" and ("checked" in told or told.get("type") not in {"radio", "checkbox"}):
            self.values[told.get("name")] = told.get("value", "on")
        if tag == "option" and "selected" in told:
            self.values[self.within] = told["value"]

    def handle_data(self, data):
        if self.lasttag == "textarea" and self.within:
            self.values[self.within] = data.strip()
            self.within = ""


def left_alone(client: Client) -> Client:
    session = client.session
    session[LAST_SEEN] -= 16 * 60
    session.save()
    return client


FORMS = {
    "cash": ("teller", "/desk/accounts/{account}/cash", {"way": "withdrawal", "amount": "17.50"}),
    "card": ("teller", "/desk/accounts/{account}/cards/new", {"card-product": "medical", "agent-came": "on", "agent-name": "李四"}),
    "card exception": ("teller", "/desk/accounts/{account}/card-exceptions/new", {"card-product": "debit", "card-reason": "工资代发"}),
    "class": ("teller", "/desk/accounts/{account}/class", {"to": "III"}),
    "freeze": ("compliance", "/desk/accounts/{account}/freezes/new", {"authority": "某市公安局", "order_no": "冻〔2026〕1号", "until": "2026-06-01"}),
    "document": ("teller", "/desk/customers/{customer}/documents/new", {"type": "passport", "number": "E12345678", "country": "USA", "valid_until": "2030-01-01"}),
    "document renewed": ("teller", "/desk/customers/{customer}/documents/renew", {"type": "resident_id", "number": factories.ZHANG.number, "no_end": "on", "result": "match"}),
    "account elsewhere": ("teller", "/desk/customers/{customer}/external-accounts/new", {"account_number": "6222000011112222", "bank_code": "CCB", "name": "张三", "evidence": "银行卡原件"}),
    "identity anew": ("teller", "/desk/customers/{customer}/reverify", {"result": "not_found"}),
    "transfer": ("teller", NEW, ORDER | {"arrival": "next_day"}),
    "opening": ("teller", OPEN, {"identity-name": "欧阳明月", "identity-number": factories.ZHANG.number, "identity-result": "match"}),
    "organization": ("teller", "/desk/customers/open-organization", {"identity-name": "某公司", "identity-number": "x", "representative-name": "王五"}),
    "another account": ("teller", "/desk/customers/{customer}/open", {"product-kind": "payment", "product-account_class": "III"}),
    "certificate": ("compliance", "/desk/certificates/new", {"doc_no": "认〔2026〕7号", "subject_rows": "3", "subject-3-kind": "individual", "subject-3-name": "龙志远", "subject-3-number": "110", "account-1-account_number": "6222"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_stands_there_again_and_says_so(name, signed_in, account):
    role, page, fields = FORMS[name]
    page = page.format(account=account.id, customer=account.customer_id)
    client = signed_in(role)
    empty = text_of(client.get(page))
    before = Decision.objects.count()
    types(client, page, fields, once="k" * 32)
    again = text_of(client.get(page))
    assert {each: Filled.of(again).get(each) for each in fields if not each.endswith(("_rows", "result"))} == {
        each: value for each, value in fields.items() if not each.endswith(("_rows", "result"))
    }
    assert "填写的未提交内容" in again
    assert "填写的未提交内容" not in empty
    assert "is-invalid" not in again, "what is half typed is not wrong"
    assert Decision.objects.count() == before


def test_a_choice_and_a_box_are_kept_too(teller, account):
    page = f"/desk/accounts/{account.id}/cards/new"
    types(teller, page, {"card-product": "medical", "agent-came": "on", "agent-type": "passport"})
    again = text_of(teller.get(page))
    assert re.search(r'<option value="medical" selected>', again)
    assert re.search(r'<option value="passport" selected>', again)
    assert re.search(r'name="agent-came"[^>]* checked', again)
    types(teller, page, {"card-product": "debit"})
    assert not re.search(r'name="agent-came"[^>]* checked', text_of(teller.get(page)))


@pytest.mark.parametrize("name", ["document renewed", "identity anew", "opening"])
def test_what_a_check_found_is_chosen_anew(name, teller, account):
    _, page, fields = FORMS[name]
    page = page.format(account=account.id, customer=account.customer_id)
    types(teller, page, fields)
    again = text_of(teller.get(page))
    found = next(each for each in fields if each.endswith("result"))
    assert not Filled.of(again).get(found)
    assert "核查结果不予恢复，请重新核查后选择" in again
    # Where none was chosen, there is nothing to tell.
    types(teller, page, {each: value for each, value in fields.items() if each != found} | {"phone": "1"})
    assert "核查结果不予恢复" not in text_of(teller.get(page))


@pytest.mark.parametrize(
    ("ago", "zh", "en"),
    [
        (timedelta(seconds=20), "已恢复不到1分钟前填写的未提交内容", "typed less than a minute ago and"),
        (timedelta(minutes=59), "已恢复59分钟前填写的未提交内容", "typed 59 min ago and"),
        (timedelta(minutes=150), "已恢复2小时前填写的未提交内容", "typed 2 h ago and"),
    ],
)
def test_it_says_how_long_ago_whatever_the_banks_clock_says(teller, account, ago, zh, en):
    """The sandbox's clock stands at noon of another day; what was typed is as old as it is all the same."""
    types(teller, NEW, ORDER)
    FormDraft.objects.update(saved_at=timezone.now() - ago)
    assert zh in text_of(teller.get(NEW))
    assert en in text_of(english(teller).get(NEW))


def test_what_is_typed_about_one_account_is_no_part_of_another(teller, account, zhang):
    other = factories.account(zhang, "II")
    types(teller, f"/desk/accounts/{account.id}/cash", {"amount": "17.50"})
    types(teller, f"{NEW}?account={account.id}", ORDER)
    assert "17.50" not in text_of(teller.get(f"/desk/accounts/{other.id}/cash"))
    for page in (NEW, f"{NEW}?account={other.id}"):
        assert "12,800.50" not in text_of(teller.get(page))
    assert "12,800.50" in text_of(teller.get(f"{NEW}?account={account.id}"))


def test_another_person_never_gets_it(teller, signed_in, account):
    types(teller, NEW, ORDER)
    other = signed_in("teller", "second")
    assert "12,800.50" not in text_of(other.get(NEW))
    # Nor with the mark of the first one's page: what comes with it is kept for the first.
    typed = {"drafted": mark_on(teller, NEW), "amount": "1.11"}
    other.post("/desk/drafts", typed)
    assert "1.11" not in text_of(other.get(NEW))
    other.post("/desk/drafts/discard", typed)
    assert "1.11" in text_of(teller.get(NEW))


@pytest.mark.parametrize("mark", ["", "forged", "a:b:c"])
def test_without_a_mark_of_ours_nothing_is_kept(teller, mark):
    assert teller.post("/desk/drafts", {"drafted": mark, "amount": "1"}).status_code == 400
    assert not FormDraft.objects.exists()


def test_what_is_kept_is_no_sign_of_life(teller):
    """The keys are, and the page tells of those: a field is left, and kept, when the warning of the lock opens."""
    session = teller.session
    before = session[LAST_SEEN] = timezone.now().timestamp() - 800
    session.save()
    mark = mark_on(teller, NEW)
    session = teller.session
    session[LAST_SEEN] = before
    session.save()
    assert teller.post("/desk/drafts", {"drafted": mark, **ORDER}).status_code == 204
    assert teller.session[LAST_SEEN] == before
    assert FormDraft.objects.exists()


def test_it_is_sealed_at_rest(teller):
    types(teller, NEW, ORDER)
    (stored,) = FormDraft.objects.values("content", "address")
    assert "租金".encode() not in bytes(stored["content"])
    assert b"6217" not in bytes(stored["content"])
    assert stored["address"] == NEW
    # Under another row's id it does not open.
    kept = FormDraft.objects.get()
    other = FormDraft.objects.create(user_id=kept.user_id, address="/desk/other", content="x")
    FormDraft.objects.filter(pk=other.pk).update(content=stored["content"])
    assert isinstance(FormDraft.objects.get(pk=other.pk).content, Unreadable)


@pytest.mark.parametrize("content", [b"\x01" * 60, b"\x011" + b"\x02" * 60, b"x"], ids=["key", "content", "short"])
def test_one_that_cannot_be_read_is_none(teller, content):
    types(teller, NEW, ORDER)
    FormDraft.objects.update(content=content)
    assert "12,800.50" not in text_of(teller.get(NEW))


def test_secrets_are_never_kept(teller):
    secrets = {"password": "geheim-1", "code": "123456", "old": "geheim-2", "new": "geheim-3", "again": "geheim-3",
               "token": "654321", "seed": "ABCDEFGH", "enrolment": "geheim-4", "csrfmiddlewaretoken": "t" * 64,
               "x-code": "777777", "decision": "approve"}  # fmt: skip
    types(teller, NEW, ORDER, **secrets, once="k" * 32)
    content = FormDraft.objects.get().content
    assert "租金" in content
    for name, secret in secrets.items():
        assert secret not in content, name
    assert "k" * 32 not in content


def test_no_page_of_secrets_marks_its_form(teller):
    for page in (
        "/desk/me/password",
        "/desk/me/recovery-codes",
        "/desk/me/authenticator",
        "/desk/me/passkeys",
        "/desk/me/keys",
        "/desk/enrol",
        "/desk/sign-in",
        "/desk/customers",
        "/desk/screening",
    ):
        assert 'name="drafted"' not in text_of(teller.get(page)), page


def test_no_log_tells_what_is_kept(teller, caplog):
    with caplog.at_level("DEBUG"):
        types(teller, NEW, ORDER)
        teller.get(NEW)
    assert "6217000011112222" not in caplog.text
    assert not TrailRecord.objects.filter(place__contains="6217").exists()


class TestEnds:
    def test_once_carried_out_it_is_gone(self, teller, account):
        page = f"/desk/accounts/{account.id}/cash"
        types(teller, page, {"amount": "17.50"})
        sent = {"way": "deposit", "amount": "17.50", "once": "k" * 32, "drafted": mark_on(teller, page)}
        sent["checked"] = "yes"
        assert teller.post(page, sent).status_code == 302
        assert not FormDraft.objects.exists()
        # A page that keeps late what it had typed keeps nothing any more.
        assert teller.post("/desk/drafts", sent).status_code == 204
        assert not FormDraft.objects.exists()

    def test_what_was_refused_is_kept_as_it_was_sent(self, teller, account):
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"way": "withdrawal", "amount": "9,999.99", "once": "k" * 32, "drafted": mark_on(teller, page)}
        sent["checked"] = "yes"
        assert teller.post(page, sent).status_code == 422
        assert 'value="9,999.99"' in text_of(teller.get(page))
        assert teller.post(page, sent | {"amount": "1.00"}).status_code == 302
        assert not FormDraft.objects.exists()

    def test_a_decision_takes_its_remark_along(self, signed_in, client_for, noon):
        asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
        page = f"/desk/inbox/{asked}"
        officer = signed_in("compliance", with_codes=True)
        types(officer, page, {"decision": "reject", "remark": "证据不足", "code": "123456"})
        shown = text_of(officer.get(page))
        assert "证据不足" in shown
        assert not re.search(r'name="decision"[^>]* checked', shown), "a decision is chosen anew"
        wrong = {"decision": "reject", "remark": "证据仍不足", "code": "000000", "drafted": mark_on(officer, page)}
        assert officer.post(page, wrong).status_code == 403
        assert "证据仍不足" in text_of(officer.get(page))
        del wrong["code"]
        assert officer.post(page, wrong).status_code == 302
        assert not FormDraft.objects.exists()

    @pytest.mark.usefixtures("papers_lapse")
    def test_once_there_is_no_form_any_more_nobody_is_told_to_submit_it(self, signed_in, client_for, noon):
        asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
        page = f"/desk/inbox/{asked}"
        officer = signed_in("compliance")
        types(officer, page, {"remark": "证据仍不足"})
        assert "填写的未提交内容" in text_of(officer.get(page))
        noon.advance(days=7)
        told = text_of(officer.get(page))
        assert ("填写的未提交内容" in told, "证据仍不足" in told) == (False, False)

    def test_it_can_be_cleared(self, teller):
        types(teller, NEW, ORDER)
        answer = teller.post("/desk/drafts/discard", {"drafted": mark_on(teller, NEW)}, follow=True)
        assert answer.redirect_chain == [(NEW, 302)]
        assert "12,800.50" not in text_of(answer)
        assert not FormDraft.objects.exists()

    @pytest.mark.parametrize(("hours", "setting", "left"), [(23, 24, 1), (25, 24, 0), (25, 48, 0), (3, 2, 0)])
    def test_after_its_hours_it_is_gone_and_a_day_is_the_most(self, teller, settings, hours, setting, left):
        settings.DRAFT_HOURS = setting
        types(teller, NEW, ORDER)
        FormDraft.objects.update(saved_at=timezone.now() - timedelta(hours=hours))
        assert ("12,800.50" in text_of(teller.get(NEW))) is bool(left)
        assert forget_old_drafts() == 1 - left
        assert FormDraft.objects.count() == left

    def test_of_many_the_newest_are_kept(self, teller):
        user = teller.session["_auth_user_id"]
        for number in range(MOST + 3):
            drafts.keep(user, f"/desk/{number}", "x")
        kept = set(FormDraft.objects.values_list("address", flat=True))
        assert kept == {f"/desk/{number}" for number in range(3, MOST + 3)}

    def test_what_is_too_long_is_not_kept_and_hinders_nobody(self, teller, account):
        page = f"/desk/accounts/{account.id}/card-exceptions/new"
        mark = mark_on(teller, page)
        assert teller.post("/desk/drafts", {"drafted": mark, "card-reason": "长" * 30_000}).status_code == 413
        assert not FormDraft.objects.exists()
        with refused_by("draft_is_small"):
            FormDraft.objects.create(user_id=teller.session["_auth_user_id"], address=page, content="x" * 66_000)

    def test_one_form_has_one(self, teller):
        types(teller, NEW, ORDER)
        with refused_by("draft_once_per_form"):
            FormDraft.objects.create(user_id=teller.session["_auth_user_id"], address=NEW, content="x")


class TestSessionOver:
    @pytest.fixture
    def people(self, noon):
        for role in ("teller", "supervisor", "compliance", "auditor"):
            principal(role, role)
        ensure_users()

    def sign_in(self, at="/desk/sign-in", client=None, name="teller", *, later=0):
        client = client or Client()
        typed = {"username": name, "password": PASSWORD, "code": code_of(name, steps_ahead=later)}
        client.landed = client.post(at, typed).url
        return client

    @pytest.mark.parametrize("end", ["idle", "signed out", "signed in elsewhere"])
    def test_a_form_that_was_sent_then_stands_there_again(self, people, account, end):
        teller = self.sign_in(later=-1)
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"way": "deposit", "amount": "321.00", "once": "k" * 32, "drafted": mark_on(teller, page)}
        if end == "idle":
            left_alone(teller)
        elif end == "signed out":
            teller.post("/desk/sign-out")
        else:
            self.sign_in()
        answer = teller.post(page, sent, headers={"Referer": f"http://testserver{page}"})
        assert answer.status_code == 302
        assert "kept=1" in answer.url
        account.refresh_from_db()
        assert account.balance_fen == 100_000
        assert "未办理" in text_of(teller.get(answer.url))
        self.sign_in(answer.url, teller, later=1)
        assert teller.landed == page
        shown = text_of(teller.get(page))
        assert 'value="321.00"' in shown
        assert "上次提交未办理" in shown
        assert "was not carried out" in text_of(english(teller).get(page))

    def test_whoever_signs_in_instead_sees_nothing_of_it(self, people, account):
        teller = self.sign_in(later=-1)
        page = f"/desk/accounts/{account.id}/cash"
        sent = {"amount": "321.00", "once": "k" * 32, "drafted": mark_on(teller, page)}
        answer = left_alone(teller).post(page, sent)
        self.sign_in(answer.url, teller, "supervisor")
        assert teller.landed == "/desk/"
        assert FormDraft.objects.get().user.username == "teller"

    def test_what_is_typed_after_the_end_is_kept_and_the_page_learns_of_it(self, people):
        teller = self.sign_in()
        mark = mark_on(teller, NEW)
        teller.post("/desk/sign-out")
        answer = teller.post("/desk/drafts", {"drafted": mark, **ORDER})
        assert (answer.status_code, answer["X-Desk-Locked"]) == (204, "out")
        assert FormDraft.objects.get().user.username == "teller"

    def test_a_mark_of_days_ago_keeps_nothing(self, people, monkeypatch):
        teller = self.sign_in()
        mark = mark_on(teller, NEW)
        # As of a sign-in longer ago than a page remembers whose it was.
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

    def test_the_page_comes_back_with_what_was_typed_and_nothing_is_done(self, stale, account):
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

    def test_of_another_persons_page_nothing_is_shown(self, stale, signed_in):
        """In one window somebody else has signed in; in another the form of the first one stands still."""
        _, page, sent = stale
        other = Client(enforce_csrf_checks=True)
        other.cookies = signed_in("teller", "second").cookies
        assert other.post(page, sent, headers=HERE).status_code == 403
        assert "321.00" not in text_of(other.get(page))

    def test_a_form_that_is_kept_nowhere_is_told_as_before(self, stale):
        browser, _, sent = stale
        del sent["drafted"]
        assert browser.post("/desk/me/password", sent, headers=HERE).status_code == 403


class TestSteps:
    def test_each_step_has_an_address_that_names_nobody(self, teller):
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

    def test_no_step_is_shown_before_those_it_needs(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        url = answer.redirect_chain[0][0]
        assert teller.get(url.replace("step=particulars", "step=check")).context["step"] == "particulars"
        assert teller.get(url.replace("step=particulars", "step=other")).context["step"] == "identity"
        gone = f"{OPEN}?draft=01900000-0000-7000-8000-000000000000&step=check"
        assert teller.get(gone).context["step"] == "identity"

    def test_two_openings_side_by_side_stay_two(self, teller):
        urls = []
        for name in ("张三", "张叁"):
            answer = teller.post(
                f"{OPEN}?draft={new_id()}", {"step": "identity", "go": "next", "once": "k" * 32} | identity(name=name),
                follow=True,
            )  # fmt: skip
            urls.append((answer.redirect_chain[0][0], name))
        for url, name in urls:
            assert f'value="{name}"' in text_of(teller.get(url))

    def test_another_person_gets_nothing_of_it(self, teller, signed_in):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        other = signed_in("teller", "second").get(answer.redirect_chain[0][0])
        assert other.context["step"] == "identity"
        assert factories.ZHANG.number not in text_of(other)

    def test_once_opened_nothing_is_left(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        url = answer.redirect_chain[0][0]
        sent = {"step": "check", "go": "next", "once": "k" * 32, "drafted": mark_on(teller, url)}
        assert teller.post(url, sent | identity() | product()).status_code == 200
        assert Account.objects.count() == 1
        assert not FormDraft.objects.exists()

    def test_what_a_rule_refused_is_kept(self, teller, zhang):
        factories.account(zhang, "I")
        answer = teller.post(
            OPEN, {"step": "product", "go": "next", "once": "k" * 32} | identity() | product(), follow=True
        )
        url = answer.redirect_chain[0][0]
        sent = {"step": "check", "go": "next", "once": "k" * 32, "drafted": mark_on(teller, url)}
        assert teller.post(url, sent | identity() | product()).status_code == 422
        assert teller.get(url).context["step"] == "check"

    def test_who_begins_anew_is_told_whose_data_stand_there(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        begun = text_of(teller.get(OPEN))
        assert factories.ZHANG.number in begun
        assert "填写的未提交内容" in begun
        assert ">清除<" in begun
        # Within it, from step to step, there is nothing to tell.
        assert "填写的未提交内容" not in text_of(teller.get(answer.redirect_chain[0][0]))

    def test_what_a_check_found_goes_along_from_step_to_step_and_no_farther(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        url = answer.redirect_chain[0][0]
        chosen = re.compile(r'<option value="match" selected>')
        assert 'name="identity-result" value="match"' in text_of(teller.get(url))
        assert chosen.search(text_of(teller.get(url.replace("particulars", "identity"))))
        # Begun anew, and reloaded then.
        begun = text_of(teller.get(OPEN))
        assert not chosen.search(begun)
        assert "核查结果不予恢复" in begun
        address = re.search(r'data-address="([^"]+)"', begun)[1]
        again = text_of(teller.get(address))
        assert address == url.partition("&")[0]
        assert factories.ZHANG.number in again
        assert not chosen.search(again)

    def test_after_another_sign_in_the_check_is_told_anew(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        url = answer.redirect_chain[0][0]
        session = teller.session
        session[sessions.SIGN_IN] = str(SignIn.objects.create(user_id=session["_auth_user_id"]).pk)
        session.save()
        back = teller.get(url)
        assert back.context["step"] == "identity"
        assert factories.ZHANG.number in text_of(back)
        assert '<option value="match" selected>' not in text_of(back)

    def test_what_was_cleared_begins_anew(self, teller):
        answer = teller.post(OPEN, {"step": "identity", "go": "next", "once": "k" * 32} | identity(), follow=True)
        url = answer.redirect_chain[0][0]
        types(teller, url, identity(name="半途"))
        shown = text_of(teller.get(url))
        assert "填写的未提交内容" in shown
        anew = teller.post("/desk/drafts/discard", {"drafted": mark_on(teller, url)}, follow=True)
        assert anew.redirect_chain == [(OPEN, 302)]
        assert factories.ZHANG.number not in text_of(anew)


def test_the_language_of_a_page_that_shows_something_once_changes_without_leaving_it(teller, account):
    page = f"/desk/accounts/{account.id}/cards/new"
    issued = teller.post(page, {"card-product": "debit", "once": "k" * 32})
    assert 'name="stays" value="1"' in text_of(issued)
    answer = teller.post("/desk/language", {"language": "en", "stays": "1"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Home" in text_of(teller.get("/desk/"))
    assert 'name="stays"' not in text_of(teller.get(page))


#: Forms in which nothing is typed, or secrets alone, or what is ticked and which files are chosen.
KEEP_NOTHING = {
    "claim.html",
    "claim_next.html",
    "notes.html",
    "appeal.html",
    "keys.html",
    "parked_return.html",
    "proof.html",
    "case.html",
    "cases.html",
    "import.html",
    "issue.html",
    "new.html",
    "list.html",
    "list_new.html",
}


def test_every_form_that_is_carried_out_once_keeps_what_is_typed():
    """Whoever adds a form marks it, or says here why there is nothing to keep."""
    unmarked = {
        page.name
        for page in ROOT.glob("*/**/templates/**/*.html")
        if "admin" not in page.parts
        for form in re.findall(r"<form\b.*?</form>", page.read_text(), re.DOTALL)
        if 'name="once"' in form and "{% drafted %}" not in form
    }
    assert unmarked == KEEP_NOTHING
