"""A form begun by its code is empty; an unfinished draft is offered beside it and can be cleared."""

import re

import pytest

from config.kernel.models import FormDraft, TrailRecord
from tests import factories
from tests.desk.form_drafts import NEW, ORDER, Filled, account_with_cash, left_at, mark_on, types
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN, identity

pytestmark = pytest.mark.django_db

OFFER = re.compile(r'<div class="desk-unfinished-line">(.*?)</form></div>', re.DOTALL)
#: Forms begun by a code: its role, what is typed, and under whose masked name it is offered.
FORMS = {
    "1001": ("teller", OPEN, {"identity-name": "周建国", "identity-number": "110105199003070025"}, "周**"),
    "1002": ("teller", f"{OPEN}-organization", {"identity-name": "某公司", "identity-number": "x"}, "某**"),
    "2001": ("teller", NEW, ORDER | {"payer": "6000100000000001", "payer_shown": "张*"}, "张*"),
    "4101": ("compliance", "/desk/certificates/new", {"doc_no": "认〔2026〕7号"}, "认〔2026〕7号"),
}


def offers(page: str) -> list[str]:
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in OFFER.findall(page)]


def shows(page: str, fields: dict[str, str]) -> bool:
    filled = Filled.of(page)
    return any(filled.get(name) == value for name, value in fields.items())


@pytest.mark.parametrize("code", FORMS)
def test_form_begins_empty_and_offers_the_draft(code, signed_in, noon):
    role, page, fields, whom = FORMS[code]
    client = signed_in(role)
    types(client, page, fields)
    begun = text_of(client.get(page))
    assert not shows(begun, fields)
    assert offers(begun) == [f"未完成： {whom} 不到1分钟前 继续 新办 放弃"]
    taken_up = text_of(client.get(re.search(r'href="([^"]+)">继续<', begun)[1]))
    assert (shows(taken_up, fields), offers(taken_up)) == (True, [])
    anew = text_of(client.get(re.search(r'href="([^"]+)">新办<', begun)[1]))
    assert (shows(anew, fields), offers(anew)) == (False, [])
    for each in (begun, taken_up, anew):
        assert each.count(">清除<") == 1
    assert offers(text_of(english(client).get(page))) == [
        f"Unfinished: {whom} less than a minute ago Continue Start a new one Discard"
    ]


@pytest.mark.parametrize("code", FORMS)
def test_form_has_its_own_address_which_its_script_puts_into_the_page(code, signed_in, noon):
    role, page, fields, _ = FORMS[code]
    client = signed_in(role)
    first, second = (re.search(r'data-address="([^"&]+)', text_of(client.get(page)))[1] for _ in range(2))
    assert first != second
    assert re.fullmatch(rf"{page}\?draft=[0-9a-f-]{{36}}", first)
    types(client, first, fields)
    assert left_at() == first
    assert shows(text_of(client.get(first)), fields)


def test_discarded_draft_is_deleted_and_others_stay(teller):
    for name in ("周建国", "吴小莉"):
        types(teller, OPEN, {"identity-name": name, "identity-number": "1"})
    begun = text_of(teller.get(OPEN))
    assert [each.split()[1] for each in offers(begun)] == ["吴**", "周**"]
    (mark,) = re.findall(r'name="drafted" value="([^"]+)"', OFFER.findall(begun)[0] + "</form>")
    answer = teller.post("/desk/drafts/discard", {"drafted": mark}, follow=True)
    assert answer.redirect_chain == [(OPEN, 302)]
    assert [each.split()[1] for each in offers(text_of(answer))] == ["周**"]


def test_each_is_offered_the_newest_first(teller):
    for number in range(7):
        types(teller, OPEN, {"identity-name": f"{number}某", "identity-number": "1"})
    assert [each.split()[1] for each in offers(text_of(teller.get(OPEN)))] == [
        f"{each}*" for each in (6, 5, 4, 3, 2, 1, 0)
    ]


def test_draft_without_a_name_is_offered_too(teller):
    types(teller, OPEN, {"identity-name": "", "identity-number": "110105199003070025"})
    types(teller, NEW, {"payer": "6000100000000001", "amount": "1"})
    page = text_of(teller.get(OPEN))
    assert "尚未填写姓名" in offers(page)[0]
    assert "110105199003070025" not in page
    assert offers(text_of(teller.get(NEW)))[0].split()[1] == "6000********0001"


