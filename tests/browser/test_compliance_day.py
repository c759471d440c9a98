"""A compliance officer's day: list import, a customer hit and informed by letter, an appeal, a correction."""

import pytest
from playwright.sync_api import expect

from accounts.letters.models import Letter, LetterDelivery
from blacklist.appeals.models import Appeal
from blacklist.imports import tasks
from blacklist.imports.models import ListImport
from blacklist.models import Certificate
from tests import factories
from tests.blacklist.lists import account, person, written
from tests.browser.particulars_form import fill_particulars
from tests.browser.test_journeys import decide
from tests.browser.test_merging import NARROW, fits
from tests.factories import LI, WANG, ZHANG

PAPER, CASE, WRONG = "公(反诈)认字〔2026〕001号", "公(反诈)认字〔2026〕002号", "公(反诈)认字〔2026〕003号"


@pytest.fixture
def card(noon, watch):
    """王五's card, named by the police; a paper names 张三 and 李四, and 张三 is a namesake."""
    found = factories.card(factories.account(factories.customer(WANG), "I"))
    watch.secrets |= {found.number} | {each for who in (ZHANG, LI, WANG) for each in (who.number, who.name)}
    return found


@pytest.fixture
def zhang(noon):
    found = factories.customer(ZHANG)
    factories.account(found, "I")
    return found


