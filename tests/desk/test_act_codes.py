"""A code asks for a number, leads to the form of the act, and offers only what is possible; the rest is shown with its reason."""

import pytest

from config.kernel.models import TrailRecord
from config.kernel.vault.sealed import card_key
from tests import cash, factories, listings
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db
NUMBER, OTHER, CARD = "6000100000000001", "6000100000000002", "6222020000000000000"
ONCE = "0" * 32


@pytest.fixture
def account(zhang):
    return factories.account(zhang, "I", account_number=NUMBER, balance_fen=100_000)


@pytest.fixture
def card(account):
    return factories.card(account, number=CARD, activated_at=NOON)


def begin(client, code, number, **more):
    return client.post(f"/desk/counter/{code}", {"key": number, **more})


def test_a_number_leads_to_the_form_of_each_act(teller, zhang, account, card):
    own, mine, its = f"/desk/customers/{zhang.id}", f"/desk/accounts/{account.id}", f"/desk/cards/{card.id}"
    forms = {
        "1101": f"{mine}/cards/new", "1102": f"{its}/report_lost", "1104": f"{its}/replace", "1106": f"{its}/cancel",
        "1107": f"{mine}/card-exceptions/new", "1109": f"{mine}/close", "1112": f"{mine}/statement",
        "1113": f"{own}/documents/renew", "1114": f"{own}/documents/new", "1115": f"{own}/names/new", "1116": f"{own}/reverify",
        "1117": f"{own}/particulars", "1118": f"{own}/external-accounts/new",
        "2101": f"{mine}/cash?way=deposit", "2102": f"{mine}/cash?way=withdrawal",
    }  # fmt: skip
    for code, form in forms.items():
        page = text_of(teller.get(f"/desk/counter/{code}"))
        assert 'name="key"' in page, code
        for number in (NUMBER, "6222 0200 0000 0000 000", factories.ZHANG.number):
            answer = begin(teller, code, number)
            assert (answer.status_code, answer.headers.get("Location")) == (302, form), (code, number)
        assert teller.get(form.partition("#")[0]).status_code == 200, code


def test_act_pages_of_a_card_show_the_restrictions_of_its_account(teller, zhang, account, card):
    listings.certify_account(NUMBER)
    for act in ("report_lost", "replace", "cancel"):
        page = text_of(teller.get(f"/desk/cards/{card.id}/{act}"))
        for words in ("张*", "对该账户的限制", "涉案账户"):
            assert words in page, (act, words)


def test_several_are_a_choice_by_digits(teller, zhang, account):
    factories.account(zhang, "II", account_number=OTHER)
    page = text_of(begin(teller, "2101", factories.ZHANG.number))
    assert page.count("data-page-key") == 2
    assert "<kbd>2</kbd>" in page
    assert "张三" not in page
    assert NUMBER not in page
    assert begin(teller, "2101", OTHER).status_code == 302


def test_what_is_barred_is_shown_with_its_reason_and_not_offered(teller, zhang, account, card):
    factories.account(zhang, "II", account_number=OTHER)
    listings.certify_account(NUMBER)
    page = text_of(begin(teller, "2102", factories.ZHANG.number))
    assert page.count("data-page-key") == 1
    assert "涉案账户" in page
    for code, number in (("2102", NUMBER), ("2101", NUMBER), ("1104", CARD), ("1109", NUMBER), ("1101", NUMBER)):
        shown = text_of(begin(teller, code, number))
        assert "data-page-key" not in shown, code
        assert "涉案账户" in shown, code
    # A loss report protects the holder: no restriction prevents it.
    assert begin(teller, "1102", CARD).status_code == 302


def test_a_card_in_another_state_is_not_offered_unless_it_is_the_only_one(teller, account, card):
    assert "data-page-key" not in text_of(begin(teller, "1103", CARD))
    assert "正常" in text_of(begin(teller, "1103", CARD))
    lost = factories.card(account, status="lost")
    assert begin(teller, "1103", NUMBER)["Location"] == f"/desk/cards/{lost.id}/found"
    closed = factories.account(account.customer, "II", status="closed", closed_at=NOON, class_slot=None)
    assert "data-page-key" not in text_of(begin(teller, "1109", closed.account_number))
    assert begin(teller, "1112", closed.account_number).status_code == 302
    three = factories.account(account.customer, "III")
    assert "Ⅲ类户和支付账户不发卡" in text_of(begin(teller, "1101", three.account_number))


