"""Entry of a transfer at the counter: preview, questions, and a form that counts once."""

import re
from datetime import timedelta

import pytest

from accounts.models import ListedBank
from accounts.vocabulary import CardStatus
from config.frames.desk.form_acts import new_form_key
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.listings import certify_account
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.policy.fraud_warnings import TEXTS
from transfers.queries.fraud_warnings import warnings_at
from transfers.vocabulary import FraudKind

pytestmark = pytest.mark.django_db

NEW, PREVIEW, PAYER = "/desk/transfers/new", "/desk/transfers/new/preview", "/desk/transfers/new/payer"
HOUR = timedelta(hours=1)
CARD = "6222020000000000000"
PAYEE_CARD, PAYEE_MASKED = "6222020000000000134", "6222***********0134"


@pytest.fixture
def form(payer, payee):
    """Return the fields that a teller fills in, with changes merged in."""

    def filled(**changes):
        standard = {
            "payer": payer.account_number,
            "payee_number": payee.account_number,
            "payee_name": "李四",
            "amount": "100.00",
            "arrival": "ordinary",
            "once": new_form_key(),
        }
        return standard | changes

    return filled


@pytest.mark.parametrize("number", [CARD, "6000100000000001", "6222 0200 0000 0000 000"])
def test_masked_holder_of_the_number_is_shown_with_the_available_amount(teller, payer, number):
    page = text_of(teller.post(PAYER, {"payer": number}))
    assert "张*" in page
    assert "6000********0001" in page
    assert "1,000.00" in page
    assert "张三" not in page
    assert payer.account_number not in page


def test_unknown_number_is_reported(teller, payer):
    assert "本行没有该卡号或账号" in text_of(teller.post(PAYER, {"payer": "6222029999999999999"}))


def test_no_number_is_looked_up_by_address(teller, payer):
    assert teller.get(PAYER, {"payer": payer.account_number}).status_code == 405


@pytest.mark.parametrize(
    ("typed", "words"),
    [("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"), ("1,000", "人民币壹仟元整"), ("0", "金额必须大于零"), ("", "")],
)
def test_amount_in_capitals_is_shown_during_typing(teller, typed, words):
    assert words in text_of(teller.get("/desk/amount-in-words", {"amount": typed}))


@pytest.mark.parametrize(
    ("arrival", "due"),
    [("ordinary", "2026-01-05 14:00:00"), ("next_day", "2026-01-06 00:00:00"), ("real_time", "2026-01-05 12:00:00")],
)
def test_foresees_when_the_money_arrives_and_writes_nothing(teller, form, arrival, due, payer):
    page = text_of(teller.post(PREVIEW, form(arrival=arrival)))
    assert due in page
    assert "900.00" in page
    assert "谨防电信网络诈骗" in page
    assert not Transfer.objects.exists()
    assert money(payer) == (100_000, 0)


def test_foresees_a_refusal_in_words_with_its_code(teller, form):
    page = text_of(teller.post(PREVIEW, form(payee_name="王五")))
    assert "PAYEE_NAME_MISMATCH" in page
    assert "不能受理" in page


def test_a_preview_waits_for_the_whole_form(teller, form):
    assert "各栏填写完整后" in text_of(teller.post(PREVIEW, form(arrival="")))


def test_transfer_is_accepted_with_a_slip(teller, form, payer):
    answer = teller.post(NEW, form(), follow=True)
    transfer = Transfer.objects.get()
    assert answer.redirect_chain[0][0] == f"/desk/transfers/{transfer.id}/slip"
    page = text_of(answer)
    for words in ("受理回单", "待到账", "人民币壹佰元整", "2026-01-05 14:00:00", "张*", "李*"):
        assert words in page
    assert "李四" not in page
    assert (transfer.channel, transfer.rule_code, money(payer)) == ("counter", "ORDINARY", (100_000, 10_000))


