"""A list of certificates in a browser: uploaded, staged by a worker, submitted, registered, undone."""

import pytest
from playwright.sync_api import expect

from blacklist.imports import tasks
from blacklist.imports.models import ListImport
from blacklist.imports.operations import apply_approved
from blacklist.models import Certificate
from config.kernel.models import Approval
from tests.blacklist.cast import LI, ZHANG
from tests.blacklist.lists import person, written
from tests.browser.test_stock_imports import NARROW, fits
from tests.http import ApiClient

CONTENT = written(person(ZHANG), person(LI, "李四", doc_no="2"), person("1", "王五", doc_no="3"))


@pytest.fixture(autouse=True)
def canaries(watch):
    """The numbers in the list must not occur in any address."""
    watch.secrets |= {ZHANG, LI}


def test_a_list_is_sent_followed_submitted_registered_and_undone(screen_of, noon):
    officer = screen_of("compliance")
    page = officer.page
    officer.open("/desk/lists")
    officer.press("上传名单")
    page.locator("#id_file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": CONTENT})
    assert fits(page)
    officer.press("上传并校验")
    officer.reads("状态：读取中", "本页自动刷新")
    tasks.stage_lists()
    # The page refreshes itself.
    officer.reads("状态：已校验，待提交", "影响范围", "INVALID_DOCUMENT_NUMBER", "王*")
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})
    with page.expect_download() as download:
        officer.press("下载拒绝行（CSV，已脱敏）")
    assert download.value.suggested_filename.startswith("list-refused-")
    officer.press("提交复核")
    officer.reads("待另一名合规人员复核")
    other = ApiClient("compliance", "second")
    assert other.approve(str(Approval.objects.get(status="pending").id)).status_code == 200
    officer.open(f"/desk/lists/{ListImport.objects.get().id}")
    officer.reads("正在分批登记")
    apply_approved()
    officer.reads("已登记生效")
    assert Certificate.objects.filter(status="in_force").count() == 2
    page.get_by_role("link", name="申请整批撤销").click()
    officer.reads("撤销后的影响（当前）")
    # No field is filled beforehand.
    assert [page.locator(f"#id_{name}").input_value() for name in ("doc_no", "revoked_on", "reason")] == [""] * 3
    expect(page.locator("[name=ground]:checked")).to_have_count(0)
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})
    officer.press("提交整批撤销申请")
    officer.reads("请选择撤销原因")
    page.locator("#id_doc_no").fill("公撤〔2026〕9号")
    page.locator("#id_revoked_on").fill("20260105")
    page.locator("[name=ground]").first.focus()
    page.keyboard.press("4")
    expect(page.get_by_label("登记有误")).to_be_checked()
    page.locator("#id_reason").fill("名单有误")
    officer.press("提交整批撤销申请")
    officer.reads("整批撤销已提交")
    assert other.approve(str(Approval.objects.get(status="pending").id)).status_code == 200
    apply_approved()
    officer.open(f"/desk/lists/{ListImport.objects.get().id}")
    officer.reads("已整批撤销")
    assert Certificate.objects.filter(status="revoked").count() == 2