def test_todays_cash_is_offered_to_be_reversed(teller, account, noon):
    cash.box()
    entered = {"way": "deposit", "amount": "50", "once": ONCE, "checked": "yes"}
    record = teller.post(f"/desk/accounts/{account.id}/cash", entered).url
    assert begin(teller, "2109", NUMBER)["Location"] == f"{record}/reverse"
    teller.post(f"{record}/reverse", {"reason": "记错账户", "once": "1" * 32, "checked": "yes"})
    assert "没有可以办理的" in text_of(begin(teller, "2109", NUMBER))
    noon.advance(days=1)
    assert "没有可以办理的" in text_of(begin(teller, "2109", NUMBER))


def test_held_transfers_are_offered_to_be_cancelled(teller, account, noon):
    waiting = held(account, due_at=NOON.replace(hour=23))[0]
    assert begin(teller, "2002", NUMBER)["Location"] == f"/desk/transfers/{waiting.id}/cancel"


def test_two_customers_of_one_phone_are_both_offered(teller, account):
    other = factories.customer(factories.LI, phone="13800138000")
    third = factories.customer(factories.WANG, phone="13800138000")
    factories.account(other, "I")
    factories.account(third, "I")
    page = text_of(begin(teller, "2101", "13800138000"))
    assert page.count("data-page-key") == 2
    for name in ("李*", "王*"):
        assert name in page


def test_each_number_is_on_record_and_within_the_budget(teller, zhang, card, settings):
    begin(teller, "1102", CARD)
    look = TrailRecord.objects.get(kind="look_up_customer")
    assert (bytes(look.whom), look.customer_id, look.reason, look.outcome) == (
        card_key(CARD),
        zhang.id,
        "business",
        "found",
    )
    settings.MISSES_PER_HOUR = 1
    assert "没有这个号码" in text_of(begin(teller, "1102", "13900000000"))
    assert begin(teller, "1102", "13900000001").status_code == 429
    assert begin(teller, "1102", CARD).status_code == 429


def test_the_box_takes_a_code_and_a_number_at_once(teller, zhang, account, card):
    def found(typed):
        answer = teller.post("/desk/find", {"key": typed})
        return answer["Location"] if answer.status_code == 302 else text_of(answer)

    assert (
        found(f"1102 {CARD}")
        == found(f"挂失 {CARD}")
        == found("gs 6222 0200 0000 0000 000")
        == f"/desk/cards/{card.id}/report_lost"
    )
    assert found("2101") == found("存款") == "/desk/counter/2101"
    # A document in groups begins as a code does, and is still a document.
    grouped = f"{factories.ZHANG.number[:4]} {factories.ZHANG.number[4:10]} {factories.ZHANG.number[10:]}"
    assert found(grouped) == f"/desk/customers/{zhang.id}"
    assert "没有这位客户" in found("1101 0519 9003 0700 25")
    page = found("现金")
    for words in ("2101", "2102", "2109", "9001", 'data-page-key="4"'):
        assert words in page, words


def test_another_roles_act_is_told_from_no_act_at_all(signed_in, account):
    supervisor = signed_in("supervisor")
    denied = supervisor.post("/desk/find", {"key": "挂失"})
    assert denied.status_code == 403
    assert "您的角色不能办理" in text_of(denied)
    assert "1102" in text_of(denied)
    unknown = supervisor.post("/desk/find", {"key": "贷款"})
    assert unknown.status_code == 404
    assert "没有该交易码" in text_of(unknown)
    for answer in (supervisor.get("/desk/counter/1102"), begin(supervisor, "1102", NUMBER)):
        assert answer.status_code == 403
    assert supervisor.get("/desk/counter/9999").status_code == 404
    assert begin(supervisor, "1112", NUMBER)["Location"] == f"/desk/accounts/{account.id}/statement"


def test_an_auditor_is_asked_for_the_reason_without_an_error(signed_in, zhang, account):
    auditor = signed_in("auditor")
    asked = auditor.post("/desk/find", {"key": NUMBER})
    assert asked.status_code == 200
    page = text_of(asked)
    for words in ("请选择查询理由", f'value="{NUMBER}"', 'data-begin="#id_reason"'):
        assert words in page, words
    for words in ("alert-danger", "is-invalid", "填写不正确"):
        assert words not in page, words
    page = text_of(auditor.post("/desk/find", {"key": f"1112 {NUMBER}"}))
    assert f'value="{NUMBER}"' in page
    assert "is-invalid" not in page
    assert not TrailRecord.objects.filter(kind="look_up_customer").exists()
    assert begin(auditor, "1112", NUMBER, reason="").status_code == 400
    assert begin(auditor, "1112", NUMBER, reason="audit")["Location"] == f"/desk/accounts/{account.id}/statement"
    assert TrailRecord.objects.get(kind="look_up_customer").reason == "audit"
    assert "Choose the reason" in text_of(english(auditor).post("/desk/find", {"key": NUMBER}))