def test_transfer_in_real_time_is_checked_before_the_money_leaves(teller, form, payer, payee):
    filled = form(arrival="real_time", memo="房租")
    answer = teller.post(NEW, filled)
    page = text_of(answer)
    assert answer.status_code == 200
    for words in (
        "请核对", "提交后立即到账，不能撤销", "张*", "李四", payee.account_number, "100.00", "人民币壹佰元整", "实时到账",
        "房租", "900.00", "银发〔2016〕261号", 'name="checked"', f'value="{filled["once"]}"',
    ):  # fmt: skip
        assert words in page, words
    assert (Transfer.objects.count(), money(payer)) == (0, (100_000, 0))
    changed = text_of(teller.post(NEW, filled | {"checked": "yes", "change": "yes"}))
    assert 'value="房租"' in changed
    assert "请核对" not in changed
    assert not Transfer.objects.exists()
    done = teller.post(NEW, filled | {"checked": "yes"})
    transfer = Transfer.objects.get()
    assert (transfer.status, done.url) == ("posted", f"/desk/transfers/{transfer.id}/slip")
    assert money(payer) == (90_000, 0)
    # Back, and sent again without the check: the same order, which was processed.
    assert teller.post(NEW, filled).url == done.url
    assert Transfer.objects.count() == 1


def test_refusal_of_a_transfer_in_real_time_is_shown_and_recorded_before_the_check(teller, form):
    answer = teller.post(NEW, form(arrival="real_time", amount="1,000.01"))
    page = text_of(answer)
    assert (answer.status_code, "INSUFFICIENT_FUNDS" in page, "请核对" in page) == (422, True, False)
    assert Transfer.objects.get().status == "refused"


def test_chosen_payee_is_masked_where_the_transfer_is_checked(teller, form, payee):
    teller.post(NEW, form())
    chosen = form(arrival="real_time", payee_number="", payee_name="", payee_of=str(Transfer.objects.get().id))
    page = text_of(teller.post(NEW, chosen))
    assert "请核对" in page
    assert "李*" in page
    for secret in (payee.account_number, "李四"):
        assert secret not in page
    assert teller.post(NEW, chosen | {"checked": "yes"}).status_code == 302


def test_arrival_is_not_preselected(teller, form):
    page = text_of(teller.get(NEW))
    assert 'name="arrival"' in page
    assert " checked" not in page
    answer = teller.post(NEW, form(arrival=""))
    assert answer.status_code == 400
    assert 'id="id_arrival_error"' in text_of(answer)
    assert not Transfer.objects.exists()


