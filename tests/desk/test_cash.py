"""Cash at the desk: checked before posting, two persons above the limit, slip, reversal, and cash box."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Entry
from accounts.till.models import CashBox, CashCount, CashMovement, CashReversal, CounterCash
from config.kernel.models import Approval, Decision, SlipPrint
from tests import cash, factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.listings import certify_account
from tests.transfers.conftest import money, pay_in

pytestmark = pytest.mark.django_db
ONCE = "0" * 32


def send(client, page, key=ONCE, **fields):
    return client.post(page, fields | {"once": key, "checked": "yes"})


def approve(signed_in, kind):
    approval = Approval.objects.get(kind=kind, status="pending")
    checker = signed_in("supervisor", with_codes=True)
    page = text_of(checker.get(f"/desk/inbox/{approval.id}"))
    answer = checker.post(f"/desk/inbox/{approval.id}", {"decision": "approve", "remark": "已核对"})
    assert answer.status_code == 302, text_of(answer)
    return page


def test_page_without_a_box_leads_to_opening_one_and_back(teller, account):
    page = f"/desk/accounts/{account.id}/cash"
    shown = text_of(teller.get(page))
    assert "尚未领箱" in shown
    opening = f"/desk/cash/boxes/open?account={account.id}"
    assert opening in shown
    refused = teller.post(page, {"way": "deposit", "amount": "5", "once": ONCE})
    assert (refused.status_code, refused.context["problem"].code) == (409, "CASH_BOX_STATE")
    assert "1,000.00" in text_of(teller.post(opening, {"opening": "1,000.00", "once": ONCE}))
    answer = send(teller, opening, opening="1,000.00")
    assert (answer.status_code, answer.url) == (302, page)
    assert "尚未领箱" not in text_of(teller.get(page))
    assert CashBox.objects.get().opening_fen == 1_000_00
    assert send(teller, "/desk/cash/boxes/open", key="1" * 32, opening="0").context["problem"].code == "CASH_BOX_STATE"


def test_nothing_is_posted_before_it_was_checked(teller, account):
    cash.box()
    page = f"/desk/accounts/{account.id}/cash"
    entered = {"way": "deposit", "amount": "12,345.60", "once": ONCE}
    shown = text_of(teller.post(page, entered))
    for words in ("请核对", "12,345.60", "人民币壹万贰仟叁佰肆拾伍元陆角整", "张*", 'name="amount" value="12,345.60"'):
        assert words in shown, words
    assert account.account_number not in shown
    assert not Entry.objects.exists()
    changed = text_of(teller.post(page, entered | {"checked": "yes", "change": "yes"}))
    assert 'value="12,345.60"' in changed
    assert "请核对" not in changed
    assert not Entry.objects.exists()
    done = teller.post(page, entered | {"checked": "yes"})
    movement = CashMovement.objects.get()
    assert done.url == f"/desk/cash/{movement.id}"
    assert "已入账，余额 12,345.60 元。" in text_of(teller.get(done.url))
    assert done.url in text_of(teller.get(f"/desk/accounts/{account.id}"))


@pytest.mark.parametrize(("held", "code"), [(8_000_00, "INSUFFICIENT_FUNDS"), (20_000_00, "CASE_ACCOUNT_STOPPED")])
def test_withdrawal_that_the_rules_refuse_is_not_shown_for_a_check(teller, account, held, code):
    cash.box(20_000_00)
    pay_in(account, held)
    if code == "CASE_ACCOUNT_STOPPED":
        certify_account(account.account_number)
    before = money(account)
    answer = teller.post(f"/desk/accounts/{account.id}/cash", {"way": "withdrawal", "amount": "9000", "once": ONCE})
    page = text_of(answer)
    assert (answer.status_code, code in page, "请核对" in page) == (422, True, False)
    assert (Decision.objects.get(kind="withdrawal").code, money(account)) == (code, before)


def test_money_that_goes_out_is_not_called_posted_to_the_account(teller, account):
    cash.box(20_000_00)
    pay_in(account, 8_000_00)
    page = f"/desk/accounts/{account.id}/cash"
    entered = {"way": "withdrawal", "amount": "3000", "once": ONCE}
    done = teller.post(page, entered | {"checked": "yes"}, follow=True)
    for shown in (teller.get(f"{page}?way=withdrawal"), teller.post(page, entered | {"once": "1" * 32}), done):
        assert "入账" not in text_of(shown)
    assert "已支取，余额 5,000.00 元。" in text_of(done)
    assert "即时入账" in text_of(teller.get(page))


def test_second_person_posts_cash_above_the_limit(signed_in, teller, account):
    cash.box()
    page = f"/desk/accounts/{account.id}/cash"
    assert "提交复核" in text_of(teller.post(page, {"way": "deposit", "amount": "50,000.01", "once": ONCE}))
    row = send(teller, page, way="deposit", amount="50,000.01").url
    shown = text_of(teller.get(row))
    for words in ("复核前不动账", "大额现金存取", "未入账"):
        assert words in shown
    assert "打印回单" not in shown
    checked = approve(signed_in, "counter_cash")
    for words in ("50,000.01", "现金存入", "办理后余额"):
        assert words in checked, words
    account.refresh_from_db()
    assert account.balance_fen == 50_000_01
    assert CounterCash.objects.get().status == "active"
    assert "打印回单" in text_of(teller.get(row))


def test_pending_cash_is_on_the_page_of_its_account(teller, account):
    cash.box()
    page = f"/desk/accounts/{account.id}"
    assert "大额现金存取" not in text_of(teller.get(page))
    send(teller, f"{page}/cash", way="deposit", amount="50,000.01")
    assert "大额现金存取" in text_of(teller.get(page))


def test_the_slip_is_printed_and_counted(signed_in, teller, account):
    cash.box()
    moved = cash.pay(account, "deposit", 300_00)
    page = f"/desk/cash/{moved.id}"
    shown = text_of(teller.get(page))
    for words in ("现金回单", "人民币叁佰元整", "未登记打印"):
        assert words in shown
    assert account.account_number not in shown
    assert "第 1 次打印" in text_of(teller.post(f"{page}/print"))
    assert "第 2 次打印" in text_of(teller.post(f"{page}/print"))
    assert "Printed 2 times" in text_of(english(signed_in("auditor")).get(page))
    assert list(SlipPrint.objects.values_list("kind", "nth").order_by("nth")) == [("cash", 1), ("cash", 2)]


def test_reversal_by_two_persons_is_shown_on_both_records(signed_in, teller, account):
    cash.box()
    moved = cash.pay(account, "deposit", 300_00)
    page = f"/desk/cash/{moved.id}"
    assert f"{page}/reverse" in text_of(teller.get(page))
    assert "多输一个零" in text_of(teller.post(f"{page}/reverse", {"reason": "多输一个零", "once": ONCE}))
    assert send(teller, f"{page}/reverse", reason="多输一个零").url == page
    assert f"{page}/reverse" not in text_of(teller.get(page))
    assert "多输一个零" in approve(signed_in, "cash_reversal")
    back = CashReversal.objects.get()
    assert "本笔已抹账" in text_of(teller.get(page))
    reversal = text_of(teller.get(f"/desk/cash/{back.id}"))
    assert "抹账回单" in reversal
    assert str(moved.id) in reversal
    assert "抹账回单" in text_of(teller.post(f"/desk/cash/{back.id}/print"))
    assert "现金抹账" in text_of(teller.get(f"/desk/customers/{account.customer_id}/timeline"))
    account.refresh_from_db()
    assert account.balance_fen == 0


def test_the_day_ends_with_a_count_that_a_supervisor_approves(signed_in, teller, account):
    box = cash.box(1_000_00)
    cash.pay(account, "deposit", 300_00)
    page = f"/desk/cash/boxes/{box.id}"
    for words in ("1,300.00", "现金存入", "使用中"):
        assert words in text_of(teller.get(page))
    count = f"{page}/count"
    bare = teller.post(count, {"counted": "1,299.50", "once": ONCE})
    assert "请填写长短款说明" in text_of(bare)
    shown = text_of(teller.post(count, {"counted": "1,299.50", "reason": "少五角", "once": ONCE}))
    assert "短款 0.50" in shown
    assert send(teller, count, counted="1,299.50", reason="少五角").url == page
    assert "轧账待复核" in text_of(teller.get("/desk/cash/boxes"))
    checked = approve(signed_in, "cash_count")
    assert "少五角" in checked
    shown = text_of(signed_in("supervisor").get("/desk/cash/boxes"))
    for words in ("teller", "短款 0.50", "已轧账", "共 1 个尾箱，0 个未轧账"):
        assert words in shown, words
    assert CashCount.objects.get().status == "active"
    refused = teller.post(f"/desk/accounts/{account.id}/cash", {"way": "deposit", "amount": "5", "once": "1" * 32})
    assert refused.context["problem"].code == "CASH_BOX_STATE"


def test_a_teller_sees_their_own_box_and_a_supervisor_all(signed_in, teller):
    mine, other = cash.box(), cash.box(teller=factories.caller("teller", "other"))
    own, all_of_them = (text_of(signed_in(role).get("/desk/cash/boxes")) for role in ("teller", "supervisor"))
    assert (str(mine.id) in own, str(other.id) in own) == (True, False)
    assert (str(mine.id) in all_of_them, str(other.id) in all_of_them) == (True, True)
    assert teller.get(f"/desk/cash/boxes/{other.id}").status_code == 404
    assert teller.get(f"/desk/cash/boxes/{other.id}/count").status_code == 404
    assert signed_in("supervisor").get(f"/desk/cash/boxes/{other.id}").status_code == 200
    assert signed_in("compliance").get("/desk/cash/boxes").status_code == 403
    assert NOON.date().isoformat() in own


def test_open_box_of_yesterday_is_in_todays_list(signed_in, noon):
    cash.box()
    noon.advance(days=1)
    assert "未轧账" in text_of(signed_in("supervisor").get("/desk/cash/boxes"))
    assert "该日没有尾箱" in text_of(signed_in("supervisor").get("/desk/cash/boxes?day=2025-12-01"))


def test_invalid_day_is_reported_beside_the_field_and_lists_no_other_day(signed_in, noon):
    answer = signed_in("supervisor").get("/desk/cash/boxes?day=2026-02-31")
    assert answer.status_code == 400
    page = text_of(answer)
    for words in ('value="2026-02-31"', 'id="about-f-day">须为 YYYY-MM-DD 形式的日期。'):
        assert words in page
    assert "尾箱，" not in page


def test_teller_of_large_cash_attaches_the_scan_where_it_is_decided(teller, account, signed_in, settings):
    settings.LARGE_CASH_SCAN = True
    cash.box()
    answer = send(teller, f"/desk/accounts/{account.id}/cash", way="deposit", amount="60,000.00")
    approval = Approval.objects.get()
    assert answer.url == f"/desk/inbox/{approval.id}"
    assert "请在此上传客户证件影像" in text_of(teller.get(answer.url))
    checker = signed_in("supervisor", with_codes=True)
    decision = {"decision": "approve", "remark": "已核对"}
    assert "须留存客户证件影像" in text_of(checker.post(answer.url, decision))
    scan = SimpleUploadedFile("身份证.pdf", b"%PDF-1.7 paper", content_type="application/pdf")
    assert teller.post(f"{answer.url}/attachments", {"file": scan, "once": "1" * 32}).status_code == 302
    assert checker.post(answer.url, decision | {"notes_seen": "0-1"}).status_code == 302
    assert Entry.objects.filter(account=account, amount_fen=60_000_00).exists()
