"""Form drafts: saved for their person, restored in the form, and announced there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from config.frames.desk.access import LAST_SEEN
from config.kernel.models import Decision, FormDraft
from tests import factories
from tests.desk.form_drafts import NEW, ORDER, Filled, account_with_cash, left_at, mark_on, types
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN
from tests.factories import NOON
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def account(zhang):
    return account_with_cash(zhang)


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
def test_draft_is_restored_and_announced(name, signed_in, account):
    role, page, fields = FORMS[name]
    page = page.format(account=account.id, customer=account.customer_id)
    client = signed_in(role)
    empty = text_of(client.get(page))
    before = Decision.objects.count()
    types(client, page, fields, once="k" * 32)
    again = text_of(client.get(left_at()))
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
def test_result_of_a_check_is_not_restored(name, teller, account):
    _, page, fields = FORMS[name]
    page = page.format(account=account.id, customer=account.customer_id)
    types(teller, page, fields)
    again = text_of(teller.get(left_at()))
    found = next(each for each in fields if each.endswith("result"))
    assert not Filled.of(again).get(found)
    assert "核查结果和撤销原因不予恢复，请重新核实后选择" in again
    # Where none was chosen, there is nothing to tell.
    types(teller, page, {each: value for each, value in fields.items() if each != found} | {"phone": "1"})
    assert "不予恢复" not in text_of(teller.get(left_at()))


STATED = {
    "cancellation": ("/desk/transfers/{transfer}/cancel", {"way": "called_back", "number": "x"}, ["way"]),
    "loss": ("/desk/cards/{card}/report_lost", {"identified": "by_phone"}, ["identified"]),
    "document renewed": (
        "/desk/customers/{customer}/documents/renew",
        {"method": "联网核查", "number": "x"},
        ["method"],
    ),
    "opening": (OPEN, {"identity-method": "联网核查", "identity-number": "x"}, ["identity-method"]),
}


@pytest.mark.parametrize("name", STATED)
def test_way_of_identification_is_not_restored(name, teller, account):
    page, fields, anew = STATED[name]
    transfer = held(account, due_at=NOON + timedelta(hours=24))[0]
    page = page.format(customer=account.customer_id, transfer=transfer.id, card=factories.card(account).id)
    types(teller, page, fields)
    again = Filled.of(text_of(teller.get(left_at())))
    assert {each: again.get(each) or "" for each in fields} == fields | dict.fromkeys(anew, "")


@pytest.mark.parametrize(
    ("ago", "zh", "en"),
    [
        (timedelta(seconds=20), "已恢复不到1分钟前填写的未提交内容", "typed less than a minute ago and"),
        (timedelta(minutes=59), "已恢复59分钟前填写的未提交内容", "typed 59 min ago and"),
        (timedelta(minutes=150), "已恢复2小时前填写的未提交内容", "typed 2 h ago and"),
    ],
)
def test_age_of_a_draft_is_measured_in_real_time(teller, account, ago, zh, en):
    """The sandbox's clock is at noon of another day; the age of the draft is measured in real time."""
    types(teller, NEW, ORDER)
    FormDraft.objects.update(saved_at=timezone.now() - ago)
    assert zh in text_of(teller.get(left_at()))
    assert en in text_of(english(teller).get(left_at()))


def test_draft_of_one_account_is_not_offered_for_another(teller, account, zhang):
    other = factories.account(zhang, "II")
    types(teller, f"/desk/accounts/{account.id}/cash", {"amount": "17.50"})
    types(teller, f"{NEW}?account={account.id}", ORDER)
    assert "17.50" not in text_of(teller.get(f"/desk/accounts/{other.id}/cash"))
    for page in (NEW, f"{NEW}?account={other.id}"):
        assert "12,800.50" not in text_of(teller.get(page))
    assert "12,800.50" in text_of(teller.get(f"{NEW}?account={account.id}"))


def test_saving_a_draft_does_not_extend_the_session(teller):
    """Saving a draft does not extend the session: a field is left, and saved, when the lock warning opens."""
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


def test_every_form_carried_out_once_saves_drafts():
    """A new form is marked for drafts, or listed here with the reason why not."""
    unmarked = {
        page.name
        for page in ROOT.glob("*/**/templates/**/*.html")
        if "admin" not in page.parts
        for form in re.findall(r"<form\b.*?</form>", page.read_text(), re.DOTALL)
        if 'name="once"' in form and "{% drafted %}" not in form
    }
    assert unmarked == KEEP_NOTHING
