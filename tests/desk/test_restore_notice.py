"""The home page tells those who may confirm a restore that releases wait for it."""

import pytest

from config.kernel.integrity.restores import mark_restored
from tests.desk.pages import english, text_of

ZH = "数据库由备份恢复，尚未确认"
EN = "restored from a backup and this is not yet confirmed"


@pytest.mark.parametrize(
    ("role", "is_shown"), [("supervisor", True), ("compliance", True), ("teller", False), ("auditor", False)]
)
def test_home_says_that_releases_wait(signed_in, noon, role, is_shown):
    desk = signed_in(role)
    assert ZH not in text_of(desk.get("/desk/"))
    mark_restored("bank.dump")
    assert (ZH in text_of(desk.get("/desk/"))) is is_shown
    assert (EN in text_of(english(desk).get("/desk/"))) is is_shown