def test_a_name_in_an_offer_is_text(teller):
    types(teller, NEW, {"payer_shown": "<script>alert(1)</script>", "amount": "1"})
    page = text_of(teller.get(NEW))
    assert "&lt;" in page
    assert "<script>alert" not in page


def test_offer_of_a_transfer_draft_is_no_look_up_and_shows_the_payers_name_from_the_page(teller, zhang):
    account = account_with_cash(zhang)
    shown = text_of(teller.post(f"{NEW}/payer", {"payer": account.account_number}))
    data = {"payer": account.account_number, "payer_shown": Filled.of(shown)["payer_shown"]}
    assert data["payer_shown"] == "张*"
    types(teller, NEW, data)
    before = TrailRecord.objects.count()
    assert offers(text_of(teller.get(NEW)))[0].split()[1] == "张*"
    assert TrailRecord.objects.filter(kind__startswith="look_up").count() == 1
    assert TrailRecord.objects.count() == before


def test_form_can_be_cleared_after_a_failed_submission_and_stays_the_same(teller):
    page = text_of(teller.get(NEW))
    mark = re.search(r'name="drafted" value="([^"]+)"', page)[1]
    failed = teller.post(NEW, ORDER | {"drafted": mark, "once": "k" * 32, "amount": "nichts"})
    answer = text_of(failed)
    assert (failed.status_code, answer.count(">清除<")) == (400, 1)
    address = re.search(r'data-address="([^"]+)"', answer)[1]
    assert address == re.search(r'data-address="([^"]+)"', page)[1] == left_at()
    cleared = teller.post("/desk/drafts/discard", {"drafted": mark}, follow=True)
    assert not FormDraft.objects.exists()
    assert (cleared.redirect_chain, offers(text_of(cleared))) == ([(NEW, 302)], [])


def test_a_form_about_one_account_can_be_cleared_after_a_failed_send(teller, zhang):
    page = f"/desk/accounts/{account_with_cash(zhang).id}/cash"
    assert ">清除<" not in text_of(teller.get(page))
    sent = {
        "way": "withdrawal",
        "amount": "9,999.99",
        "once": "k" * 32,
        "checked": "yes",
        "drafted": mark_on(teller, page),
    }
    failed = teller.post(page, sent)
    assert (failed.status_code, text_of(failed).count(">清除<")) == (422, 1)
    cleared = teller.post("/desk/drafts/discard", {"drafted": mark_on(teller, page)}, follow=True)
    assert "9,999.99" not in text_of(cleared)


def test_draft_of_a_submitted_form_is_not_offered(teller):
    mark = mark_on(teller, OPEN)
    teller.post("/desk/drafts", {"drafted": mark} | identity())
    assert offers(text_of(teller.get(OPEN)))
    sent = {"step": "check", "go": "next", "once": "k" * 32, "drafted": mark}
    opened = teller.post(
        OPEN,
        sent
        | identity()
        | factories.individual_particulars()
        | {"product-kind": "bank", "product-account_class": "I", "product-purpose": "daily"},
    )
    assert "开户结果" in text_of(opened)
    assert ">清除<" not in text_of(opened)
    assert offers(text_of(teller.get(OPEN))) == []


def test_draft_about_a_found_customer_is_offered_under_the_masked_name(teller, zhang):
    page = f"/desk/customers/{zhang.id}/open"
    types(teller, page, {"product-kind": "payment", "product-account_class": "III"})
    assert offers(text_of(teller.get(page)))[0].split()[1] == "张*"


def test_form_opened_from_an_account_starts_with_its_draft(teller, zhang):
    page = f"{NEW}?account={account_with_cash(zhang).id}"
    types(teller, page, ORDER)
    again = text_of(teller.get(page))
    assert (shows(again, ORDER), offers(again), offers(text_of(teller.get(NEW)))) == (True, [], [])


def test_a_form_sent_after_its_session_comes_back_whatever_the_page_was_called(teller):
    """Without its script the page does not have the form's own address."""
    mark = mark_on(teller, NEW)
    teller.post("/desk/sign-out")
    answer = teller.post(
        NEW, ORDER | {"drafted": mark, "once": "k" * 32}, headers={"Referer": f"http://testserver{NEW}"}
    )
    assert f"next={left_at().replace('?', '%3F').replace('=', '%3D')}" in answer.url.replace("%2F", "/")
