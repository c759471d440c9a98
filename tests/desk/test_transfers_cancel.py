"""Cancellation at the counter: by the payer's document or card, with a slip, and refused when too late."""

import json
import re
from datetime import timedelta

import pytest

from config.frames.desk.form_acts import new_form_key
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.desk.pages import english, text_of
from tests.transfers.conftest import money
from tests.transfers.factories import end, held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db

CARD = "6222020000000000000"
DAY = timedelta(hours=24)


@pytest.fixture
def transfer(payer, li) -> Transfer:
    payee = factories.account(li, "I", account_number="6000200000000002")
    return held(payer, payee, amount_fen=30_000, due_at=NOON + DAY)[0]


def address(transfer: Transfer) -> str:
    return f"/desk/transfers/{transfer.id}/cancel"


def shows(number: str = factories.ZHANG.number, kind: str = "resident_id", **more: str) -> dict[str, str]:
    return {"way": "in_person", "type": kind, "number": number, "once": new_form_key()} | more


def test_payers_identification_is_asked_and_enter_submits(teller, transfer):
    page = text_of(teller.get(address(transfer)))
    assert "data-digits" in page
    for each in ("selected", "checked"):
        assert each not in page.split('class="desk-applicant"')[1].split("</form>")[0]
    assert page.count("<button") - page.count('type="button"') >= 1
    assert "剩余" in page


@pytest.mark.parametrize(
    "shown",
    [shows(), shows(CARD, "bank_card"), shows("6222 0200 0000 0000 000", "bank_card"), shows(kind="temporary_id")],
    ids=["document", "card", "card in groups", "another document of the same person"],
)
def test_the_payer_cancels_and_gets_a_slip(teller, transfer, payer, shown):
    answer = teller.post(address(transfer), shown, follow=True)
    assert answer.redirect_chain == [(f"/desk/transfers/{transfer.id}/slip", 302)]
    page = text_of(answer)
    for words in ("撤销回单", "已撤销", "人民币叁佰元整", "2026-01-05 12:00:00", "客户签名", "teller"):
        assert words in page
    transfer.refresh_from_db()
    assert (transfer.status, money(payer)) == ("cancelled", (100_000, 0))
    assert Event.objects.get(transfer=transfer, new_status="cancelled").actor.name == "teller"


def test_cancelled_transfer_is_not_shown_as_arriving(teller, transfer):
    slip, page = f"/desk/transfers/{transfer.id}/slip", f"/desk/transfers/{transfer.id}"
    due = "2026-01-06 12:00:00"
    for before in (text_of(teller.get(slip)), text_of(teller.get(page))):
        assert f"预计到账时间</dt><dd>{due}" in before
    teller.post(address(transfer), shows())
    for after in (text_of(teller.get(slip)), text_of(teller.get(page))):
        assert f"预计到账时间</dt><dd>{due}" not in after
        assert f"原定到账时间</dt><dd>{due}" in after
    # The steps of the transfer show no instant that was not reached.
    way = re.search(r'<ol class="desk-stepper".*?</ol>', text_of(teller.get(page)), re.DOTALL)
    assert due not in way[0]


def test_identification_of_an_applicant_on_the_phone_is_kept_with_the_decision(teller, transfer, signed_in):
    page = text_of(teller.post(address(transfer), shows(way="called_back"), follow=True))
    assert "回拨本行预留的号码" in page
    decision = Decision.objects.get(kind="cancel_transfer")
    assert decision.facts["applicant"]["identified_by"] == "called_back"
    assert "回拨本行预留的号码" in text_of(signed_in("auditor").get(f"/desk/decisions/{decision.id}"))


@pytest.mark.parametrize(
    "shown", [shows(factories.LI.number), shows("6222020000000000018", "bank_card")], ids=["document", "card"]
)
def test_only_the_payer_cancels(teller, transfer, payer, shown):
    answer = teller.post(address(transfer), shown)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "NOT_THE_PAYER" in page
    assert "银发〔2016〕261号" in page
    assert shown["number"] in page  # nothing of what was typed is lost
    assert money(payer) == (100_000, 30_000)
    assert Decision.objects.get(kind="cancel_transfer").code == "NOT_THE_PAYER"


@pytest.mark.parametrize(
    ("seconds", "status"), [(-1e-6, 302), (0, 409), (1e-6, 409)], ids=["just before", "at", "just after"]
)
def test_cancellation_ends_at_the_due_instant(teller, transfer, noon, seconds, status):
    noon.set(NOON + DAY + timedelta(seconds=seconds))
    answer = teller.post(address(transfer), shows())
    assert answer.status_code == status
    if status == 409:
        assert "CANCEL_TOO_LATE" in text_of(answer)
        assert "不能再撤销" in text_of(answer)