def test_a_refusal_loses_nothing_that_was_typed(teller, form):
    answer = teller.post(NEW, form(amount="1,000.01", memo="房租"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "INSUFFICIENT_FUNDS" in page
    for typed in ('value="1,000.01"', 'value="房租"', 'value="李四"', 'value="ordinary" checked'):
        assert typed in page
    record = Transfer.objects.get()
    assert record.status == "refused"
    assert f"/desk/transfers/{record.id}" in page


def test_refusal_because_of_a_certificate_names_it(teller, payer, form, client_for):
    paper = certify_account(payer.account_number)
    named = f"{paper.authority_name} · {paper.doc_no}"
    for page in (PREVIEW, NEW):
        shown = text_of(teller.post(page, form()))
        assert ("CASE_ACCOUNT_STOPPED" in shown, named in shown) == (True, True)
    body = {"payer": {"card_number": CARD}, "payee": {"account_number": PAYEE_CARD, "bank_code": "X"}, "amount": "1.00"}
    machine = client_for("atm").post("/transfers", body | {"channel": "atm", "payee": body["payee"] | {"name": "李四"}})
    assert (machine.status_code >= 400, paper.doc_no in text_of(machine)) == (True, False)


def test_a_corrected_form_can_be_sent_again(teller, form):
    key = new_form_key()
    teller.post(NEW, form(amount="1000.01", once=key))
    assert teller.post(NEW, form(amount="1000.00", once=key)).status_code == 302


def test_a_form_sent_twice_transfers_once_and_leads_to_the_same_slip(teller, form, payer):
    filled = form()
    first, second = teller.post(NEW, filled), teller.post(NEW, filled)
    assert first.url == second.url
    assert first.url.endswith("/slip")
    assert Transfer.objects.count() == 1
    assert money(payer) == (100_000, 10_000)


def test_a_form_without_its_key_is_not_carried_out(teller, form):
    answer = teller.post(NEW, form(once=""))
    assert answer.status_code == 400
    assert not Transfer.objects.exists()


def test_a_lost_card_is_refused_though_its_account_is_open(teller, form, payer):
    factories.card(payer, number="6222020000000000018", status=CardStatus.LOST)
    page = text_of(teller.post(NEW, form(payer="6222020000000000018")))
    assert "CARD_NOT_ACTIVE" in page


def test_the_account_may_come_from_its_own_page(teller, form, payer):
    page = text_of(teller.get(NEW, {"account": str(payer.id)}))
    assert "张*" in page
    # The next number typed is the payee's: it must not take the payer's place.
    assert re.search(r'<input [^>]*name="payee_number"[^>]* data-first', page)
    assert page.count("data-first") == 1
    assert re.search(r'<input [^>]*name="payer"[^>]* data-first', text_of(teller.get(NEW)))
    # Nor may it after a refusal.
    refused = text_of(teller.post(NEW, form(payer="", payer_account=str(payer.id), amount="1000.01")))
    assert "INSUFFICIENT_FUNDS" in refused
    assert re.search(r'<input [^>]*name="payee_number"[^>]* data-first', refused)
    assert refused.count("data-first") == 1
    assert teller.post(NEW, form(payer="", payer_account=str(payer.id))).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payer": ""}, "id_payer_error"),
        ({"payer": "6222029999999999999"}, "id_payer_error"),
        ({"payee_number": "62-$"}, "id_payee_number_error"),
        ({"payee_name": ""}, "id_payee_name_error"),
        ({"bank_code": "X"}, "id_bank_code_error"),
        ({"amount": "1.001"}, "id_amount_error"),
        ({"amount": "12,50"}, "id_amount_error"),
        ({"memo": "长" * 201}, "id_memo_error"),
    ],
)
def test_wrong_field_is_reported_beside_it(teller, form, changes, field):
    answer = teller.post(NEW, form(**changes))
    assert answer.status_code == 400
    assert f'id="{field}"' in text_of(answer)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("typed", [PAYEE_CARD, "6222 0200 0000 0000 134"])
def test_a_payee_is_named_by_a_card_of_ours_and_shown_masked(teller, form, payee, typed):
    factories.card(payee, number=PAYEE_CARD, status=CardStatus.LOST)
    assert "预计到账" in text_of(teller.post(PREVIEW, form(payee_number=typed)))
    slip = text_of(teller.post(NEW, form(payee_number=typed), follow=True))
    made = Transfer.objects.get()
    assert made.payee_account_id == payee.id
    pages = [slip, *(text_of(teller.get(each)) for each in (f"/desk/transfers/{made.id}", "/desk/transfers/held"))]
    assert PAYEE_MASKED in slip
    for page in pages:
        assert PAYEE_CARD not in page
        assert payee.account_number not in page


def test_a_cancelled_card_names_no_payee(teller, form, payee):
    factories.card(payee, number=PAYEE_CARD, status=CardStatus.CANCELLED)
    page = text_of(teller.post(PREVIEW, form(payee_number=PAYEE_CARD)))
    assert "没有该收款账号或卡号" in page
    assert "PAYEE_NOT_FOUND" in page


def test_a_payee_at_another_bank_is_named_too(teller, form):
    elsewhere = {"bank_code": "OtherBank", "payee_number": "62220000"}
    assert "请填写收款人户名" in text_of(teller.post(NEW, form(**elsewhere, payee_name="")))
    slip = text_of(teller.post(NEW, form(**elsewhere, payee_name="陈立新"), follow=True))
    assert Transfer.objects.get().payee_bank_code == "OTHERBANK"
    # When the funds arrive, the payee's bank decides.
    assert "到账时间以收款银行入账为准" in slip
    assert ("资金已到账" in slip, "已到账。" in slip, "到账时间</dt>" in slip) == (False, False, False)


