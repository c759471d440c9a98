"""A teller works through clean-up cases by keyboard with every action once, and a supervisor decides."""

import pytest
from playwright.sync_api import expect

from accounts.cleanup.models import CleanupAction, CleanupAttachment, CleanupCase, CleanupItem
from accounts.models import Account, Card
from config.kernel.database.sql import rows
from config.kernel.models import Approval
from tests import factories
from tests.browser.test_merging import NARROW, fits
from tests.excess import OLD, batch, excessive, payments
from tests.factories import LI, ZHANG
from tests.pictures import PNG


@pytest.fixture
def zhangs(noon):
    return excessive(ZHANG)


@pytest.fixture
def lis(noon):
    """李四 with a second Class I account and five Class II accounts."""
    found = excessive(LI, spare=1, cards=0, branch="宁波分行")
    for nth in range(5):
        factories.account(
            found.customer, "II", class_slot=nth + 1, import_batch=batch(), opened_at=OLD, branch="宁波分行"
        )
    return found


@pytest.fixture(autouse=True)
def canaries(watch):
    """Numbers that must not occur in any address."""
    watch.secrets |= {ZHANG.number, LI.number, "单位要求", "周五上午"}


def fen() -> list[dict]:
    return rows("SELECT sum(balance_fen) AS balance, sum(held_fen) AS held FROM accounts_account")


def of(thing: Account | Card) -> str:
    return str(CleanupItem.objects.get(**{"card" if isinstance(thing, Card) else "account": thing}).id)


def started(supervisor) -> None:
    supervisor.open("/desk/cleanup")
    supervisor.press("启动清理活动")
    supervisor.settle()
    supervisor.reads("当前超限")
    page = supervisor.page
    page.locator("#id_name").fill("2026年存量账户清理")
    page.locator("#id_deadline").fill("2027-06-30")
    supervisor.press("启动")
    supervisor.reads("清理活动已启动")


def proposed(teller, thing: Account | Card, way: str, reason: str) -> None:
    """Propose a clean-up action on the case's page: read its effect, type a reason, submit."""
    page = teller.page
    page.locator(f"a[href$='/items/{of(thing)}/{way}']").click()
    teller.settle()
    page.locator("#id_reason").fill(reason)
    teller.press("提交复核")
    teller.reads("已提交，待主管复核。")


