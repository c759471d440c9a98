"""A close-out at the desk: proposed, decided, printed, and shown on the timeline."""

import pytest

from accounts.models import CloseOut
from config.kernel.models import Approval
from tests import factories
from tests.accounts.test_close_outs_elsewhere import approved_elsewhere
from tests.desk.pages import text_of
from tests.factories import ZHANG
from tests.http import ApiClient
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db
ONCE = "0" * 32


@pytest.fixture
def payment(zhang):
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def bank(zhang):
    return factories.account(zhang, "I")


def asked(client, payment, bank, key=ONCE):
    return client.post(f"/desk/accounts/{payment.id}/close-out", {"to": str(bank.id), "once": key})


def decide(checker, approval, decision="approve"):
    return checker.post(f"/desk/inbox/{approval.id}", {"decision": decision, "remark": "已核对"})


@pytest.mark.parametrize(
    ("role", "penalized", "fen", "offered"),
    [
        ("teller", True, 1, True),
        ("teller", False, 1, False),
        ("teller", True, 0, False),
        ("supervisor", True, 1, False),
    ],
)
def test_the_account_page_offers_it_where_a_penalty_holds_money(signed_in, zhang, role, penalized, fen, offered):
    payment = factories.account(zhang, "III", kind="payment", balance_fen=fen)
    if penalized:
        certify(ZHANG)
    page = text_of(signed_in(role).get(f"/desk/accounts/{payment.id}"))
    assert (f"/desk/accounts/{payment.id}/close-out" in page) is offered


def test_a_teller_submits_it_in_words_and_nothing_moves(signed_in, payment, bank):
    certify(ZHANG)
    teller = signed_in("teller")
    page = text_of(teller.get(f"/desk/accounts/{payment.id}/close-out"))
    assert "全部余额 120.00 元一次转入所选的本人银行账户；提交时不动账" in page
    assert bank.account_number not in page
    answer = asked(teller, payment, bank)
    row = CloseOut.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/desk/close-outs/{row.id}")
    assert "复核前不动账" in text_of(teller.get(answer.url))
    assert asked(teller, payment, bank).status_code == 302
    again = asked(teller, payment, bank, key="1" * 32)
    assert again.context["problem"].code == "APPROVAL_PENDING"
    assert "待复核" in text_of(teller.get(f"/desk/accounts/{payment.id}"))
    assert "待复核" in text_of(teller.get(f"/desk/customers/{payment.customer_id}"))
    payment.refresh_from_db()
    assert payment.balance_fen == 12_000


def test_supervisor_sees_amount_and_accounts_and_approves(signed_in, payment, bank):
    certify(ZHANG)
    teller, supervisor = signed_in("teller"), signed_in("supervisor", with_codes=True)
    asked(teller, payment, bank)
    approval = Approval.objects.get(kind="payment_close_out")
    page = text_of(supervisor.get(f"/desk/inbox/{approval.id}"))
    for words in ("支付账户余额转出", "120.00", "转入账户", "暂停支付账户所有业务 惩戒 至2031年1月2日（含）止"):
        assert words in page
    assert decide(supervisor, approval).status_code == 302
    payment.refresh_from_db()
    bank.refresh_from_db()
    assert (payment.balance_fen, bank.balance_fen) == (0, 12_000)
    slip = text_of(teller.get(f"/desk/close-outs/{approval.object_id}"))
    for words in (
        "支付账户余额转出凭证",
        "¥ 120.00",
        "人民币壹佰贰拾元整",
        "本行规则",
        "该支付账户仍有的限制",
        "至2031年1月2日（含）止",
    ):
        assert words in slip
    assert payment.account_number not in slip
    # A reader is named as the one who prints, not as the teller.
    looked_at = text_of(signed_in("auditor").get(f"/desk/close-outs/{approval.object_id}"))
    assert "打印人：auditor" in looked_at
    assert "柜员: " not in looked_at
    assert f"/desk/close-outs/{approval.object_id}" in text_of(teller.get(f"/desk/accounts/{bank.id}"))
    timeline = text_of(teller.get(f"/desk/customers/{payment.customer_id}")).split("时间线")[1]
    assert "支付账户余额转出" in timeline
    assert "当时仍在执行：" in timeline
    assert "停止支付账户所有业务（惩戒），至2031年1月2日（含）止" in timeline


def test_a_rejected_one_says_that_nothing_moved(signed_in, payment, bank):
    certify(ZHANG)
    asked(signed_in("teller"), payment, bank)
    approval = Approval.objects.get(kind="payment_close_out")
    assert decide(signed_in("supervisor", with_codes=True), approval, "reject").status_code == 302
    page = text_of(signed_in("teller").get(f"/desk/close-outs/{approval.object_id}"))
    assert "未转出，账户余额未变：" in page


