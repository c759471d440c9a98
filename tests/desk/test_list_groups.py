"""The groups of a list by basis, term and remark, on its page and for its checker, with links to the rows."""

import html
import re

import pytest

from blacklist.imports.models import ListImport
from blacklist.imports.operations import propose_list
from config.kernel.database.transactions import perform
from config.kernel.models import Approval
from tests import factories
from tests.blacklist.lists import account, person, staged
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db
ROWS = (
    person(factories.citizen_number(sequence=1), "赵一", doc_no="1"),
    person(factories.citizen_number(sequence=2), "钱二", doc_no="2", legal_basis="JDM_2024", extent_accounts="3"),
    person(factories.citizen_number(sequence=3), "孙三", doc_no="3", level="district_branch"),
    account("87", "ICBC", doc_no="4", legal_basis="JDM_2024"),
    person("1", doc_no="5"),
)


@pytest.fixture
def row(tmp_path, noon) -> ListImport:
    """A staged list."""
    return staged(tmp_path, factories.caller("compliance", "reads"), *ROWS)


def groups(page: str) -> dict[str, tuple[str, str]]:
    """Return for each group the number of its rows and the address that lists them."""
    (table,) = re.findall(r'<table class="table table-sm.*?</table>', page, re.DOTALL)
    found = re.findall(r'<td class="text-break">(.*?)</td><td class="text-end">(.*?)</td>', table, re.DOTALL)
    lines = {}
    for line, count in found:
        address = re.search(r'href="(.*?)"', count)
        text = html.unescape(re.sub(r"<.*?>", "", line))
        lines[text] = (re.sub(r"<.*?>", "", count), html.unescape(address[1]) if address else "")
    return lines


GROUPS = {
    "六部门通告（2016年）": "2",
    "联合惩戒办法（2024年）": "2",
    "自认定之日起2年": "1",
    "自认定之日起5年：停止非柜面业务、停止支付账户所有业务；3年：不得新开立账户": "2",
    "涉案账户，无固定期限": "1",
    "认定日期当日，所依据的文件已被替代": "2",
}


def test_list_shows_its_groups_and_each_count_links_to_its_rows(row, officer):
    shown_groups = groups(text_of(officer.get(f"/desk/lists/{row.id}")))
    assert {group: count for group, (count, _) in shown_groups.items()} == GROUPS
    for group, shown in (
        ("联合惩戒办法（2024年）", ["2", "4"]),
        ("涉案账户，无固定期限", ["4"]),
        ("认定日期当日，所依据的文件已被替代", ["1", "3"]),
    ):
        address = shown_groups[group][1].partition("#")[0]
        page = text_of(officer.get(address))
        rows = page[page.index('id="h-rows"') :]
        assert re.findall(r'<td class="text-end">(\d+)</td>', rows) == shown
        assert f"<strong>{group}</strong>" in rows
    # What no line leads to is no filter.
    assert "显示全部" not in text_of(officer.get(f"/desk/lists/{row.id}?term=years-9&remark=X"))
    group = groups(text_of(english(officer).get(f"/desk/lists/{row.id}")))
    assert group["The legal basis had been replaced on the certification date"][0] == "2"


def test_checker_reads_the_groups_and_has_links_only_with_permission(row, officer, signed_in):
    _, approval = perform(lambda: propose_list(principal=factories.caller("compliance", "reads"), import_id=row.id))
    shown_groups = groups(text_of(officer.get(f"/desk/inbox/{approval.id}")))
    assert {group: count for group, (count, _) in shown_groups.items()} == GROUPS
    assert shown_groups["涉案账户，无固定期限"][1] == f"/desk/lists/{row.id}?term=open#h-rows"
    page = text_of(officer.get(f"/desk/inbox/{approval.id}"))
    assert "认定日期当日，所依据的文件已被替代 2" in page[page.index('id="effects"') :]
    other = groups(text_of(signed_in("supervisor").get(f"/desk/inbox/{approval.id}")))
    assert {address for _, address in other.values()} == {""}
    assert Approval.objects.get().after["counts"] == {"remarks": {"BASIS_REPLACED": 2}}