def test_concurrent_posting_is_explained_in_words(teller, transfer, noon):
    due = noon.set(transfer.due_at)
    end(transfer, "posted", settled_at=due, ended_at=due)
    answer = teller.post(address(transfer), shows())
    assert answer.status_code == 409
    assert "ALREADY_POSTED" in text_of(answer)
    assert "已到账" in text_of(answer)


def test_refused_attempt_is_shown_on_the_transfers_page(teller, transfer, noon):
    due = noon.set(transfer.due_at)
    end(transfer, "posted", settled_at=due, ended_at=due)
    teller.post(address(transfer), shows())
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "该转账已于2026年1月6日12:00:00入账或转出，不能撤销。" in page
    assert "settled_at" not in page


def test_a_form_sent_twice_cancels_once_and_shows_the_slip_again(teller, transfer):
    shown = shows()
    first, second = teller.post(address(transfer), shown), teller.post(address(transfer), shown)
    assert first.url == second.url
    assert Event.objects.filter(transfer=transfer, new_status="cancelled").count() == 1


@pytest.mark.parametrize(
    ("shown", "field"),
    [
        (shows(""), "id_number_error"),
        (shows("110105194912310021"), "id_number_error"),
        (shows("X1234567", "passport"), "id_country_error"),
        (shows("1", "nonsense"), "id_type_error"),
    ],
    ids=["empty", "check digit", "passport without country", "unknown type"],
)
def test_wrong_field_is_reported_beside_it(teller, transfer, payer, shown, field):
    answer = teller.post(address(transfer), shown)
    assert answer.status_code == 400
    assert f'id="{field}"' in text_of(answer)
    assert money(payer) == (100_000, 30_000)


def test_early_release_is_not_offered(teller, transfer):
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "release" not in page
    assert teller.post(f"/desk/transfers/{transfer.id}/release").status_code == 404


def test_page_is_in_english_on_request(teller, transfer):
    page = text_of(english(teller).get(address(transfer)))
    for words in ("Cancel a transfer", "Applicant", "Resident ID card", "bank card", "Cancel this transfer"):
        assert words in page
    assert "撤销" not in page
    assert "Cancellation slip" in text_of(teller.post(address(transfer), shows(), follow=True))


def test_transfer_and_slip_show_who_cancelled_and_the_reason(teller, signed_in, transfer):
    slip = text_of(teller.post(address(transfer), shows(reason="怀疑被骗"), follow=True))
    page = text_of(signed_in("auditor").get(f"/desk/transfers/{transfer.id}"))
    for shown in (slip, page):
        for words in ("申请人证件或银行卡", "居民身份证 110105********002X", "撤销理由", "怀疑被骗"):
            assert words in shown
        assert factories.ZHANG.number not in shown


def test_too_long_reason_is_reported_beside_its_field(teller, transfer):
    answer = teller.post(address(transfer), shows(reason="长" * 201))
    assert answer.status_code == 400
    assert 'id="id_reason_error"' in text_of(answer)


@pytest.mark.parametrize(
    ("evidence", "words", "hidden"),
    [
        ({"masked_name": "*四"}, ["收款人户名", "*四"], []),
        ({"masked_name": "李四"}, ["李*"], ["李四"]),
        ({"account_shown": "6000200000000002"}, ["收款账号", "6000********0002"], ["6000200000000002"]),
        ({"account_shown": True, "realtime_notice": False}, ["已显示", "到账时间提示", "未显示"], []),
        ({"amount_shown": "300.00", "language": "zh"}, ["300.00", "界面语言"], []),
        ({"confirmed_at": "2026-01-05 03:59:58+00:00"}, ["客户确认时间", "2026-01-05 11:59:58"], ["03:59:58"]),
        ({"amount_shown": "<b>1</b>"}, ["&lt;b&gt;1"], ["<b>1"]),
    ],
)
def test_screen_of_the_machine_is_shown_masked(teller, transfer, evidence, words, hidden):
    transfer.screen_evidence = json.dumps(evidence)
    with past_the_guards("transfers_transfer"):
        transfer.save(update_fields=["screen_evidence"])
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "屏幕提示" in page
    assert all(each in page for each in words)
    assert not any(each in page for each in hidden)


def test_a_transfer_without_evidence_shows_no_screen(teller, transfer):
    assert "屏幕提示" not in text_of(teller.get(f"/desk/transfers/{transfer.id}"))