def test_a_morning(screen_of, call, noon, zhangs, lis):
    before = fen()
    supervisor, teller = screen_of("supervisor"), screen_of("teller")
    started(supervisor)
    # All of a filter go to one teller.
    supervisor.page.locator("#id_assign-assignee").select_option(label="teller · 柜员")
    supervisor.press("分派全部符合条件的案件")
    supervisor.reads("已分派 2 个案件")

    page = teller.page
    teller.open("/desk/")
    page.keyboard.press("F2")
    page.keyboard.type("1010")
    page.keyboard.press("Enter")
    teller.reads("剩余超限走势", "杭州分行营业部", "宁波分行")
    assert fits(page)
    # The next case by one key; it is the first one's.
    page.keyboard.press("n")
    page.wait_for_url("**/desk/cleanup/cases/*")
    teller.settle()
    case = CleanupCase.objects.get(customer=zhangs.customer)
    assert teller.path == f"/desk/cleanup/cases/{case.id}"
    expect(page.locator(".is-beyond")).to_have_count(4)
    assert fits(page)
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})

    proposed(teller, zhangs.cards[4], "explain", "单位要求单独的报销卡，已核对证明")
    proposed(teller, zhangs.cards[5], "stop", "客户称该卡并非本人开立")
    # The effect of a merge is shown as soon as the account to keep is chosen.
    page.locator(f"a[href$='/items/{of(zhangs.spare[0])}/merge']").click()
    teller.settle()
    expect(page.locator("#effect")).to_contain_text("请先选择")
    page.locator("#id_to_account_id").select_option(str(zhangs.kept.id))
    expect(page.locator("#effect")).to_contain_text("余额 88.00 元转入账户")
    page.locator("#id_cards").select_option("cancel")
    expect(page.locator("#effect")).to_contain_text("注销")
    page.locator("#id_cards").select_option("move")
    expect(page.locator("#effect")).to_contain_text("改挂")
    page.locator("#id_reason").fill("客户要求合并到工资账户")
    teller.press("提交复核")
    teller.reads("已提交，待主管复核。")

    # Reached by telephone; the signed statement is scanned.
    page.locator("#id_kind").select_option("phone")
    page.locator("#id_result").select_option("will_come")
    page.locator("#id_text").fill("周五上午到柜面")
    teller.press("登记")
    teller.reads("已登记。", "周五上午到柜面")
    page.locator("#id_file").set_input_files({"name": "说明书.png", "mimeType": "image/png", "buffer": PNG})
    teller.press("上传")
    teller.reads("已上传", "说明书.png")
    assert CleanupAttachment.objects.get().content
    teller.press("打印信函")
    teller.reads("尊敬的客户", "杭州分行营业部 网点")

    # The next one; there is nothing behind it.
    teller.open(f"/desk/cleanup/cases/{case.id}")
    teller.settle()
    page.keyboard.press("n")
    page.wait_for_url(f"**/desk/cleanup/cases/{CleanupCase.objects.get(customer=lis.customer).id}")
    teller.settle()
    page.locator(f"a[href$='/items/{of(lis.spare[0])}/downgrade']").click()
    teller.settle()
    expect(page.locator("#effect")).to_contain_text("作为已说明的超限户")
    page.locator("#id_reason").fill("客户保留，降为Ⅱ类户")
    teller.press("提交复核")
    teller.reads("已提交，待主管复核。")

    # One decision on the page, which shows its effect; the others over the API.
    merge = CleanupAction.objects.get(way="merge")
    approval = Approval.objects.get(object_id=merge.id)
    supervisor.open(f"/desk/inbox/{approval.id}")
    supervisor.reads("通过后的结果", "余额 88.00 元转入账户", "客户要求合并到工资账户")
    checker = supervisor.page
    checker.locator("[name=decision][value=approve]").check()
    checker.locator("#code").fill(supervisor.next_code())
    checker.locator(".desk-decide button.btn-primary").click()
    supervisor.reads("已通过")
    for each in Approval.objects.filter(status="pending", kind="cleanup_action"):
        assert call("supervisor", f"/approvals/{each.id}/approve", {"note": ""}).status_code == 200
    assert fen() == before
    assert Account.objects.get(pk=zhangs.spare[0].pk).status == "closed"
    assert Account.objects.get(pk=lis.spare[0].pk).account_class == "II"
    assert Card.objects.get(pk=zhangs.cards[5].pk).status == "stopped"

    # The card that was stopped is cancelled after all: taken back, and cancelled.
    stop = CleanupAction.objects.get(way="stop")
    teller.open(f"/desk/cleanup/cases/{case.id}")
    teller.settle()
    page.locator(f"a[href$='/actions/{stop.id}/undo']").click()
    page.locator("#id_reason").fill("客户改为销卡")
    teller.press("提交复核")
    teller.reads("已提交，待主管复核。")
    assert call("supervisor", f"/approvals/{Approval.objects.get(status='pending').id}/approve", {}).status_code == 200
    teller.open(f"/desk/cleanup/cases/{case.id}")
    teller.settle()
    proposed(teller, zhangs.cards[5], "cancel", "客户要求销卡")
    assert call("supervisor", f"/approvals/{Approval.objects.get(status='pending').id}/approve", {}).status_code == 200
    assert Card.objects.get(pk=zhangs.cards[5].pk).status == "cancelled"

    # A week later the picture has gone down, and the return is taken out.
    noon.advance(hours=24 * 7)
    supervisor.open("/desk/cleanup")
    supervisor.settle()
    expect(checker.locator(".cln-figures .h1").nth(1)).to_contain_text("4")
    expect(checker.locator(".cln-spot")).to_have_count(3)
    for form in ("XLSX", "PDF"):
        with checker.expect_download() as download:
            supervisor.press(f"清理报表 {form}")
        assert download.value.path().stat().st_size > 1000
    assert fits(checker)
    checker.set_viewport_size(NARROW)
    assert fits(checker)


def test_the_customer_of_a_payment_institution_chooses(screen_of, call, noon):
    kept = payments(factories.customer(ZHANG))[1]
    supervisor, teller = screen_of("supervisor"), screen_of("teller")
    started(supervisor)
    teller.open("/desk/cleanup")
    teller.settle()
    # Enter opens the row that j leads to.
    teller.page.keyboard.press("j")
    teller.page.keyboard.press("Enter")
    teller.settle()
    proposed(teller, kept, "keep", "客户选择保留")
    assert call("supervisor", f"/approvals/{Approval.objects.get(status='pending').id}/approve", {}).status_code == 200
    assert sorted(Account.objects.values_list("account_class", flat=True)) == ["II", "II", "III"]
