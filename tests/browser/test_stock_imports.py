"""A stock import in a browser: files uploaded, staged by a worker, submitted, applied."""

import pytest
from playwright.sync_api import expect

from accounts.models import Account
from accounts.stock import tasks
from accounts.stock.models import StockImport
from accounts.stock.operations.applying import apply_approved
from config.kernel.models import Approval
from tests.accounts.test_stock_uploads import GOOD, ZHANG
from tests.http import ApiClient

NARROW = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def canaries(watch):
    """The numbers in the files must not occur in any address."""
    watch.secrets |= {ZHANG.split(",")[-1], "600001"}


def fits(page) -> bool:
    """Return whether nothing on the page is wider than the page."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_files_are_sent_followed_submitted_and_applied(screen_of, noon):
    supervisor = screen_of("supervisor")
    page = supervisor.page
    supervisor.open("/desk/stock/imports")
    supervisor.press("上传存量文件")
    page.locator("#id_source").fill("旧核心系统2015")
    for name, content in GOOD.items():
        page.locator(f"#id_{name}").set_input_files({"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content})
    assert fits(page)
    supervisor.press("上传并校验")
    supervisor.reads("状态：读取中", "本页自动刷新")
    expect(page.locator("progress")).to_have_count(2)
    tasks.stage_stock()
    # The page refreshes itself.
    supervisor.reads("状态：已校验，待提交", "期初余额合计（元）", "346.20", "违规超限")
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})
    with page.expect_download() as download:
        supervisor.press("下载全部（CSV）")
    assert download.value.suggested_filename.startswith("stock-refused-")
    supervisor.press("提交复核")
    supervisor.reads("待另一名主管复核")
    assert ApiClient("supervisor", "second").approve(str(Approval.objects.get().id)).status_code == 200
    supervisor.open(f"/desk/stock/imports/{StockImport.objects.get().id}")
    supervisor.reads("正在整批入账")
    apply_approved()
    supervisor.reads("已整批入账")
    assert Account.objects.count() == 3