def test_customer_without_a_bank_account_is_advised_to_open_one(signed_in, payment):
    certify(ZHANG)
    page = text_of(signed_in("teller").get(f"/desk/accounts/{payment.id}/close-out"))
    assert "请先登记其本人他行账户，或为其开立银行账户" in page


def test_an_approved_account_at_another_bank_is_offered_and_shown_on_the_slip(signed_in, payment):
    certify(ZHANG)
    own = approved_elsewhere(payment.customer, "6217000010001234567")
    teller, supervisor = signed_in("teller"), signed_in("supervisor", with_codes=True)
    assert "6217***********4567 · 他行 ICBC" in text_of(teller.get(f"/desk/accounts/{payment.id}/close-out"))
    answer = teller.post(f"/desk/accounts/{payment.id}/close-out", {"to": f"elsewhere:{own.id}", "once": ONCE})
    assert answer.status_code == 302
    assert "他行 ICBC" in text_of(teller.get(answer.url))
    approval = Approval.objects.get(kind="payment_close_out")
    page = text_of(supervisor.get(f"/desk/inbox/{approval.id}"))
    assert "ICBC" in page
    assert decide(supervisor, approval).status_code == 302
    row = CloseOut.objects.get()
    slip = teller.get(answer.url)
    assert f"/desk/transfers/{row.transfer_id}" in slip.content.decode()
    for words in ("余额已转出至本人他行账户", "他行 ICBC", str(row.transfer_id)):
        assert words in text_of(slip)
    assert f"/desk/transfers/{row.transfer_id}" in teller.get(f"/desk/accounts/{payment.id}").content.decode()


def test_part_is_asked_for_only_under_the_measures_of_2024_alone(signed_in, payment, bank):
    certify(ZHANG, legal_basis="JDM_2024")
    teller, supervisor = signed_in("teller"), signed_in("supervisor", with_codes=True)
    address = f"/desk/accounts/{payment.id}/close-out"
    page = text_of(teller.get(address))
    assert "可转出全部余额 120.00 元或其中一部分" in page
    assert "不填为全部余额" in page
    answer = teller.post(address, {"to": str(bank.id), "amount": "20.00", "once": ONCE})
    assert answer.status_code == 302
    assert decide(supervisor, Approval.objects.get(kind="payment_close_out")).status_code == 302
    assert "¥ 20.00" in text_of(teller.get(answer.url))
    payment.refresh_from_db()
    assert payment.balance_fen == 10_000
    certify(ZHANG)
    page = text_of(teller.get(address))
    assert "全部余额 100.00 元一次转入" in page
    assert "不填为全部余额" not in page
    answer = teller.post(address, {"to": str(bank.id), "amount": "20.00", "once": "1" * 32})
    assert CloseOut.objects.get(status="pending").amount_fen == 10_000


def test_refusal_is_explained_on_the_page(signed_in, payment, bank):
    certify_account(bank.account_number)
    answer = asked(signed_in("teller"), payment, bank)
    assert (answer.status_code, answer.context["problem"].code) == (422, "PAYMENT_BUSINESS_SUSPENDED")


def test_method_of_a_reverification_is_shown_to_the_checker_and_on_the_timeline(signed_in, zhang):
    teller, supervisor = signed_in("teller"), signed_in("supervisor", with_codes=True)
    form = {"method": "读卡设备", "result": "match", "once": ONCE}
    assert teller.post(f"/desk/customers/{zhang.id}/reverify", form).status_code == 302
    approval = Approval.objects.get(kind="reverification")
    assert "读卡设备" in text_of(supervisor.get(f"/desk/inbox/{approval.id}"))
    decide(supervisor, approval)
    page = text_of(teller.get(f"/desk/customers/{zhang.id}"))
    assert page.split("时间线")[1].count("读卡设备") >= 2
    assert "电话核实" not in text_of(teller.get(f"/desk/customers/{zhang.id}/reverify"))


def test_one_through_a_gateway_is_shown_on_the_pages_of_the_desk(signed_in, payment, bank):
    certify(ZHANG, legal_basis="JDM_2024")
    order = {"to_account_id": str(bank.id), "channel": "mobile"}
    made = ApiClient("gateway").post(f"/accounts/{payment.id}/close-outs", order)
    assert made.status_code == 201
    teller = signed_in("teller")
    slip = text_of(teller.get(f"/desk/close-outs/{made.json()['id']}"))
    assert "手机银行" in slip
    assert "余额已转入本人银行账户" in slip
    timeline = text_of(teller.get(f"/desk/customers/{payment.customer_id}")).split("时间线")[1]
    assert "支付账户余额转出" in timeline
    assert f"/desk/close-outs/{made.json()['id']}" in text_of(teller.get(f"/desk/accounts/{payment.id}"))