def test_bank_is_chosen_from_the_directory_and_named(teller, form):
    ListedBank.objects.create(code="102100099996", name="中国工商银行总行清算中心")
    found = text_of(teller.get("/desk/banks", {"bank_code": "工商"}))
    assert '<option value="102100099996" label="中国工商银行总行清算中心">' in found
    unknown = teller.post(NEW, form(bank_code="OTHERBANK", payee_number="62220000"))
    assert unknown.status_code == 400
    assert "行名行号簿中没有该行号" in text_of(unknown)
    slip = teller.post(NEW, form(bank_code="102100099996", payee_number="62220000"), follow=True)
    assert "102100099996 中国工商银行总行清算中心" in text_of(slip)


def test_a_payee_paid_before_is_chosen_and_not_typed_again(teller, form, payer, payee):
    held(payer, amount_fen=100, payee_account_number="6222000011119999", payee_name="陈立新", due_at=NOON + HOUR)
    held(payer, payee, amount_fen=100, payee_name="李四", due_at=NOON + HOUR, count=2)
    page = text_of(teller.post(PAYER, {"payer": payer.account_number}))
    assert page.count('name="payee_of" value="0') == 2
    assert "6222********9999" in page
    assert "6222000011119999" not in page
    (before,) = Transfer.objects.exclude(payee_bank_code="")
    chosen = {"payee_of": str(before.id), "payee_number": "", "payee_name": ""}
    assert "预计转出" in text_of(teller.post(PREVIEW, form(**chosen)))
    teller.post(NEW, form(**chosen))
    made = Transfer.objects.latest("id")
    assert (made.payee_number, made.payee_bank_code, made.payee_name) == (
        before.payee_number,
        before.payee_bank_code,
        "陈立新",
    )
    # The earlier name is used by the rules and is on no slip: the payer did not state it.
    slip = text_of(teller.post(f"/desk/transfers/{made.id}/slip/print"))
    assert "第 1 次打印" in slip
    assert "陈立新" not in slip


def test_conflict_of_choice_and_number_is_refused_and_no_other_customers_payee_is_taken(teller, form, payer, wang):
    (mine,) = held(payer, due_at=NOON + HOUR)
    both = text_of(teller.post(NEW, form(payee_of=str(mine.id))))
    assert "请取其一" in both
    other = factories.account(wang, "I")
    pay_in(other, 1000)
    (others,) = held(other, due_at=NOON + HOUR)
    taken = text_of(teller.post(NEW, form(payee_of=str(others.id), payee_number="")))
    assert "请填写收款账号或卡号" in taken
    assert Transfer.objects.count() == 2


def test_own_bank_code_is_stored_as_none(teller, form, settings):
    teller.post(NEW, form(bank_code=settings.BANK_CODE))
    assert Transfer.objects.get().payee_bank_code == ""


def test_typed_number_is_in_no_address(teller, form, payer):
    answer = teller.post(NEW, form(), follow=True)
    for address, _ in answer.redirect_chain:
        assert payer.account_number not in address


def test_page_is_in_english_on_request(teller, form):
    page = text_of(english(teller).get(NEW))
    for words in ("New transfer", "card or account number", "Real-time", "Review"):
        assert words in page
    assert "付款" not in page
    assert "Expected arrival" in text_of(teller.post(PREVIEW, form()))


def test_preview_result_and_page_warn_of_the_frauds_of_the_counter(teller, form, settings):
    settings.WARNINGS = {**settings.WARNINGS, "counter": ("refund",)}
    words = TEXTS[FraudKind.REFUND]
    assert words.zh in text_of(teller.post(PREVIEW, form()))
    assert words.zh in text_of(teller.post(NEW, form(), follow=True))
    transfer = Transfer.objects.get()
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "防诈提示" in page
    assert "冒充客服退款" in page
    assert "投资理财" not in page
    assert warnings_at("counter").version in page
    # A later setting changes no earlier transfer.
    settings.WARNINGS = {**settings.WARNINGS, "counter": ("investment",)}
    later = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "冒充客服退款" in later
    assert transfer.warning_version in later


def test_page_of_a_transfer_without_warnings_shows_none(teller, payer):
    (transfer,) = held(payer)
    assert "防诈提示" not in text_of(teller.get(f"/desk/transfers/{transfer.id}"))