def test_a_day(screen_of, noon, zhang, card):
    li = factories.customer(LI)
    officer, checker, teller = screen_of("compliance", signs_in=True), screen_of("compliance_2"), screen_of("teller")
    page, desk = officer.page, teller.page

    # The list comes by file; the dry run says what becomes of each row and whom it touches.
    content = written(
        person(ZHANG.number, ZHANG.name), person(LI.number, LI.name), account(card.number, doc_no=CASE),
        person("1", "赵六", doc_no=WRONG),
    )  # fmt: skip
    page.keyboard.press("F2")
    page.keyboard.type("4120")
    page.keyboard.press("Enter")
    officer.press("上传名单")
    page.locator("#id_file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": content})
    officer.press("上传并校验")
    tasks.stage_lists()
    officer.reads("状态：已校验，待提交", "试算结果", "INVALID_DOCUMENT_NUMBER", "赵*")
    assert not Certificate.objects.exists()
    assert fits(page)
    officer.press("提交复核")
    officer.reads("待另一名合规人员复核")
    decide(checker, "list.csv", button="确认通过，随后登记")
    checker.reads("已通过，正在登记")
    tasks.apply_lists()
    officer.open(f"/desk/lists/{ListImport.objects.get().id}")
    officer.reads("已登记生效")
    paper = Certificate.objects.get(doc_no=PAPER)
    assert sorted(Certificate.objects.values_list("doc_no", "status")) == [(PAPER, "in_force"), (CASE, "in_force")]

    # The customer's page shows the measure, the authority and the certificate; the teller is refused with the reason.
    teller.open(f"/desk/customers/{zhang.id}")
    teller.reads("对该客户的限制", "停止非柜面业务", f"广州市公安局 · {PAPER}")
    teller.open(f"/desk/customers/{zhang.id}/open")
    expect(desk.locator("#rules .no").first).to_be_visible()
    fill_particulars(desk)
    teller.press("下一步")
    desk.get_by_label("账户用途").select_option("daily")
    teller.press("下一步")
    teller.press("确认开户")
    teller.reads("OPENING_BARRED", "至2029年1月1日（含）止")
    issue(teller, zhang, "业务不予办理告知书")
    teller.reads("拒告〔2026〕1号", f"经广州市公安局认定，认定文书号：{PAPER}")

    # The customer is informed in writing: issued, printed once, handed over.
    officer.open("/desk/letters")
    officer.reads("惩戒措施告知书", "涉案账户中止业务告知书", "暂停业务告知书")
    assert fits(page)
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})
    issue(teller, zhang, "惩戒措施告知书")
    teller.reads("惩告〔2026〕1号", "广州市公安局", PAPER, "至2031年1月1日（含）止", "尚未打印")
    letter = teller.printed()
    printed = letter.locator(".acc-letter")
    letter.emulate_media(media="print")
    expect(printed).to_contain_text(ZHANG.name, use_inner_text=True)
    letter.close()
    penalty_letter = Letter.objects.get(kind="penalty")
    deliver(teller, penalty_letter)
    assert list(LetterDelivery.objects.values_list("way", "letter")) == [("counter", penalty_letter.id)]

    # The customer says that another of that name is meant; the authority agrees.
    officer.open(f"/desk/certificates/{paper.id}")
    officer.press("登记申诉")
    page.get_by_label("申诉对象").select_option("1")
    page.get_by_label("申诉人").fill("本人")
    page.get_by_label("收到日期").fill("2026-01-05")
    page.get_by_label("申诉理由").fill("同名不同人")
    officer.press("保存")
    officer.reads("申诉已登记；申诉期间限制不停止执行。", "2026年1月20日")
    officer.open("/desk/certificates/due")
    officer.reads("待答复的申诉", PAPER)
    assert fits(page)
    officer.open(f"/desk/certificates/{paper.id}")
    page.locator(f"a[href$='/appeals/{Appeal.objects.get().id}']").click()
    page.get_by_role("radio", name="申诉成立", exact=True).check()
    page.get_by_label("日期", exact=True).fill("2026-01-05")
    page.get_by_label("文书号（如有）").fill("穗公复〔2026〕1号")
    officer.press("保存")
    # The revocation is of the appellant alone, unless another subject is chosen.
    officer.reads("已记录申诉成立")
    expect(page.get_by_label("张*")).to_be_checked()
    expect(page.get_by_label("李*")).not_to_be_checked()
    page.get_by_label("撤销文号").fill("穗公撤〔2026〕1号")
    page.get_by_label("撤销日期").fill("2026-01-05")
    page.get_by_label("认定对象有误，非本人").check()
    page.get_by_label("理由").fill("同名不同人，认定机关已更正")
    officer.press("提交撤销申请")
    officer.reads("撤销已提交")
    decide(checker, "穗公撤〔2026〕1号")
    checker.reads("已通过，即时生效")
    paper.refresh_from_db()
    assert paper.status == "in_force"
    teller.open(f"/desk/customers/{zhang.id}")
    expect(desk.get_by_text("对该客户的限制")).to_have_count(0)
    teller.open(f"/desk/customers/{li.id}")
    teller.reads("停止非柜面业务")

    # The day of the certificate was entered wrongly: it is corrected for the subject who is still named.
    noon.advance(minutes=1)
    officer.open(f"/desk/certificates/{paper.id}")
    officer.press("更正")
    officer.press("填入原登记的对象和账户")
    expect(page.locator("#id_subject-0-name")).to_have_value(LI.name)
    assert fits(page)
    page.get_by_label("更正文书号").fill("穗公更〔2026〕1号")
    page.get_by_label("更正理由").fill("认定日期录错")
    page.get_by_label("认定日期").fill("2025-12-01")
    officer.press("提交复核")
    officer.reads("更正已提交", "更正自")
    decide(checker, PAPER)
    checker.reads("已通过，即时生效")
    paper.refresh_from_db()
    corrected = Certificate.objects.get(corrects=paper)
    assert (paper.status, corrected.status, corrected.in_force_at) == ("revoked", "in_force", paper.revoked_at)
    teller.open(f"/desk/customers/{li.id}")
    teller.reads("至2030年12月1日（含）止")
    officer.open(f"/desk/certificates/{paper.id}")
    officer.reads("已更正", "更正后的登记")

    # The release is due to that customer alone, issued, and the paper is found to be the bank's.
    officer.open(f"/desk/letters?certificate={paper.id}")
    expect(page.locator("tbody tr", has_text="解除限制通知书")).to_have_count(1)
    issue(teller, zhang, "解除限制通知书")
    teller.reads("上述认定中涉及您的部分已撤销，撤销文书号：穗公撤〔2026〕1号", "目前本行对您没有其他限制")
    lift = Letter.objects.get(kind="lift")
    desk.keyboard.press("F2")
    desk.keyboard.type("4106")
    desk.keyboard.press("Enter")
    desk.get_by_label("文号").fill(lift.number)
    desk.get_by_label("校验码").fill(lift.code)
    desk.keyboard.press("Enter")
    teller.reads("是本行出具的信函，内容未变", lift.number)


def issue(teller, customer, what: str) -> None:
    """Issue a letter from the customer's page."""
    teller.open(f"/desk/customers/{customer.id}")
    teller.page.get_by_role("button", name=f"出具 {what}").click()
    teller.reads("信函已出具")
    teller.settle()


def deliver(teller, letter: Letter) -> None:
    """Record that a letter was delivered."""
    teller.open(f"/desk/letters/{letter.id}")
    teller.press("登记送达")
    teller.page.get_by_label("柜面当面交付").check()
    teller.press("登记")
    teller.reads("已登记。", "柜面当面交付")
